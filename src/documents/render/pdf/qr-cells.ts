/**
 * Pure. The cells of a QR symbol as bits, 32 a word, each line twice: as a row and as a column. A
 * line's cells stand behind four light ones of the border, so that patterns may begin there.
 */
export const BORDER = 4;
/** What may be read behind a line's last cell. */
const SPARE = 52;

export type Cells = {
  /** Cells a side. */
  size: number;
  /** Words a line. */
  words: number;
  rows: Int32Array;
  columns: Int32Array;
};

/** A square of `size` by `size` cells, all light. */
export function lightCells(size: number): Cells {
  const words = ((size + BORDER + SPARE) >> 5) + 1;
  return { size, words, rows: new Int32Array(size * words), columns: new Int32Array(size * words) };
}

/** Makes the cell in column `x` and row `y` dark. */
export function darken({ words, rows, columns }: Cells, x: number, y: number): void {
  setBit(rows, y * words, x + BORDER);
  setBit(columns, x * words, y + BORDER);
}

function setBit(lines: Int32Array, base: number, at: number): void {
  const word = base + (at >> 5);
  lines[word] = (lines[word] ?? 0) | (1 << (at & 31));
}

/** Where cells are in both of their lines: word and bit of the row, word and bit of the column. */
export type Places = Int32Array;

/** The places of cells in symbols of the size of `cells`, given as row times size, and column. */
export function placesOf({ size, words }: Cells, positions: Uint16Array): Places {
  const places = new Int32Array(4 * positions.length);
  positions.forEach((position, i) => {
    const [x, y] = [position % size, Math.floor(position / size)];
    places[4 * i] = y * words + ((x + BORDER) >> 5);
    places[4 * i + 1] = 1 << ((x + BORDER) & 31);
    places[4 * i + 2] = x * words + ((y + BORDER) >> 5);
    places[4 * i + 3] = 1 << ((y + BORDER) & 31);
  });
  return places;
}

/** Makes the cell at the place of an index dark. */
export function darkenPlace({ rows, columns }: Cells, places: Places, index: number): void {
  const row = places[4 * index] ?? 0;
  const column = places[4 * index + 2] ?? 0;
  rows[row] = (rows[row] ?? 0) | (places[4 * index + 1] ?? 0);
  columns[column] = (columns[column] ?? 0) | (places[4 * index + 3] ?? 0);
}

/** True where the cell in column `x` and row `y` is dark. */
export function isDark({ words, rows }: Cells, x: number, y: number): boolean {
  const at = x + BORDER;
  return (((rows[y * words + (at >> 5)] ?? 0) >>> (at & 31)) & 1) === 1;
}

/** Makes `cells` dark where just one of the two is. */
export function flip(cells: Cells, plain: Cells, mask: Cells): void {
  const { rows, columns } = cells;
  for (let i = 0; i < rows.length; i++) {
    rows[i] = (plain.rows[i] ?? 0) ^ (mask.rows[i] ?? 0);
    columns[i] = (plain.columns[i] ?? 0) ^ (mask.columns[i] ?? 0);
  }
}
