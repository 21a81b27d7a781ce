/**
 * Billing periods: half-open spans [start, end) that are always derived from their anchor, in an
 * IANA time zone. A month's end clamps and the anchor's day comes back (Jan 31, Feb 28, Mar 31); a
 * week is seven local days. A local time in a DST gap is the first valid instant, in an overlap the
 * earlier one.
 */
import { Temporal } from "temporal-polyfill";
import { evictOldest } from "./recent.ts";
import { DAY_MS, HOUR_MS } from "./time.ts";

/** How long periods are, ascending. */
export const INTERVALS = ["week", "month", "quarter", "half_year", "year"] as const;
export type Interval = (typeof INTERVALS)[number];

/** The months of an interval; null: it is seven days. */
const MONTHS: Readonly<Record<Interval, number | null>> = {
  week: null,
  month: 1,
  quarter: 3,
  half_year: 6,
  year: 12,
};
const DAYS_OF_WEEK = 7;
/** With the hour that a night may have more. */
const LONGEST_WEEK_MS = DAYS_OF_WEEK * DAY_MS + HOUR_MS;
const LONGEST_MONTH_MS = 31 * DAY_MS + HOUR_MS;

/**
 * `anniversary` counts from the anchor; `calendar` from where the calendar begins such an interval:
 * a Monday, or the first of a month, of a quarter (January, April, July, October), of a half-year
 * (January, July) or of January.
 */
export type AnchorKind = "anniversary" | "calendar";

export type Schedule = {
  interval: Interval;
  anchor: AnchorKind;
  timeZone: string;
  /** Where period 0 starts. */
  anchorMs: number;
  /** Zones that boundaries after an instant are counted in instead, ascending. */
  zones?: readonly Zone[];
};

/** From a boundary at `atMs` on, local times are those of another zone. */
export type Zone = { atMs: number; timeZone: string };

/**
 * The full interval that fees and allowances are for; longer than its period only where a calendar
 * anchor makes the first one a stub, or an end cuts it short.
 */
export type Whole = { wholeStartMs: number; wholeEndMs: number };

export type Period = Whole & { n: number; startMs: number; endMs: number };

/** Whether a cycle is so many whole intervals: each of its boundaries is one of theirs. */
export function fitsInto(interval: Interval, cycle: Interval): boolean {
  const [part, whole] = [MONTHS[interval], MONTHS[cycle]];
  return part === null || whole === null ? part === whole : whole % part === 0;
}

/** True for a zone of the IANA database; offsets such as `+02:00` are not zones. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z][\w+/-]*$/.test(text)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: text });
    return true;
  } catch {
    return false;
  }
}

/** The instant of a local time: the first valid one in a gap, the earlier one in an overlap. */
export function instantOf(local: Temporal.PlainDateTime, timeZone: string): number {
  const zoned = local.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  if (zoned.toPlainDateTime().equals(local)) return zoned.epochMilliseconds;
  const firstValid = zoned.getTimeZoneTransition("next");
  return (firstValid ?? zoned).epochMilliseconds;
}

/** Midnight, or the day's first instant, of an ISO date such as `2026-01-31`; null for no date. */
export function startOfDay(date: string, timeZone: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return null;
  try {
    const day = Temporal.PlainDate.from(date, { overflow: "reject" });
    return instantOf(day.toPlainDateTime(), timeZone);
  } catch {
    return null;
  }
}

/** The local calendar date of an instant, as `2026-01-31`. */
export function dateText(atMs: number, timeZone: string): string {
  return localOf(atMs, timeZone).toPlainDate().toString();
}

function localOf(atMs: number, timeZone: string): Temporal.PlainDateTime {
  return Temporal.Instant.fromEpochMilliseconds(atMs)
    .toZonedDateTimeISO(timeZone)
    .toPlainDateTime();
}

/** The local time from which every boundary is counted. */
function originOf(schedule: Schedule): Temporal.PlainDateTime {
  const local = localOf(schedule.anchorMs, schedule.timeZone);
  if (schedule.anchor === "anniversary") return local;
  const months = MONTHS[schedule.interval];
  if (months === null) {
    const monday = local.toPlainDate().subtract({ days: local.dayOfWeek - 1 });
    return monday.toPlainDateTime();
  }
  const { year, month } = local;
  return Temporal.PlainDateTime.from({ year, month: month - ((month - 1) % months), day: 1 });
}

/** Boundaries that were counted last: a page asks for those of the same periods many times. */
const boundaries = new Map<string, number>();
const MOST_BOUNDARIES = 5_000;

/** Where period `n` begins, were it a whole one. */
function boundary(schedule: Schedule, n: number): number {
  const { interval, anchor, timeZone, anchorMs, zones = [] } = schedule;
  if (n === 0 && anchor === "anniversary") return anchorMs;
  const moved = zones.map((zone) => `${zone.atMs} ${zone.timeZone}`);
  const key = [n, anchorMs, interval, anchor, timeZone, ...moved].join(" ");
  const known = boundaries.get(key);
  if (known !== undefined) return known;
  const atMs = countedBoundary(schedule, n);
  evictOldest(boundaries, MOST_BOUNDARIES);
  boundaries.set(key, atMs);
  return atMs;
}

function countedBoundary(schedule: Schedule, n: number): number {
  const months = MONTHS[schedule.interval];
  const step = months === null ? { days: n * DAYS_OF_WEEK } : { months: n * months };
  const local = originOf(schedule).add(step, { overflow: "constrain" });
  let atMs = instantOf(local, schedule.timeZone);
  for (const zone of schedule.zones ?? []) {
    if (atMs > zone.atMs) atMs = instantOf(local, zone.timeZone);
  }
  return atMs;
}

/** Period `n` ≥ 0 of a schedule. */
export function periodAt(schedule: Schedule, n: number): Period {
  const wholeStartMs = boundary(schedule, n);
  const wholeEndMs = boundary(schedule, n + 1);
  const startMs = n === 0 ? schedule.anchorMs : wholeStartMs;
  return { n, startMs, endMs: wholeEndMs, wholeStartMs, wholeEndMs };
}

/** The period that holds `atMs`, or null before the anchor. */
export function periodContaining(schedule: Schedule, atMs: number): Period | null {
  if (atMs < schedule.anchorMs) return null;
  const months = MONTHS[schedule.interval];
  const longestMs = months === null ? LONGEST_WEEK_MS : months * LONGEST_MONTH_MS;
  // No boundary is later than so many of the longest, but for another zone's, up to a day.
  const first = Math.floor((atMs - schedule.anchorMs) / longestMs) - 1;
  for (let n = Math.max(first, 0); ; n++) {
    if (atMs < boundary(schedule, n + 1)) return periodAt(schedule, n);
  }
}
