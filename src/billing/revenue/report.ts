/** What subscriptions bring, by currency: what the operator's page of revenue and its API show. */
import type { Env } from "../../platform/runtime/env.ts";
import { readVersions } from "../plan/plan-store.ts";
import { type Movement, monthsUntil, movementsOf } from "./recurring.ts";
import {
  fallingTenants,
  type Part,
  type PlanRevenue,
  recurringSums,
  revenueByPlan,
  type TenantRevenue,
  type Trend,
  topTenants,
} from "./revenue.ts";

/** Months of a report, with the current one. */
export const REPORT_MONTHS = 12;
const TOP = 10;

/** What one plan billed in a month, over its versions. */
export type Billed = { month: string; plan: string; amountMinor: bigint };

export type CurrencyReport = {
  currency: string;
  /** Ascending; the last one is the current month as it stands. */
  movements: Movement[];
  billed: Billed[];
  /** The year that `top` is of: that of the last month that is over. */
  year: string;
  top: TenantRevenue[];
  falling: Trend[];
};

/** A report of each currency in which there is, or was, revenue; in the order of their codes. */
export async function reportRevenue(
  env: Env,
  part: Part,
  nowMs: number,
): Promise<CurrencyReport[]> {
  const months = monthsUntil(nowMs, REPORT_MONTHS);
  const [from = "", to = ""] = [months[0], months.at(-1)];
  const [sums, billed] = await Promise.all([
    recurringSums(env.DB, part, nowMs),
    revenueByPlan(env.DB, part, [from, to]),
  ]);
  const plans = await planNames(env, billed);
  const currencies = [...new Set([...sums, ...billed].map(({ currency }) => currency))].sort();
  // In January nobody wants to see an empty year.
  const year = (months.at(-2) ?? to).slice(0, 4);
  return Promise.all(
    currencies.map(async (currency) => {
      const [top, falling] = await Promise.all([
        topTenants(env.DB, part, { year, currency, limit: TOP }),
        fallingTenants(env.DB, part, { currency, limit: TOP }),
      ]);
      const own = billed.filter((row) => row.currency === currency);
      const movements = movementsOf(sums, months, currency);
      return { currency, movements, billed: byPlan(own, plans), year, top, falling };
    }),
  );
}

async function planNames(env: Env, billed: readonly PlanRevenue[]): Promise<Map<string, string>> {
  const versions = await readVersions(
    env.DB,
    billed.map(({ versionId }) => versionId),
  );
  return new Map([...versions].map(([id, { planName }]) => [id, planName]));
}

function byPlan(billed: readonly PlanRevenue[], plans: ReadonlyMap<string, string>): Billed[] {
  const found = new Map<string, Billed>();
  for (const { month, versionId, amountMinor } of billed) {
    const plan = plans.get(versionId) ?? "";
    const key = `${month} ${plan}`;
    const before = found.get(key)?.amountMinor ?? 0n;
    found.set(key, { month, plan, amountMinor: before + amountMinor });
  }
  return [...found.values()];
}
