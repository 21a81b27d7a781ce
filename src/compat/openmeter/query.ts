/**
 * OpenMeter's queries of a meter, as parameters or as a body; and rows as its answers have them, in
 * JSON and in CSV. Pure.
 */
import { Temporal } from "temporal-polyfill";
import { fixedText } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import { isTimeZone } from "../../core/period.ts";
import { QUANTITY_DECIMALS, quantityJson } from "../../core/quantity.ts";
import { MINUTE_MS, parseTime, SECOND_MS, timeText } from "../../core/time.ts";
import type { Fields } from "../../metering/intake/foreign.ts";
import type { Range } from "../../metering/ledger/ledger.ts";
import { type SummaryWindow, WINDOWS } from "../../metering/read/buckets.ts";
import { fieldsOf, listIn, textIn } from "../common/fields.ts";

export type MeterQuery = {
  /** Whole seconds; null for the beginning of time, and for now. */
  fromMs: number | null;
  toMs: number | null;
  window: SummaryWindow | null;
  timeZone: string;
  subjects: readonly string[] | null;
  customers: readonly string[] | null;
  /** The meter's own groups, in the order in which they are asked for. */
  groups: readonly string[];
  /** True where each subject, or each customer, has rows of its own. */
  bySubject: boolean;
  byCustomer: boolean;
  filters: ReadonlyMap<string, readonly string[]>;
};

const SUBJECT = "subject";
const CUSTOMER = "customer_id";
const MAX_NAMES = 100;
const MAX_TEXT = 400;

/** What is asked for by parameters; objects are written `filterGroupBy[model]=x`. Errors: 422. */
export function queryOfParams(params: URLSearchParams): MeterQuery {
  const filterGroupBy: Record<string, string[]> = {};
  for (const [name, value] of params) {
    const key = /^filterGroupBy\[([^\]]+)\](?:\[\])?$/.exec(name)?.[1];
    if (key === undefined) continue;
    filterGroupBy[key] = [...(filterGroupBy[key] ?? []), value];
  }
  const all = (name: string) => (params.has(name) ? params.getAll(name) : undefined);
  const one = (name: string) => params.get(name) ?? undefined;
  return queryOf({
    from: one("from"),
    to: one("to"),
    windowSize: one("windowSize"),
    windowTimeZone: one("windowTimeZone"),
    subject: all("subject"),
    groupBy: all("groupBy"),
    filterCustomerId: all("filterCustomerId"),
    filterGroupBy,
    ...(params.has("advancedMeterGroupByFilters") ? { advancedMeterGroupByFilters: {} } : {}),
  });
}

/** What a body asks for. Errors: 422. */
export function queryOfBody(body: unknown): MeterQuery {
  return queryOf(fieldsOf(body));
}

function queryOf(fields: Fields): MeterQuery {
  if (fields.advancedMeterGroupByFilters !== undefined) {
    throw invalidField("/advancedMeterGroupByFilters", "is not here: use filterGroupBy");
  }
  const fromMs = secondIn(fields, "from");
  const toMs = secondIn(fields, "to");
  if (fromMs !== null && toMs !== null && fromMs >= toMs)
    throw invalidField("/to", "is after from");
  const timeZone = textIn(fields, "windowTimeZone", 60) ?? "UTC";
  if (!isTimeZone(timeZone)) {
    throw invalidField("/windowTimeZone", "is an IANA time zone, such as Europe/Berlin");
  }
  const subjects = listIn(fields, "subject", MAX_NAMES);
  const customers = listIn(fields, "filterCustomerId", MAX_NAMES);
  const groupBy = listIn(fields, "groupBy", MAX_NAMES) ?? [];
  const groups = [...new Set(groupBy)].filter((key) => key !== SUBJECT && key !== CUSTOMER);
  return {
    fromMs,
    toMs,
    window: windowIn(fields),
    timeZone,
    subjects,
    customers,
    groups,
    bySubject: subjects !== null || groupBy.includes(SUBJECT),
    byCustomer: customers !== null || groupBy.includes(CUSTOMER),
    filters: filtersIn(fields),
  };
}

function secondIn(fields: Fields, name: string): number | null {
  const text = textIn(fields, name, MAX_TEXT);
  if (text === null) return null;
  const ms = parseTime(text);
  if (ms === null) throw invalidField(`/${name}`, "is an RFC 3339 time");
  return Math.floor(ms / SECOND_MS) * SECOND_MS;
}

function windowIn(fields: Fields): SummaryWindow | null {
  const { windowSize } = fields;
  if (windowSize === undefined || windowSize === null) return null;
  const found = WINDOWS.find((window) => window.toUpperCase() === windowSize);
  if (found !== undefined) return found;
  const names = WINDOWS.map((window) => window.toUpperCase()).join(", ");
  throw invalidField("/windowSize", `is one of ${names}`);
}

