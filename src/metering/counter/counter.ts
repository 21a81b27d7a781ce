/** Counting: events into cells, cells into one another, and what cells come to. Pure. */
import type { Kept } from "../aggregation/aggregation.ts";
import { type Cell, isPlain } from "../aggregation/cell.ts";
import {
  AGGREGATIONS,
  type Aggregation,
  DEFAULT_AGGREGATION,
  KEPT,
} from "../aggregation/registry.ts";
import type { LineTuple } from "../event/line.ts";
import type { Counter, Window } from "./terms.ts";

/** The part of a window that holds `atMs`: how many cuts are not after it. */
export function partAt(window: Window, atMs: number): number {
  let part = 0;
  for (const cut of window.cutsMs) if (atMs >= cut) part++;
  return part;
}

/** A metric's counter, or that of a metric that was never declared. */
export function counterOf(counters: ReadonlyMap<string, Counter>, metric: string): Counter {
  return counters.get(metric) ?? undeclared(metric);
}

function undeclared(metric: string): Counter {
  return { metric, aggregation: DEFAULT_AGGREGATION, property: null, dimensions: [] };
}

/** Adds one event to a cell. A line that voids another takes back what it counted. */
export function addEvent(cell: Cell, counter: Counter, tuple: LineTuple): void {
  addKept(cell, tuple, AGGREGATIONS[counter.aggregation].kept, counter.property);
}

/** `addEvent` for callers that have looked up what cells keep: `kept` of the aggregation. */
export function addKept(
  cell: Cell,
  tuple: LineTuple,
  kept: Kept | null,
  property: string | null,
): void {
  const [, , quantity, atMs] = tuple;
  const micro = BigInt(quantity);
  cell.sumMicro += micro;
  if (tuple[8]) {
    cell.events--;
    kept?.takeBack?.(cell, tuple, property);
    return;
  }
  cell.events++;
  if (cell.firstMs === 0 || atMs < cell.firstMs) cell.firstMs = atMs;
  if (atMs > cell.lastMs) cell.lastMs = atMs;
  kept?.add(cell, tuple, micro, property);
}

/** Merges `from` into `into`, both of the same window, part and metric. */
export function mergeCell(into: Cell, from: Cell): void {
  into.sumMicro += from.sumMicro;
  into.events += from.events;
  if (from.firstMs !== 0 && (into.firstMs === 0 || from.firstMs < into.firstMs)) {
    into.firstMs = from.firstMs;
  }
  if (from.lastMs > into.lastMs) into.lastMs = from.lastMs;
  if (isPlain(from)) return;
  for (const kept of KEPT) kept.merge(into, from);
}

/** What the cells of one window and metric come to, in micro-units. */
export function levelOf(aggregation: Aggregation, cells: readonly Cell[]): bigint {
  return AGGREGATIONS[aggregation].level(cells);
}

/**
 * The counters of some windows up to `upToSeq`, read from the ledger: the object replaces what it
 * holds of these windows and adds its later log rows.
 */
export type Seed = {
  upToSeq: number;
  windowIds: string[];
  /** Only this metric's counters are replaced; null: all metrics'. */
  metric: string | null;
  cells: Cell[];
};
