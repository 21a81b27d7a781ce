/**
 * Pure. What an open live socket is told. A frame's `live_seq` says: alerts up to here have been
 * sent. Usage needs no such mark, because every frame carries absolute values and a socket begins
 * with all of them.
 */
import { quantityJson } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { levelOf } from "../counter/counter.ts";
import { alertBody, percentJson, usageBasisPoints } from "../counter/limit.ts";
import { type Alert, type Window, windowAt } from "../counter/terms.ts";
import type { MeterState } from "./state.ts";

/** At most four frames of usage a second. */
export const FRAME_EVERY_MS = 250;

/** Every metric of the window at `nowMs`: those that were used, and those with a limit. */
export function snapshotFrame(state: MeterState, nowMs: number, liveSeq = state.seq): string {
  const window = windowAt(state.terms.windows, nowMs);
  const metrics = new Set<string>();
  for (const { windowId, metric } of state.cells.values()) {
    if (windowId === window.id) metrics.add(metric);
  }
  for (const { windowId, metric } of state.terms.limits) {
    if (windowId === window.id) metrics.add(metric);
  }
  return JSON.stringify({
    type: "snapshot",
    live_seq: liveSeq,
    subscription_id: state.terms.subscriptionId,
    period: { start: timeText(window.startMs), end: timeText(window.endMs) },
    metrics: [...metrics].sort().map((metric) => metricBody(state, window, metric)),
  });
}

/** The metrics that have changed since the last frame. */
export function usageFrame(state: MeterState, nowMs: number, metrics: Iterable<string>): string {
  const window = windowAt(state.terms.windows, nowMs);
  return JSON.stringify({
    type: "usage",
    live_seq: state.seq,
    metrics: [...metrics].sort().map((metric) => metricBody(state, window, metric)),
  });
}

/**
 * A frame for each alert. All but the last still say `beforeSeq`, so that a socket that breaks off
 * between two of them is sent both again.
 */
export function alertFrames(
  alerts: readonly Alert[],
  beforeSeq: number,
  liveSeq: number,
): string[] {
  return alerts.map((alert, i) =>
    JSON.stringify({
      type: "alert",
      live_seq: i === alerts.length - 1 ? liveSeq : beforeSeq,
      alert: alertBody(alert),
    }),
  );
}

/**
 * What a socket is told at first. `after` is the last `live_seq` that it was told before: then come
 * the alerts since. Those of a changed limit belong to no event and come again every time.
 */
export function openingFrames(state: MeterState, nowMs: number, after: number | null): string[] {
  if (after === null) return [snapshotFrame(state, nowMs)];
  const { id } = windowAt(state.terms.windows, nowMs);
  const missed = state.alerts.filter(({ eventSeq, windowId }) =>
    eventSeq === null ? windowId === id : eventSeq > after,
  );
  const before = Math.min(after, state.seq);
  const snapshot = snapshotFrame(state, nowMs, missed.length === 0 ? state.seq : before);
  return [snapshot, ...alertFrames(missed, before, state.seq)];
}

/** Asks for `answer` to be sent back, which shows that all before it was read. */
export function checkFrame(state: MeterState, answer: string): string {
  return JSON.stringify({ type: "check", live_seq: state.seq, answer });
}

function metricBody(state: MeterState, window: Window, metric: string) {
  const cells = state.cellsOf(window.id, metric);
  const used = levelOf(state.aggregationOf(metric), cells);
  const limit = state.limitOf(window.id, metric);
  const included = limit && BigInt(limit.includedMicro);
  const basisPoints = included === null ? null : usageBasisPoints(used, included);
  return {
    metric_name: metric,
    used_quantity: quantityJson(used),
    included_quantity: included === null ? null : quantityJson(included),
    usage_percent: basisPoints === null ? null : percentJson(basisPoints),
    hard_limit: limit?.hard ?? false,
    event_count: cells.reduce((sum, { events }) => sum + events, 0),
  };
}
