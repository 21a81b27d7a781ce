/**
 * Time zones of the model of lives, by Intl alone: period n begins at the anchor's local time + n
 * weeks, or + n times its months, clamped to the month's end; in a gap at the first valid instant,
 * in an overlap at the earlier one.
 */

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

/** The local time of an instant, as if it were UTC. */
function wallOf(at: number, zone: string): number {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat("en", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  formats.set(zone, format);
  const part: Record<string, number> = {};
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000);
}

/** The instant of a local time. */
export function instantAt(wall: number, zone: string): number {
  const offset = (at: number) => wallOf(at, zone) - at;
  let [before, after] = [wall - DAY, wall + DAY];
  const [was, is] = [offset(before), offset(after)];
  if (was === is) return wall - was;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offset(middle) === was) before = middle;
    else after = middle;
  }
  if (wall - was < after) return wall - was;
  return Math.max(wall - is, after);
}

/** The local day of an instant, as 2026-01-31. */
export function dayAt(at: number, zone: string): string {
  return new Date(wallOf(at, zone)).toISOString().slice(0, 10);
}

/** A zone that boundaries after an instant are counted in. */
export type Move = { at: number; zone: string };

export type Counting = {
  anchor: number;
  calendar: boolean;
  zone: string;
  moves: readonly Move[];
};

/** How long an interval is: so many weeks, or so many months. */
export type Length = { weeks: number } | { months: number };

/** Boundary n of intervals of a length; 0 is where the first whole one begins. */
export function boundary({ anchor, calendar, zone, moves }: Counting, length: Length, n: number) {
  if (n === 0 && !calendar) return anchor;
  const local = new Date(wallOf(anchor, zone));
  const wall =
    "weeks" in length
      ? weeksAfter(local, calendar, n * length.weeks)
      : monthsAfter(local, calendar, length.months, n);
  let at = instantAt(wall, zone);
  for (const move of moves) if (at > move.at) at = instantAt(wall, move.zone);
  return at;
}

/** A calendar's weeks begin on Mondays. */
function weeksAfter(local: Date, calendar: boolean, weeks: number): number {
  const sinceMonday = (local.getUTCDay() + 6) % 7;
  const first = calendar ? startOfDay(local) - sinceMonday * DAY : local.getTime();
  return first + weeks * 7 * DAY;
}

/** A calendar's quarters, half-years and years begin so that one of them begins in January. */
function monthsAfter(local: Date, calendar: boolean, months: number, n: number): number {
  const own = local.getUTCMonth();
  const month = (calendar ? Math.floor(own / months) * months : own) + n * months;
  const year = local.getUTCFullYear();
  const days = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = calendar ? 1 : Math.min(local.getUTCDate(), days);
  return Date.UTC(year, month, day) + (calendar ? 0 : local.getTime() - startOfDay(local));
}

function startOfDay(local: Date): number {
  return Math.floor(local.getTime() / DAY) * DAY;
}

export type Span = { start: number; end: number };
export type Interval = Span & { from: number; to: number };

/** Interval n, from its start or the anchor; `from` and `to` are those of the whole. */
export function interval(counting: Counting, length: Length, n: number): Interval {
  const [from, to] = [boundary(counting, length, n), boundary(counting, length, n + 1)];
  return { start: n === 0 ? counting.anchor : from, end: to, from, to };
}

/** The interval that holds an instant at or after the anchor. */
export function intervalAt(counting: Counting, length: Length, at: number): Interval {
  for (let n = 0; ; n++) {
    const found = interval(counting, length, n);
    if (at < found.end) return found;
  }
}
