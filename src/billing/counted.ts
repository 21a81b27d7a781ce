/** The counts that a period is billed by: the meter's, or the ledger's where it has let go. */
import type { D1Database } from "@cloudflare/workers-types";
import { listMetrics, readCatalogue } from "../metering/catalogue.ts";
import { cellFromJson, counterOf, levelOf } from "../metering/counter.ts";
import { meterOf } from "../metering/meter.ts";
import { seedFor } from "../metering/seed.ts";
import type { Count, Window } from "../metering/terms.ts";
import type { Env } from "../platform/env.ts";
import type { Metrics } from "./statement.ts";
import type { Subscribed } from "./terms.ts";
import { TERMS_BACK_MS, windowOf } from "./terms.ts";
import type { BillingPeriod } from "./timeline.ts";

/** Counts up to the event `upToSeq`. */
export type Counted = { upToSeq: number; counts: Count[] };

type Period = { subscription: Subscribed; period: BillingPeriod };

/** The same for ever: the meter freezes the window, and nothing enters one that it has left. */
export async function frozenCounts(
  env: Env,
  tenant: string,
  { subscription, period }: Period,
  nowMs: number,
): Promise<Counted> {
  if (period.startMs === period.endMs) return { upToSeq: 0, counts: [] };
  if (period.endMs > nowMs - TERMS_BACK_MS) return meterOf(env, tenant).freeze(tenant, period.id);
  return ledgerCounts(env, tenant, windowOf(subscription.log, period));
}

/** A window's counts as they stand, late usage included. */
export async function liveCounts(
  env: Env,
  tenant: string,
  { subscription, period }: Period,
  nowMs: number,
): Promise<Counted> {
  if (period.startMs === period.endMs) return { upToSeq: 0, counts: [] };
  if (period.endMs <= nowMs - TERMS_BACK_MS) {
    return ledgerCounts(env, tenant, windowOf(subscription.log, period));
  }
  const { counts } = await meterOf(env, tenant).counts(tenant, nowMs, [period.id]);
  return { upToSeq: 0, counts };
}

/** A window's counts from the ledger alone. */
export async function ledgerCounts(env: Env, tenant: string, window: Window): Promise<Counted> {
  const [{ upToSeq, cells }, counters] = await Promise.all([
    seedFor(env, tenant, [window]),
    readCounters(env.DB, tenant),
  ]);
  const own = cells.map(cellFromJson).filter(({ windowId }) => windowId === window.id);
  const metrics = [...new Set(own.map(({ metric }) => metric))];
  const counts = metrics.flatMap((metric) =>
    [...window.cutsMs, window.endMs].map((untilMs, last): Count => {
      const parts = own.filter((cell) => cell.metric === metric && cell.part <= last);
      const firsts = parts.map(({ firstMs }) => firstMs).filter((ms) => ms > 0);
      return {
        windowId: window.id,
        metric,
        untilMs,
        valueMicro: levelOf(counterOf(counters, metric).aggregation, parts).toString(),
        events: parts.reduce((sum, { events }) => sum + events, 0),
        firstMs: firsts.length > 0 ? Math.min(...firsts) : 0,
        lastMs: Math.max(0, ...parts.map(({ lastMs }) => lastMs)),
      };
    }),
  );
  return { upToSeq, counts };
}

async function readCounters(db: D1Database, tenant: string) {
  const { counters } = await readCatalogue(db, tenant);
  return new Map(counters.map((counter) => [counter.metric, counter]));
}

/** The catalogue of a tenant's metrics, by name. */
export async function metricsOf(env: Env, tenant: string): Promise<Metrics> {
  const metrics = await listMetrics(env.DB, tenant);
  return new Map(metrics.map((metric) => [metric.name, metric]));
}
