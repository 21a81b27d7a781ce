/**
 * Usage over any range, right to the event: whole quarter-hours from rollups, ragged ends from
 * segments, users and dimensions from series. Reads after a drain, so callers see their own writes.
 */
import { Temporal } from "temporal-polyfill";
import { invalidField, type Problem } from "../../core/errors.ts";
import { quantityJson } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type Cell, emptyCell } from "../aggregation/cell.ts";
import { countMetrics, readCatalogue } from "../catalogue/catalogue.ts";
import { counterOf, levelOf } from "../counter/counter.ts";
import { MAX_READ_EVENTS, ValueRoom } from "../counter/room.ts";
import type { Counter } from "../counter/terms.ts";
import type { LineTuple } from "../event/line.ts";
import { linesOfRange, type Range, readRanges, TooManyRows } from "../ledger/ledger.ts";
import { meterOf } from "../meter/meter.ts";

export const WINDOWS = ["hour", "day", "month"] as const;
export type SummaryWindow = (typeof WINDOWS)[number];
/** Windows that a summary has at most, which are the hours of a year, or so many groups. */
export const MAX_BUCKETS = 9_000;
/** Rows that a summary answers at most: each metric of each window is one. */
const MAX_ROWS = 50_000;
/** Metrics of windows that are looked up at most, used in it or not: about 3 microseconds each. */
const MAX_LOOK_UPS = 500_000;
const ASK_FOR_LESS = "name a metric_name, a shorter range or a longer window";

export type SummaryQuery = Range & {
  /** Only these; null for all. */
  metrics: readonly string[] | null;
  userId: string | null;
  window: SummaryWindow | null;
  /** `user_id`, or the name of a declared dimension. */
  groupBy: string | null;
  timeZone: string;
};

export type SummaryRow = {
  metric: string;
  valueMicro: bigint;
  events: number;
  firstMs: number;
  lastMs: number;
};
export type Breakdown = SummaryRow & { range: Range | null; group: string | null };
export type Summary = {
  query: SummaryQuery;
  metrics: SummaryRow[];
  breakdown: Breakdown[];
};

/**
 * Totals per metric, and a breakdown where a window or a group is asked for. `mostEvents` are read
 * one by one. Errors: 422 for more of them, or of rows, with what to ask instead.
 */
export async function summarize(
  env: Env,
  tenant: string,
  query: SummaryQuery,
  mostEvents = MAX_READ_EVENTS,
): Promise<Summary> {
  const [{ counters }] = await Promise.all([
    readCatalogue(env.DB, tenant),
    meterOf(env, tenant).drain(tenant),
  ]);
  const map = new Map(counters.map((counter) => [counter.metric, counter]));
  const buckets = query.window ? bucketsOf(query, query.window, query.timeZone) : [];
  if (query.userId !== null || query.groupBy !== null) {
    const reading = { range: query, user: query.userId, most: mostEvents };
    return summarizeLines(env, tenant, query, { counters: map, buckets, reading });
  }
  const ranges = [query, ...buckets];
  const names =
    buckets.length === 0 ? 0 : (query.metrics?.length ?? (await countMetrics(env.DB, tenant)));
  if (buckets.length * names > MAX_LOOK_UPS) throw tooManyRows("/query/window", MAX_ROWS);
  const asked = { tenant, ranges, counters: map, metrics: query.metrics, most: MAX_ROWS };
  const reading = readRanges(env, asked, (cells) => rowsOf(cells, map));
  const { taken } = await reading.catch((error: unknown) => {
    throw error instanceof TooManyRows ? tooManyRows("/query/window", MAX_ROWS) : error;
  });
  const [totals, ...parts] = taken;
  const breakdown = buckets.flatMap((range, i) =>
    (parts[i] ?? []).map((row) => ({ ...row, range, group: null })),
  );
  return { query, metrics: totals ?? [], breakdown };
}

