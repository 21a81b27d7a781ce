/** Segments: journal lines compressed for the ledger, and what they add up to. Pure. */
import { gunzipSync, gzipSync } from "node:zlib";
import { quarterOf } from "../core/time.ts";
import { addEvent, type Cell, counterOf, emptyCell, mergeCell } from "./counter.ts";
import { cutLines, type LineTuple } from "./line.ts";
import { LineScanner } from "./scan.ts";
import type { Counter } from "./terms.ts";

/**
 * How the ledger's bytes are compressed. Level 1 is a third larger than the slowest level; lines
 * resemble those just before them, so that a window of 8 KB finds as much as one of 32 KB, faster.
 */
export const GZIP = { level: 1, windowBits: 13 };

/** Lines as they are stored: half a microsecond an event. */
export function packLines(body: string): Uint8Array {
  return gzipSync(body, GZIP);
}

/** The text that was packed. */
export function unpackText(body: Uint8Array): string {
  return gunzipSync(body).toString("utf8");
}

/** Hexadecimal text: bound through `unhex(?)`, six times faster than a bound buffer. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

const DIGITS = new Uint8Array(128);
for (let digit = 0; digit < 16; digit++) {
  const text = digit.toString(16);
  DIGITS[text.charCodeAt(0)] = digit;
  DIGITS[text.toUpperCase().charCodeAt(0)] = digit;
}

/** The bytes of hexadecimal text; twice as fast as Buffer's own. */
export function bytesOfHex(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0, at = 0; i < bytes.length; i++, at += 2) {
    const upper = DIGITS[hex.charCodeAt(at)] as number;
    bytes[i] = (upper << 4) | (DIGITS[hex.charCodeAt(at + 1)] as number);
  }
  return bytes;
}

/** A metric's events within one quarter-hour. */
export type Rollup = {
  metric: string;
  quarter: number;
  totalMicro: bigint;
  count: number;
  firstMs: number;
  lastMs: number;
};

/** Some lines of a body: from the one at index `from` to the one before `to`. */
export type Piece = { from: number; to: number; body: string };

/** A body of `n` lines as pieces of at most `maxEvents`. */
export function piecesOf(body: string, n: number, maxEvents: number): Piece[] {
  return cutLines(body, maxEvents).map((piece, i) => {
    const from = i * maxEvents;
    return { from, to: Math.min(n, from + maxEvents), body: piece };
  });
}

/** The times that lines span, and the quarter-hours in which there are any. */
export type Span = { tsMin: number; tsMax: number; quarters: number[] };

export function spanOf(tuples: readonly LineTuple[]): Span {
  const quarters = new Set<number>();
  let [tsMin, tsMax] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [, , , atMs] of tuples) {
    if (atMs < tsMin) tsMin = atMs;
    if (atMs > tsMax) tsMax = atMs;
    quarters.add(quarterOf(atMs));
  }
  return { tsMin, tsMax, quarters: [...quarters] };
}

export type Rolled = {
  rollups: Rollup[];
  /** Per quarter, for metrics that do not add up. */
  levels: { quarter: number; cell: Cell }[];
  metrics: string[];
};

/**
 * What lines come to without being looked at, from the sums of their batches: where all lie in one
 * quarter-hour, of metrics whose quarters need no level. Null where that is not so.
 */
export function rolledSums(
  sums: readonly Cell[],
  counters: ReadonlyMap<string, Counter>,
): { rolled: Rolled; span: Span } | null {
  const tsMin = sums.reduce((min, { firstMs }) => Math.min(min, firstMs), Number.POSITIVE_INFINITY);
  const tsMax = sums.reduce((max, { lastMs }) => Math.max(max, lastMs), 0);
  const quarter = quarterOf(tsMin);
  if (quarterOf(tsMax) !== quarter) return null;
  if (sums.some(({ metric }) => hasLevel(counterOf(counters, metric)))) return null;
  const cells = new Map<string, Cell>();
  for (const sum of sums) {
    const cell = cells.get(sum.metric);
    if (cell) mergeCell(cell, sum);
    else cells.set(sum.metric, { ...sum, values: null });
  }
  const rollups = [...cells.values()].map(({ metric, sumMicro, events, firstMs, lastMs }) => {
    return { metric, quarter, totalMicro: sumMicro, count: events, firstMs, lastMs };
  });
  const span = { tsMin, tsMax, quarters: [quarter] };
  return { rolled: { rollups, levels: [], metrics: [...cells.keys()] }, span };
}

