/** The running period's counts and alerts, for the overview and its script. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { alertsNow, type Live, livePeriod } from "../../billing/usage/live.ts";
import { Problem } from "../../core/errors.ts";
import { quantityJson } from "../../core/quantity.ts";
import { AGGREGATIONS } from "../../metering/aggregation/registry.ts";
import { listMetrics, type Metric } from "../../metering/catalogue/catalogue.ts";
import { displayNameOf } from "../../metering/catalogue/display-name.ts";
import { alertBody, percentJson, usageBasisPoints } from "../../metering/counter/limit.ts";
import { type Alert, type Count, calendarWindow } from "../../metering/counter/terms.ts";
import { readCounts } from "../../metering/meter/meter.ts";
import type { Env } from "../../platform/runtime/env.ts";

export type MetricView = {
  metric: string;
  /** What people read of it. */
  name: string;
  description: string;
  unit: string;
  usedMicro: bigint;
  /** False where a day's figure is a level, such as a maximum: a day without events has none. */
  addsUp: boolean;
  /** Null where no plan limits it. */
  includedMicro: bigint | null;
  /** Hundredths of a percent; null where nothing is included. */
  basisPoints: bigint | null;
  thresholds: readonly number[];
  hard: boolean;
};

export type LiveView = {
  /** Null without an active subscription: then the calendar month is shown. */
  live: Live | null;
  startMs: number;
  endMs: number;
  metrics: MetricView[];
  alerts: Alert[];
  /** What people read of each metric, by id. */
  names: ReadonlyMap<string, string>;
};

/**
 * The running period of the actor's tenant; this calendar month without a subscription. `listed`
 * are the tenant's metrics where they are read anyway.
 */
export async function readLive(
  env: Env,
  actor: Actor,
  listed: Promise<Metric[]> = listMetrics(env.DB, actor.tenantId),
): Promise<LiveView> {
  const [live, catalogue] = await Promise.all([liveOrNull(env, actor, listed), listed]);
  const known = new Map(catalogue.map((metric) => [metric.name, metric]));
  const names = new Map(catalogue.map((metric) => [metric.name, displayNameOf(metric)]));
  if (!live) return { ...(await calendarView(env, actor, known)), names };
  const { period, counted, statement, version } = live;
  const offers = new Map(version.offers.map((offer) => [offer.price.metric, offer]));
  const limits = statement.usage.map((usage) => {
    const offer = offers.get(usage.metric);
    return metricView(known, usage.metric, usage.usedMicro, {
      includedMicro: usage.includedMicro,
      thresholds: offer?.thresholds ?? [],
      hard: offer?.hard ?? false,
    });
  });
  const others = unlimited(counted.counts, period.endMs, known, limits);
  return {
    live,
    startMs: period.startMs,
    endMs: period.endMs,
    metrics: [...limits, ...others],
    alerts: alertsNow(live, actor.nowMs),
    names,
  };
}

async function liveOrNull(env: Env, actor: Actor, listed: Promise<Metric[]>): Promise<Live | null> {
  try {
    return await livePeriod(env, actor, listed);
  } catch (error) {
    if (error instanceof Problem && error.code === "subscription.none") return null;
    throw error;
  }
}

type Known = ReadonlyMap<string, Metric>;

async function calendarView(
  env: Env,
  { tenantId, nowMs }: Actor,
  known: Known,
): Promise<Omit<LiveView, "names">> {
  const { id, startMs, endMs } = calendarWindow(nowMs);
  const counts = await readCounts(env, tenantId, { windowIds: [id] });
  const metrics = unlimited(counts, endMs, known, []);
  return { live: null, startMs, endMs, metrics, alerts: [] };
}

function unlimited(
  counts: readonly Count[],
  endMs: number,
  known: Known,
  limited: readonly MetricView[],
): MetricView[] {
  const shown = new Set(limited.map(({ metric }) => metric));
  return counts
    .filter(({ untilMs, events }) => untilMs === endMs && events > 0)
    .filter(({ metric }) => !shown.has(metric))
    .map((count) => metricView(known, count.metric, BigInt(count.valueMicro), null))
    .sort((a, b) => (a.metric < b.metric ? -1 : 1));
}

function nameOf(known: Known, metric: string): string {
  return displayNameOf(known.get(metric) ?? { name: metric, description: "", displayName: "" });
}

function metricView(
  known: Known,
  metric: string,
  usedMicro: bigint,
  limit: (Pick<MetricView, "thresholds" | "hard"> & { includedMicro: bigint }) | null,
): MetricView {
  const { description = "", unit = "", aggregation = "sum" } = known.get(metric) ?? {};
  return {
    metric,
    name: nameOf(known, metric),
    description,
    unit,
    addsUp: AGGREGATIONS[aggregation].addsUp,
    usedMicro,
    includedMicro: limit?.includedMicro ?? null,
    basisPoints: limit && usageBasisPoints(usedMicro, limit.includedMicro),
    thresholds: limit?.thresholds ?? [],
    hard: limit?.hard ?? false,
  };
}

/** The view as the live socket's first frame, for a script that has no socket. */
export function liveBody({ metrics, alerts, names }: LiveView) {
  return {
    type: "snapshot",
    metrics: metrics.map(({ metric, usedMicro, includedMicro, basisPoints }) => ({
      metric_name: metric,
      used_quantity: quantityJson(usedMicro),
      included_quantity: includedMicro === null ? null : quantityJson(includedMicro),
      usage_percent: basisPoints === null ? null : percentJson(basisPoints),
    })),
    alerts: alerts.map((alert) => ({
      ...alertBody({ ...alert, metric: names.get(alert.metric) ?? alert.metric }),
      metric_name: alert.metric,
    })),
  };
}
