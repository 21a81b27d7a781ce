/**
 * Monthly recurring revenue and what moved it. Pure. Recurring are base prices times seats, as a
 * month's share of their cycle, a year being 52 weeks or 12 months; trials count nothing, and usage
 * does not recur. Each change is a movement of its own, at its own time: the sums by month that
 * this file reads are kept by triggers on the logs of subscriptions.
 */
import { divideRounded } from "../../core/money.ts";
import type { StepKind } from "./table.ts";

/** What all movements of a kind in a month (UTC) came to, in one currency. */
export type MonthSum = {
  currency: string;
  month: string;
  kind: StepKind;
  /** Below zero for a contraction and for churn. */
  changeMinor: bigint;
  steps: number;
};

export type Movement = {
  month: string;
  startMinor: bigint;
  newMinor: bigint;
  reactivationMinor: bigint;
  expansionMinor: bigint;
  /** What contractions and churn took away, above zero. */
  contractionMinor: bigint;
  churnMinor: bigint;
  endMinor: bigint;
  /** Paying tenants at its start, and how many stopped in it. */
  customers: number;
  churned: number;
  /** Paying tenants at its end. */
  customersAtEnd: number;
};

/**
 * Start + new + reactivation + expansion − contraction − churn is the end, month by month, in one
 * currency. `sums` go back to the first month that there was.
 */
export function movementsOf(
  sums: readonly MonthSum[],
  months: readonly string[],
  currency: string,
): Movement[] {
  const own = sums.filter((sum) => sum.currency === currency);
  const [first = ""] = months;
  const earlier = own.filter(({ month }) => month < first);
  let endMinor = earlier.reduce((total, { changeMinor }) => total + changeMinor, 0n);
  let customersAtEnd = earlier.reduce((total, sum) => total + customersIn(sum), 0);
  return months.map((month) => {
    const ofMonth = own.filter((sum) => sum.month === month);
    const movement = movementIn(month, ofMonth, endMinor, customersAtEnd);
    ({ endMinor, customersAtEnd } = movement);
    return movement;
  });
}

function movementIn(
  month: string,
  sums: readonly MonthSum[],
  startMinor: bigint,
  customers: number,
): Movement {
  const of = (kind: StepKind) => {
    const found = sums.filter((sum) => sum.kind === kind);
    return found.reduce((total, { changeMinor }) => total + changeMinor, 0n);
  };
  const churned = sums.filter(({ kind }) => kind === "churn");
  return {
    month,
    startMinor,
    newMinor: of("new"),
    reactivationMinor: of("reactivation"),
    expansionMinor: of("expansion"),
    contractionMinor: -of("contraction"),
    churnMinor: -of("churn"),
    endMinor: sums.reduce((total, { changeMinor }) => total + changeMinor, startMinor),
    customers,
    churned: churned.reduce((total, { steps }) => total + steps, 0),
    customersAtEnd: sums.reduce((total, sum) => total + customersIn(sum), customers),
  };
}

/** How many more pay after these movements. */
function customersIn({ kind, steps }: MonthSum): number {
  if (kind === "new" || kind === "reactivation") return steps;
  return kind === "churn" ? -steps : 0;
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

/** The `count` calendar months (UTC) up to the one that holds `nowMs`, such as `2026-01`. */
export function monthsUntil(nowMs: number, count: number): string[] {
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return Array.from({ length: count }, (_, i) =>
    new Date(Date.UTC(year, month - count + 1 + i, 1)).toISOString().slice(0, 7),
  );
}
