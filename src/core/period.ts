/**
 * Billing periods: half-open spans [start, end) that are always derived from their anchor, in an
 * IANA time zone. A month's end clamps and the anchor's day comes back (Jan 31, Feb 28, Mar 31); a
 * local time in a DST gap is the first valid instant, in an overlap the earlier one.
 */
import { Temporal } from "temporal-polyfill";

export type Interval = "month" | "year";
/** `anniversary` counts from the anchor; `calendar` from the first of the month or of January. */
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
  const { year, month } = local;
  const first = { year, month: schedule.interval === "year" ? 1 : month, day: 1 };
  return Temporal.PlainDateTime.from(first);
}

function boundary(schedule: Schedule, origin: Temporal.PlainDateTime, n: number): number {
  if (n === 0 && schedule.anchor === "anniversary") return schedule.anchorMs;
  const step = schedule.interval === "year" ? { years: n } : { months: n };
  const local = origin.add(step, { overflow: "constrain" });
  let atMs = instantOf(local, schedule.timeZone);
  for (const zone of schedule.zones ?? []) {
    if (atMs > zone.atMs) atMs = instantOf(local, zone.timeZone);
  }
  return atMs;
}

/** Period `n` ≥ 0 of a schedule. */
export function periodAt(schedule: Schedule, n: number): Period {
  return periodFrom(schedule, originOf(schedule), n);
}

function periodFrom(schedule: Schedule, origin: Temporal.PlainDateTime, n: number): Period {
  const wholeStartMs = boundary(schedule, origin, n);
  const wholeEndMs = boundary(schedule, origin, n + 1);
  const startMs = n === 0 ? schedule.anchorMs : wholeStartMs;
  return { n, startMs, endMs: wholeEndMs, wholeStartMs, wholeEndMs };
}

/** The period that holds `atMs`, or null before the anchor. */
export function periodContaining(schedule: Schedule, atMs: number): Period | null {
  if (atMs < schedule.anchorMs) return null;
  const origin = originOf(schedule);
  const local = localOf(atMs, schedule.timeZone);
  const months = (local.year - origin.year) * 12 + local.month - origin.month;
  const guess = schedule.interval === "year" ? Math.floor(months / 12) : months;
  // Another zone's boundaries are up to a day later: one period more to look at.
  const before = schedule.zones?.length ? 2 : 1;
  for (let n = Math.max(guess - before, 0); ; n++) {
    const period = periodFrom(schedule, origin, n);
    if (atMs < period.endMs) return period;
  }
}
