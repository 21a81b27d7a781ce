/** What waits in the outbox and in the schedule, over all tenants: counted to a bound. */
import { and, asc, isNotNull, isNull, lt, type SQL, sql } from "drizzle-orm";
import { orm } from "../db/db.ts";
import { sqlStatement } from "../db/sql.ts";
import { due, outbox } from "../db/table.ts";

/** More than so many are not counted. */
export const MOST_COUNTED = 1_000;

/** How much waits, to `MOST_COUNTED` and one more, and since when; null where nothing does. */
export type Backlog = { count: number; sinceMs: number | null };

/** Counts the rows of queries with a column `since`, all at once. */
export async function backlogsOf<K extends string>(
  db: D1Database,
  queries: Readonly<Record<K, SQL>>,
): Promise<Record<K, Backlog>> {
  const names = Object.keys(queries) as K[];
  const statements = names.map((name) => {
    const rows = sql`${queries[name]} LIMIT ${MOST_COUNTED + 1}`;
    const counted = sql`SELECT count(*) AS count, min(since) AS sinceMs FROM (${rows})`;
    return sqlStatement(db, counted);
  });
  const results = await db.batch<Backlog>(statements);
  const none = { count: 0, sinceMs: null };
  const found = names.map((name, i) => [name, results[i]?.results[0] ?? none]);
  return Object.fromEntries(found) as Record<K, Backlog>;
}

// The words of the index due_by_time, which a parameter would not match.
const onRealTime = sql`${due.clock} = 'real'`;

/**
 * Announcements that were not handed to the queue yet, work on real time that was due before an
 * instant, and work whose last attempt failed.
 */
export function queueBacklog(db: D1Database, beforeMs: number) {
  const isLate = and(onRealTime, lt(due.atMs, beforeMs));
  const { atMs, relayedMs } = outbox;
  return backlogsOf(db, {
    announcements: sql`SELECT ${atMs} AS since FROM ${outbox} WHERE ${isNull(relayedMs)}`,
    late: sql`SELECT ${due.atMs} AS since FROM ${due} WHERE ${isLate}`,
    failing: sql`SELECT ${due.atMs} AS since FROM ${due} WHERE ${isNotNull(due.error)}`,
  });
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
  const { tenant, kind, atMs, error, clock } = due;
  return orm(db)
    .select({ id: due.id, tenant, type: kind, atMs, error, clock })
    .from(due)
    .where(isNotNull(error))
    .orderBy(asc(due.id))
    .limit(limit);
}
