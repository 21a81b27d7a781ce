/** Pure. The range of time that the usage page shows, and the one before it to compare with. */
import { Temporal } from "temporal-polyfill";
import { invalidField } from "../../core/errors.ts";
import { startOfDay } from "../../core/period.ts";
import { remembered } from "../../core/recent.ts";
import { DAY_MS, parseTime, QUARTER_MS, timeText } from "../../core/time.ts";
import type { Field } from "../form/form.ts";

export const RANGES = ["month", "last_month", "week", "day", "year", "custom"] as const;
/** Windows that a chart has bars for; minutes are for programs. */
const PAGE_WINDOWS = ["hour", "day", "month"] as const;
export type PageWindow = (typeof PAGE_WINDOWS)[number];
export type RangeName = (typeof RANGES)[number];

export type UsageRange = {
  name: RangeName;
  startMs: number;
  endMs: number;
  /** What it is compared with: the same part of the month, day, week or year before. */
  before: { startMs: number; endMs: number };
  window: PageWindow;
  timeZone: string;
};

/** The time at which a day begins in UTC, `later` days on; text that is no day stays as it is. */
function dayStart(day = "", later = 0): string {
  const ms = parseTime(`${day}T00:00:00Z`);
  return ms === null ? day : timeText(ms + later * DAY_MS);
}

type Query = Readonly<Record<string, string | undefined>>;

/** What a page's query says of each filter, as its form shows it: blanks cut, "" for none. */
export function filtersOf(fields: readonly Pick<Field, "pointer">[], query: Query) {
  const names = fields.map(({ pointer }) => pointer.slice(1));
  return Object.fromEntries(names.map((name) => [name, (query[name] ?? "").trim()]));
}

/** The same filters as an operation takes them: the days as times, the last one to its end. */
export function asked(filters: Readonly<Record<string, string>>): Record<string, string> {
  const start_date = dayStart(filters.start_date);
  return { ...filters, start_date, end_date: dayStart(filters.end_date, 1) };
}

/** The range that a page's query names, this month unless it says otherwise. Errors: 422. */
export function usageRange(query: Query, nowMs: number, timeZone: string): UsageRange {
  const range = pick(RANGES, query.range, "month", "/range");
  const span = range === "custom" ? customSpan(query, timeZone) : spanNow(range, nowMs, timeZone);
  const window = pick(PAGE_WINDOWS, query.window || undefined, windowFor(span), "/window");
  const before = (range === "custom" ? beforeOf : beforeNamed)(range, span, timeZone);
  return { name: range, ...span, before, window, timeZone };
}

/** The calendar takes a twentieth of a page, and says the same for a quarter of an hour. */
const KEPT_SPANS = 500;
const keptBefore = remembered(KEPT_SPANS, (of) => {
  const [range, startMs, endMs, timeZone = ""] = of.split(" ");
  return beforeOf(range as RangeName, { startMs: Number(startMs), endMs: Number(endMs) }, timeZone);
});

/** The same as `beforeOf`: of an end within a quarter-hour all that counts is within which one. */
function beforeNamed(range: RangeName, { startMs, endMs }: Span, timeZone: string): Span {
  const ends = endMs % QUARTER_MS === 0 ? endMs : Math.ceil(endMs / QUARTER_MS) * QUARTER_MS - 1;
  return keptBefore(`${range} ${startMs} ${ends} ${timeZone}`);
}

const keptSpan = remembered(KEPT_SPANS, (of) => {
  const [range, quarterMs, timeZone = ""] = of.split(" ");
  const at = Temporal.Instant.fromEpochMilliseconds(Number(quarterMs));
  return namedSpan(range as Named, at.toZonedDateTimeISO(timeZone));
});

/** A named range as it is now. */
function spanNow(range: Named, nowMs: number, timeZone: string): Span {
  const quarterMs = Math.floor(nowMs / QUARTER_MS) * QUARTER_MS;
  const span = keptSpan(`${range} ${quarterMs} ${timeZone}`);
  return range === "last_month" ? span : { ...span, endMs: nowMs + 1 };
}

function pick<T extends string>(
  known: readonly T[],
  given: string | undefined,
  otherwise: T,
  pointer: string,
): T {
  const found = given === undefined ? otherwise : known.find((name) => name === given);
  if (found === undefined) throw invalidField(pointer, `is one of ${known.join(", ")}`);
  return found;
}

type Span = { startMs: number; endMs: number };
type Named = Exclude<RangeName, "custom">;

