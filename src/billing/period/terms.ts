/**
 * What the meter is told: windows and limits from subscriptions and their plans' versions. Pure.
 * Allowances are blended by time over a window's plan segments. A limit's epoch is the number of
 * the log's last entry that changed this limit.
 */
import { DAY_MS } from "../../core/time.ts";
import type { Limit, Terms, Window } from "../../metering/counter/terms.ts";
import { KEPT_MS } from "../../metering/event/window.ts";
import type { Versions } from "../plan/version.ts";
import { blendMicro } from "../rating/rating.ts";
import {
  type BillingPeriod,
  billingPeriod,
  billingPeriodAt,
  type Change,
  cutPeriod,
  endOf,
  firstNumber,
  type PlanSegment,
  planSegmentsOf,
  type Subscribed,
} from "../subscription/timeline.ts";

/** Windows reach back as far as late usage can be recorded. */
export const TERMS_BACK_MS = KEPT_MS;
/** So many periods ahead are known, and shorter ones as far: a closing that fails may take long. */
const AHEAD = 2;
const AHEAD_MS = 28 * DAY_MS;

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
    subscriptionId: activeAt(subscriptions, nowMs)?.billingSchedule.id ?? null,
    windows: parts.flatMap(({ windows }) => windows),
    limits: parts.flatMap(({ limits }) => limits),
  };
}

/** The subscription that runs at an instant, or null. */
export function activeAt<S extends Subscribed>(
  subscriptions: readonly S[],
  atMs: number,
): S | null {
  const runs = ({ billingSchedule, log }: S) =>
    billingSchedule.startMs <= atMs && atMs < (endOf(log) ?? atMs + 1);
  return subscriptions.find(runs) ?? null;
}

function periodsAround({ billingSchedule, log }: Subscribed, nowMs: number): BillingPeriod[] {
  const endMs = endOf(log);
  const earliest =
    billingPeriodAt(billingSchedule, endMs, nowMs - TERMS_BACK_MS)?.number ??
    firstNumber(billingSchedule);
  const periods: BillingPeriod[] = [];
  let ahead = 0;
  for (let number = earliest; ; number++) {
    const period = billingPeriod(billingSchedule, endMs, number);
    if (!period || (ahead >= AHEAD && period.startMs > nowMs + AHEAD_MS)) break;
    if (period.startMs > nowMs) ahead++;
    if (period.endMs > period.startMs && period.endMs > nowMs - TERMS_BACK_MS) periods.push(period);
  }
  return periods;
}

/** A period's window, with a cut wherever the plan's version changes inside it. */
export function windowOf(log: readonly Change[], period: BillingPeriod): Window {
  const { id, startMs, endMs } = period;
  const cutsMs = planSegmentsOf(log)
    .filter((segment, i, all) => i > 0 && all[i - 1]?.versionId !== segment.versionId)
    .map((segment) => segment.startMs)
    .filter((atMs) => atMs > startMs && atMs < endMs);
  return { id, startMs, endMs, cutsMs };
}

/** A plan segment, or its part inside a period. */
export type BoundedSegment = PlanSegment & { endMs: number };

/** The part of each plan segment inside a period; neighbours of the same version are joined. */
export function planSegmentsIn(
  log: readonly Change[],
  { startMs, endMs }: Pick<BillingPeriod, "startMs" | "endMs">,
): BoundedSegment[] {
  const inside: BoundedSegment[] = [];
  for (const segment of planSegmentsOf(log)) {
    const from = Math.max(segment.startMs, startMs);
    const to = Math.min(segment.endMs ?? endMs, endMs);
    const last = inside.at(-1);
    if (from >= to) continue;
    if (last?.versionId === segment.versionId) last.endMs = to;
    else inside.push({ ...segment, startMs: from, endMs: to });
  }
  return inside;
}

function limitsOf(
  { billingSchedule, log }: Subscribed,
  versions: Versions,
  period: BillingPeriod,
): Limit[] {
  const uncut = billingPeriod(billingSchedule, null, period.number) ?? period;
  const last = new Map<string, Limit>();
  log.forEach((_, i) => {
    const prefix = log.slice(0, i + 1);
    const cut = cutPeriod(billingSchedule, uncut, endOf(prefix));
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

/** A window's limits by one state of the log: the last plan segment decides which and how hard. */
function limitsAfter(
  log: readonly Change[],
  versions: Versions,
  period: BillingPeriod,
  epoch: number,
): Limit[] {
  const segments = planSegmentsIn(log, period);
  const offersOf = ({ versionId }: PlanSegment) => versions.get(versionId)?.offers ?? [];
  const current = segments.at(-1);
  const included = segments.map(
    (segment) => new Map(offersOf(segment).map(({ price }) => [price.metric, price.includedMicro])),
  );
  return (current ? offersOf(current) : []).map(({ price, hard, thresholds }) => {
    const parts = segments.map((segment, i) => ({
      ...segment,
      boundMicro: included[i]?.get(price.metric) ?? 0n,
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
