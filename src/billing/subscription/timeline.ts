/**
 * A subscription over time. Pure. Its log of changes is append-only; segments, periods, base fees
 * and the end all follow from it. A later entry takes away every earlier one at or after its time.
 */
import type { AnchorKind, Interval, Schedule, Whole, Zone } from "../../core/period.ts";
import { periodAt, periodContaining } from "../../core/period.ts";
import type { BaseTiming } from "../plan/version.ts";

/** What stays the same for a subscription's whole life. */
export type Course = {
  id: string;
  tenant: string;
  cycle: Interval;
  usageInterval: Interval;
  baseTiming: BaseTiming;
  anchor: AnchorKind;
  timeZone: string;
  /** Those that come after it, ascending: `zonesOf` its log. */
  zones?: readonly Zone[];
  currency: string;
  /** True: prices hold the tax already, and so do all amounts of its statements. */
  taxInclusive?: boolean;
  startMs: number;
  /** The end of a trial, which is then the anchor; null without one. */
  trialEndMs: number | null;
};

/**
 * An entry of the log: from `atMs` on this holds, or, for `end`, nothing does. `resume` takes an
 * end back; `zone` only says in which zone later boundaries are counted.
 */
export type Change = {
  seq: number;
  kind: "start" | "plan" | "version" | "seats" | "price" | "end" | "resume" | "zone";
  atMs: number;
  versionId: string;
  basePriceMinor: bigint;
  seats: number;
  /** Of a `zone` alone. */
  timeZone?: string;
};

/** A subscription as everything here follows from it; the log is ascending by `seq`. */
export type Subscribed = { course: Course; log: readonly Change[] };

/** A stretch with one version, price and number of seats; `endMs` is null for the last open one. */
export type Stretch = {
  startMs: number;
  endMs: number | null;
  versionId: string;
  basePriceMinor: bigint;
  seats: number;
};

/** A period of metering and closing. Number 0 is a trial, or the opening where fees go ahead. */
export type BillingPeriod = Whole & {
  id: string;
  number: number;
  kind: "regular" | "trial" | "opening";
  startMs: number;
  endMs: number;
  /** True where the subscription ends with it. */
  last: boolean;
};

/** The entries that still hold after each took away those at or after its own time. */
export function standing(log: readonly Change[]): Change[] {
  const kept: Change[] = [];
  for (const change of [...log].sort((a, b) => a.seq - b.seq)) {
    if (change.kind === "zone") continue;
    while ((kept.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) >= change.atMs) kept.pop();
    kept.push(change);
  }
  return kept;
}

/** The stretches of a log, ascending and without gaps. */
export function stretchesOf(log: readonly Change[]): Stretch[] {
  const kept = standing(log);
  return kept.flatMap((change, i) => {
    if (change.kind === "end") return [];
    const { atMs: startMs, versionId, basePriceMinor, seats } = change;
    return [{ startMs, endMs: kept[i + 1]?.atMs ?? null, versionId, basePriceMinor, seats }];
  });
}

/** The zones that a log moves to, ascending; of two for the same instant the later entry holds. */
export function zonesOf(log: readonly Change[]): Zone[] {
  const zones = new Map<number, string>();
  for (const { kind, atMs, timeZone } of log) {
    if (kind === "zone" && timeZone !== undefined) zones.set(atMs, timeZone);
  }
  return [...zones].map(([atMs, timeZone]) => ({ atMs, timeZone })).sort((a, b) => a.atMs - b.atMs);
}

/** The zone whose days an instant is printed in. */
export function zoneAt({ timeZone, zones = [] }: Course, atMs: number): string {
  return zones.findLast((zone) => zone.atMs <= atMs)?.timeZone ?? timeZone;
}

/** When the subscription ends, or null. */
export function endOf(log: readonly Change[]): number | null {
  const last = standing(log).at(-1);
  return last?.kind === "end" ? last.atMs : null;
}

/** What holds at an instant: the last stretch that began by then. */
export function stretchAt(log: readonly Change[], atMs: number): Stretch | null {
  return stretchesOf(log).findLast(({ startMs }) => startMs <= atMs) ?? null;
}

export function anchorMsOf(course: Course): number {
  return course.trialEndMs ?? course.startMs;
}

function scheduleOf(course: Course, interval: Interval): Schedule {
  const { anchor, timeZone, zones = [] } = course;
  return { interval, anchor, timeZone, zones, anchorMs: anchorMsOf(course) };
}

/** `per_` + the subscription's own part + the period's number. */
export function periodId(subscriptionId: string, number: number): string {
  return `per_${subscriptionId.replace(/^sub_/, "")}_${number}`;
}

/** The subscription and number in a period's id, or null for any other text. */
export function parsePeriodId(id: string): { subscriptionId: string; number: number } | null {
  const match = /^per_([0-9a-z]{26})_(0|[1-9]\d{0,5})$/.exec(id);
  return match ? { subscriptionId: `sub_${match[1]}`, number: Number(match[2]) } : null;
}

/** The number of the first period that there is. */
export function firstNumber(course: Course): number {
  return course.trialEndMs !== null || course.baseTiming === "advance" ? 0 : 1;
}

/** Period `number` of a subscription that ends at `endMs`, or null where there is none. */
export function billingPeriod(
  course: Course,
  endMs: number | null,
  number: number,
): BillingPeriod | null {
  if (number < firstNumber(course)) return null;
  const uncut = number === 0 ? openingOf(course) : regularOf(course, number);
  return cutPeriod(course, { ...uncut, id: periodId(course.id, number), last: false }, endMs);
}

/** A period as an end of the subscription leaves it; null where it would begin at or after it. */
export function cutPeriod(
  course: Course,
  period: BillingPeriod,
  endMs: number | null,
): BillingPeriod | null {
  if (endMs === null || endMs > period.endMs) return period;
  if (endMs <= period.startMs && period.number > firstNumber(course)) return null;
  return { ...period, endMs: Math.max(endMs, period.startMs), last: true };
}

type Uncut = Omit<BillingPeriod, "id" | "last">;

function openingOf(course: Course): Uncut {
  const { startMs, trialEndMs } = course;
  const endMs = trialEndMs ?? startMs;
  const kind = trialEndMs === null ? "opening" : "trial";
  return { number: 0, kind, startMs, endMs, wholeStartMs: startMs, wholeEndMs: endMs };
}

function regularOf(course: Course, number: number): Uncut {
  const { n: _, ...period } = periodAt(scheduleOf(course, course.usageInterval), number - 1);
  return { number, kind: "regular", ...period };
}

/** The period that holds an instant, or null before the start and after the end. */
export function billingPeriodAt(
  course: Course,
  endMs: number | null,
  atMs: number,
): BillingPeriod | null {
  if (atMs < course.startMs || (endMs !== null && atMs >= endMs)) return null;
  if (atMs < anchorMsOf(course)) return billingPeriod(course, endMs, 0);
  const found = periodContaining(scheduleOf(course, course.usageInterval), atMs);
  return found ? billingPeriod(course, endMs, found.n + 1) : null;
}

/** A cycle of the base fee; longer than a period where usage is billed by the month of a year. */
export type Cycle = Whole & { startMs: number; endMs: number };

/** The cycle that holds an instant at or after the anchor, or null before it. */
export function cycleAt(course: Course, atMs: number): Cycle | null {
  return periodContaining(scheduleOf(course, course.cycle), atMs);
}