function namedSpan(range: Named, now: Temporal.ZonedDateTime): Span {
  const month = now.with({ day: 1 }).startOfDay();
  const endMs = now.epochMilliseconds + 1;
  const from = (start: Temporal.ZonedDateTime) => ({ startMs: start.epochMilliseconds, endMs });
  switch (range) {
    case "month":
      return from(month);
    case "last_month":
      return {
        startMs: month.subtract({ months: 1 }).epochMilliseconds,
        endMs: month.epochMilliseconds,
      };
    case "day":
      return from(now.startOfDay());
    case "week":
      return from(now.subtract({ days: 6 }).startOfDay());
    case "year":
      return from(month.subtract({ months: 11 }));
  }
}

function customSpan({ from = "", to = "" }: Query, timeZone: string): Span {
  const startMs = startOfDay(from, timeZone);
  const last = startOfDay(to, timeZone);
  if (startMs === null) throw invalidField("/from", "is a day, such as 2026-01-31");
  if (last === null || last < startMs) throw invalidField("/to", "is a day, not before the first");
  const end = Temporal.PlainDate.from(to).add({ days: 1 }).toString();
  return { startMs, endMs: startOfDay(end, timeZone) ?? last };
}

function windowFor({ startMs, endMs }: Span): PageWindow {
  if (endMs - startMs <= 2 * DAY_MS) return "hour";
  return endMs - startMs <= 100 * DAY_MS ? "day" : "month";
}

/**
 * What a range is compared with: as long a time of the month, the day, the week or the year before,
 * so that half a month stands beside half a month. It ends with a quarter-hour, as rollups do.
 */
function beforeOf(range: RangeName, { startMs, endMs }: Span, timeZone: string): Span {
  const at = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
  const [start, end] = [at(startMs), at(endMs)];
  const back = backBy(range, start, end);
  const last = end.subtract(back);
  // The 31st has no day before it in a month of 30: then the whole month stands beside.
  const isWhole = range === "month" && last.day !== end.day;
  const lastMs = isWhole ? startMs : last.epochMilliseconds;
  return {
    startMs: start.subtract(back).epochMilliseconds,
    endMs: Math.min(startMs, Math.ceil(lastMs / QUARTER_MS) * QUARTER_MS),
  };
}

function backBy(range: RangeName, start: Temporal.ZonedDateTime, end: Temporal.ZonedDateTime) {
  switch (range) {
    case "month":
    case "last_month":
      return Temporal.Duration.from({ months: 1 });
    case "year":
      return Temporal.Duration.from({ months: 12 });
    case "day":
      return Temporal.Duration.from({ days: 1 });
    case "week":
      return Temporal.Duration.from({ days: 7 });
    case "custom":
      return start.until(end, { largestUnit: "day" });
  }
}

/** The label of a bucket that begins at `startMs`, short enough for an axis. */
export function bucketLabel(
  startMs: number,
  window: PageWindow,
  timeZone: string,
  locale: string,
): string {
  return labelFormat(`${window} ${locale} ${timeZone}`).format(startMs);
}

/** What a range is compared with, in words: its first day, and its last or the time it ends at. */
export function beforeLabel({ before, timeZone }: UsageRange, locale: string): string {
  const end = Temporal.Instant.fromEpochMilliseconds(before.endMs).toZonedDateTimeISO(timeZone);
  const isWhole = end.equals(end.startOfDay());
  const first = bucketLabel(before.startMs, "day", timeZone, locale);
  const last = isWhole
    ? bucketLabel(before.endMs - 1, "day", timeZone, locale)
    : bucketLabel(before.endMs, "hour", timeZone, locale);
  return first === last ? first : `${first} – ${last}`;
}

const PARTS: Record<PageWindow, Intl.DateTimeFormatOptions> = {
  hour: { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" },
  day: { day: "numeric", month: "short" },
  month: { month: "short", year: "numeric" },
};

const KEPT_FORMATS = 100;
/** Of a window, a locale and a zone: making one takes longer than all labels of a chart. */
const labelFormat = remembered(KEPT_FORMATS, (of) => {
  const [window = "day", locale, timeZone] = of.split(" ");
  return new Intl.DateTimeFormat(locale, { ...PARTS[window as PageWindow], timeZone });
});

/** Change from `before` to `now` in hundredths of a percent; null from nothing. */
export function changeBasisPoints(now: bigint, before: bigint): bigint | null {
  return before === 0n ? null : ((now - before) * 10_000n) / before;
}
