/**
 * Usage added up line by line: by window, by the values of several keys, and by metric. Pure. A
 * line is looked up by its values, never by a text made of them, since millions are read.
 */
import type { Kept } from "../aggregation/aggregation.ts";
import { type Cell, emptyCell } from "../aggregation/cell.ts";
import { AGGREGATIONS } from "../aggregation/registry.ts";
import { counterOf, levelOf } from "../counter/counter.ts";
import { ValueRoom } from "../counter/room.ts";
import type { Counter } from "../counter/terms.ts";
import type { Line, LineTuple } from "../event/line.ts";
import { rememberLast } from "../event/remember.ts";
import type { Range } from "../ledger/ledger.ts";
import { MAX_BUCKETS, tooManyRows } from "./buckets.ts";

/** Rows that a summary answers at most: each metric of each window and group is one. */
export const MAX_ROWS = 50_000;
/** Characters that the groups of all rows may have: a value of metadata has up to 4 KB. */
export const MAX_GROUP_CHARS = 8_000_000;
/** The key of an event's user, beside the properties of its metadata. */
export const USER_KEY = "user_id";

/** What a metric's events come to, in micro-units, and the times of the first and the last. */
export type SummaryRow = {
  metric: string;
  valueMicro: bigint;
  events: number;
  firstMs: number;
  lastMs: number;
};
/**
 * A row of one window and group. `range`: null without windows; `group`: a value for each key, in
 * their order, null where the events lack it.
 */
export type Breakdown = SummaryRow & { range: Range | null; group: readonly (string | null)[] };

/** Which lines count, and by what they are broken down. */
export type GroupingQuery = Range & {
  /** Only these; null for all. */
  metrics: readonly string[] | null;
  /** Events of any of them, "" being those without a user; null for all. */
  users: readonly string[] | null;
  /** `user_id`, or names of metadata properties. */
  groupBy: readonly string[];
  /** For each key the values of which an event has one; "" is no value. */
  filters: ReadonlyMap<string, readonly string[]>;
  /** Empty without windows; else they cover the range. */
  buckets: readonly Range[];
};

/** What one window, group and metric come to; `pending` was added and is not yet in the cell. */
type Part = { bucket: number; cell: Cell; pending: number };
/** Values of the keys so far, by the next key's value; a whole group holds its parts. */
type Group = {
  values: readonly (string | null)[];
  next: Map<string | null, Group>;
  parts: Map<number, Part>;
};
type Counted = { index: number; counter: Counter; kept: Kept | null };

/** Beyond this a sum moves from the double to the bigint: both stay exact. */
const PENDING_LIMIT = 2 ** 51;

/** Adds lines up; `rows` and `totals` then say what they came to. */
export class Grouping {
  readonly #query: GroupingQuery;
  readonly #counters: ReadonlyMap<string, Counter>;
  readonly #users: ReadonlySet<string> | null;
  readonly #filters: readonly { key: string; values: ReadonlySet<string> }[];
  readonly #keyChars: number;
  readonly #counted = new Map<string, Counted | null>();
  readonly #countedOf = rememberLast((metric) => this.#lookUp(metric));
  readonly #room = new ValueRoom();
  readonly #root: Group = { values: [], next: new Map(), parts: new Map() };
  readonly #groups: Group[] = [];
  #rows = 0;
  #chars = 0;
  #bucket = 0;

  constructor(query: GroupingQuery, counters: ReadonlyMap<string, Counter>) {
    this.#query = query;
    this.#counters = counters;
    this.#users = query.users && new Set(query.users);
    this.#filters = [...query.filters].map(([key, values]) => ({ key, values: new Set(values) }));
    this.#keyChars = query.groupBy.reduce((sum, key) => sum + key.length, 0);
    if (query.groupBy.length === 0) this.#groups.push(this.#root);
  }

  /** Adds the lines that match. Errors: 422 for more rows or groups than are answered. */
  add(lines: readonly Line[]): void {
    for (const { tuple } of lines) this.#addLine(tuple);
  }

  #addLine(tuple: LineTuple): void {
    const { startMs, endMs, buckets } = this.#query;
    const [, metric, micro, atMs, user] = tuple;
    if (atMs < startMs || atMs >= endMs) return;
    const counted = this.#countedOf(metric);
    if (counted === null) return;
    if (this.#users !== null && !this.#users.has(user || "")) return;
    for (const { key, values } of this.#filters) {
      if (!values.has(keyValue(tuple, key) ?? "")) return;
    }
    const group = this.#groupOf(tuple);
    const bucket = buckets.length === 0 ? 0 : this.#bucketAt(atMs);
    const part = this.#partOf(group, counted, bucket);
    if (counted.kept !== null || typeof micro !== "number" || micro < 0 || micro >= PENDING_LIMIT) {
      this.#room.add(part.cell, counted.counter, tuple);
      return;
    }
    part.pending += micro;
    if (part.pending >= PENDING_LIMIT) flush(part);
    const { cell } = part;
    cell.events++;
    if (cell.firstMs === 0 || atMs < cell.firstMs) cell.firstMs = atMs;
    if (atMs > cell.lastMs) cell.lastMs = atMs;
  }

