/**
 * Times as spreadsheets and exports write them: days in the order of a country, seconds since 1970,
 * the local time of a zone. What may be read in two ways is not read until an option says which.
 * Pure.
 */
import { Temporal } from "temporal-polyfill";
import { instantOf, isTimeZone } from "../../core/period.ts";
import { parseTime, QUARTER_MS, timeText } from "../../core/time.ts";
import { FileFault } from "./fault.ts";

/** Day, month and year in their order, or the count of seconds or milliseconds since 1970. */
export const DATE_FORMS = ["dmy", "mdy", "ymd", "s", "ms"] as const;
export type DateForm = (typeof DATE_FORMS)[number];

export type TimeOptions = {
  /** The form of times; told by each time unless given. */
  dates?: string | undefined;
  /** The zone of local times, such as Europe/Berlin; they are not read unless given. */
  zone?: string | undefined;
};

export type TimeRead = { text: string } | { fault: string };

const DAY = /^(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})/;
const CLOCK = /^(?:[T ,]+(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([AaPp])?\.?[Mm]?\.?)?$/;
const OFFSET = /\s*(Z|z|UTC|GMT|[+-]\d\d:?\d\d)$/;
/** Seconds from 2001 on, and milliseconds of the same time. */
const SECONDS = /^\d{9,10}(?:\.\d{1,9})?$/;
const MILLISECONDS = /^\d{12,13}$/;
const COUNT = /^\d{1,14}(?:\.\d{1,9})?$/;

/** Errors: `FileFault` for a form or a zone that is none. */
export function timeReader({ dates, zone }: TimeOptions): (cell: string) => TimeRead {
  const form = formOfName(dates);
  if (zone !== undefined && !isTimeZone(zone)) {
    throw new FileFault(`--zone is a time zone such as Europe/Berlin or UTC, not ${zone}`);
  }
  const instants = new LocalTimes(zone);
  return (cell) => {
    const text = cell.trim();
    // As the API takes it, but where somebody says that it is something else.
    if (form === null && parseTime(text) !== null) return { text };
    const counted = countedTime(text, form);
    return counted ?? dayTime(text, form, instants);
  };
}

function formOfName(dates: string | undefined): DateForm | null {
  if (dates === undefined) return null;
  const form = DATE_FORMS.find((known) => known === dates);
  if (form) return form;
  throw new FileFault(`--dates is one of ${DATE_FORMS.join(", ")}, not ${dates}`);
}

function countedTime(text: string, form: DateForm | null): TimeRead | null {
  const isSeconds = form === "s" ? COUNT.test(text) : form === null && SECONDS.test(text);
  const isMs = form === "ms" ? COUNT.test(text) : form === null && MILLISECONDS.test(text);
  if (isSeconds || isMs) {
    const ms = Math.floor(isMs ? Number(text) : Math.round(Number(text) * 1e6) / 1e3);
    if (ms <= LAST_MS) return { text: timeText(ms) };
  }
  if (form !== "s" && form !== "ms") return null;
  const unit = form === "s" ? "seconds" : "milliseconds";
  return { fault: `time ${text} is no count of ${unit} since 1970` };
}

const LAST_MS = Date.UTC(9999, 11, 31);

function dayTime(text: string, form: DateForm | null, instants: LocalTimes): TimeRead {
  const offset = OFFSET.exec(text)?.[1];
  const bare = offset === undefined ? text : text.replace(OFFSET, "");
  const day = DAY.exec(bare);
  const clock = day && CLOCK.exec(bare.slice(day[0].length));
  // What is no time at all stays, for the API to refuse.
  if (!day || !clock) return form === null ? { text } : { fault: `time ${text} cannot be read` };
  const [, first = "", mark = "", second = "", third = ""] = day;
  const parts = [Number(first), Number(second), Number(third)] as const;
  const order = orderOf(parts, first, mark, form);
  if (order === null) {
    return { fault: `date ${day[0]} can be read in two ways: say --dates dmy or mdy` };
  }
  const [year, month, date] = dateIn(parts, order);
  const local = localOf(year, month, date, clock);
  if (local === null) {
    const isDay = localOf(year, month, date, NO_CLOCK) !== null;
    return { fault: isDay ? `time ${text} cannot be read` : `date ${day[0]} is no day` };
  }
  if (offset !== undefined) return { text: timeText(local - offsetMs(offset)) };
  const ms = instants.of(local);
  return ms === null
    ? { fault: `time ${text} has no time zone: say --zone Europe/Berlin, or --zone UTC` }
    : { text: timeText(ms) };
}

type Order = "dmy" | "mdy" | "ymd";

/** The order of a date's parts; null where two are possible. */
function orderOf(
  [a, b]: readonly [number, number, number],
  first: string,
  mark: string,
  form: DateForm | null,
): Order | null {
  if (first.length === 4) return "ymd";
  if (form === "dmy" || form === "mdy" || form === "ymd") return form;
  if (mark === "." || a > 12) return "dmy";
  if (b > 12) return "mdy";
  return a === b ? "dmy" : null;
}

function dateIn(
  [a, b, c]: readonly [number, number, number],
  order: Order,
): [year: number, month: number, date: number] {
  if (order === "ymd") return [fullYear(a), b, c];
  return order === "dmy" ? [fullYear(c), b, a] : [fullYear(c), a, b];
}

function fullYear(year: number): number {
  return year < 100 ? 2_000 + year : year;
}

/** Of a day alone: its first instant. */
const NO_CLOCK: readonly string[] = [];

/** A local time as the milliseconds that it would be in UTC; null where there is no such time. */
function localOf(
  year: number,
  month: number,
  date: number,
  [, hour = "0", minute = "0", second = "0", fraction = "", half = ""]: readonly string[],
): number | null {
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const at = Date.UTC(year, month - 1, date);
  const isDay = year >= 1_000 && new Date(at).getUTCMonth() === month - 1 && date >= 1;
  if (!isDay || month < 1 || m > 59 || s > 59 || h > (half === "" ? 23 : 12)) return null;
  if (half !== "" && h === 0) return null;
  const hours = half === "" ? h : (h % 12) + (/p/i.test(half) ? 12 : 0);
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3));
  return at + ((hours * 60 + m) * 60 + s) * 1_000 + ms;
}

