/**
 * D1 through drizzle for what reads, and statements for what writes: a verb collects the statements
 * of its change, the audit row and the outbox row, and runs them as one atomic batch.
 */
import type { D1Database, D1PreparedStatement } from "@cloudflare/workers-types";
import { drizzle } from "drizzle-orm/d1";

export type Query = { toSQL(): { sql: string; params: unknown[] } };

/** The query builder over a D1 database. */
export function orm(db: D1Database) {
  return drizzle(db as never);
}

/** A built query as a statement for `db.batch`. */
export function statement(db: D1Database, query: Query): D1PreparedStatement {
  const { sql, params } = query.toSQL();
  return db.prepare(sql).bind(...params);
}

/** True for the error D1 raises when a UNIQUE or PRIMARY KEY constraint refuses a batch. */
export function isUniqueViolation(error: unknown, table: string): boolean {
  const text = error instanceof Error ? error.message : String(error);
  return text.includes(`UNIQUE constraint failed: ${table}.`);
}

/**
 * A statement that fails, and with it the whole batch, unless `condition` (SQL that is 1 or 0)
 * holds where the statement stands. `isRefusal` recognises the error.
 */
export function insist(db: D1Database, condition: string, ...values: unknown[]) {
  return db.prepare(`SELECT CASE WHEN ${condition} THEN 1 ELSE json('') END`).bind(...values);
}

/** True for the error of a batch that an `insist` refused. */
export function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.includes("malformed JSON");
}
