/** Pure. How hard a QR symbol is to read (ISO/IEC 18004, 7.8.3), twenty cells at a time. */
import { BORDER, type Cells } from "./qr-cells.ts";

/** Cells that are judged at once: the longest pattern, 11 cells, still fits in one word. */
const STEP = 20;
const STEP_BITS = (1 << STEP) - 1;

/** Of each step of a line, the cells where a pattern may begin. */
type Starts = { runs: Int32Array; finders: Int32Array; blocks: Int32Array };
const starts = new Map<number, Starts>();

function startsOf(size: number): Starts {
  const known = starts.get(size);
  if (known) return known;
  const last = BORDER + size - 1;
  const steps = Math.floor(last / STEP) + 1;
  const each = (from: number, to: number) =>
    Int32Array.from({ length: steps }, (_, i) => within(i * STEP, from, to));
  const made = {
    runs: each(BORDER, last - 4),
    finders: each(0, last - 6),
    blocks: each(BORDER, last - 1),
  };
  starts.set(size, made);
  return made;
}

/**
 * How badly a symbol reads (7.8.3): the mask with the smallest sum is chosen, so what has come to
 * `most` is not counted to its end.
 */
export function penaltyOf(
  { size, words, rows, columns }: Cells,
  most = Number.POSITIVE_INFINITY,
): number {
  const of = startsOf(size);
  let penalty = 0;
  for (let line = 0; line < size && penalty < most; line++) {
    const base = line * words;
    penalty += linePenalty(rows, base, of) + linePenalty(columns, base, of);
    if (line > 0) penalty += blockPenalty(rows, base - words, base, of);
  }
  let darkCells = 0;
  for (let i = 0; i < rows.length; i++) darkCells += countBits(rows[i] ?? 0);
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
function linePenalty(lines: Int32Array, base: number, of: Starts): number {
  let windows = 0;
  let runs = 0;
  let finders = 0;
  let before = 0;
  for (let step = 0; step < of.runs.length; step++) {
    const v = bitsFrom(lines, base, step * STEP);
    const n = ~v;
    // Five alike: two alike, four times in a row.
    const alike = ~(v ^ (v >>> 1));
    const five = alike & (alike >>> 1) & (alike >>> 2) & (alike >>> 3);
    const valid = five & (of.runs[step] ?? 0);
    if (valid !== 0) {
      windows += countBits(valid);
      runs += countBits(valid & ~((valid << 1) | before));
    }
    before = (valid >>> (STEP - 1)) & 1;
    const middle = (v >>> 4) & (n >>> 5) & (v >>> 6) & (of.finders[step] ?? 0);
    if (middle === 0) continue;
    const leading = v & (n >>> 1) & (v >>> 2) & (v >>> 3) & middle & lightFour(n >>> 7);
    const trailing = lightFour(n) & middle & (v >>> 7) & (v >>> 8) & (n >>> 9) & (v >>> 10);
    if ((leading | trailing) !== 0) finders += countBits(leading | trailing);
  }
  return windows + 2 * runs + 40 * finders;
}

function lightFour(light: number): number {
  return light & (light >>> 1) & (light >>> 2) & (light >>> 3);
}

/** Two rows' blocks of two by two alike. */
function blockPenalty(lines: Int32Array, above: number, below: number, of: Starts): number {
  let blocks = 0;
  for (let step = 0; step < of.blocks.length; step++) {
    const a = bitsFrom(lines, above, step * STEP);
    const same = ~(a ^ bitsFrom(lines, below, step * STEP));
    const alike = ~(a ^ (a >>> 1));
    blocks += countBits(same & (same >>> 1) & alike & (of.blocks[step] ?? 0));
  }
  return 3 * blocks;
}

function countBits(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
