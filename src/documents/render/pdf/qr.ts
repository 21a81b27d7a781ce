/**
 * Pure. QR codes (ISO/IEC 18004:2015) as rectangles: byte mode, error correction level M, the
 * smallest version that holds the text, the mask of least penalty.
 */
import {
  type Cells,
  darken,
  darkenPlace,
  darkRuns,
  flip,
  layPattern,
  lightCells,
  type Places,
  placesOf,
} from "./qr-cells.ts";
import { addCorrection, dataCapacity, MAX_VERSION } from "./qr-codewords.ts";
import { penaltyOf } from "./qr-penalty.ts";

/**
 * Dark cells as runs, three numbers each: column, row and length; `size` cells a side, without the
 * quiet zone.
 */
export function qrRuns(payload: string): { runs: number[]; size: number } {
  const { cells } = encodeQr(payload);
  return { runs: darkRuns(cells), size: cells.size };
}

/** Errors: RangeError where the text is longer than version 40 holds (2,331 bytes). */
export function encodeQr(payload: string): { version: number; mask: number; cells: Cells } {
  const bytes = new TextEncoder().encode(payload);
  const version = smallestVersion(bytes.length);
  const { places, masks } = frameOf(version);
  const size = sizeOf(version);
  const data = lightCells(size);
  const codewords = addCorrection(dataBits(bytes, version), version);
  for (let i = 0; i < codewords.length; i++) {
    const codeword = codewords[i] ?? 0;
    for (let bit = 0; bit < 8; bit++) {
      if ((codeword >> (7 - bit)) & 1) darkenPlace(data, places, 8 * i + bit);
    }
  }
  let best = lightCells(size);
  let other = lightCells(size);
  let mask = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [i, cells] of masks.entries()) {
    flip(other, data, cells);
    const penalty = penaltyOf(other, least);
    if (penalty >= least) continue;
    least = penalty;
    mask = i;
    [best, other] = [other, best];
  }
  return { version, mask, cells: best };
}

function sizeOf(version: number): number {
  return 17 + 4 * version;
}

function lengthBits(version: number): number {
  return version < 10 ? 8 : 16;
}

function smallestVersion(length: number): number {
  for (let version = 1; version <= MAX_VERSION; version++) {
    if (4 + lengthBits(version) + 8 * length <= 8 * dataCapacity(version)) return version;
  }
  throw new RangeError("the text is too long for a QR code");
}

/** Mode, length, bytes, terminator, padding (7.4). */
function dataBits(bytes: Uint8Array, version: number): Uint8Array {
  const data = new Uint8Array(dataCapacity(version));
  let at = 0;
  const put = (value: number, length: number) => {
    for (let i = length - 1; i >= 0; i--, at++) {
      if ((value >> i) & 1) data[at >> 3] = (data[at >> 3] ?? 0) | (128 >> (at & 7));
    }
  };
  put(4, 4);
  put(bytes.length, lengthBits(version));
  for (const byte of bytes) put(byte, 8);
  const used = Math.min(data.length, Math.ceil((at + 4) / 8));
  for (let i = used; i < data.length; i++) data[i] = (i - used) % 2 === 0 ? 0xec : 0x11;
  return data;
}

/** What every symbol of a version has in common; never drawn into. */
type Frame = {
  /** Where the bits of data are, in their order. */
  places: Places;
  /** For each mask, what it makes of a symbol without data. */
  masks: readonly Cells[];
};
const frames = new Map<number, Frame>();

function frameOf(version: number): Frame {
  const known = frames.get(version);
  if (known) return known;
  const grid = fixedPatterns(version);
  const masks = masksOf(grid);
  const places = placesOf(lightCells(grid.size), dataPositions(grid));
  const made = { places, masks };
  frames.set(version, made);
  return made;
}

/** A square of cells, 1 where dark; `fixed` marks those that carry no data. */
type Grid = { version: number; size: number; dark: Uint8Array; fixed: Uint8Array };