function offsetMs(offset: string): number {
  const [, sign, hours = "0", minutes = "0"] = /^([+-])(\d\d):?(\d\d)$/.exec(offset) ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** Quarter-hours whose instants are remembered. */
const MOST_QUARTERS = 20_000;

/** Instants of local times: in a gap the first one after it, in an overlap the earlier one. */
class LocalTimes {
  readonly #zone: string | undefined;
  readonly #quarters = new Map<number, number>();

  constructor(zone: string | undefined) {
    this.#zone = zone;
  }

  /** `local`: the milliseconds that the time would be in UTC. Null without a zone. */
  of(local: number): number | null {
    if (this.#zone === undefined) return null;
    if (this.#zone === "UTC") return local;
    const quarter = Math.floor(local / QUARTER_MS);
    const from = this.#quarter(this.#zone, quarter);
    const isEven = this.#quarter(this.#zone, quarter + 1) - from === QUARTER_MS;
    return isEven ? from + local - quarter * QUARTER_MS : instantIn(this.#zone, local);
  }

  #quarter(zone: string, quarter: number): number {
    const known = this.#quarters.get(quarter);
    if (known !== undefined) return known;
    if (this.#quarters.size >= MOST_QUARTERS) this.#quarters.clear();
    const at = instantIn(zone, quarter * QUARTER_MS);
    this.#quarters.set(quarter, at);
    return at;
  }
}

function instantIn(zone: string, local: number): number {
  const text = new Date(local).toISOString().slice(0, -1);
  return instantOf(Temporal.PlainDateTime.from(text), zone);
}

/** The form of dates that any of some times tells; null where none does. */
export function guessDates(times: readonly string[]): DateForm | null {
  for (const time of times) {
    const [, first = "", mark = "", second = "", third = ""] = DAY.exec(time.trim()) ?? [];
    if (first === "" || first.length === 4) continue;
    const order = orderOf([Number(first), Number(second), Number(third)], first, mark, null);
    if (order !== null && Number(first) !== Number(second)) return order;
  }
  return null;
}
