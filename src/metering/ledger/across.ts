/** Usage over all tenants, out of the rollups of every ledger: for the operator's reports. */
import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { tenants } from "../../accounts/store/table.ts";
import { eachOf, orm } from "../../platform/db/db.ts";
import { ledgerDb, ledgersOf } from "../../platform/db/ledger.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { rollupLevel, rollupTenant, usageWatermarks } from "./table.ts";

export type MetricTotal = { metric: string; micro: bigint; events: number; tenants: number };
export type TenantTotal = { tenant: string; micro: bigint; events: number };

/** What every ledger answers, asked at once. */
async function ofEach<T>(env: Env, read: (db: D1Database) => Promise<T[]>): Promise<T[]> {
  const found = await Promise.all(ledgersOf(env).map((ledger) => read(ledgerDb(env, ledger))));
  return found.flat();
}

const total = sql`sum(${rollupTenant.total})`;
/** As text: a total can exceed what a JavaScript number holds. */
const micro = sql`CAST(${total} AS TEXT)`;
const events = sql`sum(${rollupTenant.count})`;

/** True of a tenant's own ledger: one that it was moved from has rows of it still. */
const IS_HERE = sql`${usageWatermarks.fenced} = 0`;

/** The next metric of a tenant in a ledger, by name: one look-up. */
function nextMetric(tenant: SQL, after: SQL): SQL {
  return sql`(SELECT min(${rollupTenant.metric}) FROM ${rollupTenant}
    WHERE ${rollupTenant.tenant} = ${tenant} AND ${rollupTenant.metric} > ${after})`;
}

/**
 * The rollups of a ledger's tenants from a quarter-hour on, of all metrics. Each tenant's metrics
 * are found one by one and asked for by their keys, so that nothing older is read.
 */
function allRollupsSince(fromQuarter: number): SQL {
  const { tenant } = usageWatermarks;
  const pair = { tenant: sql`asked.tenant`, metric: sql`asked.metric` };
  return sql`(WITH RECURSIVE asked(tenant, metric) AS (
      SELECT ${tenant}, ${nextMetric(sql`${tenant}`, sql`''`)}
      FROM ${usageWatermarks} WHERE ${IS_HERE}
      UNION ALL SELECT asked.tenant, ${nextMetric(pair.tenant, pair.metric)}
      FROM asked WHERE asked.metric IS NOT NULL)
    SELECT tenant, metric FROM asked WHERE metric IS NOT NULL) AS asked
    CROSS JOIN ${rollupTenant} ON ${rollupTenant.tenant} = asked.tenant
      AND ${rollupTenant.metric} = asked.metric AND ${rollupTenant.quarter} >= ${fromQuarter}`;
}

/** Metrics that add up, in quarter-hours from `fromQuarter` on, the busiest first. */
export async function usageByMetric(env: Env, fromQuarter: number): Promise<MetricTotal[]> {
  const rows = await ofEach(env, (db) =>
    orm(db).all<Totals & { metric: string; tenants: number }>(sql`
      SELECT ${rollupTenant.metric} AS metric, ${micro} AS micro, ${events} AS events,
        count(DISTINCT ${rollupTenant.tenant}) AS tenants
      FROM ${allRollupsSince(fromQuarter)}
      GROUP BY 1`),
  );
  const totals = [...Map.groupBy(rows, ({ metric }) => metric)].map(([metric, parts]) => ({
    metric,
    ...sumOf(parts),
    tenants: parts.reduce((sum, part) => sum + part.tenants, 0),
  }));
  return totals.sort((a, b) => b.events - a.events || (a.metric < b.metric ? -1 : 1));
}

/** Who used most of a metric. */
export async function usageByTenant(
  env: Env,
  metric: string,
  fromQuarter: number,
  limit: number,
): Promise<TenantTotal[]> {
  const rows = await ofEach(env, (db) =>
    orm(db).all<Totals & { tenant: string }>(sql`
      SELECT ${rollupTenant.tenant} AS tenant, ${micro} AS micro, ${events} AS events
      FROM ${usageWatermarks} CROSS JOIN ${rollupTenant}
        ON ${rollupTenant.tenant} = ${usageWatermarks.tenant}
        AND ${rollupTenant.metric} = ${metric} AND ${rollupTenant.quarter} >= ${fromQuarter}
      WHERE ${IS_HERE}
      GROUP BY 1 ORDER BY ${total} DESC, 1 LIMIT ${limit}`),
  );
  const totals = rows.map((row) => ({ ...row, micro: BigInt(row.micro) }));
  const order = (a: TenantTotal, b: TenantTotal) =>
    a.micro === b.micro ? (a.tenant < b.tenant ? -1 : 1) : a.micro < b.micro ? 1 : -1;
  return totals.sort(order).slice(0, limit);
}

type Totals = { micro: string; events: number };

function sumOf(parts: readonly Totals[]): { micro: bigint; events: number } {
  return {
    micro: parts.reduce((sum, part) => sum + BigInt(part.micro), 0n),
    events: parts.reduce((sum, part) => sum + part.events, 0),
  };
}

export type UsingTenant = { id: string; externalId: string | null };

/**
 * At most `limit` tenants, but for the operator, that used a metric within some quarter-hours, by
 * id. Each tenant is asked for by its key, so this costs a few rows a tenant, however much it used.
 */
export async function tenantsUsing(
  env: Env,
  metric: string,
  { fromQuarter, toQuarter }: { fromQuarter: number; toQuarter: number },
  limit: number,
): Promise<UsingTenant[]> {
  const { tenant } = usageWatermarks;
  const isUsedIn = (rollup: typeof rollupTenant | typeof rollupLevel) =>
    sql`EXISTS (SELECT 1 FROM ${rollup} WHERE ${rollup.tenant} = ${tenant}
      AND ${rollup.metric} = ${metric}
      AND ${rollup.quarter} BETWEEN ${fromQuarter} AND ${toQuarter})`;
  const using = await ofEach(
    env,
    (db) =>
      orm(db)
        .select({ tenant })
        .from(usageWatermarks)
        .where(and(IS_HERE, sql`(${isUsedIn(rollupTenant)} OR ${isUsedIn(rollupLevel)})`))
        .orderBy(tenant)
        .limit(limit + 1), // one of them may be the operator
  );
  const ids = using.map((row) => row.tenant);
  return orm(env.DB)
    .select({ id: tenants.id, externalId: tenants.externalId })
    .from(tenants)
    .where(and(eq(tenants.operator, false), inArray(tenants.id, eachOf(ids))))
    .orderBy(tenants.id)
    .limit(limit);
}
