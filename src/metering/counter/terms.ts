/**
 * What billing tells the meter, and what the meter answers. Pure. The meter knows windows, counters
 * and limits, never a price. Quantities are integers of micro-units as decimal text; times are
 * epoch milliseconds.
 */
import type { Aggregation } from "../aggregation/registry.ts";

/** A subscription's period, or a calendar month; `cutsMs` are its changes of plan, ascending. */
export type Window = { id: string; startMs: number; endMs: number; cutsMs: number[] };

/** What a plan includes of a metric in one window; `epoch` changes only with this limit. */
export type Limit = {
  windowId: string;
  metric: string;
  includedMicro: string;
  hard: boolean;
  /** Percentages, ascending. */
  thresholds: number[];
  epoch: number;
};

export type Terms = {
  /** Grows with every change of a tenant's terms; terms not above the current are a no-op. */
  epoch: number;
  subscriptionId: string | null;
  /** Half-open, ascending, without overlap: from KEPT_MS back to at least two periods ahead. */
  windows: Window[];
  limits: Limit[];
};

/** A counter from its window's start to `untilMs` (a cut, or the window's end), by event time. */
export type Count = {
  windowId: string;
  metric: string;
  untilMs: number;
  valueMicro: string;
  events: number;
  /** Earliest and latest event time counted; 0 where there is none. */
  firstMs: number;
  lastMs: number;
};

/** The counts of a window as of the sequence at which it was frozen. */
export type Frozen = { upToSeq: number; counts: Count[] };

/** A threshold that was reached: each fires once per (window, metric, threshold, limit epoch). */
export type Alert = {
  windowId: string;
  subscriptionId: string | null;
  metric: string;
  /** `limit` is the only alert of a metric whose included quantity is 0. */
  kind: "threshold" | "limit";
  thresholdPercent: number;
  usedMicro: string;
  includedMicro: string;
  epoch: number;
  cause: "usage" | "limit_changed";
  /** The event that crossed it; null where the limit changed. */
  eventSeq: number | null;
  eventId: string | null;
  atMs: number;
};

/** How a metric's events are counted. */
export type Counter = {
  metric: string;
  aggregation: Aggregation;
  /** The metadata property that is counted, where the aggregation needs one. */
  property: string | null;
  /** Metadata properties by which usage can be grouped, at most four. */
  dimensions: string[];
};

/** The key under which maps hold what belongs to a metric in one window, all parts together. */
export function counterKey({ windowId, metric }: { windowId: string; metric: string }): string {
  return `${windowId} ${metric}`;
}

/** The id of the calendar month (UTC) that counts what no subscription's window holds. */
export function calendarWindowId(atMs: number): string {
  return `cal_${new Date(atMs).toISOString().slice(0, 7)}`;
}

/** The calendar month (UTC) that holds an instant, as a window. */
export function calendarWindow(atMs: number): Window {
  const date = new Date(atMs);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return {
    id: calendarWindowId(atMs),
    startMs: Date.UTC(year, month, 1),
    endMs: Date.UTC(year, month + 1, 1),
    cutsMs: [],
  };
}

/** The window that counts an event of time `atMs`: the subscription's, else the calendar month. */
export function windowAt(windows: readonly Window[], atMs: number): Window {
  for (const window of windows) {
    if (atMs >= window.startMs && atMs < window.endMs) return window;
  }
  return calendarWindow(atMs);
}