/**
 * What the lines of a body come to, read as text, and the span of each `maxEvents` of them. Null
 * where one of them is a void or of a metric whose quarter needs more than a total and a count.
 */
export function scanRolled(
  body: string,
  counters: ReadonlyMap<string, Counter>,
  maxEvents: number,
): { rolled: Rolled; spans: Span[] } | null {
  const metrics = new Map<string, Map<number, Place>>();
  const spans: Span[] = [];
  const lines = new LineScanner(body);
  let quarters = new Set<number>();
  let span: Span = { tsMin: 0, tsMax: 0, quarters: [] };
  for (let i = 0; lines.next(); i++) {
    const { metric, micro, atMs, voids } = lines;
    const quarter = quarterOf(atMs);
    if (i % maxEvents === 0) {
      span.quarters = [...quarters];
      quarters = new Set();
      span = { tsMin: atMs, tsMax: atMs, quarters: [] };
      spans.push(span);
    }
    quarters.add(quarter);
    if (atMs < span.tsMin) span.tsMin = atMs;
    if (atMs > span.tsMax) span.tsMax = atMs;
    if (voids) return null;
    const isNew = !metrics.has(metric);
    if (isNew && hasLevel(counterOf(counters, metric))) return null;
    addTo(placeOf(metrics, metric, quarter), micro, atMs);
  }
  span.quarters = [...quarters];
  const rollups = [...metrics.values()].flatMap((places) => [...places.values()]);
  rollups.forEach(settle);
  return { rolled: { rollups, levels: [], metrics: [...metrics.keys()] }, spans };
}

type Place = Rollup & { low: number };
const LOW_LIMIT = 2 ** 51;

function addTo(place: Place, micro: number | string, atMs: number): void {
  if (typeof micro === "number" && micro >= 0 && micro < LOW_LIMIT) {
    place.low += micro;
    if (place.low >= LOW_LIMIT) settle(place);
  } else {
    place.totalMicro += BigInt(micro);
  }
  place.count++;
  if (place.firstMs === 0 || atMs < place.firstMs) place.firstMs = atMs;
  if (atMs > place.lastMs) place.lastMs = atMs;
}

/** What lines add up to per metric and quarter-hour. Voids take back quantity and count. */
export function rollUp(
  tuples: readonly LineTuple[],
  counters: ReadonlyMap<string, Counter>,
): Rolled {
  const metrics = new Map<string, Map<number, Place>>();
  const levels = new Map<string, { quarter: number; cell: Cell }>();
  for (const tuple of tuples) {
    const [, metric, micro, atMs] = tuple;
    const quarter = quarterOf(atMs);
    const place = placeOf(metrics, metric, quarter);
    addTo(place, micro, atMs);
    if (tuple[8]) place.count -= 2; // it was added as one, and takes one back
    addToLevel(levels, counters, tuple, quarter);
  }
  const rollups = [...metrics.values()].flatMap((places) => [...places.values()]);
  rollups.forEach(settle);
  return { rollups, levels: [...levels.values()], metrics: [...metrics.keys()] };
}

function placeOf(metrics: Map<string, Map<number, Place>>, metric: string, quarter: number): Place {
  let places = metrics.get(metric);
  if (!places) {
    places = new Map();
    metrics.set(metric, places);
  }
  let place = places.get(quarter);
  if (!place) {
    place = { metric, quarter, totalMicro: 0n, count: 0, firstMs: 0, lastMs: 0, low: 0 };
    places.set(quarter, place);
  }
  return place;
}

function settle(place: Place): void {
  place.totalMicro += BigInt(place.low);
  place.low = 0;
}

/** True for metrics whose quarter needs more than a total and a count. */
export function hasLevel(counter: Counter): boolean {
  return counter.aggregation !== "sum" && counter.aggregation !== "count";
}

function addToLevel(
  levels: Map<string, { quarter: number; cell: Cell }>,
  counters: ReadonlyMap<string, Counter>,
  tuple: LineTuple,
  quarter: number,
): void {
  if (counters.size === 0) return;
  const counter = counterOf(counters, tuple[1]);
  if (!hasLevel(counter)) return;
  const key = `${quarter} ${tuple[1]}`;
  let level = levels.get(key);
  if (!level) {
    level = { quarter, cell: emptyCell("", 0, tuple[1]) };
    levels.set(key, level);
  }
  addEvent(level.cell, counter, tuple);
}
