/**
 * Counters: what a window's events add up to, per metric and part (the stretch between two cuts).
 * Pure. A cell is a state and a delta alike: two cells of the same place merge into one.
 */
import { inRows, type LineTuple } from "../event/line.ts";
import { type Aggregation, type Counter, type Window, windowAt } from "./terms.ts";

export type Latest = { atMs: number; id: string; micro: bigint };

export type Cell = {
  windowId: string;
  part: number;
  metric: string;
  sumMicro: bigint;
  events: number;
  firstMs: number;
  lastMs: number;
  max: bigint | null;
  min: bigint | null;
  latest: Latest | null;
  /** References per value of a `unique` metric's property. */
  values: Map<string, number> | null;
};

export function cellKey(of: { windowId: string; part: number; metric: string }): string {
  return `${of.windowId} ${of.part} ${of.metric}`;
}

export function emptyCell(windowId: string, part: number, metric: string): Cell {
  return {
    windowId,
    part,
    metric,
    sumMicro: 0n,
    events: 0,
    firstMs: 0,
    lastMs: 0,
    max: null,
    min: null,
    latest: null,
    values: null,
  };
}

/** The part of a window that holds `atMs`: how many cuts are not after it. */
export function partAt(window: Window, atMs: number): number {
  let part = 0;
  for (const cut of window.cutsMs) if (atMs >= cut) part++;
  return part;
}

/** A metric's counter; one that was never declared sums. */
export function counterOf(counters: ReadonlyMap<string, Counter>, metric: string): Counter {
  return counters.get(metric) ?? { metric, aggregation: "sum", property: null, dimensions: [] };
}

