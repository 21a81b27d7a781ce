/** What waits in the outbox and in the schedule, over all tenants: counted to a bound. */
import { and, asc, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import { orm } from "../db/db.ts";
import { due, outbox } from "../db/table.ts";

/** More than so many are not counted. */
export const MOST_COUNTED = 1_000;

/** How much waits, to `MOST_COUNTED` and one more, and since when; null where nothing does. */
export type Backlog = { count: number; sinceMs: number | null };

/** Counts the rows of a query with a column `since`. */
export async function backlogOf(db: D1Database, rows: SQL): Promise<Backlog> {
  const [found] = await orm(db).all<Backlog>(sql`
    SELECT count(*) AS count, min(since) AS sinceMs FROM (${rows} LIMIT ${MOST_COUNTED + 1})`);
  return found ?? { count: 0, sinceMs: null };
}

/** Announcements that were not handed to the queue yet. */
export function announcementsWaiting(db: D1Database): Promise<Backlog> {
  const { atMs, relayedMs } = outbox;
  return backlogOf(db, sql`SELECT ${atMs} AS since FROM ${outbox} WHERE ${isNull(relayedMs)}`);
}

// The words of the index due_by_time, which a parameter would not match.
const onRealTime = sql`${due.clock} = 'real'`;

/** Work on real time that was due before an instant. */
export function workLate(db: D1Database, beforeMs: number): Promise<Backlog> {
  const isLate = and(onRealTime, lt(due.atMs, beforeMs));
  return backlogOf(db, sql`SELECT ${due.atMs} AS since FROM ${due} WHERE ${isLate}`);
}

/** Work whose last attempt failed. */
export function workFailing(db: D1Database): Promise<Backlog> {
  const failing = isNotNull(due.error);
  return backlogOf(db, sql`SELECT ${due.atMs} AS since FROM ${due} WHERE ${failing}`);
}

/** Of the announcements that wait, and the work that is late, the first ones. */
export async function firstWaiting(db: D1Database, beforeMs: number, limit: number) {
  const { tenant, type, atMs, id } = outbox;
  return orm(db).batch([
    orm(db)
      .select({ id, tenant, type, atMs })
      .from(outbox)
      .where(isNull(outbox.relayedMs))
      .limit(limit),
    orm(db)
      .select({ id: due.id, tenant: due.tenant, type: due.kind, atMs: due.atMs })
      .from(due)
      .where(and(onRealTime, lt(due.atMs, beforeMs)))
      .orderBy(asc(due.atMs))
      .limit(limit),
  ]);
}

/** Of the work whose last attempt failed, what is tried again first. */
export async function firstFailing(db: D1Database, limit: number) {
  const { tenant, kind, atMs, error } = due;
  return orm(db)
    .select({ tenant, type: kind, atMs, error })
    .from(due)
    .where(isNotNull(error))
    .orderBy(asc(due.id))
    .limit(limit);
}
