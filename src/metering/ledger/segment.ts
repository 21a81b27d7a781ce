/** Segments: journal lines compressed for the ledger, and what they add up to. Pure. */
import { gunzipSync, gzipSync } from "node:zlib";
import { quarterOf } from "../../core/time.ts";
import { type Cell, emptyCell } from "../aggregation/cell.ts";
import { AGGREGATIONS } from "../aggregation/registry.ts";
import { addEvent, counterOf, mergeCell } from "../counter/counter.ts";
import type { Counter } from "../counter/terms.ts";
import { type Body, cutBody, joinBodies, linesOf, type Piece, scannerOf } from "../event/body.ts";
import type { LineTuple } from "../event/line.ts";

/**
 * How the ledger's bytes are compressed. Level 1 is a third larger than the slowest level; lines
 * resemble those just before them, so that a window of 8 KB finds as much as one of 32 KB, faster.
 */
export const GZIP = { level: 1, windowBits: 13 };

/** Lines as they are stored: frames as they are, text compressed. */
export function packBody(body: Body): Uint8Array {
  return typeof body === "string" ? gzipSync(body, GZIP) : body;
}

/** What was packed. */
export function unpackBody(stored: Uint8Array): Body {
  return isGzip(stored) ? gunzipSync(stored).toString("utf8") : stored;
}

/** True for bytes that were compressed (RFC 1952, 2.3.1). */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
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

/** Events of one segment at most: few, so that a ragged end decodes little. */
export const SEGMENT_EVENTS = 2_000;
/** Bytes of its lines at most: what cannot be compressed is bound as twice as many digits. */
const SEGMENT_BYTES = 900_000;

/** Log rows as the bodies of segments: those that fit are joined, one that does not is cut. */
export function piecesOf(rows: readonly Piece[], maxEvents = SEGMENT_EVENTS): Piece[] {
  const cut = rows.flatMap((row) => cutPiece(row, maxEvents));
  return fitting(cut, maxEvents).map((held) => {
    return { n: held.reduce((sum, { n }) => sum + n, 0), body: joinBodies(held) };
  });
}

/** Pieces in their order, as groups of those that fit one segment together. */
export function fitting<P extends Piece>(pieces: readonly P[], maxEvents = SEGMENT_EVENTS): P[][] {
  const groups: P[][] = [];
  let held: P[] = [];
  let [n, bytes] = [0, 0];
  for (const piece of pieces) {
    const more = bytesAtMost(piece.body) + 1;
    if (held.length === 0 || n + piece.n > maxEvents || bytes + more > SEGMENT_BYTES) {
      held = [];
      groups.push(held);
      [n, bytes] = [0, 0];
    }
    held.push(piece);
    n += piece.n;
    bytes += more;
  }
  return groups;
}

/** The UTF-8 length of lines, or what it is at most where that is small enough. */
function bytesAtMost(body: Body): number {
  if (typeof body !== "string") return body.length;
  const most = body.length * 3;
  return most <= SEGMENT_BYTES / 2 ? most : Buffer.byteLength(body);
}

/** A piece in equal parts; smaller ones where its lines are long. */
function cutPiece(piece: Piece, maxEvents: number): Piece[] {
  const { n, body } = piece;
  const fits = bytesAtMost(body) <= SEGMENT_BYTES || n === 1;
  if (n <= maxEvents && fits) return [piece];
  const size = n > maxEvents ? Math.ceil(n / Math.ceil(n / maxEvents)) : Math.ceil(n / 2);
  const parts = cutBody(body, n, typeof body === "string" ? size : maxEvents);
  if (fits) return parts;
  if (parts.length > 1) return parts.flatMap((part) => cutPiece(part, maxEvents));
  // A frame is cut no further, but its lines are.
  return cutPiece({ n, body: linesOf(body).join("\n") }, maxEvents);
}

/** The times that lines span, and the quarter-hours in which there are any. */
export type Span = { tsMin: number; tsMax: number; quarters: number[] };

/** The span of parsed lines. */
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
  /** Per quarter, for metrics whose cells keep more than a total and a count. */
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
 * What lines come to, read as text, and the span of each piece of them. Null where one of them is
 * a void or of a metric whose quarter needs more than a total and a count.
 */
