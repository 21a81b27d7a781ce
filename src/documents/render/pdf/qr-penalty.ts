/**
 * Pure. How hard a QR symbol is to read (ISO/IEC 18004, 7.8.3), 32 cells of a row at a time: what
 * stands in a row is found by shifting its words, what stands in a column by the rows below.
 */
import { BORDER, type Cells } from "./qr-cells.ts";

/** Of each word of a row, the cells where a pattern may begin. */
type Starts = { cells: Int32Array; runs: Int32Array; blocks: Int32Array };
const starts = new Map<number, Starts>();

function startsOf(size: number, words: number): Starts {
  const known = starts.get(size);
  if (known) return known;
  const upTo = (last: number) =>
    Int32Array.from({ length: words }, (_, word) => within(32 * word, BORDER, BORDER + last));
  const made = { cells: upTo(size - 1), runs: upTo(size - 5), blocks: upTo(size - 2) };
  starts.set(size, made);
  return made;
}

/** The bits of the cells from `at` on that lie in [from, to]. */
function within(at: number, from: number, to: number): number {
  const count = to - at + 1;
  if (count <= 0) return 0;
  return (from > at ? -1 << (from - at) : -1) & (count >= 32 ? -1 : (1 << count) - 1);
}

/**
 * How badly a symbol reads (7.8.3): the mask with the smallest sum is chosen, so what has come to
 * `most` is not counted to its end.
 */
export function penaltyOf(symbol: Cells, most = Number.POSITIVE_INFINITY): number {
  const { size, words, rows } = symbol;
  const of = startsOf(size, words);
  // The rows above, in which a column's light cells before a finder may begin.
  let penalty = 0;
  for (let y = -BORDER; y < 0; y++) penalty += columnFinders(symbol, y);
  for (let y = 0; y < size && penalty < most; y++) {
    penalty += rowPenalty(symbol, y, of) + columnPenalty(symbol, y, of);
  }
  let darkCells = 0;
  for (let i = 0; i < rows.length; i++) darkCells += countBits(rows[i] ?? 0);
  const off = Math.abs(darkCells * 20 - size * size * 10) / (size * size);
  return penalty + 10 * Math.max(0, Math.ceil(off) - 1);
}

/** Runs of five and more in a row, and what looks like a finder with light cells on one side. */
function rowPenalty({ words, rows }: Cells, y: number, of: Starts): number {
  const base = (y + BORDER) * words;
  let windows = 0;
  let runs = 0;
  let finders = 0;
  let before = 0;
  for (let word = 0; word < words; word++) {
    const a = rows[base + word] ?? 0;
    const next = word + 1 < words ? (rows[base + word + 1] ?? 0) : 0;
    const b = (a >>> 1) | (next << 31);
    const c = (a >>> 2) | (next << 30);
    const d = (a >>> 3) | (next << 29);
    const e = (a >>> 4) | (next << 28);
    const five = ((a & b & c & d & e) | ~(a | b | c | d | e)) & (of.runs[word] ?? 0);
    if (five !== 0) {
      windows += countBits(five);
      runs += countBits(five & ~((five << 1) | before));
    }
    before = five >>> 31;
    // The middle of both: dark, light, dark from the fifth cell on.
    const g = (a >>> 6) | (next << 26);
    const middle = e & ~((a >>> 5) | (next << 27)) & g;
    if (middle === 0) continue;
    const h = (a >>> 7) | (next << 25);
    const i = (a >>> 8) | (next << 24);
    const j = (a >>> 9) | (next << 23);
    const k = (a >>> 10) | (next << 22);
    const found =
      middle & ((a & ~b & c & d & ~(h | i | j | k)) | (~(a | b | c | d) & h & i & ~j & k));
    if (found !== 0) finders += countBits(found);
  }
  return windows + 2 * runs + 40 * finders;
}

/** The same in the columns of a row and those below it, and its blocks of two by two alike. */
function columnPenalty(symbol: Cells, y: number, of: Starts): number {
  const { size, words, rows } = symbol;
  const base = (y + BORDER) * words;
  let sum = 0;
  for (let word = 0; word < words; word++) {
    const at = base + word;
    const a = rows[at] ?? 0;
    const b = rows[at + words] ?? 0;
    if (y < size - 1) {
      const last = word + 1 === words;
      const c = (a >>> 1) | (last ? 0 : (rows[at + 1] ?? 0) << 31);
      const d = (b >>> 1) | (last ? 0 : (rows[at + words + 1] ?? 0) << 31);
      const blocks = ((a & b & c & d) | ~(a | b | c | d)) & (of.blocks[word] ?? 0);
      if (blocks !== 0) sum += 3 * countBits(blocks);
    }
    if (y > size - 5) continue;
    const c = rows[at + 2 * words] ?? 0;
    const d = rows[at + 3 * words] ?? 0;
    const e = rows[at + 4 * words] ?? 0;
    const five = ((a & b & c & d & e) | ~(a | b | c | d | e)) & (of.cells[word] ?? 0);
    if (five === 0) continue;
    sum += countBits(five);
    // A run begins where the cell above is none of it.
    const above = rows[at - words] ?? 0;
    sum += 2 * countBits(y === 0 ? five : five & (above ^ a));
  }
  return sum + columnFinders(symbol, y);
}

/** What looks like a finder in columns, with light cells on one side, from a row on. */
function columnFinders({ size, words, rows }: Cells, y: number): number {
  if (y > size - 7) return 0;
  const base = (y + BORDER) * words;
  let finders = 0;
  for (let word = 0; word < words; word++) {
    const at = base + word;
    const fifth = rows[at + 4 * words] ?? 0;
    const middle = fifth & ~(rows[at + 5 * words] ?? 0) & (rows[at + 6 * words] ?? 0);
    if (middle === 0) continue;
    const a = rows[at] ?? 0;
    const b = rows[at + words] ?? 0;
    const c = rows[at + 2 * words] ?? 0;
    const d = rows[at + 3 * words] ?? 0;
    const h = rows[at + 7 * words] ?? 0;
    const i = rows[at + 8 * words] ?? 0;
    const j = rows[at + 9 * words] ?? 0;
    const k = rows[at + 10 * words] ?? 0;
    const found =
      middle & ((a & ~b & c & d & ~(h | i | j | k)) | (~(a | b | c | d) & h & i & ~j & k));
    if (found !== 0) finders += countBits(found);
  }
  return 40 * finders;
}

function countBits(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
