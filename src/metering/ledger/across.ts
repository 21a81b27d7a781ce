/** Usage over all tenants, out of the rollups: for the operator's reports. */

export type MetricTotal = { metric: string; micro: bigint; events: number; tenants: number };
export type TenantTotal = { tenant: string; micro: bigint; events: number };

/** Metrics that add up, in quarter-hours from `fromQuarter` on, the busiest first. */
export async function usageByMetric(db: D1Database, fromQuarter: number): Promise<MetricTotal[]> {
  const { results } = await db
    .prepare(
      `SELECT metric, CAST(sum(total) AS TEXT) AS micro, sum(count) AS events,
              count(DISTINCT tenant) AS tenants
       FROM rollup_tenant WHERE quarter >= ? GROUP BY metric ORDER BY events DESC, metric`,
    )
    .bind(fromQuarter)
    .all<{ metric: string; micro: string; events: number; tenants: number }>();
  return results.map((row) => ({ ...row, micro: BigInt(row.micro) }));
}

/** Who used most of a metric. */
export async function usageByTenant(
  db: D1Database,
  metric: string,
  fromQuarter: number,
  limit: number,
): Promise<TenantTotal[]> {
  const { results } = await db
    .prepare(
      `SELECT tenant, CAST(sum(total) AS TEXT) AS micro, sum(count) AS events
       FROM rollup_tenant WHERE metric = ? AND quarter >= ?
       GROUP BY tenant ORDER BY sum(total) DESC, tenant LIMIT ?`,
    )
    .bind(metric, fromQuarter, limit)
    .all<{ tenant: string; micro: string; events: number }>();
  return results.map((row) => ({ ...row, micro: BigInt(row.micro) }));
}
