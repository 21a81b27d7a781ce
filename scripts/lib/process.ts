/** What the commands share as processes: options from the environment, and how they end. */
import { FileFault } from "../../src/metering/file/fault.ts";

/** PORT, or `fallback`. Errors: one for the user where it is no port. */
export function portFromEnv(fallback: number): number {
  const text = process.env.PORT ?? "";
  if (text === "") return fallback;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new UserError(`PORT must be a number from 0 to 65535, not ${text}`);
}

export function stateDirFromEnv(): string {
  return process.env.STATE_DIR || ".state";
}

/** Something the user can put right: shown without a stack. */
export class UserError extends Error {}

function isForUser(error: unknown): error is Error {
  return error instanceof UserError || error instanceof FileFault;
}

/** A command line that makes no sense: shown as it is, with exit code 2. */
export class UsageError extends UserError {}

/**
 * Runs a command: what goes wrong is one message on standard error and exit code 1, or 2 where it
 * was how the command was called.
 */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const text = isForUser(error) ? error.message : (error as Error).stack;
    process.stderr.write(`${text ?? error}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  }
}

/** Ends the process in order on Ctrl-C and SIGTERM: with code 0, and the runtime with it. */
export function exitOnSignals(): void {
  // Before Miniflare's own handlers, which would answer 130 and 143.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.prependListener(signal, () => process.exit(0));
  }
}
