/** Usage over all tenants, out of the rollups: for the operator's reports. */
import { and, eq, type SQL, sql } from "drizzle-orm";
import { tenants } from "../../accounts/store/table.ts";
import { orm } from "../../platform/db/db.ts";
import { metrics } from "../catalogue/table.ts";
import { rollupLevel, rollupTenant } from "./table.ts";

export type MetricTotal = { metric: string; micro: bigint; events: number; tenants: number };
export type TenantTotal = { tenant: string; micro: bigint; events: number };

const total = sql`sum(${rollupTenant.total})`;
/** As text: a total can exceed what a JavaScript number holds. */
const micro = sql`CAST(${total} AS TEXT)`;
const events = sql`sum(${rollupTenant.count})`;

/**
 * The rollups of every tenant from a quarter-hour on. Each tenant's metrics are asked for by their
 * keys, so that nothing older is read.
 */
function rollupsSince(fromQuarter: number, metric: SQL): SQL {
  const { id } = tenants;
  return sql`(SELECT DISTINCT ${id} AS tenant, known.name AS metric
      FROM ${tenants} JOIN ${metrics} AS known ON known.tenant IN (${id}, '*') AND ${metric}
    ) AS asked
    CROSS JOIN ${rollupTenant} ON ${rollupTenant.tenant} = asked.tenant
      AND ${rollupTenant.metric} = asked.metric AND ${rollupTenant.quarter} >= ${fromQuarter}`;
}

/** Metrics that add up, in quarter-hours from `fromQuarter` on, the busiest first. */
export async function usageByMetric(db: D1Database, fromQuarter: number): Promise<MetricTotal[]> {
  const rows = await orm(db).all<Totals & { metric: string; tenants: number }>(sql`
    SELECT ${rollupTenant.metric} AS metric, ${micro} AS micro, ${events} AS events,
      count(DISTINCT ${rollupTenant.tenant}) AS tenants
    FROM ${rollupsSince(fromQuarter, sql`true`)}
    GROUP BY 1 ORDER BY 3 DESC, 1`);
  return rows.map((row) => ({ ...row, micro: BigInt(row.micro) }));
}

/** Who used most of a metric. */
export async function usageByTenant(
  db: D1Database,
  metric: string,
  fromQuarter: number,
  limit: number,
): Promise<TenantTotal[]> {
  const rows = await orm(db).all<Totals & { tenant: string }>(sql`
    SELECT ${rollupTenant.tenant} AS tenant, ${micro} AS micro, ${events} AS events
    FROM ${rollupsSince(fromQuarter, sql`known.name = ${metric}`)}
    GROUP BY 1 ORDER BY ${total} DESC, 1 LIMIT ${limit}`);
  return rows.map((row) => ({ ...row, micro: BigInt(row.micro) }));
}

type Totals = { micro: string; events: number };

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
