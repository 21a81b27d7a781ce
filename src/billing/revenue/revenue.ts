/**
 * What subscriptions bring, over all tenants, for the operator's reports. Read are sums that are
 * kept, a few rows a month, and the first of what an index has in its order; live and test tenants
 * are never counted together, nor are currencies.
 */
import { and, asc, desc, eq, gt, gte, lt, lte, type SQL, sql } from "drizzle-orm";
import { tenants } from "../../accounts/store/table.ts";
import { MOST_COUNTED } from "../../platform/db/bounded-count.ts";
import { orm } from "../../platform/db/db.ts";
import { type SubscriptionFilter, subscriptionsWhere } from "../subscription/store.ts";
import { subscriptions } from "../subscription/table.ts";
import type { MonthSum } from "./recurring.ts";
import {
  billedMonths,
  billedSpans,
  recurringMonths,
  recurringSteps,
  type StepKind,
  usageTrends,
} from "./table.ts";

/** Test tenants only, or all others. */
export type Part = { test: boolean };

/** A sum, so that no digit of it is lost on the way. */
const exactly = (sum: SQL) => sql<string>`CAST(${sum} AS TEXT)`;

function monthOf(nowMs: number): { month: string; endMs: number } {
  const now = new Date(nowMs);
  const endMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  return { month: now.toISOString().slice(0, 7), endMs };
}

/** All that moved until now, by month; what is to come in this month is left out. */
export async function recurringSums(
  db: D1Database,
  { test }: Part,
  nowMs: number,
): Promise<MonthSum[]> {
  const { month, endMs } = monthOf(nowMs);
  const { currency, kind, changeMinor, steps } = recurringMonths;
  const coming = recurringSteps;
  const isComing = and(eq(coming.test, test), gt(coming.atMs, nowMs), lt(coming.atMs, endMs));
  const isPast = and(eq(recurringMonths.test, test), lte(recurringMonths.month, month));
  const rows = await orm(db).all<Omit<MonthSum, "changeMinor"> & { change: string }>(sql`
    SELECT currency, month, kind, CAST(sum(change) AS TEXT) AS change, sum(steps) AS steps
    FROM (
      SELECT ${currency} AS currency, ${recurringMonths.month} AS month, ${kind} AS kind,
             ${changeMinor} AS change, ${steps} AS steps
      FROM ${recurringMonths} WHERE ${isPast}
      UNION ALL
      SELECT ${coming.currency}, ${month}, ${coming.kind}, -${coming.changeMinor}, -1
      FROM ${coming} WHERE ${isComing}
    ) GROUP BY currency, month, kind ORDER BY month, currency, kind`);
  return rows.map(({ change, ...row }) => ({ ...row, changeMinor: BigInt(change) }));
}

/** What each of up to 1,000 running subscriptions brings in a month, at its tenant's time. */
export async function recurringOf(
  db: D1Database,
  filter: SubscriptionFilter,
  nowMs: number,
): Promise<{ tenant: string; currency: string; test: boolean; monthlyMinor: bigint }[]> {
  const { id, tenant, currency } = subscriptions;
  const { subscriptionId, atMs, monthlyMinor } = recurringSteps;
  const rows = await orm(db)
    .select({
      tenant,
      currency,
      mode: tenants.mode,
      monthly: exactly(sql`coalesce((SELECT ${monthlyMinor} FROM ${recurringSteps}
        WHERE ${subscriptionId} = ${id} AND ${atMs} <= coalesce(${tenants.testClockMs}, ${nowMs})
        ORDER BY ${atMs} DESC LIMIT 1), 0)`),
    })
    .from(subscriptions)
    .innerJoin(tenants, eq(tenants.id, tenant))
    .where(subscriptionsWhere({ state: "current", ...filter }))
    .limit(MOST_COUNTED);
  return rows.map(({ mode, monthly, ...row }) => {
    return { ...row, test: mode === "test", monthlyMinor: BigInt(monthly) };
  });
}

export type Step = {
  tenant: string;
  atMs: number;
  currency: string;
  kind: StepKind;
  changeMinor: bigint;
  monthlyMinor: bigint;
};

