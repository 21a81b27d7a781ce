import type { Halted } from "../meter/meter.ts";

/** Nothing may be recorded any more: the ledger and this object cannot be reconciled. */
export class HaltedError extends Error {
  readonly why: string;

  constructor(why: string) {
    super(`halted: ${why}`);
    this.why = why;
  }
}

/** The answer to a batch where `error` says that recording is halted. Errors: any other one. */
export function haltedAnswer(error: unknown): Halted {
  if (error instanceof HaltedError) return { halted: error.why };
  throw error;
}