  #lookUp(metric: string): Counted | null {
    const known = this.#counted.get(metric);
    if (known !== undefined) return known;
    const { metrics } = this.#query;
    const counter = counterOf(this.#counters, metric);
    const index = this.#counted.size;
    const { kept } = AGGREGATIONS[counter.aggregation];
    const isAsked = metrics === null || metrics.includes(metric);
    const counted = isAsked ? { index, counter, kept } : null;
    this.#counted.set(metric, counted);
    return counted;
  }

  #groupOf(tuple: LineTuple): Group {
    let group = this.#root;
    for (const key of this.#query.groupBy) {
      const value = keyValue(tuple, key);
      group = group.next.get(value) ?? this.#newGroup(group, value);
    }
    return group;
  }

  #newGroup(before: Group, value: string | null): Group {
    const { groupBy } = this.#query;
    const group: Group = {
      values: [...before.values, value],
      next: new Map(),
      parts: new Map(),
    };
    if (group.values.length === groupBy.length) {
      if (this.#groups.length === MAX_BUCKETS) throw tooManyRows("/query/group_by", MAX_BUCKETS);
      this.#groups.push(group);
    }
    before.next.set(value, group);
    return group;
  }

  #partOf(group: Group, { index, counter }: Counted, bucket: number): Part {
    const key = index * MAX_BUCKETS + bucket;
    const known = group.parts.get(key);
    if (known) return known;
    const pointer = `/query/${this.#query.groupBy.length === 0 ? "window" : "group_by"}`;
    if (++this.#rows > MAX_ROWS) throw tooManyRows(pointer, MAX_ROWS);
    this.#chars += this.#keyChars;
    for (const value of group.values) this.#chars += value?.length ?? 0;
    if (this.#chars > MAX_GROUP_CHARS) {
      throw tooManyRows("/query/group_by", MAX_GROUP_CHARS, "characters of groups");
    }
    const part = { bucket, cell: emptyCell("", 0, counter.metric), pending: 0 };
    group.parts.set(key, part);
    return part;
  }

  /** The window of a time: often that of the line before. */
  #bucketAt(atMs: number): number {
    const { buckets } = this.#query;
    const last = buckets[this.#bucket];
    if (last && atMs >= last.startMs && atMs < last.endMs) return this.#bucket;
    let [low, high] = [0, buckets.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((buckets[middle]?.startMs ?? 0) <= atMs) low = middle;
      else high = middle - 1;
    }
    this.#bucket = low;
    return low;
  }

  /** What each metric comes to over all windows and groups. Errors: 422 for too many values. */
  totals(): SummaryRow[] {
    const { groupBy, buckets } = this.#query;
    const isWhole = groupBy.length === 0 && buckets.length === 0;
    const cells = new Map<string, Cell>();
    for (const { parts } of this.#groups) {
      for (const part of parts.values()) {
        flush(part);
        const { metric } = part.cell;
        const total = cells.get(metric) ?? (isWhole ? part.cell : emptyCell("", 0, metric));
        cells.set(metric, total);
        if (!isWhole) this.#room.merge(total, part.cell);
      }
    }
    return rowsOf(cells, this.#counters);
  }

  /** A row of each window, group and metric, in this order. */
  rows(): Breakdown[] {
    const { buckets } = this.#query;
    return this.#groups
      .toSorted((a, b) => compareGroups(a.values, b.values))
      .flatMap(({ values, parts }, place) =>
        [...parts.values()].map((part) => ({ place, values, part })),
      )
      .sort(
        (a, b) =>
          a.part.bucket - b.part.bucket ||
          a.place - b.place ||
          (a.part.cell.metric < b.part.cell.metric ? -1 : 1),
      )
      .map(({ values, part }) => {
        flush(part);
        const range = buckets[part.bucket] ?? null;
        return { ...rowOf(part.cell, this.#counters), range, group: values };
      });
  }
}

function flush(part: Part): void {
  if (part.pending === 0) return;
  part.cell.sumMicro += BigInt(part.pending);
  part.pending = 0;
}

/** The text of a line's value of a key, or null where it has none. */
function keyValue(tuple: LineTuple, key: string): string | null {
  if (key === USER_KEY) return tuple[4] || null;
  const metadata = tuple[5];
  if (!metadata || !Object.hasOwn(metadata, key)) return null;
  const value = metadata[key];
  if (typeof value === "string") return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function compareGroups(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  for (let i = 0; i < a.length; i++) {
    const [one, other] = [a[i] ?? null, b[i] ?? null];
    if (one === other) continue;
    if (one === null || other === null) return one === null ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return 0;
}

/** Cells as rows by metric, without those that no event counts in. */
export function rowsOf(
  cells: ReadonlyMap<string, Cell>,
  counters: ReadonlyMap<string, Counter>,
): SummaryRow[] {
  return [...cells.values()]
    .filter((cell) => cell.events !== 0)
    .map((cell) => rowOf(cell, counters))
    .sort((a, b) => (a.metric < b.metric ? -1 : 1));
}

function rowOf(cell: Cell, counters: ReadonlyMap<string, Counter>): SummaryRow {
  const { aggregation } = counterOf(counters, cell.metric);
  return {
    metric: cell.metric,
    valueMicro: levelOf(aggregation, [cell]),
    events: cell.events,
    firstMs: cell.firstMs,
    lastMs: cell.lastMs,
  };
}
