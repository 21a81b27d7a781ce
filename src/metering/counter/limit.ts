/** Limits: when a threshold is reached, and what an alert says. Pure. */
import { exactNumber } from "../../core/decimal.ts";
import { quantityJson } from "../../core/quantity.ts";
import type { Alert, Limit } from "./terms.ts";

export const DEFAULT_THRESHOLDS = [80, 90, 100, 110];

/** used × 100 ≥ threshold × included, compared exactly. */
export function isReached(usedMicro: bigint, threshold: number, includedMicro: bigint): boolean {
  return usedMicro * 100n >= BigInt(threshold) * includedMicro;
}

/**
 * The thresholds of a limit that `usedMicro` has reached, ascending. An included quantity of 0 has
 * only the limit itself, reached at the first unit, under the threshold 100.
 */
export function thresholdsReached(limit: Limit, usedMicro: bigint): number[] {
  const included = BigInt(limit.includedMicro);
  if (included === 0n) return usedMicro > 0n ? [100] : [];
  return limit.thresholds.filter((threshold) => isReached(usedMicro, threshold, included));
}

/** Identifies a firing: each happens once per window, metric, threshold and limit epoch. */
export function firingKey(firing: {
  windowId: string;
  metric: string;
  threshold: number;
  epoch: number;
}): string {
  return `${firing.windowId} ${firing.metric} ${firing.threshold} ${firing.epoch}`;
}

/** The key of the firing that an alert tells of. */
export function alertKey(alert: Alert): string {
  const { windowId, metric, thresholdPercent, epoch } = alert;
  return firingKey({ windowId, metric, threshold: thresholdPercent, epoch });
}

/** How grave an alert is: below the whole of what is included a warning. */
export function alertLevel(thresholdPercent: number): "warning" | "critical" {
  return thresholdPercent < 100 ? "warning" : "critical";
}

/** Used as a share of included in hundredths of a percent, floored; null where 0 is included. */
export function usageBasisPoints(usedMicro: bigint, includedMicro: bigint): bigint | null {
  return includedMicro === 0n ? null : (usedMicro * 10_000n) / includedMicro;
}

/** An alert as the API shows it. */
export function alertBody(alert: Alert) {
  const used = BigInt(alert.usedMicro);
  const included = BigInt(alert.includedMicro);
  const basisPoints = usageBasisPoints(used, included);
  const message =
    basisPoints === null
      ? `${alert.metric} usage has begun; none is included`
      : `${alert.metric} usage at ${basisPoints / 100n}% of limit`;
  return {
    subscription_id: alert.subscriptionId,
    user_id: null,
    metric_name: alert.metric,
    threshold_percent: alert.thresholdPercent,
    usage_percent: basisPoints === null ? null : percentJson(basisPoints),
    used_quantity: quantityJson(used),
    included_quantity: quantityJson(included),
    alert_level: alertLevel(alert.thresholdPercent),
    message,
    cause: alert.cause,
    event_id: alert.eventId,
  };
}

/** Hundredths of a percent as a JSON number of percents. */
export function percentJson(basisPoints: bigint): number {
  const text = `${basisPoints / 100n}.${String(basisPoints % 100n).padStart(2, "0")}`;
  return exactNumber(text.replace(/\.?0+$/, ""));
}
