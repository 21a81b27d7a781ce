/** Calendar days, `2026-11-01`, in a time zone. Pure. */
import type { DayRange } from "./model.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

/** True for an IANA zone that this runtime knows. */
export function isTimeZone(zone: string): boolean {
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const options = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const made = new Intl.DateTimeFormat("en-CA", options);
  formats.set(zone, made);
  return made;
}

/** The day that an instant falls on in a zone. */
export function dayIn(zone: string, ms: number): string {
  return formatOf(zone).format(ms);
}

/** The days of a half-open range of instants, both inclusive. */
export function daysIn(zone: string, startMs: number, endMs: number): DayRange {
  return { start: dayIn(zone, startMs), end: dayIn(zone, endMs - 1) };
}

const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;

/** True for a day that the calendar has. */
export function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isFinite(ms) && new Date(ms).toISOString().startsWith(text);
}
