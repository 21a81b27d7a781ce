/**
 * The schedule's table: work that has a time. Kinds and their verbs are joined in `schedule.ts`;
 * here are only rows. Owns the table `due`.
 */
import { and, asc, eq, gt, isNotNull, lte, ne, or, type SQL, sql } from "drizzle-orm";
import { rowsOfValues } from "../../core/rows.ts";
import { orm, statement } from "../db/db.ts";
import { assignments, columnNames, renderedSql } from "../db/sql.ts";
import { due } from "../db/table.ts";
import { HANDED_OUT, IN_ATTEMPT, LEASE_MS, laneOf } from "./lane.ts";

/** A row of work; `clock` says on whose time it runs: real, or a test tenant's own. */
export type Due = typeof due.$inferSelect;

/** `share` names its lane among those of its kind and tenant; they take turns. */
export type NewDue = Pick<Due, "tenant" | "atMs" | "clock" | "kind" | "ref"> & { share?: string };

// Stands in many batches: rendered once.
const MOVED = assignments(due, {
  atMs: sql`excluded.${columnNames(due.atMs)}`,
  clock: sql`excluded.${columnNames(due.clock)}`,
  attempts: sql`0`,
  error: sql`NULL`,
  lane: sql`excluded.${columnNames(due.lane)}`,
  leased: sql`0`,
  revision: sql`${due.revision} + 1`,
});
const MOVE = sql`UPDATE SET ${MOVED}`;
const SCHEDULE = insertion(MOVE);
const SCHEDULE_ONCE = insertion(sql`NOTHING`);

type Insertion = ReturnType<typeof insertion>;

function insertion(onConflict: SQL) {
  const { id, tenant, atMs, clock, kind, ref, lane } = due;
  const row = sql`each.value`;
  return renderedSql<"rows">(sql`
    INSERT INTO ${due} (${columnNames(id, tenant, atMs, clock, kind, ref, lane)})
    SELECT ${row}->>0, ${row}->>1, ${row}->>2, ${row}->>3, ${row}->>4, ${row}->>5, ${row}->>6
    FROM json_each(${sql.placeholder("rows")}) AS each WHERE true
    ON CONFLICT (${columnNames(id)}) DO ${onConflict}`);
}

/**
 * One row per kind and ref: scheduling it again moves its time, and its attempts begin anew. Work
 * that two causes ask for, each at its own time, needs a ref for each, or the later one would be
 * moved earlier and done with it.
 */
export function schedule(db: D1Database, row: NewDue): D1PreparedStatement {
  return insertDue(db, row, SCHEDULE);
}

/** As `schedule`, but a row that waits already keeps its time. */
export function scheduleOnce(db: D1Database, row: NewDue): D1PreparedStatement {
  return insertDue(db, row, SCHEDULE_ONCE);
}

function insertDue(db: D1Database, row: NewDue, insert: Insertion): D1PreparedStatement {
  return insert(db, { rows: JSON.stringify([valuesOf(row)]) });
}

/** As `schedule` for each of the rows, in few statements. */
export function scheduleAll(db: D1Database, rows: readonly NewDue[]): D1PreparedStatement[] {
  return insertAll(db, rows, SCHEDULE);
}

/** As `scheduleOnce` for each of the rows, in few statements. */
export function scheduleAllOnce(db: D1Database, rows: readonly NewDue[]): D1PreparedStatement[] {
  return insertAll(db, rows, SCHEDULE_ONCE);
}

function insertAll(
  db: D1Database,
  rows: readonly NewDue[],
  insert: Insertion,
): D1PreparedStatement[] {
  return rowsOfValues(rows.map(valuesOf)).map((some) => insert(db, { rows: some }));
}

/** A row's columns in the order in which it is inserted. */
function valuesOf(row: NewDue): (string | number)[] {
  const { tenant, atMs, clock, kind, ref, share } = row;
  return [dueId(kind, ref), tenant, atMs, clock, kind, ref, laneOf(row, share)];
}

/** The id of the one row of a kind and ref. */
export function dueId(kind: string, ref: string): string {
  return `${kind}:${ref}`;
}

/** The kind of the row that an id names. */
export function kindOf(id: string): string {
  return id.slice(0, id.indexOf(":"));
}

