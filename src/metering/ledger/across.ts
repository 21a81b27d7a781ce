/** Usage over all tenants, out of the rollups: for the operator's reports. */
import { and, countDistinct, desc, eq, gte, sql } from "drizzle-orm";
import { tenants } from "../../accounts/store/table.ts";
import { orm } from "../../platform/db/db.ts";
import { rollupLevel, rollupTenant } from "./table.ts";

export type MetricTotal = { metric: string; micro: bigint; events: number; tenants: number };
export type TenantTotal = { tenant: string; micro: bigint; events: number };

const total = sql`sum(${rollupTenant.total})`;
/** As text: a total can exceed what a JavaScript number holds. */
const micro = sql<string>`CAST(${total} AS TEXT)`;
const events = sql<number>`sum(${rollupTenant.count})`;

/** Metrics that add up, in quarter-hours from `fromQuarter` on, the busiest first. */
export async function usageByMetric(db: D1Database, fromQuarter: number): Promise<MetricTotal[]> {
  const { metric, quarter, tenant } = rollupTenant;
  const rows = await orm(db)
    .select({ metric, micro, events, tenants: countDistinct(tenant) })
    .from(rollupTenant)
    .where(gte(quarter, fromQuarter))
    .groupBy(metric)
    .orderBy(desc(events), metric);
  return rows.map((row) => ({ ...row, micro: BigInt(row.micro) }));
}

/** Who used most of a metric. */
export async function usageByTenant(
  db: D1Database,
  metric: string,
  fromQuarter: number,
  limit: number,
): Promise<TenantTotal[]> {
  const { tenant, quarter } = rollupTenant;
  const rows = await orm(db)
    .select({ tenant, micro, events })
    .from(rollupTenant)
    .where(and(eq(rollupTenant.metric, metric), gte(quarter, fromQuarter)))
    .groupBy(tenant)
    .orderBy(desc(total), tenant)
    .limit(limit);
  return rows.map((row) => ({ ...row, micro: BigInt(row.micro) }));
}

export type UsingTenant = { id: string; externalId: string | null };

/**
 * At most `limit` tenants, but for the operator, that used a metric within some quarter-hours, by
 * id. Each tenant is asked for by its key, so this costs a few rows a tenant, however much it used.
 */
export function tenantsUsing(
  db: D1Database,
  metric: string,
  { fromQuarter, toQuarter }: { fromQuarter: number; toQuarter: number },
  limit: number,
): Promise<UsingTenant[]> {
  const isUsedIn = (rollup: typeof rollupTenant | typeof rollupLevel) =>
    sql`EXISTS (SELECT 1 FROM ${rollup} WHERE ${rollup.tenant} = ${tenants.id}
      AND ${rollup.metric} = ${metric}
      AND ${rollup.quarter} BETWEEN ${fromQuarter} AND ${toQuarter})`;
  return orm(db)
    .select({ id: tenants.id, externalId: tenants.externalId })
    .from(tenants)
    .where(
      and(
        eq(tenants.operator, false),
        sql`(${isUsedIn(rollupTenant)} OR ${isUsedIn(rollupLevel)})`,
      ),
    )
    .orderBy(tenants.id)
    .limit(limit);
}