function fixedPatterns(version: number): Grid {
  const size = sizeOf(version);
  const grid = {
    version,
    size,
    dark: new Uint8Array(size * size),
    fixed: new Uint8Array(size * size),
  };
  for (let i = 0; i < size; i++) {
    setCell(grid, 6, i, i % 2 === 0);
    setCell(grid, i, 6, i % 2 === 0);
  }
  drawFinder(grid, 3, 3);
  drawFinder(grid, size - 4, 3);
  drawFinder(grid, 3, size - 4);
  const positions = alignmentPositions(version);
  const last = positions.length - 1;
  positions.forEach((x, i) => {
    positions.forEach((y, j) => {
      const corner = (i === 0 && (j === 0 || j === last)) || (i === last && j === 0);
      if (!corner) drawAlignment(grid, x, y);
    });
  });
  eachFormatCell(size, 0, (x, y) => {
    setCell(grid, x, y, false);
  });
  drawVersion(grid);
  return grid;
}

function setCell({ size, dark, fixed }: Grid, x: number, y: number, on: boolean): void {
  dark[y * size + x] = on ? 1 : 0;
  fixed[y * size + x] = 1;
}

function drawFinder(grid: Grid, x: number, y: number): void {
  for (let dy = -4; dy <= 4; dy++) {
    for (let dx = -4; dx <= 4; dx++) {
      const ring = Math.max(Math.abs(dx), Math.abs(dy));
      const inside = x + dx >= 0 && x + dx < grid.size && y + dy >= 0 && y + dy < grid.size;
      if (inside) setCell(grid, x + dx, y + dy, ring !== 2 && ring !== 4);
    }
  }
}

function drawAlignment(grid: Grid, x: number, y: number): void {
  for (let dy = -2; dy <= 2; dy++) {
    for (let dx = -2; dx <= 2; dx++) {
      setCell(grid, x + dx, y + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
    }
  }
}

/** Row and column of the alignment patterns (Annex E), evenly spaced from the far end. */
function alignmentPositions(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  const last = 4 * version + 10;
  const others = Array.from({ length: count - 1 }, (_, i) => last - i * step);
  return [6, ...others.reverse()];
}

/** The cells of level M and the mask, with their BCH code (7.9). */
function eachFormatCell(
  size: number,
  mask: number,
  put: (x: number, y: number, on: boolean) => void,
): void {
  let rest = mask;
  for (let i = 0; i < 10; i++) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
  const bits = ((mask << 10) | rest) ^ 0x5412;
  for (let i = 0; i < 15; i++) {
    const on = ((bits >> i) & 1) === 1;
    const near = i < 6 ? i : i < 8 ? i + 1 : 14 - i;
    if (i < 8) put(8, near, on);
    else put(i === 8 ? 7 : near, 8, on);
    if (i < 8) put(size - 1 - i, 8, on);
    else put(8, size - 15 + i, on);
  }
  put(8, size - 8, true);
}

/** The version's own code, from 7 up (7.10). */
function drawVersion(grid: Grid): void {
  const { version, size } = grid;
  if (version < 7) return;
  let rest = version;
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i++) {
    const on = ((bits >> i) & 1) === 1;
    const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
    setCell(grid, a, b, on);
    setCell(grid, b, a, on);
  }
}

/** Row times size, and column: two columns at a time from the right, up and down (7.7.3). */
function dataPositions({ size, fixed }: Grid): Uint16Array {
  const positions = new Uint16Array(size * size);
  let count = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    const upward = ((right + 1) & 2) === 0;
    for (let i = 0; i < size; i++) {
      const row = (upward ? size - 1 - i : i) * size;
      if (!fixed[row + right]) positions[count++] = row + right;
      if (!fixed[row + right - 1]) positions[count++] = row + right - 1;
    }
  }
  return positions.subarray(0, count);
}

const MASK_RULES: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** For each mask, what it makes of a symbol without data. */
function masksOf({ size, dark, fixed }: Grid): Cells[] {
  const [fixedDark, free] = [lightCells(size), lightCells(size)];
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++) {
      if (!fixed[at]) darken(free, x, y);
      else if (dark[at]) darken(fixedDark, x, y);
    }
  }
  return MASK_RULES.map((flips, mask) => {
    const cells = lightCells(size);
    layPattern(cells, free, flips);
    for (let i = 0; i < cells.rows.length; i++) {
      cells.rows[i] = (cells.rows[i] ?? 0) | (fixedDark.rows[i] ?? 0);
    }
    eachFormatCell(size, mask, (x, y, on) => {
      if (on) darken(cells, x, y);
    });
    return cells;
  });
}