/** Takes the row away: its work is done, or is no longer wanted. */
export function unschedule(db: D1Database, kind: string, ref: string): D1PreparedStatement {
  return statement(
    db,
    orm(db)
      .delete(due)
      .where(eq(due.id, dueId(kind, ref))),
  );
}

// The words of the index due_by_test_clock, which a parameter would not match.
const onTestClock = sql`${due.clock} = 'test'`;

/** The earliest row on a test tenant's clock that is due by `untilMs`, or null. */
export async function nextOnTestClock(
  db: D1Database,
  tenant: string,
  untilMs: number,
): Promise<Due | null> {
  const [row] = await orm(db)
    .select()
    .from(due)
    .where(and(eq(due.tenant, tenant), onTestClock, lte(due.atMs, untilMs)))
    .orderBy(asc(due.atMs), asc(due.id))
    .limit(1);
  return row ?? null;
}

/** A row by its id, `kind:ref`; null where it is done or was never scheduled. */
export async function readDue(db: D1Database, id: string): Promise<Due | null> {
  const [row] = await orm(db).select().from(due).where(eq(due.id, id));
  return row ?? null;
}

/** The tenant of the row of an id, as SQL. */
export function tenantOfDue(id: string): SQL {
  return sql`(SELECT ${due.tenant} FROM ${due} WHERE ${due.id} = ${id})`;
}

/** When an attempt begins, and when it has failed if nothing was heard of it. */
export type Attempt = { nowMs: number; untilMs: number };

/**
 * The query that begins an attempt at a row and answers the row; no row where it is gone, waits for
 * a later time, or is in another attempt: then there is nothing to do. What has not ended by
 * `untilMs` is due again.
 */
export function beginning(db: D1Database, id: string, { nowMs, untilMs }: Attempt) {
  return orm(db)
    .update(due)
    .set({ atMs: untilMs, leased: IN_ATTEMPT })
    .where(and(eq(due.id, id), or(eq(due.leased, HANDED_OUT), lte(due.atMs, nowMs))))
    .returning();
}

/** The statement that hands a row in an attempt to another queue, where it begins anew. */
export function handOver(db: D1Database, id: string, nowMs: number): D1PreparedStatement {
  const change = { leased: HANDED_OUT, atMs: nowMs + LEASE_MS };
  return statement(db, orm(db).update(due).set(change).where(eq(due.id, id)));
}

/** The longest reason that is kept. */
const REASON_CHARS = 500;

/** Tries again later: for work that failed and whose row must stay; the operator reads `reason`. */
export function postpone(
  db: D1Database,
  id: string,
  { atMs, reason }: { atMs: number; reason: string },
): D1PreparedStatement {
  const error = reason.slice(0, REASON_CHARS);
  const change = { atMs, error, attempts: sql`${due.attempts} + 1`, leased: 0 as const };
  return statement(db, orm(db).update(due).set(change).where(eq(due.id, id)));
}

/** Has work on real time come up at once, unless it is in an attempt. */
export function hasten(db: D1Database, id: string, atMs: number): D1PreparedStatement {
  const change = { atMs, leased: 0 as const };
  const waits = and(eq(due.id, id), ne(due.leased, IN_ATTEMPT));
  return statement(db, orm(db).update(due).set(change).where(waits));
}

/** Work of all tenants whose last attempt failed, by id. */
export async function failingWork(
  db: D1Database,
  { after, limit }: { after: string | null; limit: number },
): Promise<Due[]> {
  return orm(db)
    .select()
    .from(due)
    .where(and(isNotNull(due.error), after === null ? undefined : gt(due.id, after)))
    .orderBy(asc(due.id))
    .limit(limit);
}

/** Takes a row away that was run, unless it was scheduled anew meanwhile. */
export function finish(
  db: D1Database,
  { id, atMs, attempts, revision }: Pick<Due, "id" | "atMs" | "attempts" | "revision">,
): D1PreparedStatement {
  const asItWas = and(
    eq(due.id, id),
    eq(due.atMs, atMs),
    eq(due.attempts, attempts),
    eq(due.revision, revision),
  );
  return statement(db, orm(db).delete(due).where(asItWas));
}
