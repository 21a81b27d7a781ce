/** The daily walk through all tenants, and who has old usage: the table `retention_walk`. */
import { asc, gt, type SQL, sql } from "drizzle-orm";
import { tenants } from "../../accounts/store/table.ts";
import { quarterOf } from "../../core/time.ts";
import { segmentQuarters, usageArchives } from "../../metering/ledger/table.ts";
import { orm, statement } from "../../platform/db/db.ts";
import { type Asked, anyRow } from "../../platform/db/sql.ts";
import { retentionWalk } from "./table.ts";

/** Tenants that are looked at in a minute: 144,000 a day. */
const PAGE = 100;

/** Tenants with their own clock's time, null for real time. */
export type WalkPage = { tenants: { id: string; nowMs: number | null }[]; isLast: boolean };

/** Whether a day's walk has not been through all tenants yet. */
export function anyToWalk(today: Asked): SQL {
  const { day, done } = retentionWalk;
  return sql`NOT ${anyRow(sql`FROM ${retentionWalk} WHERE ${day} = ${today} AND ${done}`)}`;
}

/** The next tenants of a day's walk; null where it has been through all of them. */
export async function pageOfWalk(db: D1Database, day: number): Promise<WalkPage | null> {
  const [walk] = await orm(db).select().from(retentionWalk);
  const isSame = walk?.day === day;
  if (isSame && walk.done) return null;
  const rows = await orm(db)
    .select({ id: tenants.id, nowMs: tenants.testClockMs })
    .from(tenants)
    .where(gt(tenants.id, isSame ? walk.afterTenant : ""))
    .orderBy(asc(tenants.id))
    .limit(PAGE);
  return { tenants: rows, isLast: rows.length < PAGE };
}

/** Notes how far the walk is. */
export function saveWalk(
  db: D1Database,
  walk: { day: number; afterTenant: string; done: boolean },
): D1PreparedStatement {
  const row = { id: 1, ...walk };
  return statement(
    db,
    orm(db)
      .insert(retentionWalk)
      .values(row)
      .onConflictDoUpdate({ target: retentionWalk.id, set: walk }),
  );
}

/** Those of some tenants that have segments from before their edge, or restores that have ended. */
export async function tenantsWithOldUsage(
  db: D1Database,
  asked: readonly { id: string; edgeMs: number }[],
  realMs: number,
): Promise<string[]> {
  if (asked.length === 0) return [];
  const pairs = JSON.stringify(asked.map(({ id, edgeMs }) => [id, quarterOf(edgeMs)]));
  const { tenant, quarter } = segmentQuarters;
  const old: SQL = sql`EXISTS (SELECT 1 FROM ${segmentQuarters}
    WHERE ${tenant} = each.value->>0 AND ${quarter} < each.value->>1)`;
  const { restoredUntilMs } = usageArchives;
  const ended: SQL = sql`EXISTS (SELECT 1 FROM ${usageArchives}
    WHERE ${usageArchives.tenant} = each.value->>0 AND ${restoredUntilMs} <= ${realMs})`;
  const rows = await orm(db).all<{ id: string }>(
    sql`SELECT each.value->>0 AS id FROM json_each(${pairs}) AS each WHERE ${old} OR ${ended}`,
  );
  return rows.map(({ id }) => id);
}
