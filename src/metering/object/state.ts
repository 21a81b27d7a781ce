/**
 * The meter's memory between two commits: terms, catalogue, counters, what fired, what is frozen.
 * Pure. A group of batches is decided against a draft; the memory takes the draft over only after
 * its transaction has committed.
 */
import { type Cell, cellKey } from "../aggregation/cell.ts";
import { AGGREGATIONS, type Aggregation, DEFAULT_AGGREGATION } from "../aggregation/registry.ts";
import { levelOf, mergeCell, type Seed } from "../counter/counter.ts";
import { alertKey } from "../counter/limit.ts";
import { tally } from "../counter/tally.ts";
import {
  type Alert,
  type Count,
  type Counter,
  counterKey,
  type Limit,
  type Terms,
  type Window,
} from "../counter/terms.ts";
import { type Body, tuplesOf } from "../event/body.ts";
import type { Prepared } from "../meter/batch.ts";
import type { UndeclaredUse } from "../meter/meter.ts";
import { MetricNames } from "./metric-names.ts";
import type { PendingCommit } from "./pending-commit.ts";

/** Counts of one answer at most: 500 bytes each, names of 100 characters included. */
const PAGE_COUNTS = 20_000;

type CounterPlace = { windowId: string; metric: string };
/** Whose counts are asked for. */
type Counted = { windowIds?: readonly string[] | undefined; metric?: string | undefined };

export class MeterState {
  /**
   * Changes whenever windows or counters change, and with each start of the object: sums that were
   * made for another version are made again.
   */
  version: number;
  terms: Terms = { epoch: 0, subscriptionId: null, windows: [], limits: [] };
  metricsVersion = 0;
  counters = new Map<string, Counter>();
  #cells = new Map<string, Cell>();
  /** Distinct values of all cells; null until somebody asks. */
  #heldValues: number | null = null;
  /** Levels of counters with limits that take many steps to work out, by window and metric. */
  readonly levels = new Map<string, bigint>();
  readonly names = new MetricNames();
  /** True where metrics that nobody declared and no plan prices are refused. */
  strict = false;
  fired = new Set<string>();
  alerts: Alert[] = [];
  frozen = new Set<string>();
  seq = 0;
  /** The latest time any caller came with: a test tenant's clock. */
  lastNowMs = 0;
  #limits = new Map<string, Limit[]>();
  #needsProperties = false;

  constructor(version = 0) {
    this.version = version;
  }

  get cells(): Map<string, Cell> {
    return this.#cells;
  }

  set cells(cells: Map<string, Cell>) {
    this.#cells = cells;
    this.#heldValues = null;
    this.levels.clear();
  }

  /** Distinct values that all cells hold. */
  get heldValues(): number {
    this.#heldValues ??= sizesOf(this.#cells.values());
    return this.#heldValues;
  }

  /** What the Worker needs to prepare batches for this state. */
  prepared(): Prepared {
    return { version: this.version, windows: this.terms.windows, counters: this.counters };
  }

  /** Takes over new terms; counters stay as they are. */
  setTerms(terms: Terms): void {
    this.terms = terms;
    this.version++;
    this.names.reconsider();
    this.#limits = new Map();
    for (const limit of terms.limits) {
      const limits = this.#limits.get(limit.metric) ?? [];
      limits.push(limit);
      this.#limits.set(limit.metric, limits);
    }
  }

  /** Takes over a catalogue of metrics. */
  setCounters(version: number, counters: readonly Counter[]): void {
    this.metricsVersion = version;
    this.counters = new Map(counters.map((counter) => [counter.metric, counter]));
    this.names.declare(this.counters.keys());
    this.#needsProperties = counters.some(needsProperty);
    this.version++;
  }

  /** Takes over how one metric counts. */
  setCounter(version: number, counter: Counter): void {
    const before = this.counters.get(counter.metric);
    this.metricsVersion = version;
    this.counters.set(counter.metric, counter);
    this.names.declare([counter.metric]);
    if (needsProperty(counter)) this.#needsProperties = true;
    else if (before && needsProperty(before)) {
      this.#needsProperties = [...this.counters.values()].some(needsProperty);
    }
    this.version++;
  }

  /** True for a metric that somebody declared, or that a plan prices or limits. */
  isKnown(metric: string): boolean {
    return this.names.isDeclared(metric) || this.isPriced(metric);
  }

  /** True for a metric that a plan prices or limits, in any window. */
  isPriced(metric: string): boolean {
    return this.#limits.has(metric);
  }

