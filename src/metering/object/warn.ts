/** What a meter has to say in the log. */
import { logWarning } from "../../platform/runtime/log.ts";

/** Writes a warning of a meter with its facts. */
export function warn(message: string, facts: Record<string, unknown>): void {
  logWarning({ at: "meter", message, ...facts });
}
