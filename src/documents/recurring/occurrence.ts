/** Pure. On which days an invoice repeats, and which days each one is for. */
import { Temporal } from "temporal-polyfill";
import type { Interval } from "../../core/period.ts";
import type { DayRange } from "../model/model.ts";

/** What becomes of each: it waits as a draft, gets its number, or is sent as well. */
export const RECURRING_DELIVERIES = ["draft", "finalize", "send"] as const;
export type RecurringDelivery = (typeof RECURRING_DELIVERIES)[number];

/** Whether an invoice is for the interval that begins on its day, or for the one that ended. */
export const COVERS = ["interval_ahead", "interval_behind"] as const;
export type Covers = (typeof COVERS)[number];

const STEPS: Readonly<Record<Interval, { days: number } | { months: number }>> = {
  week: { days: 7 },
  month: { months: 1 },
  quarter: { months: 3 },
  half_year: { months: 6 },
  year: { months: 12 },
};

/**
 * The day of occurrence `n`, which may be below 0: counted from the first, so that the 31st is the
 * last of a shorter month and comes back.
 */
export function dayAt(startsOn: string, interval: Interval, n: number): string {
  const step = STEPS[interval];
  const by = "days" in step ? { days: n * step.days } : { months: n * step.months };
  return Temporal.PlainDate.from(startsOn).add(by, { overflow: "constrain" }).toString();
}

/** The first occurrence from `n` on that is not before a day. */
export function occurrenceFrom(
  { startsOn, interval }: { startsOn: string; interval: Interval },
  n: number,
  day: string,
): number {
  let found = n;
  while (dayAt(startsOn, interval, found) < day) found += 1;
  return found;
}

/** The days that occurrence `n` is for, both inclusive; null where it names none. */
export function coveredBy(
  { startsOn, interval, covers }: { startsOn: string; interval: Interval; covers: Covers | null },
  n: number,
): DayRange | null {
  if (covers === null) return null;
  const from = covers === "interval_ahead" ? n : n - 1;
  const after = Temporal.PlainDate.from(dayAt(startsOn, interval, from + 1));
  return {
    start: dayAt(startsOn, interval, from),
    end: after.subtract({ days: 1 }).toString(),
  };
}
