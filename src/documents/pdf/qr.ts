/** Pure. QR codes as rectangles, and the texts that payment apps read from them. */
import { encode } from "uqr";

/** Dark cells of a symbol with its quiet zone outside: runs of [column, row, length]. */
export function qrRuns(payload: string): { runs: number[][]; size: number } {
  const { data, size } = encode(payload, { ecc: "M", border: 0 });
  const runs: number[][] = [];
  data.forEach((cells, row) => {
    for (let column = 0; column < size; column++) {
      if (!cells[column]) continue;
      const start = column;
      while (column + 1 < size && cells[column + 1]) column += 1;
      runs.push([start, row, column - start + 1]);
    }
  });
  return { runs, size };
}
