/** Usage over all tenants, out of the rollups: for the operator's reports. */
import { and, countDistinct, desc, eq, gte, sql } from "drizzle-orm";
import { orm } from "../../platform/db/db.ts";
import { rollupTenant } from "./table.ts";

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
