/** Pure. How hard a QR symbol is to read (ISO/IEC 18004, 7.8.3), twenty cells at a time. */
import { BORDER, type Cells } from "./qr-cells.ts";

/** Cells that are judged at once: the longest pattern, 11 cells, still fits in one word. */
const STEP = 20;
const STEP_BITS = (1 << STEP) - 1;

/**
 * How badly a symbol reads (7.8.3): the mask with the smallest sum is chosen, so what has come to
 * `most` is not counted to its end.
 */
export function penaltyOf(
  { size, words, rows, columns }: Cells,
  most = Number.POSITIVE_INFINITY,
): number {
  let penalty = 0;
  for (let line = 0; line < size && penalty < most; line++) {
    const base = line * words;
    penalty += linePenalty(rows, base, size) + linePenalty(columns, base, size);
    if (line > 0) penalty += blockPenalty(rows, base - words, base, size);
  }
  let darkCells = 0;
  for (const word of rows) darkCells += countBits(word);
  const off = Math.abs(darkCells * 20 - size * size * 10) / (size * size);
  return penalty + 10 * Math.max(0, Math.ceil(off) - 1);
}

/** 32 bits of a line from a cell on. */
function bitsFrom(lines: Int32Array, base: number, at: number): number {
  const word = base + (at >> 5);
  const shift = at & 31;
  const low = (lines[word] ?? 0) >>> shift;
  return shift === 0 ? low : low | ((lines[word + 1] ?? 0) << (32 - shift));
}

/** The bits of the cells from `at` on that lie in [from, to]. */
function within(at: number, from: number, to: number): number {
  const low = from > at ? -1 << (from - at) : -1;
  const count = to - at + 1;
  if (count <= 0) return 0;
  return low & (count >= STEP ? STEP_BITS : (1 << count) - 1);
}

/** Runs of five and more, and what looks like a finder with light cells on one side. */
function linePenalty(lines: Int32Array, base: number, size: number): number {
  let windows = 0;
  let runs = 0;
  let finders = 0;
  const last = BORDER + size - 1;
  let before = 0;
  for (let at = 0; at <= last; at += STEP) {
    const v = bitsFrom(lines, base, at);
    const n = ~v;
    // Five alike: two alike, four times in a row.
    const alike = ~(v ^ (v >>> 1));
    const five = alike & (alike >>> 1) & (alike >>> 2) & (alike >>> 3);
    const valid = five & within(at, BORDER, last - 4);
    windows += countBits(valid);
    runs += countBits(valid & ~((valid << 1) | before));
    before = (valid >>> (STEP - 1)) & 1;
    const middle = (v >>> 4) & (n >>> 5) & (v >>> 6);
    const leading = v & (n >>> 1) & (v >>> 2) & (v >>> 3) & middle & lightFour(n >>> 7);
    const trailing = lightFour(n) & middle & (v >>> 7) & (v >>> 8) & (n >>> 9) & (v >>> 10);
    finders += countBits((leading | trailing) & within(at, 0, last - 6));
  }
  return windows + 2 * runs + 40 * finders;
}

function lightFour(light: number): number {
  return light & (light >>> 1) & (light >>> 2) & (light >>> 3);
}

/** Two rows' blocks of two by two alike. */
function blockPenalty(lines: Int32Array, above: number, below: number, size: number): number {
  let blocks = 0;
  const last = BORDER + size - 1;
  for (let at = 0; at <= last; at += STEP) {
    const a = bitsFrom(lines, above, at);
    const same = ~(a ^ bitsFrom(lines, below, at));
    const alike = ~(a ^ (a >>> 1));
    blocks += countBits(same & (same >>> 1) & alike & within(at, BORDER, last - 1));
  }
  return 3 * blocks;
}

function countBits(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
