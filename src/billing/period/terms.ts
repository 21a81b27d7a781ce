/**
 * What the meter is told: windows and limits from subscriptions and their plans' versions. Pure.
 * Allowances are blended by time over a window's stretches; a limit's epoch is the place in the log
 * of the last change that changed this very limit.
 */
import type { Limit, Terms, Window } from "../../metering/counter/terms.ts";
import { KEPT_MS } from "../../metering/event/window.ts";
import type { Price } from "../price/registry.ts";
import { blendMicro } from "../rating/rating.ts";
import {
  type BillingPeriod,
  billingPeriod,
  billingPeriodAt,
  type Change,
  type Course,
  cutPeriod,
  endOf,
  firstNumber,
  type Stretch,
  stretchesOf,
} from "../subscription/timeline.ts";

/** A price with what the meter enforces of it. */
export type Offer = { price: Price; hard: boolean; thresholds: readonly number[] };

/** A plan's version, as far as metering and rating need it. */
export type Version = {
  id: string;
  planId: string;
  planCode: string;
  planName: string;
  version: number;
  currency: string;
  graceMs: number;
  finalizeZero: boolean;
  /** What a period bills at least, before tax; 0 for none. */
  minimumMinor: bigint;
  /** Less than this, before tax, is carried to the next document. */
  leastInvoiceMinor: bigint;
  offers: readonly Offer[];
};

export type Versions = ReadonlyMap<string, Version>;
export type Subscribed = { course: Course; log: readonly Change[] };

/** Windows reach back as far as late usage can be recorded, and this many periods ahead. */
export const TERMS_BACK_MS = KEPT_MS;
const AHEAD = 2;

/** The terms of a tenant at `nowMs`; subscriptions are ascending and do not overlap. */
export function termsOf(
  subscriptions: readonly Subscribed[],
  versions: Versions,
  epoch: number,
  nowMs: number,
): Terms {
  const parts = subscriptions.map((subscribed) => {
    const periods = periodsAround(subscribed, nowMs);
    return {
      windows: periods.map((period) => windowOf(subscribed.log, period)),
      limits: periods.flatMap((period) => limitsOf(subscribed, versions, period)),
    };
  });
  return {
    epoch,
    subscriptionId: activeAt(subscriptions, nowMs)?.course.id ?? null,
    windows: parts.flatMap(({ windows }) => windows),
    limits: parts.flatMap(({ limits }) => limits),
  };
}

/** The subscription that runs at an instant. */
export function activeAt<S extends Subscribed>(
  subscriptions: readonly S[],
  atMs: number,
): S | null {
  const runs = ({ course, log }: S) => course.startMs <= atMs && atMs < (endOf(log) ?? atMs + 1);
  return subscriptions.find(runs) ?? null;
}

function periodsAround({ course, log }: Subscribed, nowMs: number): BillingPeriod[] {
  const endMs = endOf(log);
  const earliest =
    billingPeriodAt(course, endMs, nowMs - TERMS_BACK_MS)?.number ?? firstNumber(course);
  const periods: BillingPeriod[] = [];
  let ahead = 0;
  for (let number = earliest; ahead < AHEAD; number++) {
    const period = billingPeriod(course, endMs, number);
    if (!period) break;
    if (period.startMs > nowMs) ahead++;
    if (period.endMs > period.startMs && period.endMs > nowMs - TERMS_BACK_MS) periods.push(period);
  }
  return periods;
}

/** A period's window, with a cut wherever the plan's version changes inside it. */
export function windowOf(log: readonly Change[], period: BillingPeriod): Window {
  const { id, startMs, endMs } = period;
  const cutsMs = stretchesOf(log)
    .filter((stretch, i, all) => i > 0 && all[i - 1]?.versionId !== stretch.versionId)
    .map((stretch) => stretch.startMs)
    .filter((atMs) => atMs > startMs && atMs < endMs);
  return { id, startMs, endMs, cutsMs };
}

/** The part of each stretch inside a period, neighbours of one version as one. */
export function stretchesIn(
  log: readonly Change[],
  { startMs, endMs }: Pick<BillingPeriod, "startMs" | "endMs">,
): (Stretch & { endMs: number })[] {
  const inside: (Stretch & { endMs: number })[] = [];
  for (const stretch of stretchesOf(log)) {
    const from = Math.max(stretch.startMs, startMs);
    const to = Math.min(stretch.endMs ?? endMs, endMs);
    const last = inside.at(-1);
    if (from >= to) continue;
    if (last?.versionId === stretch.versionId) last.endMs = to;
    else inside.push({ ...stretch, startMs: from, endMs: to });
  }
  return inside;
}

function limitsOf({ course, log }: Subscribed, versions: Versions, period: BillingPeriod): Limit[] {
  const uncut = billingPeriod(course, null, period.number) ?? period;
  const last = new Map<string, Limit>();
  log.forEach((_, i) => {
    const prefix = log.slice(0, i + 1);
    const cut = cutPeriod(course, uncut, endOf(prefix));
    for (const limit of cut ? limitsAfter(prefix, versions, cut, i + 1) : []) {
      const before = last.get(limit.metric);
      if (!before || !sameLimit(before, limit)) last.set(limit.metric, limit);
    }
  });
  const now = new Set(limitsAfter(log, versions, period, log.length).map(({ metric }) => metric));
  return [...last.values()].filter(({ metric }) => now.has(metric));
}

function sameLimit(a: Limit, b: Limit): boolean {
  return (
    a.includedMicro === b.includedMicro &&
    a.hard === b.hard &&
    a.thresholds.join() === b.thresholds.join()
  );
}

/** A window's limits by one state of the log: the last stretch decides which and how hard. */
function limitsAfter(
  log: readonly Change[],
  versions: Versions,
  period: BillingPeriod,
  epoch: number,
): Limit[] {
  const stretches = stretchesIn(log, period);
  const offersOf = ({ versionId }: Stretch) => versions.get(versionId)?.offers ?? [];
  const current = stretches.at(-1);
  return (current ? offersOf(current) : []).map(({ price, hard, thresholds }) => {
    const parts = stretches.map((stretch) => ({
      ...stretch,
      boundMicro:
        offersOf(stretch).find((offer) => offer.price.metric === price.metric)?.price
          .includedMicro ?? 0n,
    }));
    const includedMicro = blendMicro(parts, period).toString();
    const { id: windowId } = period;
    return {
      windowId,
      metric: price.metric,
      includedMicro,
      hard,
      thresholds: [...thresholds],
      epoch,
    };
  });
}