  /** The known metric that somebody may have meant who wrote another name; null where none is. */
  meantBy(metric: string): string | null {
    return this.names.nearest(metric, this.#limits.keys());
  }

  /** A page of the metrics that nobody knows and that usage is counted of, by name. */
  undeclaredPage(after: string | null, most: number): UndeclaredUse[] {
    const unknown = new Map<string, UndeclaredUse>();
    for (const { metric, events, sumMicro, lastMs } of this.cells.values()) {
      if (events === 0 || (after !== null && metric <= after) || this.isKnown(metric)) continue;
      const use = unknown.get(metric) ?? { metric, meant: null, events: 0, micro: "0", lastMs: 0 };
      use.events += events;
      use.micro = (BigInt(use.micro) + sumMicro).toString();
      use.lastMs = Math.max(use.lastMs, lastMs);
      unknown.set(metric, use);
    }
    const page = [...unknown.values()]
      .sort((a, b) => (a.metric < b.metric ? -1 : 1))
      .slice(0, most);
    for (const use of page) use.meant = this.meantBy(use.metric);
    return page;
  }

  /** True where something of a metric is counted. */
  isCounted(metric: string): boolean {
    return this.terms.windows.some(({ id }) => this.cellsOf(id, metric).length > 0);
  }

  /** Takes over what a committed draft added. */
  take(draft: PendingCommit, nowMs: number): void {
    this.seq = draft.seq;
    this.lastNowMs = nowMs;
    for (const cell of draft.cells.values()) this.addCell(cell);
    if (draft.levels.size > 0) for (const [key, level] of draft.levels) this.levels.set(key, level);
    this.names.add(draft.names);
    for (const alert of draft.alerts) this.addAlert(alert);
  }

  /** The limit of a metric in a window, or null. */
  limitOf(windowId: string, metric: string): Limit | null {
    const limits = this.#limits.get(metric);
    return limits?.find((limit) => limit.windowId === windowId) ?? null;
  }

  /** True where events of some metric are refused unless they bring a property. */
  get needsProperties(): boolean {
    return this.#needsProperties;
  }

  /** True where any metric has a limit. */
  get hasLimits(): boolean {
    return this.#limits.size > 0;
  }

  /** The cells of one window and metric, in the order of its parts. */
  cellsOf(windowId: string, metric: string): Cell[] {
    const parts = (this.terms.windows.find((w) => w.id === windowId)?.cutsMs.length ?? 0) + 1;
    const cells: Cell[] = [];
    for (let part = 0; part < parts; part++) {
      const cell = this.cells.get(cellKey({ windowId, part, metric }));
      if (cell) cells.push(cell);
    }
    return cells;
  }

  /** Adds to the cell of the same window, part and metric, or takes `delta` as that cell. */
  addCell(delta: Cell): void {
    const key = cellKey(delta);
    const cell = this.#cells.get(key);
    const before = cell?.values?.size ?? 0;
    if (cell) mergeCell(cell, delta);
    else this.#cells.set(key, delta);
    if (delta.values === null) return;
    if (this.levels.size > 0) this.levels.delete(counterKey(delta));
    if (this.#heldValues !== null) {
      this.#heldValues += ((cell ?? delta).values?.size ?? 0) - before;
    }
  }

  /** Notes an alert as fired. */
  addAlert(alert: Alert): void {
    this.alerts.push(alert);
    this.fired.add(alertKey(alert));
  }

  /** True where the terms name a window or something was counted in it. */
  holds(windowId: string): boolean {
    if (this.terms.windows.some(({ id }) => id === windowId)) return true;
    return [...this.cells.values()].some((cell) => cell.windowId === windowId);
  }

  /** Windows that the terms no longer name and that no event can enter any more. */
  windowsBefore(timeMs: number): string[] {
    const named = new Set(this.terms.windows.map(({ id }) => id));
    const latest = new Map<string, number>();
    for (const { windowId, lastMs } of this.cells.values()) {
      if (!named.has(windowId)) latest.set(windowId, Math.max(latest.get(windowId) ?? 0, lastMs));
    }
    return [...latest].filter(([, lastMs]) => lastMs < timeMs).map(([id]) => id);
  }

  /** Lets go of windows; what was counted in them is the ledger's. */
  forget(windowIds: readonly string[]): void {
    const gone = new Set(windowIds);
    for (const [key, { windowId }] of this.cells) if (gone.has(windowId)) this.cells.delete(key);
    this.alerts = this.alerts.filter(({ windowId }) => !gone.has(windowId));
    this.fired = new Set([...this.fired].filter((key) => !gone.has(key.split(" ")[0] ?? "")));
    for (const id of gone) this.frozen.delete(id);
    this.#heldValues = null;
    this.levels.clear();
  }

  /** How a metric counts, declared or not. */
  aggregationOf(metric: string): Aggregation {
    return this.counters.get(metric)?.aggregation ?? DEFAULT_AGGREGATION;
  }

  /** Counts of the named windows (all where none is named), at each cut and at the end. */
  counts(windowIds?: readonly string[]): Count[] {
    return this.#counts(this.#counted({ windowIds }).values());
  }

  /** As many of these counts as one answer carries, and after which there are more. */
  countsPage(
    asked: Counted & { after?: string },
    most = PAGE_COUNTS,
  ): {
    counts: Count[];
    next: string | null;
  } {
    const counted = this.#counted(asked);
    const edges = this.terms.windows.reduce((max, w) => Math.max(max, w.cutsMs.length), 0) + 1;
    const counters = Math.max(1, Math.floor(most / edges));
    const { after } = asked;
    if (after === undefined && counted.size <= counters) {
      return { counts: this.#counts(counted.values()), next: null };
    }
    const rest = [...counted.keys()].filter((key) => after === undefined || key > after).sort();
    const keys = rest.slice(0, counters);
    const page = keys.flatMap((key) => counted.get(key) ?? []);
    return {
      counts: this.#counts(page),
      next: rest.length > counters ? (keys.at(-1) ?? null) : null,
    };
  }

  /** The counters that are asked for, by their keys. */
  #counted({ windowIds, metric: asked }: Counted): Map<string, CounterPlace> {
    const counted = new Map<string, CounterPlace>();
    for (const { windowId, metric } of this.cells.values()) {
      if (windowIds && !windowIds.includes(windowId)) continue;
      if (asked !== undefined && metric !== asked) continue;
      counted.set(counterKey({ windowId, metric }), { windowId, metric });
    }
    return counted;
  }

  #counts(counted: Iterable<CounterPlace>): Count[] {
    const windows = new Map(this.terms.windows.map((w) => [w.id, w]));
    return [...counted].flatMap(({ windowId, metric }) => {
      const window = windows.get(windowId) ?? calendarBounds(windowId);
      return this.#countsOf(window, metric);
    });
  }

