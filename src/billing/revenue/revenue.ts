/** What closed periods billed, over all tenants: sums over rows, for the operator's reports. */

/** Test tenants only, or all others. */
export type Part = { testTenants: readonly string[]; test: boolean };

export type PlanRevenue = {
  /** In which the periods ended, such as `2026-01` (UTC). */
  month: string;
  currency: string;
  versionId: string;
  amountMinor: bigint;
};

const IN_PART = "(tenant IN (SELECT value FROM json_each(?1))) = ?2";

/** By month and plan version, before discounts and tax. */
export async function revenueByPlan(
  db: D1Database,
  { testTenants, test }: Part,
  fromMs: number,
): Promise<PlanRevenue[]> {
  const { results } = await db
    .prepare(
      `SELECT strftime('%Y-%m', end_ms / 1000, 'unixepoch') AS month, currency,
              json_extract(line.value, '$.versionId') AS versionId,
              CAST(sum(CAST(json_extract(line.value, '$.amountMinor') AS INTEGER)) AS TEXT)
                AS amount
       FROM periods, json_each(periods.lines) AS line
       WHERE ${IN_PART} AND end_ms >= ?3
       GROUP BY month, currency, versionId ORDER BY month, currency`,
    )
    .bind(JSON.stringify(testTenants), test ? 1 : 0, fromMs)
    .all<Omit<PlanRevenue, "amountMinor"> & { amount: string }>();
  return results.map(({ amount, ...row }) => ({ ...row, amountMinor: BigInt(amount) }));
}

export type TenantRevenue = { tenant: string; currency: string; amountMinor: bigint };

/** Who was billed most in periods that ended since. */
export async function topTenants(
  db: D1Database,
  { testTenants, test }: Part,
  fromMs: number,
  limit: number,
): Promise<TenantRevenue[]> {
  const { results } = await db
    .prepare(
      `SELECT tenant, currency, CAST(sum(net_minor) AS TEXT) AS amount FROM periods
       WHERE ${IN_PART} AND end_ms >= ?3
       GROUP BY tenant, currency HAVING sum(net_minor) > 0
       ORDER BY sum(net_minor) DESC, tenant LIMIT ?4`,
    )
    .bind(JSON.stringify(testTenants), test ? 1 : 0, fromMs, limit)
    .all<{ tenant: string; currency: string; amount: string }>();
  return results.map(({ amount, ...row }) => ({ ...row, amountMinor: BigInt(amount) }));
}
