import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Cell,
  cellFromJson,
  cellPieces,
  cellToJson,
  emptyCell,
} from "../../../src/metering/aggregation/cell.ts";
import { valueKey } from "../../../src/metering/aggregation/value.ts";
import { mergeCell } from "../../../src/metering/counter/counter.ts";

const sizeOf = (text: string) => new TextEncoder().encode(text).length;

function cellOf(values: [string, number][]): Cell {
  return {
    ...emptyCell("w", 1, "visitors"),
    sumMicro: 5n,
    events: values.length,
    firstMs: 3,
    lastMs: 9,
    max: 7n,
    min: 1n,
    latest: { atMs: 9, id: "e", micro: 7n },
    values: new Map(values),
  };
}

describe("the pieces of a cell", () => {
  it("are rows that the platform takes, and merge into the cell again", () => {
    // The longest that a kept value can be as JSON: six characters for each of forty.
    const wide = (i: number) => `${i}`.padEnd(40, "\u0002");
    for (const n of [0, 1, 2_999, 3_000, 3_001, 10_000]) {
      const cell = cellOf(Array.from({ length: n }, (_, i) => [wide(i), (i % 3) + 1]));
      const pieces = [...cellPieces(cell)];
      expect(pieces.length).toBe(Math.max(1, Math.ceil(n / 3_000)));
      for (const piece of pieces) expect(sizeOf(JSON.stringify(piece))).toBeLessThan(1_000_000);
      const merged = emptyCell("w", 1, "visitors");
      for (const piece of pieces) mergeCell(merged, cellFromJson(piece));
      expect(cellToJson(merged)).toEqual(
        cellToJson({ ...cell, values: n ? cell.values : merged.values }),
      );
    }
  });
});

describe("a value", () => {
  const long = fc.string({ unit: "grapheme", minLength: 41, maxLength: 300 });

  it("of at most 40 characters is kept as it is, a longer one in 23, each by one key", () => {
    const seen = new Map<string, string>();
    fc.assert(
      fc.property(fc.oneof(fc.string({ maxLength: 40 }), long), (value) => {
        const key = valueKey(value);
        expect(key.length).toBeLessThanOrEqual(40);
        if (value.length <= 40 && !value.startsWith("\u0001")) expect(key).toBe(value);
        expect(valueKey(key)).toBe(key);
        expect(seen.get(key) ?? value).toBe(value);
        seen.set(key, value);
      }),
    );
  });

  it("that the earlier version kept whole is the same value as an event brings now", () => {
    fc.assert(
      fc.property(fc.uniqueArray(long, { maxLength: 5 }), (values) => {
        const json = cellToJson(emptyCell("w", 0, "visitors"));
        json[10] = values.map((value) => [value, 2]);
        const cell = cellFromJson(json);
        expect([...(cell.values ?? [])]).toEqual(values.map((value) => [valueKey(value), 2]));
      }),
    );
  });
});
