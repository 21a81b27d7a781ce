/** Billing cycles as callers name them, and what a plan's version asks for each. Pure. */
import type { Interval } from "../../core/period.ts";

/** How often a base price is billed, ascending. */
export const CYCLES = ["weekly", "monthly", "quarterly", "half_yearly", "yearly"] as const;
export type CycleName = (typeof CYCLES)[number];

const INTERVAL_OF: Readonly<Record<CycleName, Interval>> = {
  weekly: "week",
  monthly: "month",
  quarterly: "quarter",
  half_yearly: "half_year",
  yearly: "year",
};
const CYCLE_OF: Readonly<Record<Interval, CycleName>> = {
  week: "weekly",
  month: "monthly",
  quarter: "quarterly",
  half_year: "half_yearly",
  year: "yearly",
};

/** The interval of a billing cycle. */
export const intervalOf = (cycle: CycleName): Interval => INTERVAL_OF[cycle];
/** The billing cycle of an interval. */
export const cycleOf = (interval: Interval): CycleName => CYCLE_OF[interval];

/** A version's base price by cycle, in minor units; null: the subscription brings its own. */
export type BasePrices = {
  baseWeekMinor: number | null;
  baseMonthMinor: number | null;
  baseQuarterMinor: number | null;
  baseHalfYearMinor: number | null;
  baseYearMinor: number | null;
};

const PRICE_OF: Readonly<Record<Interval, keyof BasePrices>> = {
  week: "baseWeekMinor",
  month: "baseMonthMinor",
  quarter: "baseQuarterMinor",
  half_year: "baseHalfYearMinor",
  year: "baseYearMinor",
};

/** A version's own base price for a cycle, in minor units, or null where it has none. */
export function ownBasePrice(version: BasePrices, cycle: Interval): number | null {
  return version[PRICE_OF[cycle]];
}