export function scanRolled(
  pieces: readonly Piece[],
  counters: ReadonlyMap<string, Counter>,
): { rolled: Rolled; spans: Span[] } | null {
  const metrics = new Map<string, Map<number, OpenRollup>>();
  const spans: Span[] = [];
  for (const { body } of pieces) {
    const span = scanPiece(body, metrics, counters);
    if (!span) return null;
    spans.push(span);
  }
  const rollups = [...metrics.values()].flatMap((byQuarter) => [...byQuarter.values()]);
  rollups.forEach(moveLow);
  return { rolled: { rollups, levels: [], metrics: [...metrics.keys()] }, spans };
}

/** Adds a piece's lines to their metrics' rollups; null as `scanRolled` says. */
function scanPiece(
  body: Body,
  metrics: Map<string, Map<number, OpenRollup>>,
  counters: ReadonlyMap<string, Counter>,
): Span | null {
  const lines = scannerOf(body);
  const quarters = new Set<number>();
  let [tsMin, tsMax] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  while (lines.next()) {
    const { metric, micro, atMs, voids } = lines;
    const quarter = quarterOf(atMs);
    quarters.add(quarter);
    if (atMs < tsMin) tsMin = atMs;
    if (atMs > tsMax) tsMax = atMs;
    if (voids) return null;
    const isNew = !metrics.has(metric);
    if (isNew && hasLevel(counterOf(counters, metric))) return null;
    addTo(rollupOf(metrics, metric, quarter), micro, atMs);
  }
  return { tsMin, tsMax, quarters: [...quarters] };
}

/** A rollup being added up; `low` is what was added and not yet moved to its total. */
type OpenRollup = Rollup & { low: number };
const LOW_LIMIT = 2 ** 51;

function addTo(rollup: OpenRollup, micro: number | string, atMs: number): void {
  if (typeof micro === "number" && micro >= 0 && micro < LOW_LIMIT) {
    rollup.low += micro;
    if (rollup.low >= LOW_LIMIT) moveLow(rollup);
  } else {
    rollup.totalMicro += BigInt(micro);
  }
  rollup.count++;
  if (rollup.firstMs === 0 || atMs < rollup.firstMs) rollup.firstMs = atMs;
  if (atMs > rollup.lastMs) rollup.lastMs = atMs;
}

/** What lines add up to per metric and quarter-hour. Voids take back quantity and count. */
export function rollUp(
  tuples: readonly LineTuple[],
  counters: ReadonlyMap<string, Counter>,
): Rolled {
  const metrics = new Map<string, Map<number, OpenRollup>>();
  const levels = new Map<string, { quarter: number; cell: Cell }>();
  for (const tuple of tuples) {
    const [, metric, micro, atMs] = tuple;
    const quarter = quarterOf(atMs);
    const rollup = rollupOf(metrics, metric, quarter);
    addTo(rollup, micro, atMs);
    if (tuple[8]) rollup.count -= 2; // it was added as one, and takes one back
    addToLevel(levels, counters, tuple, quarter);
  }
  const rollups = [...metrics.values()].flatMap((byQuarter) => [...byQuarter.values()]);
  rollups.forEach(moveLow);
  return { rollups, levels: [...levels.values()], metrics: [...metrics.keys()] };
}

function rollupOf(
  metrics: Map<string, Map<number, OpenRollup>>,
  metric: string,
  quarter: number,
): OpenRollup {
  let byQuarter = metrics.get(metric);
  if (!byQuarter) {
    byQuarter = new Map();
    metrics.set(metric, byQuarter);
  }
  let rollup = byQuarter.get(quarter);
  if (!rollup) {
    rollup = { metric, quarter, totalMicro: 0n, count: 0, firstMs: 0, lastMs: 0, low: 0 };
    byQuarter.set(quarter, rollup);
  }
  return rollup;
}

/** Moves what was added as a double to the exact total. */
function moveLow(rollup: OpenRollup): void {
  rollup.totalMicro += BigInt(rollup.low);
  rollup.low = 0;
}

/** True for metrics whose quarter needs more than a total and a count. */
export function hasLevel(counter: Counter): boolean {
  return AGGREGATIONS[counter.aggregation].kept !== null;
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
