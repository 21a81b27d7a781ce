/** What subscriptions bring, by currency: what the operator's page of revenue and its API show. */
import type { Env } from "../../platform/runtime/env.ts";
import { readVersions } from "../plan/plan-store.ts";
import { type Movement, monthsUntil, movementsOf } from "./recurring.ts";
import {
  fallenTenants,
  fallingTenants,
  type Part,
  type PlanRevenue,
  recurringSums,
  revenueByPlan,
  type TenantRevenue,
  type Trend,
  topTenants,
} from "./revenue.ts";
import { type Span, type SpanKind, spansAt } from "./span.ts";

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
  /** The time that `top` is of, and the last whole one, that `fallen` is of. */
  current: Span;
  whole: Span;
  top: TenantRevenue[];
  /** Who was billed less than in the time before. */
  fallen: TenantRevenue[];
  /** Whose usage fell in the last closed period. */
  falling: Trend[];
};

/** A report of each currency in which there is, or was, revenue; in the order of their codes. */
export async function reportRevenue(
  env: Env,
  part: Part & { by: SpanKind },
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
  const { current, whole } = spansAt(part.by, nowMs);
  return Promise.all(
    currencies.map(async (currency) => {
      const [top, fallen, falling] = await Promise.all([
        topTenants(env.DB, part, { span: current.name, currency, limit: TOP }),
        fallenTenants(env.DB, part, { span: whole.name, currency, limit: TOP }),
        fallingTenants(env.DB, part, { currency, limit: TOP }),
      ]);
      const own = billed.filter((row) => row.currency === currency);
      const movements = movementsOf(sums, months, currency);
      const ranked = { current, whole, top, fallen, falling };
      return { currency, movements, billed: byPlan(own, plans), ...ranked };
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
