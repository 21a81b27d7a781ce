/**
 * A subscription over time. Pure. Its log of changes is append-only; segments, periods, base fees
 * and the end all follow from it. A later entry takes away every earlier one at or after its time.
 */
import {
  type AnchorKind,
  type Interval,
  periodAt,
  periodContaining,
  type Schedule,
  type Whole,
  type Zone,
} from "../../core/period.ts";
import type { BaseTiming } from "../plan/version.ts";

/** The billing schedule: what stays the same for a subscription's whole life. */
export type BillingSchedule = {
  id: string;
  tenant: string;
  cycle: Interval;
  usageInterval: Interval;
  baseTiming: BaseTiming;
  anchor: AnchorKind;
  timeZone: string;
  /** The zones that follow `timeZone`, ascending; `zonesOf` reads them from the log. */
  zones?: readonly Zone[];
  currency: string;
  /** True: prices hold the tax already, and so do all amounts of its statements. */
  taxInclusive?: boolean;
  startMs: number;
  /** The end of a trial, which is then the anchor; null without one. */
  trialEndMs: number | null;
  /** What its invoices refer to, where that is not the customer's. */
  buyerReference?: string | null;
  purchaseOrder?: string | null;
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
  /** Only a `zone` has one. */
  timeZone?: string;
};

/** A subscription as everything here follows from it; the log is ascending by `seq`. */
export type Subscribed = { billingSchedule: BillingSchedule; log: readonly Change[] };

