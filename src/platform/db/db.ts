/**
 * D1 through drizzle for what reads, and statements for what writes: a verb collects the statements
 * of its change, the audit row and the outbox row, and runs them as one atomic batch.
 */
import { drizzle } from "drizzle-orm/d1";
import { ERRORS, type ErrorCode, Problem } from "../../core/errors.ts";

export type Query = { toSQL(): { sql: string; params: unknown[] } };

/** The query builder over a D1 database. */
export function orm(db: D1Database) {
  return drizzle(db);
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

/** Why a batch is refused, as the caller is told. */
export type Refusal = { code: ErrorCode; detail: string };
const CONFLICT: Refusal = {
  code: "resource.conflict",
  detail: "it was changed at the same time; read it again",
};

/**
 * A statement that fails, and with it the whole batch, unless `condition` (SQL that is 1 or 0)
 * holds where the statement stands. `commit` throws the refusal.
 */
export function insist(
  db: D1Database,
  condition: string,
  values: (string | number)[],
  refusal: Refusal,
): D1PreparedStatement {
  // SQLite quotes a path that is none in its error: the refusal travels in it.
  const path = `${refusal.code} ${refusal.detail}`;
  return db
    .prepare(`SELECT CASE WHEN ${condition} THEN 1 ELSE json_extract('{}', ?) END`)
    .bind(...values, path);
}

/** Refuses the batch unless the statement before it changed exactly one row. */
export function insistChanged(db: D1Database, refusal: Refusal = CONFLICT): D1PreparedStatement {
  return insist(db, "changes() = 1", [], refusal);
}

const REFUSED = /JSON path[^']*'([\w.]+) (.*)'/;

/** Runs a verb's batch, all or nothing. Errors: the Problem of the `insist` that refused it. */
export async function commit(db: D1Database, statements: D1PreparedStatement[]): Promise<void> {
  try {
    await db.batch(statements);
  } catch (error) {
    const [, code = "", detail = ""] = REFUSED.exec(String(error)) ?? [];
    if (!(code in ERRORS)) throw error;
    throw new Problem(code as ErrorCode, detail.replaceAll("''", "'"));
  }
}
