/** Time: epoch milliseconds inside, RFC 3339 UTC outside. Every time comes from a clock. */

/** Whoever needs the time is given one of these; a test tenant's stands where it was set. */
export interface Clock {
  now(): number;
}

/** A clock that stands still. */
export function fixedClock(nowMs: number): Clock {
  return { now: () => nowMs };
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** UTC quarter-hours are edges of every time zone's midnight. */
export const QUARTER_MS = 900_000;

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([Zz])|([+-])(\d\d):(\d\d))$/;

/** Epoch milliseconds of an RFC 3339 time with an offset, or null for any other text. */
export function parseTime(text: string): number | null {
  const match = RFC3339.exec(text);
  if (!match) return null;
  const [, year, month, day, hour, minute, second, fraction = "0", , sign, offH, offM] = match;
  const [y, mo, d] = [Number(year), Number(month), Number(day)];
  const [h, mi, s] = [Number(hour), Number(minute), Number(second)];
  if (mo < 1 || mo > 12 || d < 1 || d > daysInMonth(y, mo) || h > 23 || mi > 59 || s > 60) {
    return null;
  }
  const offsetMinutes = sign ? Number(offH) * 60 + Number(offM) : 0;
  if (offsetMinutes > 23 * 60 + 59 || Number(offM ?? 0) > 59) return null;
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3));
  const local = utc(y, mo, d) + h * HOUR_MS + mi * MINUTE_MS + Math.min(s, 59) * SECOND_MS + ms;
  return local - (sign === "-" ? -1 : 1) * offsetMinutes * MINUTE_MS;
}

function utc(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate();
}

/** RFC 3339 in UTC, milliseconds only where there are some. */
export function timeText(ms: number): string {
  const text = new Date(ms).toISOString();
  return text.endsWith(".000Z") ? `${text.slice(0, -5)}Z` : text;
}

/** The start of the UTC quarter-hour that holds `ms`, as its number since the epoch. */
export function quarterOf(ms: number): number {
  return Math.floor(ms / QUARTER_MS);
}