/** The value that a `unique` counter counts in an event, or null. */
export function uniqueValue(counter: Counter, tuple: LineTuple): string | null {
  if (counter.aggregation !== "unique" || counter.property === null) return null;
  const value = tuple[5] ? tuple[5][counter.property] : undefined;
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Adds one event to a cell. A line that voids another takes back what it counted. */
export function addEvent(cell: Cell, counter: Counter, tuple: LineTuple): void {
  const [id, , microText, atMs] = tuple;
  const micro = BigInt(microText);
  const sign = tuple[8] ? -1 : 1;
  cell.sumMicro += micro;
  cell.events += sign;
  if (sign > 0) {
    if (cell.firstMs === 0 || atMs < cell.firstMs) cell.firstMs = atMs;
    if (atMs > cell.lastMs) cell.lastMs = atMs;
  }
  addLevel(cell, counter.aggregation, { atMs, id, micro }, sign);
  const value = uniqueValue(counter, tuple);
  if (value !== null) {
    cell.values ??= new Map();
    cell.values.set(value, (cell.values.get(value) ?? 0) + sign);
  }
}

function addLevel(cell: Cell, aggregation: Aggregation, event: Latest, sign: number): void {
  if (sign < 0) return; // the levels of a voided event's place are seeded anew
  if (aggregation === "max" && (cell.max === null || event.micro > cell.max)) {
    cell.max = event.micro;
  }
  if (aggregation === "min" && (cell.min === null || event.micro < cell.min)) {
    cell.min = event.micro;
  }
  if (aggregation === "latest" && isLater(event, cell.latest)) cell.latest = event;
}

/** By event time, then by id. */
function isLater(event: Latest, than: Latest | null): boolean {
  if (than === null) return true;
  return event.atMs > than.atMs || (event.atMs === than.atMs && event.id > than.id);
}

/** Merges `from` into `into`; both name the same place. */
export function mergeCell(into: Cell, from: Cell): void {
  into.sumMicro += from.sumMicro;
  into.events += from.events;
  if (from.firstMs !== 0 && (into.firstMs === 0 || from.firstMs < into.firstMs)) {
    into.firstMs = from.firstMs;
  }
  if (from.lastMs > into.lastMs) into.lastMs = from.lastMs;
  if (from.max !== null && (into.max === null || from.max > into.max)) into.max = from.max;
  if (from.min !== null && (into.min === null || from.min < into.min)) into.min = from.min;
  if (from.latest !== null && isLater(from.latest, into.latest)) into.latest = from.latest;
  if (from.values) {
    into.values ??= new Map();
    for (const [value, references] of from.values) {
      const sum = (into.values.get(value) ?? 0) + references;
      if (sum === 0) into.values.delete(value);
      else into.values.set(value, sum);
    }
  }
}

const UNIT = 1_000_000n;

/** What the cells of one window and metric come to, in micro-units. */
export function levelOf(aggregation: Aggregation, cells: readonly Cell[]): bigint {
  switch (aggregation) {
    case "sum":
      return cells.reduce((sum, cell) => sum + cell.sumMicro, 0n);
    case "count":
      return BigInt(cells.reduce((sum, cell) => sum + cell.events, 0)) * UNIT;
    case "max":
      return cells.reduce<bigint>((max, c) => (c.max !== null && c.max > max ? c.max : max), 0n);
    case "min":
      return minOf(cells) ?? 0n;
    case "latest":
      return latestOf(cells)?.micro ?? 0n;
    case "unique":
      return BigInt(countValues(cells)) * UNIT;
  }
}

function minOf(cells: readonly Cell[]): bigint | null {
  let min: bigint | null = null;
  for (const cell of cells) {
    if (cell.min !== null && (min === null || cell.min < min)) min = cell.min;
  }
  return min;
}

function latestOf(cells: readonly Cell[]): Latest | null {
  let latest: Latest | null = null;
  for (const cell of cells) {
    if (cell.latest !== null && isLater(cell.latest, latest)) latest = cell.latest;
  }
  return latest;
}

/** Distinct values with references left; the largest map is not walked. */
function countValues(cells: readonly Cell[]): number {
  const maps = cells.flatMap((cell) => (cell.values ? [cell.values] : []));
  const [largest, ...others] = maps.sort((a, b) => b.size - a.size);
  if (!largest) return 0;
  let count = largest.size;
  const seen = new Map<string, number>();
  for (const map of others) {
    for (const [value, references] of map) {
      seen.set(value, (seen.get(value) ?? 0) + references);
    }
  }
  for (const [value, references] of seen) {
    const held = largest.get(value) ?? 0;
    if (held > 0 && held + references <= 0) count--;
    else if (held <= 0 && held + references > 0) count++;
  }
  return count;
}

/** A cell as JSON keeps it. */
export type CellJson = [
  windowId: string,
  part: number,
  metric: string,
  sumMicro: string,
  events: number,
  firstMs: number,
  lastMs: number,
  max: string | null,
  min: string | null,
  latest: [number, string, string] | null,
  values: [string, number][] | null,
];

/**
 * The counters of some windows up to `upToSeq`, built from the ledger by `seedFor`: the object
 * replaces what it holds of these windows and adds its later log rows.
 */
export type Seed = {
  upToSeq: number;
  windowIds: string[];
  /** Only this metric's counters are replaced; null: all metrics'. */
  metric: string | null;
  cells: CellJson[];
};

export function cellToJson(cell: Cell): CellJson {
  const { latest } = cell;
  return [
    cell.windowId,
    cell.part,
    cell.metric,
    cell.sumMicro.toString(),
    cell.events,
    cell.firstMs,
    cell.lastMs,
    cell.max?.toString() ?? null,
    cell.min?.toString() ?? null,
    latest && [latest.atMs, latest.id, latest.micro.toString()],
    cell.values && [...cell.values],
  ];
}

export function cellFromJson(json: CellJson): Cell {
  const [windowId, part, metric, sum, events, firstMs, lastMs, max, min, latest, values] = json;
  return {
    windowId,
    part,
    metric,
    sumMicro: BigInt(sum),
    events,
    firstMs,
    lastMs,
    max: max === null ? null : BigInt(max),
    min: min === null ? null : BigInt(min),
    latest: latest && { atMs: latest[0], id: latest[1], micro: BigInt(latest[2]) },
    values: values && new Map(values),
  };
}

/** A stretch of time whose events share a cell, and what was added to it so far. */
type Stretch = { startMs: number; endMs: number; cell: Cell; low: number };

/** A metric's events, by stretch. */
type Counted = { counter: Counter; stretches: Stretch[] };

/** Beyond this a sum moves from the double to the bigint: both stay exact. */
const LOW_LIMIT = 2 ** 51;

/** Adds events up to cells, a double at a time while it is exact. */
export class Tally {
  readonly #windows: readonly Window[];
  readonly #counters: ReadonlyMap<string, Counter>;
  readonly #metrics = new Map<string, Counted>();
  readonly #countedOf = inRows((metric) => this.#metrics.get(metric) ?? this.#newCounted(metric));

  constructor(windows: readonly Window[], counters: ReadonlyMap<string, Counter>) {
    this.#windows = windows;
    this.#counters = counters;
  }

  add(tuple: LineTuple): void {
    const [, metric, micro, atMs] = tuple;
    const entry = this.#countedOf(metric);
    const stretch = this.#stretch(entry.stretches, metric, atMs);
    const plain =
      entry.counter.aggregation === "sum" &&
      typeof micro === "number" &&
      micro >= 0 &&
      micro < LOW_LIMIT &&
      !tuple[8];
    if (!plain) {
      addEvent(stretch.cell, entry.counter, tuple);
      return;
    }
    stretch.low += micro;
    if (stretch.low >= LOW_LIMIT) settle(stretch);
    const { cell } = stretch;
    cell.events++;
    if (cell.firstMs === 0 || atMs < cell.firstMs) cell.firstMs = atMs;
    if (atMs > cell.lastMs) cell.lastMs = atMs;
  }

  #newCounted(metric: string): Counted {
    const entry = { counter: counterOf(this.#counters, metric), stretches: [] };
    this.#metrics.set(metric, entry);
    return entry;
  }

  #stretch(stretches: Stretch[], metric: string, atMs: number): Stretch {
    for (const stretch of stretches) {
      if (atMs >= stretch.startMs && atMs < stretch.endMs) return stretch;
    }
    const window = windowAt(this.#windows, atMs);
    const part = partAt(window, atMs);
    let { startMs, endMs } = window;
    const narrow = (edge: number) => {
      if (edge <= atMs && edge > startMs) startMs = edge;
      if (edge > atMs && edge < endMs) endMs = edge;
    };
    // A calendar month may hold a subscription's windows: only what surrounds this time is its own.
    for (const other of this.#windows) {
      narrow(other.startMs);
      narrow(other.endMs);
    }
    for (const cut of window.cutsMs) narrow(cut);
    const same = stretches.find((s) => s.cell.windowId === window.id && s.cell.part === part);
    const cell = same?.cell ?? emptyCell(window.id, part, metric);
    const stretch = { startMs, endMs, cell, low: 0 };
    stretches.push(stretch);
    return stretch;
  }

  cells(): Cell[] {
    const cells = new Set<Cell>();
    for (const { stretches } of this.#metrics.values()) {
      for (const stretch of stretches) {
        settle(stretch);
        cells.add(stretch.cell);
      }
    }
    return [...cells];
  }
}

function settle(stretch: Stretch): void {
  stretch.cell.sumMicro += BigInt(stretch.low);
  stretch.low = 0;
}

/** The cells that a body's events add up to. */
export function tally(
  tuples: Iterable<LineTuple>,
  windows: readonly Window[],
  counters: ReadonlyMap<string, Counter>,
): Cell[] {
  const sums = new Tally(windows, counters);
  for (const tuple of tuples) sums.add(tuple);
  return sums.cells();
}
