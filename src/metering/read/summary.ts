/**
 * Usage over any range, right to the event: whole quarter-hours from rollups, ragged ends from
 * segments; users, groups, filters and minutes line by line from series. Reads after a drain, so
 * callers see their own writes.
 */
import { invalidField, type Problem } from "../../core/errors.ts";
import { quantityJson } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import type { Store } from "../../platform/db/ledger.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  counterOfMetric,
  countMetrics,
  type Metric,
  readCatalogue,
} from "../catalogue/catalogue.ts";
import { MAX_READ_EVENTS } from "../counter/room.ts";
import type { Counter } from "../counter/terms.ts";
import { linesOfRange, type Range, readRanges, TooManyRows } from "../ledger/ledger.ts";
import { drained } from "../meter/meter.ts";
import { bucketsOf, type SummaryWindow, tooManyRows } from "./buckets.ts";
import {
  type Breakdown,
  Grouping,
  type GroupingQuery,
  MAX_ROWS,
  rowsOf,
  type SummaryRow,
  USER_KEY,
} from "./grouping.ts";

/** Metrics of windows that are looked up at most, used in it or not: about 3 microseconds each. */
const MAX_LOOK_UPS = 500_000;

/**
 * What is asked for. Any property of the events' metadata can be a key of `groupBy` and `filters`:
 * who takes them from callers says which may be asked for.
 */
export type SummaryQuery = Omit<GroupingQuery, "buckets"> & {
  window: SummaryWindow | null;
  /** Of days and months, and of hours where its offset is none of whole hours. */
  timeZone: string;
};

/** The usage of a whole range, in UTC, where nothing else is asked for. */
export const WHOLE_USAGE = {
  metrics: null,
  users: null,
  groupBy: [],
  filters: new Map(),
  window: null,
  timeZone: "UTC",
} satisfies Partial<SummaryQuery>;

export type Summary = {
  query: SummaryQuery;
  metrics: SummaryRow[];
  breakdown: Breakdown[];
};

/**
 * Totals per metric, and a breakdown where a window or groups are asked for: a row of each window,
 * group and metric that has usage, in this order, none for those without. `mostEvents` are read
 * one by one. Errors: 422 for more of them, or of rows, with what to ask instead.
 */
export async function summarize(
  env: Env,
  tenant: string,
  query: SummaryQuery,
  mostEvents = MAX_READ_EVENTS,
): Promise<Summary> {
  return (await summaries(env, tenant)).one(query, mostEvents);
}

/** Answers what is asked of a tenant's usage. */
export type Summaries = {
  one: (query: SummaryQuery, mostEvents?: number) => Promise<Summary>;
  /** Those of the same metrics, read at once where the ledger's sums answer them. */
  each: (queries: readonly SummaryQuery[]) => Promise<Summary[]>;
};

/**
 * Several summaries of a tenant as it stands now: what each of them needs is read once. `listed`
 * are the tenant's metrics where they are read anyway.
 */
export async function summaries(
  env: Env,
  tenant: string,
  listed?: Promise<readonly Metric[]>,
): Promise<Summaries> {
  const [counters, store] = await Promise.all([
    listed
      ? listed.then((metrics) => metrics.map(counterOfMetric))
      : readCatalogue(env.DB, tenant).then((catalogue) => catalogue.counters),
    drained(env, tenant),
  ]);
  const map = new Map(counters.map((counter) => [counter.metric, counter]));
  const askedOf = (query: SummaryQuery): Asked => {
    const buckets = query.window ? bucketsOf(query, query.window, query.timeZone) : [];
    return { query, buckets, counters: map };
  };
  const one = async (query: SummaryQuery, mostEvents = MAX_READ_EVENTS) => {
    if (isByLine(query)) return summarizeLines(store, tenant, askedOf(query), mostEvents);
    const [summary] = await summarizeRollups(env, store, tenant, [askedOf(query)]);
    return summary as Summary;
  };
  const each = async (queries: readonly SummaryQuery[]) => {
    if (queries.some(isByLine)) return Promise.all(queries.map((query) => one(query)));
    return summarizeRollups(env, store, tenant, queries.map(askedOf));
  };
  return { one, each };
}

