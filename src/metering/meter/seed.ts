/**
 * Seeds: what the ledger says a window's counters are, for an object whose windows change. The
 * object reads them itself: they may hold more values than a call between objects can carry.
 */
import type { Store } from "../../platform/db/ledger.ts";
import type { Cell } from "../aggregation/cell.ts";
import type { Seed } from "../counter/counter.ts";
import { type Counter, calendarWindow, type Window } from "../counter/terms.ts";
import { type Range, readRanges } from "../ledger/ledger.ts";

/** A part of a window, by event time: between two cuts, or of a calendar month around windows. */
type WindowPart = Range & { windowId: string; part: number };

/** The counters of `windows` (all of new terms), and of the calendar months around them. */
export function seedFor(
  store: Store,
  query: { tenant: string; windows: readonly Window[]; counters: ReadonlyMap<string, Counter> },
): Promise<Seed> {
  const { tenant, windows, counters } = query;
  const parts = [
    ...windows.flatMap(partsOf),
    ...monthsAround(windows).flatMap((month) => gapsOf(month, windows)),
  ];
  return readSeed(store, { tenant, parts, counters, metric: null });
}

/** The counters of one window alone. */
export function windowSeed(
  store: Store,
  query: { tenant: string; window: Window; counters: ReadonlyMap<string, Counter> },
): Promise<Seed> {
  const { tenant, window, counters } = query;
  return readSeed(store, { tenant, parts: partsOf(window), counters, metric: null });
}

/** One metric's counters in one window, from the ledger as it is now. */
export function seedMetric(
  store: Store,
  query: { tenant: string; window: Window; windows: readonly Window[]; counter: Counter },
): Promise<Seed> {
  const { tenant, window, windows, counter } = query;
  const known = windows.some(({ id }) => id === window.id);
  return readSeed(store, {
    tenant,
    parts: known ? partsOf(window) : gapsOf(window, windows),
    counters: new Map([[counter.metric, counter]]),
    metric: counter.metric,
  });
}

async function readSeed(
  store: Store,
  query: {
    tenant: string;
    parts: WindowPart[];
    counters: ReadonlyMap<string, Counter>;
    metric: string | null;
  },
): Promise<Seed> {
  const { tenant, parts, counters, metric } = query;
  const filled = parts.filter(({ startMs, endMs }) => startMs < endMs);
  const metrics = metric === null ? null : [metric];
  const read = { tenant, ranges: filled, counters, metrics, most: null };
  const { upToSeq, taken } = await readRanges(store, read, (found, i): Cell[] => {
    const { windowId = "", part = 0 } = filled[i] ?? {};
    return [...found.values()].map((cell) => ({ ...cell, windowId, part }));
  });
  return {
    upToSeq,
    windowIds: [...new Set(parts.map(({ windowId }) => windowId))],
    metric,
    cells: taken.flat(),
  };
}

/** A window's parts: from its start to its first cut, from there to the next, to its end. */
function partsOf(window: Window): WindowPart[] {
  const edges = [window.startMs, ...window.cutsMs, window.endMs];
  return edges.slice(1).map((endMs, part) => ({
    windowId: window.id,
    part,
    startMs: edges[part] ?? window.startMs,
    endMs,
  }));
}

/** Every calendar month that touches the windows: its events may have moved into one of them. */
function monthsAround(windows: readonly Window[]): Window[] {
  const months = new Map<string, Window>();
  for (const { startMs, endMs } of windows) {
    for (let atMs = startMs; atMs <= endMs; atMs = calendarWindow(atMs).endMs) {
      const month = calendarWindow(atMs);
      months.set(month.id, month);
    }
  }
  return [...months.values()];
}

/** The parts of a calendar month that no window holds. */
function gapsOf(month: Window, windows: readonly Window[]): WindowPart[] {
  const inside = windows
    .filter((w) => w.startMs < month.endMs && w.endMs > month.startMs)
    .sort((a, b) => a.startMs - b.startMs);
  const gaps: WindowPart[] = [];
  let startMs = month.startMs;
  for (const window of inside) {
    if (window.startMs > startMs) gaps.push(gap(month, startMs, window.startMs));
    startMs = Math.max(startMs, window.endMs);
  }
  if (startMs < month.endMs) gaps.push(gap(month, startMs, month.endMs));
  // A month that windows hold whole still has to be seeded: with nothing.
  return gaps.length > 0 ? gaps : [gap(month, month.startMs, month.startMs)];
}

function gap(month: Window, startMs: number, endMs: number): WindowPart {
  return { windowId: month.id, part: 0, startMs, endMs };
}
