/** Which neighbouring segments of a ledger become one. Pure. */
import { SEGMENT_EVENTS } from "./segment.ts";

/** A segment without its body. */
export type SegmentHead = {
  low: number;
  high: number;
  n: number;
  generation: number;
  tsMin: number;
  tsMax: number;
  drainedMs: number;
  /** Of its body as it is stored. */
  bytes: number;
  /** True where it stays as it is: its body lies in a file, or it was restored for a time. */
  stays: boolean;
};

/** A larger segment is left alone: two of these always fit one. */
export const SMALL_EVENTS = 500;
/** Segments that are merged where more may still come behind them: few rewritings of a line. */
const OPEN_SEGMENTS = 16;
/** Stored bytes of those that are read at a time. */
const READ_BYTES = 900_000;

/** Groups of neighbours to merge, and up to where nothing is left to do once they are. */
export type MergePlan = { groups: SegmentHead[][]; mergedTo: number };

/**
 * Groups segments, by their sequences, so that each becomes one: they follow one another without a
 * gap, are of one generation, and end in one UTC month, by which they are archived.
 */
export function planMerges(heads: readonly SegmentHead[], mergedTo: number): MergePlan {
  const groups: SegmentHead[][] = [];
  let held: SegmentHead[] = [];
  let [n, bytes] = [0, 0];
  const close = () => {
    if (held.length > 1) groups.push(held);
    held = [];
    [n, bytes] = [0, 0];
  };
  for (const head of heads) {
    const isSmall = !head.stays && head.n <= SMALL_EVENTS;
    const isFull = n + head.n > SEGMENT_EVENTS || bytes + head.bytes > READ_BYTES;
    if (!isSmall || isFull || !follows(held.at(-1), head)) close();
    if (!isSmall) continue;
    held.push(head);
    n += head.n;
    bytes += head.bytes;
  }
  // The last ones may be joined by what is drained later.
  const [first] = held;
  if (!first) return { groups, mergedTo: heads.at(-1)?.high ?? mergedTo };
  if (held.length >= OPEN_SEGMENTS) groups.push(held);
  return { groups, mergedTo: first.low - 1 };
}

function follows(last: SegmentHead | undefined, { low, generation, tsMax }: SegmentHead): boolean {
  if (last === undefined) return true;
  const isNext = low === last.high + 1 && generation === last.generation;
  return isNext && monthOf(tsMax) === monthOf(last.tsMax);
}

function monthOf(ms: number): number {
  const at = new Date(ms);
  return at.getUTCFullYear() * 12 + at.getUTCMonth();
}

/** Drains after which a tenant's segments are looked at, where all are as large as this one. */
const DRAINS = 256;

/**
 * True for one small drain in some hundreds, told by its sequences alone, so that nothing has to be
 * counted or kept.
 */
export function beginsMerge(fromSeq: number, high: number): boolean {
  const n = high - fromSeq;
  if (n < 1 || n > SMALL_EVENTS) return false;
  const each = n * DRAINS;
  return Math.floor(high / each) !== Math.floor(fromSeq / each);
}