/** A part of a subscription's time with one version, price and number of seats. */
export type PlanSegment = {
  startMs: number;
  /** Null where nothing ends it yet. */
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

/**
 * The entries that still hold, ascending: each takes away those at or after its own time. Only the
 * first stays under an end at its own time, so that it is known what the subscription was to hold.
 */
export function holdingChanges(log: readonly Change[]): Change[] {
  const kept: Change[] = [];
  for (const change of [...log].sort((a, b) => a.seq - b.seq)) {
    if (change.kind === "zone") continue;
    const least = change.kind === "end" && kept[0]?.atMs === change.atMs ? 1 : 0;
    while (kept.length > least && (kept.at(-1)?.atMs ?? change.atMs) >= change.atMs) kept.pop();
    kept.push(change);
  }
  return kept;
}

/** The plan segments of a log, ascending and without gaps. */
export function planSegmentsOf(log: readonly Change[]): PlanSegment[] {
  const kept = holdingChanges(log);
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
export function zoneAt({ timeZone, zones = [] }: BillingSchedule, atMs: number): string {
  return zones.findLast((zone) => zone.atMs <= atMs)?.timeZone ?? timeZone;
}

/** When the subscription ends, or null. */
export function endOf(log: readonly Change[]): number | null {
  const last = holdingChanges(log).at(-1);
  return last?.kind === "end" ? last.atMs : null;
}

/** The plan segment that holds at an instant: the last that began by then, or null. */
export function planSegmentAt(log: readonly Change[], atMs: number): PlanSegment | null {
  return planSegmentsOf(log).findLast(({ startMs }) => startMs <= atMs) ?? null;
}

/** The plan segment that a period ends with: one that begins at its end belongs to the next. */
export function planSegmentEnding(
  log: readonly Change[],
  { endMs }: Pick<BillingPeriod, "endMs">,
): PlanSegment | null {
  return planSegmentAt(log, endMs - 1) ?? planSegmentAt(log, endMs);
}

/** The instant from which periods are counted: the end of a trial, else the start. */
export function anchorMsOf(billingSchedule: BillingSchedule): number {
  return billingSchedule.trialEndMs ?? billingSchedule.startMs;
}

function scheduleOf(billingSchedule: BillingSchedule, interval: Interval): Schedule {
  const { anchor, timeZone, zones = [] } = billingSchedule;
  return { interval, anchor, timeZone, zones, anchorMs: anchorMsOf(billingSchedule) };
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

/** The number of a subscription's first period: 0 with a trial or an opening, else 1. */
export function firstNumber(billingSchedule: BillingSchedule): number {
  return billingSchedule.trialEndMs !== null || billingSchedule.baseTiming === "advance" ? 0 : 1;
}

/** Period `number` of a subscription that ends at `endMs`, or null where there is none. */
export function billingPeriod(
  billingSchedule: BillingSchedule,
  endMs: number | null,
  number: number,
): BillingPeriod | null {
  if (number < firstNumber(billingSchedule)) return null;
  const uncut = number === 0 ? openingOf(billingSchedule) : regularOf(billingSchedule, number);
  return cutPeriod(
    billingSchedule,
    { ...uncut, id: periodId(billingSchedule.id, number), last: false },
    endMs,
  );
}

/** Of the last closing, what decides which period is the next to close. */
export type Closed = { number: number; endMs: number; logLength: number };

/**
 * The period that closes after `before`, the last closing, or null where that was the last. An end
 * that was asked for at the very instant at which `before` had closed already leaves a period of no
 * time, which gives back what was billed ahead and bills what was carried.
 */
export function periodAfter(
  { billingSchedule, log }: Subscribed,
  before: Closed | null,
): BillingPeriod | null {
  const number = before ? before.number + 1 : firstNumber(billingSchedule);
  const endMs = endOf(log);
  const period = billingPeriod(billingSchedule, endMs, number);
  if (period || !before || endMs === null || endMs !== before.endMs) return period;
  const wasLast = endOf(log.slice(0, before.logLength)) === endMs;
  const uncut = wasLast ? null : billingPeriod(billingSchedule, null, number);
  return uncut && { ...uncut, startMs: endMs, endMs, last: true };
}

/** A period as an end of the subscription leaves it; null where it would begin at or after it. */
export function cutPeriod(
  billingSchedule: BillingSchedule,
  period: BillingPeriod,
  endMs: number | null,
): BillingPeriod | null {
  if (endMs === null || endMs > period.endMs) return period;
  if (endMs <= period.startMs && period.number > firstNumber(billingSchedule)) return null;
  return { ...period, endMs: Math.max(endMs, period.startMs), last: true };
}

type Uncut = Omit<BillingPeriod, "id" | "last">;

function openingOf(billingSchedule: BillingSchedule): Uncut {
  const { startMs, trialEndMs } = billingSchedule;
  const endMs = trialEndMs ?? startMs;
  const kind = trialEndMs === null ? "opening" : "trial";
  return { number: 0, kind, startMs, endMs, wholeStartMs: startMs, wholeEndMs: endMs };
}

function regularOf(billingSchedule: BillingSchedule, number: number): Uncut {
  const { n: _, ...period } = periodAt(
    scheduleOf(billingSchedule, billingSchedule.usageInterval),
    number - 1,
  );
  return { number, kind: "regular", ...period };
}

/** The period that holds an instant, or null before the start and after the end. */
export function billingPeriodAt(
  billingSchedule: BillingSchedule,
  endMs: number | null,
  atMs: number,
): BillingPeriod | null {
  if (atMs < billingSchedule.startMs || (endMs !== null && atMs >= endMs)) return null;
  if (atMs < anchorMsOf(billingSchedule)) return billingPeriod(billingSchedule, endMs, 0);
  const found = periodContaining(scheduleOf(billingSchedule, billingSchedule.usageInterval), atMs);
  return found ? billingPeriod(billingSchedule, endMs, found.n + 1) : null;
}

/** A cycle of the base fee; longer than a period where usage is billed more often. */
export type Cycle = Whole & { startMs: number; endMs: number };

/** The cycle that holds an instant at or after the anchor, or null before it. */
export function cycleAt(billingSchedule: BillingSchedule, atMs: number): Cycle | null {
  return periodContaining(scheduleOf(billingSchedule, billingSchedule.cycle), atMs);
}
