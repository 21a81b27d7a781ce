import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rowsOfValues } from "../../src/core/rows.ts";

const sizeOf = (text: string) => new TextEncoder().encode(text).length;

describe("rows of values", () => {
  it("hold all values in order, each row within its bytes, whatever the script", () => {
    const values = fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { maxLength: 200 });
    fc.assert(
      fc.property(values, fc.integer({ min: 700, max: 5_000 }), (given, maxBytes) => {
        const rows = rowsOfValues(given, maxBytes);
        for (const row of rows) expect(sizeOf(row)).toBeLessThanOrEqual(maxBytes);
        expect(rows.flatMap((row) => JSON.parse(row))).toEqual(given);
      }),
    );
  });

  it("are filled: two neighbours never fit one row", () => {
    const rows = rowsOfValues(
      Array.from({ length: 900 }, (_, i) => `${i}`.padStart(50, "é")),
      4_000,
    );
    const sizes = rows.map(sizeOf);
    for (const [i, size] of sizes.entries()) {
      if (i > 0) expect(size + (sizes[i - 1] ?? 0)).toBeGreaterThan(4_000);
    }
  });

  it("are none where there are no values", () => {
    expect(rowsOfValues([])).toEqual([]);
  });
});