/** Rollups know neither users nor metadata, and no time within a quarter-hour. */
function isByLine({ users, groupBy, filters, window }: SummaryQuery): boolean {
  return users !== null || groupBy.length > 0 || filters.size > 0 || window === "minute";
}

type Asked = {
  query: SummaryQuery;
  buckets: readonly Range[];
  counters: ReadonlyMap<string, Counter>;
};

/** Of queries that name the same metrics, from the sums of the ledger. */
async function summarizeRollups(
  env: Env,
  store: Store,
  tenant: string,
  all: readonly Asked[],
): Promise<Summary[]> {
  const [first] = all;
  if (!first) return [];
  const { counters } = first;
  const { metrics } = first.query;
  const ranges = all.flatMap(({ query, buckets }) => [query, ...buckets]);
  const windows = ranges.length - all.length;
  const names = windows === 0 ? 0 : (metrics?.length ?? (await countMetrics(env.DB, tenant)));
  if (windows * names > MAX_LOOK_UPS) throw tooManyRows("/query/window", MAX_ROWS);
  const asked = { tenant, ranges, counters, metrics, most: MAX_ROWS };
  const reading = readRanges(store, asked, (cells) => rowsOf(cells, counters));
  const { taken } = await reading.catch((error: unknown) => {
    throw error instanceof TooManyRows ? tooManyRows("/query/window", MAX_ROWS) : error;
  });
  let at = 0;
  return all.map(({ query, buckets }) => {
    const totals = taken[at++] ?? [];
    const breakdown = buckets.flatMap((range) =>
      (taken[at++] ?? []).map((row) => ({ ...row, range, group: [] })),
    );
    return { query, metrics: totals, breakdown };
  });
}

/** From series, and from segments after them. */
async function summarizeLines(
  store: Store,
  tenant: string,
  { query, buckets, counters }: Asked,
  mostEvents: number,
): Promise<Summary> {
  const users = usersOf(query);
  const grouping = new Grouping({ ...query, users, buckets }, counters);
  let left = mostEvents;
  const { metrics: wanted } = query;
  const reading = { tenant, range: query, users, metrics: wanted };
  for await (const { lines, events } of linesOfRange(store, reading)) {
    left -= events;
    if (left < 0) throw tooManyEvents(mostEvents);
    grouping.add(lines);
  }
  const isBroken = query.groupBy.length > 0 || buckets.length > 0;
  const metrics = grouping.totals();
  return { query, metrics, breakdown: isBroken ? grouping.rows() : [] };
}

function tooManyEvents(most: number): Problem {
  const detail = `has more than ${most} events to read: name a user_id, or a later start_date`;
  return invalidField("/query/start_date", detail);
}

/** The users whose lines are read: a filter by user narrows those that are asked for. */
function usersOf({ users, filters }: SummaryQuery): readonly string[] | null {
  const filtered = filters.get(USER_KEY);
  if (filtered === undefined || users === null) return filtered ?? users;
  return users.filter((user) => filtered.includes(user));
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
  const asked = query.window !== null || query.groupBy.length > 0;
  const groupOf = (values: Breakdown["group"]) =>
    Object.fromEntries(query.groupBy.map((key, i) => [key, values[i] ?? null]));
  const rows = breakdown.map((row) => ({
    ...(row.range ? { start: timeText(row.range.startMs), end: timeText(row.range.endMs) } : {}),
    ...(query.groupBy.length === 0 ? {} : { group: groupOf(row.group) }),
    ...rowBody(row),
  }));
  const [user = null, ...others] = query.users ?? [];
  return {
    user_id: others.length === 0 ? user : null,
    ...(others.length === 0 ? {} : { user_ids: [user ?? "", ...others] }),
    period: { start: timeText(query.startMs), end: timeText(query.endMs) },
    metrics: metrics.map(rowBody),
    ...(asked ? { breakdown: rows } : {}),
  };
}
