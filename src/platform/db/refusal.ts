/**
 * What the database refuses, as values: the only place that reads the text of D1's errors, which
 * carry no code.
 */
/** Why the database refused a statement, and with it the whole batch. */
export type DatabaseRefusal =
  /** A UNIQUE or PRIMARY KEY constraint of a table. */
  | { kind: "duplicate"; table: string }
  /** A FOREIGN KEY: what a row belongs to is not there. */
  | { kind: "orphan" }
  /** A trigger: the row was changed since it was read. */
  | { kind: "stale" }
  /** A trigger: the row is final, and what it says stays. */
  | { kind: "finalised" }
  /** A condition that `insist` had stand in the batch, by its key. */
  | { kind: "insisted"; key: string };

/** What the triggers of migrations/0004_documents.sql raise. */
const RAISED = { "document is stale": "stale", "document is finalised": "finalised" } as const;

const UNIQUE = /UNIQUE constraint failed: (\w+)\./;
const ORPHAN = /FOREIGN KEY constraint failed/;
const RAISED_TEXT = new RegExp(`\\b(${Object.keys(RAISED).join("|")})\\b`);
/** What stands in SQLite's error of `insist`, whose key is no path of JSON. */
const INSISTED = /JSON path[^']*'(insisted-\d+)'/;

/** What the database refused, or null for any other error. */
export function databaseRefusal(error: unknown): DatabaseRefusal | null {
  const text = error instanceof Error ? error.message : String(error);
  const table = UNIQUE.exec(text)?.[1];
  if (table !== undefined) return { kind: "duplicate", table };
  if (ORPHAN.test(text)) return { kind: "orphan" };
  const raised = RAISED_TEXT.exec(text)?.[1];
  if (raised !== undefined) return { kind: RAISED[raised as keyof typeof RAISED] };
  const key = INSISTED.exec(text)?.[1];
  return key === undefined ? null : { kind: "insisted", key };
}

/** True where a UNIQUE or PRIMARY KEY constraint of `table` refused a batch. */
export function isUniqueViolation(error: unknown, table: string): boolean {
  const refusal = databaseRefusal(error);
  return refusal?.kind === "duplicate" && refusal.table === table;
}

let keys = 0;

/** A key for a condition of a batch, unlike any other of this isolate. */
export function insistedKey(): string {
  return `insisted-${++keys}`;
}
