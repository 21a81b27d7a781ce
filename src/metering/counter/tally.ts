/** The cells that many events add up to, fast where a total and a count are all they need. Pure. */
import type { Kept } from "../aggregation/aggregation.ts";
import { type Cell, emptyCell } from "../aggregation/cell.ts";
import { AGGREGATIONS } from "../aggregation/registry.ts";
import type { LineTuple } from "../event/line.ts";
import { rememberLast } from "../event/remember.ts";
import { addKept, counterOf, partAt } from "./counter.ts";
import { type Counter, type Window, windowAt } from "./terms.ts";

/** A span of time whose events share a cell; `pending` was added and is not yet moved there. */
type CellSpan = { startMs: number; endMs: number; cell: Cell; pending: number };

/** A metric's events; `kept` is null where a total and a count are all that its cells keep. */
type Counted = { kept: Kept | null; property: string | null; spans: CellSpan[] };

/** Beyond this a sum moves from the double to the bigint: both stay exact. */
const PENDING_LIMIT = 2 ** 51;

/** Adds events up to cells, a double at a time while it is exact. */
export class Tally {
  readonly #windows: readonly Window[];
  readonly #counters: ReadonlyMap<string, Counter>;
  readonly #metrics = new Map<string, Counted>();
  readonly #countedOf = rememberLast(
    (metric) => this.#metrics.get(metric) ?? this.#newCounted(metric),
  );

  constructor(windows: readonly Window[], counters: ReadonlyMap<string, Counter>) {
    this.#windows = windows;
    this.#counters = counters;
  }

  /** Adds one event, by its own time. */
  add(tuple: LineTuple): void {
    const [, metric, micro, atMs] = tuple;
    if (typeof micro === "number" && !tuple[8] && this.#added(metric, micro, atMs)) return;
    const entry = this.#countedOf(metric);
    addKept(this.#span(entry.spans, metric, atMs).cell, tuple, entry.kept, entry.property);
  }

  /** Adds an event of a metric that keeps no more than a total and a count. */
  addPlain(metric: string, micro: number, atMs: number): void {
    if (!this.#added(metric, micro, atMs)) this.add(["", metric, micro, atMs]);
  }

  /** False where more has to be kept than a total and a count, or the quantity is not plain. */
  #added(metric: string, micro: number, atMs: number): boolean {
    const entry = this.#countedOf(metric);
    if (entry.kept !== null || !(micro >= 0 && micro < PENDING_LIMIT)) return false;
    const span = this.#span(entry.spans, metric, atMs);
    span.pending += micro;
    if (span.pending >= PENDING_LIMIT) flushPending(span);
    const { cell } = span;
    cell.events++;
    if (cell.firstMs === 0 || atMs < cell.firstMs) cell.firstMs = atMs;
    if (atMs > cell.lastMs) cell.lastMs = atMs;
    return true;
  }

  #newCounted(metric: string): Counted {
    const { aggregation, property } = counterOf(this.#counters, metric);
    const entry: Counted = { kept: AGGREGATIONS[aggregation].kept, property, spans: [] };
    this.#metrics.set(metric, entry);
    return entry;
  }

  #span(spans: CellSpan[], metric: string, atMs: number): CellSpan {
    for (const span of spans) {
      if (atMs >= span.startMs && atMs < span.endMs) return span;
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
    const same = spans.find(({ cell }) => cell.windowId === window.id && cell.part === part);
    const cell = same?.cell ?? emptyCell(window.id, part, metric);
    const span = { startMs, endMs, cell, pending: 0 };
    spans.push(span);
    return span;
  }

  /** What was added, a cell for each window, part and metric. */
  cells(): Cell[] {
    const cells = new Set<Cell>();
    for (const { spans } of this.#metrics.values()) {
      for (const span of spans) {
        flushPending(span);
        cells.add(span.cell);
      }
    }
    return [...cells];
  }
}

/** Moves what was added as a double to the cell's exact sum. */
function flushPending(span: CellSpan): void {
  span.cell.sumMicro += BigInt(span.pending);
  span.pending = 0;
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
