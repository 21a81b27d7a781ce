/**
 * Pure. The cells of a QR symbol as bits, 32 a word. Around them is a border of light cells, so
 * that patterns may begin and end there: four in front of each row, and whole rows above and below.
 */
export const BORDER = 4;
/** Light rows below: the longest pattern has 11 cells, of which four are light. */
const BELOW = 7;

export type Cells = {
  /** Cells a side. */
  size: number;
  /** Words a row. */
  words: number;
  /** The border's rows as well. */
  rows: Int32Array;
};

/** A square of `size` by `size` cells, all light. */
export function lightCells(size: number): Cells {
  const words = ((size + BORDER + BELOW) >> 5) + 1;
  return { size, words, rows: new Int32Array((size + BORDER + BELOW) * words) };
}

/** Makes the cell in column `x` and row `y` dark. */
export function darken({ words, rows }: Cells, x: number, y: number): void {
  const word = (y + BORDER) * words + ((x + BORDER) >> 5);
  rows[word] = (rows[word] ?? 0) | (1 << ((x + BORDER) & 31));
}

/** Where cells are: the word of each, and its bit there. */
export type Places = Int32Array;

/** The places of cells in symbols of the size of `cells`, given as row times size, and column. */
export function placesOf({ size, words }: Cells, positions: Uint16Array): Places {
  const places = new Int32Array(2 * positions.length);
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i] ?? 0;
    const x = (position % size) + BORDER;
    const y = Math.floor(position / size) + BORDER;
    places[2 * i] = y * words + (x >> 5);
    places[2 * i + 1] = 1 << (x & 31);
  }
  return places;
}

/** Makes the cell at the place of an index dark. */
export function darkenPlace({ rows }: Cells, places: Places, index: number): void {
  const word = places[2 * index] ?? 0;
  rows[word] = (rows[word] ?? 0) | (places[2 * index + 1] ?? 0);
}

/** All masks repeat themselves after so many cells, in both directions. */
const PERIOD = 12;
const PERIOD_BITS = (1 << PERIOD) - 1;

/** Makes those cells dark that a mask flips, as far as `free` has them, a word at a time. */
export function layPattern(
  { size, words, rows }: Cells,
  free: Cells,
  flips: (x: number, y: number) => boolean,
): void {
  for (let line = 0; line < PERIOD; line++) {
    let pattern = 0;
    for (let x = 0; x < PERIOD; x++) if (flips(x, line)) pattern |= 1 << x;
    for (let word = 0; word < words; word++) {
      const bits = patternFrom(pattern, 32 * word + PERIOD - BORDER);
      for (let y = line; y < size; y += PERIOD) {
        const at = (y + BORDER) * words + word;
        rows[at] = bits & (free.rows[at] ?? 0);
      }
    }
  }
}

/** 32 bits of what repeats itself, from a bit on. */
function patternFrom(pattern: number, from: number): number {
  const at = from % PERIOD;
  const turned = ((pattern >> at) | (pattern << (PERIOD - at))) & PERIOD_BITS;
  return turned | (turned << PERIOD) | (turned << (2 * PERIOD));
}

/** Dark cells as runs, three numbers each: column, row and length. */
export function darkRuns({ size, words, rows }: Cells): number[] {
  const runs: number[] = [];
  for (let row = 0; row < size; row++) {
    let start = -1;
    let before = 0;
    for (let word = 0; word < words; word++) {
      const cells = rows[(row + BORDER) * words + word] ?? 0;
      // Where a run begins, and behind where one ends.
      let turns = cells ^ ((cells << 1) | before);
      before = cells >>> 31;
      for (; turns !== 0; turns &= turns - 1) {
        const at = 32 * word + 31 - Math.clz32(turns & -turns);
        if (start < 0) start = at;
        else {
          runs.push(start - BORDER, row, at - start);
          start = -1;
        }
      }
    }
  }
  return runs;
}

/** True where the cell in column `x` and row `y` is dark. */
export function isDark({ words, rows }: Cells, x: number, y: number): boolean {
  const at = x + BORDER;
  return (((rows[(y + BORDER) * words + (at >> 5)] ?? 0) >>> (at & 31)) & 1) === 1;
}

/** Makes `cells` dark where just one of the two is. */
export function flip({ rows }: Cells, plain: Cells, mask: Cells): void {
  for (let i = 0; i < rows.length; i++) rows[i] = (plain.rows[i] ?? 0) ^ (mask.rows[i] ?? 0);
}