function rowsOf(
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

/** The hours, days or months of a range in a time zone; the first and last may be cut short. */
export function bucketsOf(range: Range, window: SummaryWindow, timeZone: string): Range[] {
  const buckets: Range[] = [];
  let at = Temporal.Instant.fromEpochMilliseconds(range.startMs).toZonedDateTimeISO(timeZone);
  while (at.epochMilliseconds < range.endMs) {
    if (buckets.length >= MAX_BUCKETS) {
      throw tooManyRows("/query/window", MAX_BUCKETS);
    }
    const next = edgeAfter(at, window);
    const endMs = Math.min(next.epochMilliseconds, range.endMs);
    buckets.push({ startMs: at.epochMilliseconds, endMs });
    at = next;
  }
  return buckets;
}

function edgeAfter(at: Temporal.ZonedDateTime, window: SummaryWindow): Temporal.ZonedDateTime {
  if (window === "day") return at.startOfDay().add({ days: 1 }).startOfDay();
  if (window === "month") return at.with({ day: 1 }).add({ months: 1 }).startOfDay();
  return hourAfter(at);
}

const HOUR_MS = 3_600_000;

/** Where the local clock next shows a full hour, or another hour because it was set. */
function hourAfter(at: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  const localMs = at.epochMilliseconds + at.offsetNanoseconds / 1_000_000;
  const next = at.add({ milliseconds: HOUR_MS - (((localMs % HOUR_MS) + HOUR_MS) % HOUR_MS) });
  if (next.offsetNanoseconds === at.offsetNanoseconds) return next;
  const set = at.getTimeZoneTransition("next") ?? next;
  const isEdge = set.hour !== at.hour || set.minute === 0;
  return isEdge ? set : hourAfter(set);
}

/** Users and dimensions: line by line, from series, and from segments after them. */
async function summarizeLines(
  env: Env,
  tenant: string,
  query: SummaryQuery,
  {
    counters,
    buckets,
    reading,
  }: {
    counters: ReadonlyMap<string, Counter>;
    buckets: readonly Range[];
    reading: { range: Range; user: string | null; most: number };
  },
): Promise<Summary> {
  const totals = new Map<string, Cell>();
  const parts = new Map<string, { bucket: number; group: string | null; cell: Cell }>();
  const room = new ValueRoom();
  let left = reading.most;
  for await (const lines of linesOfRange(env, { tenant, ...reading })) {
    left -= lines.length;
    if (left < 0) throw tooManyEvents(reading.most);
    for (const { tuple } of lines) {
      if (!matches(tuple, query)) continue;
      const counter = counterOf(counters, tuple[1]);
      room.add(cellAt(totals, tuple[1]), counter, tuple);
      if (buckets.length === 0 && query.groupBy === null) continue;
      const bucket = buckets.length === 0 ? -1 : bucketAt(buckets, tuple[3]);
      const group = query.groupBy === null ? null : groupOf(tuple, query.groupBy);
      const key = JSON.stringify([bucket, group, tuple[1]]);
      let part = parts.get(key);
      if (!part) {
        if (parts.size === MAX_BUCKETS) throw tooManyGroups(query);
        part = { bucket, group, cell: emptyCell("", 0, tuple[1]) };
        parts.set(key, part);
      }
      room.add(part.cell, counter, tuple);
    }
  }
  const breakdown = [...parts.values()]
    .sort((a, b) => a.bucket - b.bucket || compare(a.group, b.group))
    .map(({ bucket, group, cell }) => ({
      ...rowOf(cell, counters),
      range: buckets[bucket] ?? null,
      group,
    }));
  return { query, metrics: rowsOf(totals, counters), breakdown };
}

function tooManyEvents(most: number): Problem {
  const detail = `has more than ${most} events to read: name a user_id, or a later start_date`;
  return invalidField("/query/start_date", detail);
}

function tooManyGroups({ groupBy }: SummaryQuery): Problem {
  return tooManyRows(`/query/${groupBy === null ? "window" : "group_by"}`, MAX_BUCKETS);
}

function compare(a: string | null, b: string | null): number {
  return (a ?? "") < (b ?? "") ? -1 : 1;
}

function tooManyRows(pointer: string, most: number): Problem {
  return invalidField(pointer, `gives more than ${most} rows for this range: ${ASK_FOR_LESS}`);
}

function cellAt(cells: Map<string, Cell>, metric: string): Cell {
  const cell = cells.get(metric) ?? emptyCell("", 0, metric);
  cells.set(metric, cell);
  return cell;
}

function matches([, metric, , atMs, user]: LineTuple, query: SummaryQuery): boolean {
  if (atMs < query.startMs || atMs >= query.endMs) return false;
  if (query.metrics !== null && !query.metrics.includes(metric)) return false;
  return query.userId === null || user === query.userId;
}

function groupOf(tuple: LineTuple, by: string): string | null {
  if (by === "user_id") return tuple[4] || null;
  const value = tuple[5] ? tuple[5][by] : undefined;
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function bucketAt(buckets: readonly Range[], atMs: number): number {
  let [low, high] = [0, buckets.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((buckets[middle]?.startMs ?? 0) <= atMs) low = middle;
    else high = middle - 1;
  }
  return low;
}

function rowBody(row: SummaryRow) {
  return {
    metric_name: row.metric,
    total_quantity: quantityJson(row.valueMicro),
    event_count: row.events,
    first_usage: row.firstMs === 0 ? null : timeText(row.firstMs),
    last_usage: row.lastMs === 0 ? null : timeText(row.lastMs),
  };
}

/** A summary as the API shows it. */
export function summaryBody({ query, metrics, breakdown }: Summary) {
  const asked = query.window !== null || query.groupBy !== null;
  const rows = breakdown.map((row) => ({
    ...(row.range ? { start: timeText(row.range.startMs), end: timeText(row.range.endMs) } : {}),
    ...(query.groupBy === null ? {} : { group: { [query.groupBy]: row.group } }),
    ...rowBody(row),
  }));
  return {
    user_id: query.userId,
    period: { start: timeText(query.startMs), end: timeText(query.endMs) },
    metrics: metrics.map(rowBody),
    ...(asked ? { breakdown: rows } : {}),
  };
}
