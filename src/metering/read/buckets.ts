/** The windows that a summary is broken down by. Pure. */
import { Temporal } from "temporal-polyfill";
import { invalidField, type Problem } from "../../core/errors.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../core/time.ts";
import type { Range } from "../ledger/ledger.ts";

export const WINDOWS = ["minute", "hour", "day", "month"] as const;
export type SummaryWindow = (typeof WINDOWS)[number];
/** Windows that a summary has at most: the hours of a year, or the minutes of six days. */
export const MAX_BUCKETS = 9_000;

/**
 * The minutes, hours, days or months of a range in a time zone; the first and last may be cut
 * short. Errors: 422 for more than `MAX_BUCKETS`.
 */
export function bucketsOf(range: Range, window: SummaryWindow, timeZone: string): Range[] {
  const buckets: Range[] = [];
  const edges =
    window === "minute"
      ? lengthEdges(range, MINUTE_MS)
      : timeZone === "UTC"
        ? utcEdges(range, window)
        : zonedEdges(range, window, timeZone);
  let { startMs } = range;
  for (const edgeMs of edges) {
    if (startMs >= range.endMs) break;
    if (buckets.length >= MAX_BUCKETS) throw tooManyRows("/query/window", MAX_BUCKETS);
    const endMs = Math.min(edgeMs, range.endMs);
    buckets.push({ startMs, endMs });
    startMs = endMs;
  }
  return buckets;
}

/** Every zone's minutes are the same: offsets are whole minutes. */
function* lengthEdges({ startMs }: Range, lengthMs: number): Generator<number> {
  for (let edgeMs = (Math.floor(startMs / lengthMs) + 1) * lengthMs; ; edgeMs += lengthMs) {
    yield edgeMs;
  }
}

/** Where no clock is ever set, days and hours have a length. */
function utcEdges(range: Range, window: Exclude<SummaryWindow, "minute">): Iterable<number> {
  if (window !== "month") return lengthEdges(range, window === "day" ? DAY_MS : HOUR_MS);
  return monthEdges(range);
}

function* monthEdges({ startMs }: Range): Generator<number> {
  const start = new Date(startMs);
  for (let months = start.getUTCMonth() + 1; ; months++) {
    yield Date.UTC(start.getUTCFullYear(), months);
  }
}

function* zonedEdges(
  { startMs }: Range,
  window: SummaryWindow,
  timeZone: string,
): Generator<number> {
  let at = Temporal.Instant.fromEpochMilliseconds(startMs).toZonedDateTimeISO(timeZone);
  for (;;) {
    at = edgeAfter(at, window);
    yield at.epochMilliseconds;
  }
}

function edgeAfter(at: Temporal.ZonedDateTime, window: SummaryWindow): Temporal.ZonedDateTime {
  if (window === "day") return at.startOfDay().add({ days: 1 }).startOfDay();
  if (window === "month") return at.with({ day: 1 }).add({ months: 1 }).startOfDay();
  return hourAfter(at);
}

/** Where the local clock next shows a full hour, or another hour because it was set. */
function hourAfter(at: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  const localMs = at.epochMilliseconds + at.offsetNanoseconds / 1_000_000;
  const next = at.add({ milliseconds: HOUR_MS - (((localMs % HOUR_MS) + HOUR_MS) % HOUR_MS) });
  if (next.offsetNanoseconds === at.offsetNanoseconds) return next;
  const set = at.getTimeZoneTransition("next") ?? next;
  const isEdge = set.hour !== at.hour || set.minute === 0;
  return isEdge ? set : hourAfter(set);
}

const ASK_FOR_LESS = "name a metric_name, a shorter range or a longer window";

/** A 422 for what would give too many rows, or other `things`, with what to ask instead. */
export function tooManyRows(pointer: string, most: number, things = "rows"): Problem {
  return invalidField(pointer, `gives more than ${most} ${things} for this range: ${ASK_FOR_LESS}`);
}
