/** Time: epoch milliseconds inside, RFC 3339 UTC outside. Every time comes from a clock. */
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
/** UTC quarter-hours are edges of every time zone's midnight. */
export const QUARTER_MS = 900_000;

const RFC3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Epoch milliseconds of an RFC 3339 time with an offset, or null for any other text. */
export function parseTime(text: string): number | null {
  if (!RFC3339.test(text)) return null;
  const two = (at: number) => digitAt(text, at) * 10 + digitAt(text, at + 1);
  const [y, mo, d] = [two(0) * 100 + two(2), two(5), two(8)];
  const [h, mi, s] = [two(11), two(14), two(17)];
  if (mo < 1 || mo > 12 || d < 1 || d > daysInMonth(y, mo) || h > 23 || mi > 59 || s > 60) {
    return null;
  }
  const sign = text.charAt(text.length - 6);
  const hasOffset = sign === "+" || sign === "-";
  const [offH, offM] = hasOffset ? [two(text.length - 5), two(text.length - 2)] : [0, 0];
  if (offH > 23 || offM > 59) return null;
  const local =
    daysTo(y, mo, d) * DAY_MS +
    h * HOUR_MS +
    mi * MINUTE_MS +
    Math.min(s, 59) * SECOND_MS +
    millisecondsOf(text);
  return local - (sign === "-" ? -1 : 1) * (offH * HOUR_MS + offM * MINUTE_MS);
}

const ZERO = 48;

function digitAt(text: string, at: number): number {
  return text.charCodeAt(at) - ZERO;
}

/** The milliseconds of a time's fraction, which is cut off after its third digit. */
function millisecondsOf(text: string): number {
  const POINT_AT = 19;
  if (text[POINT_AT] !== ".") return 0;
  let ms = 0;
  for (let weight = 100, at = POINT_AT + 1; weight >= 1; weight /= 10, at++) {
    const digit = digitAt(text, at);
    if (digit < 0 || digit > 9) break;
    ms += digit * weight;
  }
  return ms;
}

const DAYS_OF_400_YEARS = 146_097;
/** From 1 March of the year 0 to the epoch. */
const DAYS_TO_EPOCH = 719_468;

/** Days from the epoch to a date of the Gregorian calendar; its years begin in March here. */
function daysTo(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * DAYS_OF_400_YEARS + yearOfEra * 365 + leapDays + dayOfYear - DAYS_TO_EPOCH;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
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
