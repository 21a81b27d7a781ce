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