function filtersIn(fields: Fields): Map<string, readonly string[]> {
  const { filterGroupBy = {} } = fields;
  const object = fieldsOf(filterGroupBy ?? {}, "/filterGroupBy");
  const filters = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(object)) {
    const values =
      typeof value === "string" ? [value] : listIn(object, key, MAX_NAMES, "/filterGroupBy");
    if (values !== null) filters.set(key, values);
  }
  return filters;
}

/** Errors: 422 for a group or a filter that the meter does not have. */
export function insistGroups({ groups, filters }: MeterQuery, of: readonly string[]): void {
  for (const key of groups) {
    if (of.includes(key)) continue;
    throw invalidField("/groupBy", `${key} is not a group of this meter: ${named(of)}`);
  }
  for (const key of filters.keys()) {
    if (of.includes(key)) continue;
    throw invalidField(`/filterGroupBy/${key}`, `is not a group of this meter: ${named(of)}`);
  }
}

function named(groups: readonly string[]): string {
  return groups.length === 0 ? "it has none" : `it has ${groups.join(", ")}`;
}

/** What one window, subject and group come to. */
export type MeterRow = {
  valueMicro: bigint;
  events: number;
  firstMs: number;
  lastMs: number;
  /** The whole window, also where a part of it was asked for; null without windows. */
  window: Range | null;
  subject: string | null;
  customer: string | null;
  /** In the order of the query's groups. */
  group: readonly (string | null)[];
};

/** The whole window that holds an instant, in a time zone. */
export function windowAt(ms: number, window: SummaryWindow, timeZone: string): Range {
  const at = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  if (window === "day" || window === "month") {
    const day = window === "day" ? at.startOfDay() : at.with({ day: 1 }).startOfDay();
    const next = day.add(window === "day" ? { days: 1 } : { months: 1 }).startOfDay();
    return { startMs: day.epochMilliseconds, endMs: next.epochMilliseconds };
  }
  const unitMs = window === "hour" ? 60 * MINUTE_MS : MINUTE_MS;
  const offsetMs = at.offsetNanoseconds / 1_000_000;
  const startMs = Math.floor((ms + offsetMs) / unitMs) * unitMs - offsetMs;
  return { startMs, endMs: startMs + unitMs };
}

/** The window that a row stands for: whole ones, or from its first event's minute to its last's. */
function spanOf({ window, firstMs, lastMs }: MeterRow): Range {
  if (window !== null) return window;
  const startMs = Math.floor(firstMs / MINUTE_MS) * MINUTE_MS;
  return { startMs, endMs: (Math.floor(lastMs / MINUTE_MS) + 1) * MINUTE_MS };
}

/** Rows in the order of their windows, subjects and groups. */
export function sorted(rows: readonly MeterRow[]): MeterRow[] {
  const key = (row: MeterRow) => [row.customer ?? "", row.subject ?? "", ...row.group].join("\n");
  return [...rows].sort((a, b) => {
    const byTime = (a.window?.startMs ?? 0) - (b.window?.startMs ?? 0);
    if (byTime !== 0) return byTime;
    return key(a) < key(b) ? -1 : 1;
  });
}

/** The answer to a query. */
export function resultBody(query: MeterQuery, rows: readonly MeterRow[]) {
  const { fromMs, toMs, window } = query;
  return {
    ...(fromMs === null ? {} : { from: timeText(fromMs) }),
    ...(toMs === null ? {} : { to: timeText(toMs) }),
    ...(window === null ? {} : { windowSize: window.toUpperCase() }),
    data: rows.map((row) => {
      const { startMs, endMs } = spanOf(row);
      return {
        value: quantityJson(row.valueMicro),
        windowStart: timeText(startMs),
        windowEnd: timeText(endMs),
        subject: row.subject,
        ...(row.customer === null ? {} : { customerId: row.customer }),
        groupBy: Object.fromEntries(query.groups.map((key, i) => [key, row.group[i] ?? null])),
      };
    }),
  };
}

/** The answer as CSV, with a column of what subjects are called where one has a name. */
export function resultCsv(
  query: MeterQuery,
  rows: readonly MeterRow[],
  names: ReadonlyMap<string, string>,
): string {
  const { bySubject, byCustomer, groups } = query;
  const hasNames = bySubject && names.size > 0;
  const head = [
    "window_start",
    "window_end",
    ...(bySubject ? [SUBJECT] : []),
    ...(hasNames ? ["subject_display_name"] : []),
    ...(byCustomer ? [CUSTOMER] : []),
    ...groups,
    "value",
  ];
  const lines = rows.map((row) => {
    const { startMs, endMs } = spanOf(row);
    return [
      timeText(startMs),
      timeText(endMs),
      ...(bySubject ? [row.subject ?? ""] : []),
      ...(hasNames ? [names.get(row.subject ?? "") ?? ""] : []),
      ...(byCustomer ? [row.customer ?? ""] : []),
      ...row.group.map((value) => value ?? ""),
      fixedText(row.valueMicro, QUANTITY_DECIMALS),
    ];
  });
  return [head, ...lines].map((cells) => `${cells.map(cell).join(",")}\n`).join("");
}

/** A cell as RFC 4180 quotes it. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
