/** The formats in which other products send usage. */
import { cloudEvents } from "./cloud-event.ts";
import type { Format } from "./format.ts";
import { logRecords } from "./log-record.ts";
import { otlpTraces } from "./otlp-trace.ts";

export const FORMATS = {
  cloudEvents,
  logRecords,
  otlpTraces,
} satisfies Record<string, Format>;

/** True for a request in one of the formats: it records, and its events have ids of their own. */
export function isIntake(method: string, path: string): boolean {
  const format = Object.values<Format>(FORMATS).find((one) => one.path === path);
  return format !== undefined && method.toLowerCase() in format.operations;
}
