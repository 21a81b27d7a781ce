/**
 * Monthly recurring revenue and what moved it. Pure. Recurring are base prices times seats, as a
 * month's share of their cycle, a year being 52 weeks or 12 months; trials count nothing, and usage
 * does not recur. A tenant is looked at where each month begins and ends, so one that came and left
 * in between moved nothing.
 */
import { divideRounded } from "../../core/money.ts";
import type { Interval } from "../../core/period.ts";
import { feeOf } from "../rating/fee.ts";
import { anchorMsOf, endOf, planSegmentAt, type Subscribed } from "../subscription/timeline.ts";

/** How many cycles are how many months: 52 weeks are a year's 12. */
const CYCLES_IN_MONTHS: Readonly<Record<Interval, readonly [cycles: bigint, months: bigint]>> = {
  week: [52n, 12n],
  month: [1n, 1n],
  quarter: [1n, 3n],
  half_year: [1n, 6n],
  year: [1n, 12n],
};

/**
 * What a subscription brings a month, as it stands at an instant: price × seats × cycles ÷ months,
 * rounded once, half away from zero, to the currency's smallest unit.
 */
export function monthlyMinor({ billingSchedule, log }: Subscribed, atMs: number): bigint {
  const endMs = endOf(log);
  if (atMs < anchorMsOf(billingSchedule) || (endMs !== null && endMs <= atMs)) return 0n;
  const segment = planSegmentAt(log, atMs);
  if (!segment) return 0n;
  const [cycles, months] = CYCLES_IN_MONTHS[billingSchedule.cycle];
  return divideRounded(feeOf(segment) * cycles, months);
}

export type Month = { month: string; startMs: number; endMs: number };

export type Movement = {
  month: string;
  startMinor: bigint;
  newMinor: bigint;
  expansionMinor: bigint;
  contractionMinor: bigint;
  churnMinor: bigint;
  endMinor: bigint;
  /** Paying tenants at its start, and how many of them no longer pay at its end. */
  customers: number;
  churned: number;
  /** Paying tenants at its end. */
  customersAtEnd: number;
};

/** Start + new + expansion − contraction − churn is the end, month by month, in one currency. */
export function mrrMovements(
  subscriptions: readonly Subscribed[],
  months: readonly Month[],
  currency: string,
): Movement[] {
  const own = subscriptions.filter(({ billingSchedule }) => billingSchedule.currency === currency);
  const at = (ms: number) => {
    const byTenant = new Map<string, bigint>();
    for (const subscribed of own) {
      const { tenant } = subscribed.billingSchedule;
      byTenant.set(tenant, (byTenant.get(tenant) ?? 0n) + monthlyMinor(subscribed, ms));
    }
    return byTenant;
  };
  return months.map(({ month, startMs, endMs }) => movementOf(month, at(startMs), at(endMs)));
}

type ByTenant = ReadonlyMap<string, bigint>;

function movementOf(month: string, start: ByTenant, end: ByTenant): Movement {
  const moved: Movement = {
    month,
    startMinor: 0n,
    newMinor: 0n,
    expansionMinor: 0n,
    contractionMinor: 0n,
    churnMinor: 0n,
    endMinor: 0n,
    customers: 0,
    churned: 0,
    customersAtEnd: 0,
  };
  for (const tenant of new Set([...start.keys(), ...end.keys()])) {
    const [before, after] = [start.get(tenant) ?? 0n, end.get(tenant) ?? 0n];
    moved.startMinor += before;
    moved.endMinor += after;
    if (before > 0n) moved.customers++;
    if (after > 0n) moved.customersAtEnd++;
    if (before === 0n) moved.newMinor += after;
    else if (after === 0n) {
      moved.churnMinor += before;
      moved.churned++;
    } else if (after > before) moved.expansionMinor += after - before;
    else moved.contractionMinor += before - after;
  }
  return moved;
}

/**
 * What a customer brings in its lifetime: its revenue a month over the share of customers that
 * leave a month. Null while nobody has left, or nobody pays.
 */
export function lifetimeValueMinor(movements: readonly Movement[]): bigint | null {
  const last = movements.at(-1);
  const churned = movements.reduce((sum, movement) => sum + movement.churned, 0);
  const exposed = movements.reduce((sum, movement) => sum + movement.customers, 0);
  if (!last || churned === 0 || last.customersAtEnd === 0) return null;
  const divisor = BigInt(last.customersAtEnd) * BigInt(churned);
  return divideRounded(last.endMinor * BigInt(exposed), divisor);
}

/** The share of a month's customers that left in it, in hundredths of a percent. */
export function churnBasisPoints({ customers, churned }: Movement): bigint | null {
  return customers === 0 ? null : (BigInt(churned) * 10_000n) / BigInt(customers);
}

/** The `count` calendar months (UTC) up to the one that holds `nowMs`, which ends there. */
export function monthsUntil(nowMs: number, count: number): Month[] {
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return Array.from({ length: count }, (_, i) => {
    const startMs = Date.UTC(year, month - count + 1 + i, 1);
    const endMs = Math.min(Date.UTC(year, month - count + 2 + i, 1), nowMs);
    return { month: new Date(startMs).toISOString().slice(0, 7), startMs, endMs };
  });
}
