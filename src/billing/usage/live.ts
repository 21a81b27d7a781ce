/**
 * The running period so far, from the meter's live counters: how long it takes does not depend on
 * how many events there are.
 */
import { MAX_QUANTITY_MICRO } from "../../core/quantity.ts";
import { listMetrics, type Metric } from "../../metering/catalogue/catalogue.ts";
import { thresholdsReached } from "../../metering/counter/limit.ts";
import type { Alert, Count, Limit } from "../../metering/counter/terms.ts";
import { type Summary, WHOLE_USAGE } from "../../metering/read/summary.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { statementFor } from "../period/compose.ts";
import { byName, type Counted, liveCounts } from "../period/counted.ts";
import {
  type Current,
  currentPeriod,
  periodOf,
  type Reader,
  subscribedNow,
} from "../period/current.ts";
import type { MetricUsage, Statement } from "../period/statement.ts";
import { type ClosedPeriod, lastClosed } from "../period/store.ts";
import { termsOf } from "../period/terms.ts";
import { cycleFees } from "../rating/fee.ts";
import { type BillingPeriod, cycleAt } from "../subscription/timeline.ts";

/** The running period with its live counts and the statement over them. */
export type Live = Current & {
  /** The period closed before it, if any. */
  before: ClosedPeriod | null;
  counted: Counted;
  statement: Statement;
};

/**
 * The running period as it stands; `listed` are the tenant's metrics where they are read anyway.
 * Errors: 404 `subscription.none`.
 */
export async function livePeriod(
  env: Env,
  reader: Reader,
  listed: Promise<Metric[]> = listMetrics(env.DB, reader.tenantId),
): Promise<Live> {
  const [subscription, versions] = await subscribedNow(env, reader);
  const current = periodOf(reader, subscription, versions);
  const [before, metrics, counted] = await Promise.all([
    lastClosed(env.DB, subscription.row.id),
    listed.then(byName),
    liveCounts(env, reader.tenantId, current, reader.nowMs),
  ]);
  const statement = statementFor({ ...current, before }, counted, metrics);
  return { ...current, before, counted, statement };
}

/** The metrics that are billed so far. */
export function overages({ statement }: Live): MetricUsage[] {
  return statement.usage.filter((metric) => metric.overageMicro > 0n || metric.amountMinor !== 0n);
}

/** What the running cycle's base comes to: a share of the price for a stub or a change. */
export function baseMinor({ subscription, period }: Current): bigint {
  const { billingSchedule, log } = subscription;
  const cycle = period.kind === "regular" ? cycleAt(billingSchedule, period.startMs) : null;
  const fees = cycle ? cycleFees(billingSchedule, log, cycle) : [];
  return fees.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

/** The period's usage as a summary has it. */
export function usageSummary({ period, counted }: Live): Summary {
  const { startMs, endMs } = period;
  const metrics = counted.counts
    .filter(({ untilMs, events }) => untilMs === endMs && events > 0)
    .map((count) => ({ ...count, valueMicro: BigInt(count.valueMicro) }))
    .sort((a, b) => (a.metric < b.metric ? -1 : 1));
  return { query: { ...WHOLE_USAGE, startMs, endMs }, metrics, breakdown: [] };
}

function limitsOf({ subscription, versions, period }: Current, nowMs: number): Limit[] {
  const { limits } = termsOf([subscription], versions, 0, nowMs);
  return limits.filter(({ windowId }) => windowId === period.id);
}

/** What each metric has come to at a period's end. */
function usedIn(counts: readonly Count[], period: BillingPeriod): (metric: string) => bigint {
  const atEnd = counts.filter(({ untilMs }) => untilMs === period.endMs);
  const used = new Map(atEnd.map(({ metric, valueMicro }) => [metric, valueMicro]));
  return (metric) => BigInt(used.get(metric) ?? 0);
}

/** The highest threshold that each metric has reached. */
export function alertsNow(live: Live, nowMs: number): Alert[] {
  const { period, counted, subscription } = live;
  const usedOf = usedIn(counted.counts, period);
  return limitsOf(live, nowMs).flatMap((limit): Alert[] => {
    const used = usedOf(limit.metric);
    const thresholdPercent = thresholdsReached(limit, used).at(-1);
    if (thresholdPercent === undefined) return [];
    return [
      {
        windowId: period.id,
        subscriptionId: subscription.row.id,
        metric: limit.metric,
        kind: limit.includedMicro === "0" ? "limit" : "threshold",
        thresholdPercent,
        usedMicro: used.toString(),
        includedMicro: limit.includedMicro,
        epoch: limit.epoch,
        cause: "usage",
        eventSeq: null,
        eventId: null,
        atMs: nowMs,
      },
    ];
  });
}

export type Entitlement = {
  subscriptionId: string;
  metric: string;
  quantityMicro: bigint;
  usedMicro: bigint;
  /** Null where the plan sets no limit for the metric. */
  limitMicro: bigint | null;
  hard: boolean;
  allowed: boolean;
  resetsAtMs: number;
};

/** Whether `quantityMicro` more of a metric would be taken now. */
export async function entitlement(
  env: Env,
  reader: Reader,
  metric: string,
  quantityMicro: bigint,
): Promise<Entitlement> {
  const current = await currentPeriod(env, reader);
  const { counts } = await liveCounts(env, reader.tenantId, current, reader.nowMs, metric);
  const limit = limitsOf(current, reader.nowMs).find((candidate) => candidate.metric === metric);
  return entitlementFrom(current, { metric, limit, quantityMicro }, usedIn(counts, current.period));
}

/** What is left of every metric that the plan names, by what was used so far. */
export async function entitlements(env: Env, reader: Reader): Promise<Entitlement[]> {
  const current = await currentPeriod(env, reader);
  const { counts } = await liveCounts(env, reader.tenantId, current, reader.nowMs);
  const usedOf = usedIn(counts, current.period);
  return limitsOf(current, reader.nowMs).map((limit) => {
    const asked = { metric: limit.metric, limit, quantityMicro: 0n };
    return entitlementFrom(current, asked, usedOf);
  });
}

function entitlementFrom(
  { subscription, period }: Current,
  {
    metric,
    limit,
    quantityMicro,
  }: { metric: string; limit?: Limit | undefined; quantityMicro: bigint },
  usedOf: (metric: string) => bigint,
): Entitlement {
  const usedMicro = usedOf(metric);
  const limitMicro = limit ? BigInt(limit.includedMicro) : null;
  const most = limit?.hard && limitMicro !== null ? limitMicro : MAX_QUANTITY_MICRO;
  return {
    subscriptionId: subscription.row.id,
    metric,
    quantityMicro,
    usedMicro,
    limitMicro,
    hard: limit?.hard ?? false,
    allowed: usedMicro + quantityMicro <= most,
    resetsAtMs: period.endMs,
  };
}
