/**
 * D1 through drizzle for what reads, and statements for what writes: a verb collects the statements
 * of its change, the audit row and the outbox row, and runs them as one atomic batch.
 */
import { type SQL, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { type ErrorCode, Problem } from "../../core/errors.ts";
import { around } from "./around.ts";
import { claimedBatch } from "./once.ts";
import { databaseRefusal, insistedKey } from "./refusal.ts";
import { sqlStatement } from "./sql.ts";

/** A query that drizzle has built. */
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

/** Values as what `inArray` takes: one parameter, where a statement may have a hundred. */
export function eachOf(values: readonly string[]): SQL {
  return sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
}

/** Why a batch is refused, as the caller is told. */
export type Refusal = { code: ErrorCode; detail: string };
/** Makes the problem once a batch was refused, where it says what only a query knows. */
export type Explain = () => Promise<Problem>;
const CONFLICT: Refusal = {
  code: "resource.conflict",
  detail: "it was changed at the same time; read it again",
};

/** What the statements that `insist` made answer where they refuse their batch. */
const insisted = new WeakMap<D1PreparedStatement, { refusal: Refusal | Explain; key: string }>();

/**
 * A statement that fails, and with it the whole batch, unless `condition` (SQL that is 1 or 0)
 * holds where the statement stands. `commit` throws the refusal.
 */
export function insist(
  db: D1Database,
  condition: SQL,
  refusal: Refusal | Explain,
): D1PreparedStatement {
  // json_extract fails on this key and repeats it in its error: `commit` finds the refusal by it.
  const key = insistedKey();
  const check = sql`SELECT CASE WHEN ${condition} THEN 1 ELSE json_extract('{}', ${key}) END`;
  const made = sqlStatement(db, check);
  insisted.set(made, { refusal, key });
  return made;
}

/** Refuses the batch unless the statement before it changed exactly one row. */
export function insistChanged(db: D1Database, refusal: Refusal = CONFLICT): D1PreparedStatement {
  return insist(db, sql`changes() = 1`, refusal);
}

/**
 * Runs a verb's batch, all or nothing, with the claim of an Idempotency-Key where a statement
 * carries one; answers what each of them returned. Errors: the Problem of the `insist` that refused
 * it, 409 `idempotency.in_progress` where the same request was run already.
 */
export async function commit(
  db: D1Database,
  statements: D1PreparedStatement[],
): Promise<D1Result[]> {
  const claimed = await claimedBatch(db, statements);
  try {
    const { first, last } = around(statements);
    const before = [...(claimed?.statements ?? []), ...first];
    const results = await db.batch([...before, ...statements, ...last]);
    if (claimed) claimed.claim.written = true;
    return results.slice(before.length, before.length + statements.length);
  } catch (error) {
    throw await refusedBatch(error, statements);
  }
}

async function refusedBatch(
  error: unknown,
  statements: readonly D1PreparedStatement[],
): Promise<unknown> {
  const refused = databaseRefusal(error);
  if (refused?.kind === "duplicate" && refused.table === "idempotency") {
    return new Problem("idempotency.in_progress", "the same request is done already");
  }
  if (refused?.kind !== "insisted") return error;
  const broken = statements
    .map((made) => insisted.get(made))
    .find((made) => made?.key === refused.key);
  if (!broken) return error;
  const { refusal } = broken;
  return typeof refusal === "function"
    ? await refusal()
    : new Problem(refusal.code, refusal.detail);
}
