/** What closed periods billed, over all tenants: sums over rows, for the operator's reports. */
import { asc, desc, gte, inArray, type SQL, sql } from "drizzle-orm";
import { eachOf, orm } from "../../platform/db/db.ts";
import { periods } from "../subscription/table.ts";

/** Test tenants only, or all others. */
export type Part = { testTenants: readonly string[]; test: boolean };

export type PlanRevenue = {
  /** In which the periods ended, such as `2026-01` (UTC). */
  month: string;
  currency: string;
  versionId: string;
  amountMinor: bigint;
};

function endedSince({ testTenants, test }: Part, fromMs: number): SQL {
  const isTest = inArray(periods.tenant, eachOf(testTenants));
  return sql`(${isTest}) = ${test ? 1 : 0} AND ${gte(periods.endMs, fromMs)}`;
}

/** By month and plan version, before discounts and tax. */
export async function revenueByPlan(
  db: D1Database,
  part: Part,
  fromMs: number,
): Promise<PlanRevenue[]> {
  const { currency, endMs, lines } = periods;
  const rows = await orm(db).all<Omit<PlanRevenue, "amountMinor"> & { amount: string }>(sql`
    SELECT strftime('%Y-%m', ${endMs} / 1000, 'unixepoch') AS month, ${currency} AS currency,
           json_extract(line.value, '$.versionId') AS versionId,
           CAST(sum(CAST(json_extract(line.value, '$.amountMinor') AS INTEGER)) AS TEXT) AS amount
    FROM ${periods}, json_each(${lines}) AS line
    WHERE ${endedSince(part, fromMs)}
    GROUP BY month, ${currency}, versionId ORDER BY month, ${currency}`);
  return rows.map(({ amount, ...row }) => ({ ...row, amountMinor: BigInt(amount) }));
}

export type TenantRevenue = { tenant: string; currency: string; amountMinor: bigint };

/** Who was billed most in periods that ended since. */
export async function topTenants(
  db: D1Database,
  part: Part,
  fromMs: number,
  limit: number,
): Promise<TenantRevenue[]> {
  const { tenant, currency, netMinor } = periods;
  const billed = sql`sum(${netMinor})`;
  const rows = await orm(db)
    .select({ tenant, currency, amount: sql<string>`CAST(${billed} AS TEXT)` })
    .from(periods)
    .where(endedSince(part, fromMs))
    .groupBy(tenant, currency)
    .having(sql`${billed} > 0`)
    .orderBy(desc(billed), asc(tenant))
    .limit(limit);
  return rows.map(({ amount, ...row }) => ({ ...row, amountMinor: BigInt(amount) }));
}