/** The newest movements until now, or with `coming` the next ones. */
export async function listSteps(
  db: D1Database,
  { test }: Part,
  { nowMs, coming, limit }: { nowMs: number; coming: boolean; limit: number },
): Promise<Step[]> {
  const { tenant, atMs, currency, kind, changeMinor, monthlyMinor } = recurringSteps;
  const rows = await orm(db)
    .select({ tenant, atMs, currency, kind, changeMinor, monthlyMinor })
    .from(recurringSteps)
    .where(and(eq(recurringSteps.test, test), coming ? gt(atMs, nowMs) : lte(atMs, nowMs)))
    .orderBy(coming ? asc(atMs) : desc(atMs))
    .limit(limit);
  return rows.map((row) => ({
    ...row,
    changeMinor: BigInt(row.changeMinor),
    monthlyMinor: BigInt(row.monthlyMinor),
  }));
}

export type PlanRevenue = {
  /** In which the periods ended, such as `2026-01` (UTC). */
  month: string;
  currency: string;
  versionId: string;
  amountMinor: bigint;
};

/** What periods billed by month and plan version, from one month to another, before tax. */
export async function revenueByPlan(
  db: D1Database,
  { test }: Part,
  [from, to]: readonly [from: string, to: string],
): Promise<PlanRevenue[]> {
  const { month, currency, versionId, amountMinor } = billedMonths;
  const rows = await orm(db)
    .select({ month, currency, versionId, amount: exactly(sql`${amountMinor}`) })
    .from(billedMonths)
    .where(and(eq(billedMonths.test, test), gte(month, from), lte(month, to)))
    .orderBy(asc(month), asc(currency));
  return rows.map(({ amount, ...row }) => ({ ...row, amountMinor: BigInt(amount) }));
}

/** What a tenant was billed in a time, and its change against the time before. */
export type TenantRevenue = { tenant: string; amountMinor: bigint; beforeMinor: bigint };

export type Ranked = { span: string; currency: string; limit: number };

/** Who was billed most in a time, with what the time before it billed. */
export function topTenants(db: D1Database, part: Part, ranked: Ranked): Promise<TenantRevenue[]> {
  const { amountMinor } = billedSpans;
  return rankedTenants(db, part, ranked, [gt(amountMinor, 0), desc(amountMinor)]);
}

/** Whose bills came to less in a time than in the time before it; most first. */
export function fallenTenants(
  db: D1Database,
  part: Part,
  ranked: Ranked,
): Promise<TenantRevenue[]> {
  const { changeMinor } = billedSpans;
  return rankedTenants(db, part, ranked, [lt(changeMinor, 0), asc(changeMinor)]);
}

async function rankedTenants(
  db: D1Database,
  { test }: Part,
  { span, currency, limit }: Ranked,
  [isRanked, order]: readonly [where: SQL, order: SQL],
): Promise<TenantRevenue[]> {
  const { tenant, amountMinor, changeMinor } = billedSpans;
  const isOfSpan = and(
    eq(billedSpans.test, test),
    eq(billedSpans.span, span),
    eq(billedSpans.currency, currency),
  );
  const rows = await orm(db)
    .select({
      tenant,
      amount: exactly(sql`${amountMinor}`),
      before: exactly(sql`${amountMinor} - ${changeMinor}`),
    })
    .from(billedSpans)
    .where(and(isOfSpan, isRanked))
    .orderBy(order)
    .limit(limit);
  return rows.map(({ tenant: id, amount, before }) => ({
    tenant: id,
    amountMinor: BigInt(amount),
    beforeMinor: BigInt(before),
  }));
}

export type Trend = {
  tenant: string;
  /** Where its last closed period ended. */
  endMs: number;
  usageMinor: bigint;
  beforeMinor: bigint;
  changeMinor: bigint;
};

/** Whose usage came to less in the last closed period than in the one before it; most first. */
export async function fallingTenants(
  db: D1Database,
  { test }: Part,
  { currency, limit }: { currency: string; limit: number },
): Promise<Trend[]> {
  const { tenant, endMs, usageMinor, beforeMinor, changeMinor } = usageTrends;
  const isOfPart = and(eq(usageTrends.test, test), eq(usageTrends.currency, currency));
  const rows = await orm(db)
    .select({ tenant, endMs, usageMinor, beforeMinor, changeMinor })
    .from(usageTrends)
    .where(and(isOfPart, lt(changeMinor, 0)))
    .orderBy(asc(changeMinor))
    .limit(limit);
  return rows.map((row) => ({
    ...row,
    usageMinor: BigInt(row.usageMinor),
    beforeMinor: BigInt(row.beforeMinor),
    changeMinor: BigInt(row.changeMinor),
  }));
}
