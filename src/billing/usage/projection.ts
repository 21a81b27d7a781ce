/** Where the running period is heading: its statement if usage goes on at the same pace. */
import { DAY_MS } from "../../core/time.ts";
import { addsUp } from "../../metering/aggregation/registry.ts";
import { listMetrics, type Metric } from "../../metering/catalogue/catalogue.ts";
import type { Count } from "../../metering/counter/terms.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { statementFor } from "../period/compose.ts";
import { byName } from "../period/counted.ts";
import type { Reader } from "../period/current.ts";
import { type Metrics, plainMetric, type Statement } from "../period/statement.ts";
import type { BillingPeriod } from "../subscription/timeline.ts";
import type { Live } from "./live.ts";

/** Sooner than this a pace says nothing yet. */
const FIRST_MS = DAY_MS;

/**
 * The statement at the period's end, at the pace so far; null on the period's first day. `listed`
 * are the tenant's metrics where they are read anyway.
 */
export async function projectPeriod(
  env: Env,
  live: Live,
  reader: Reader,
  listed: Promise<Metric[]> = listMetrics(env.DB, reader.tenantId),
): Promise<Statement | null> {
  if (reader.nowMs - live.period.startMs < FIRST_MS) return null;
  const metrics = byName(await listed);
  const counts = projectedCounts(live.counted.counts, live.period, reader.nowMs, metrics);
  return statementFor(live, { ...live.counted, counts }, metrics);
}

/**
 * Counts as they would be at the period's end. What adds up goes on as it went since the start; a
 * level, such as a maximum, and what ended at a cut in the past stay as they are.
 */
export function projectedCounts(
  counts: readonly Count[],
  { startMs, endMs }: Pick<BillingPeriod, "startMs" | "endMs">,
  nowMs: number,
  metrics: Metrics,
): Count[] {
  const elapsedMs = BigInt(Math.min(nowMs, endMs) - startMs);
  return counts.map((count) => {
    const { aggregation } = metrics.get(count.metric) ?? plainMetric(count.metric);
    if (!addsUp(aggregation) || count.untilMs <= nowMs || elapsedMs <= 0n) return count;
    const wholeMs = BigInt(count.untilMs - startMs);
    const valueMicro = (BigInt(count.valueMicro) * wholeMs) / elapsedMs;
    return { ...count, valueMicro: valueMicro.toString() };
  });
}