  #countsOf(window: Window, metric: string): Count[] {
    const aggregation = this.aggregationOf(metric);
    return [...window.cutsMs, window.endMs].map((untilMs, last) => {
      const cells = this.cellsOf(window.id, metric).filter((cell) => cell.part <= last);
      const firsts = cells.map((cell) => cell.firstMs).filter((ms) => ms > 0);
      return {
        windowId: window.id,
        metric,
        untilMs,
        valueMicro: levelOf(aggregation, cells).toString(),
        events: cells.reduce((sum, cell) => sum + cell.events, 0),
        firstMs: firsts.length > 0 ? Math.min(...firsts) : 0,
        lastMs: cells.reduce((last, cell) => Math.max(last, cell.lastMs), 0),
      };
    });
  }
}

function sizesOf(cells: Iterable<Cell>): number {
  let size = 0;
  for (const { values } of cells) size += values?.size ?? 0;
  return size;
}

/** A calendar month's window from its id, `cal_2026-11`. */
function calendarBounds(id: string): Window {
  const [year = 0, month = 1] = id.slice(4).split("-").map(Number);
  const startMs = Date.UTC(year, month - 1, 1);
  return { id, startMs, endMs: Date.UTC(year, month, 1), cutsMs: [] };
}

/**
 * The counters with those that a seed covers replaced by it, and the log rows after it added. The
 * state itself stays as it is.
 */
export function reseeded(
  state: MeterState,
  seed: Seed,
  rows: Iterable<{ high: number; n: number; body: Body }>,
  terms: Terms,
  counters: ReadonlyMap<string, Counter>,
): Map<string, Cell> {
  const covers = ({ windowId, metric }: Cell) =>
    seed.windowIds.includes(windowId) && (seed.metric ?? metric) === metric;
  const fresh = new MeterState();
  for (const [key, cell] of state.cells) if (!covers(cell)) fresh.cells.set(key, cell);
  for (const cell of seed.cells) fresh.addCell(cell);
  for (const { high, n, body } of rows) {
    const skipped = Math.max(0, seed.upToSeq - (high - n));
    for (const cell of tally(tuplesOf(body).slice(skipped), terms.windows, counters)) {
      if (covers(cell)) fresh.addCell(cell);
    }
  }
  return fresh.cells;
}

function needsProperty({ aggregation }: Counter): boolean {
  return AGGREGATIONS[aggregation].needsProperty !== null;
}
