import { describe, expect, it } from "vitest";
import { type Cell, emptyCell } from "../../../src/metering/aggregation/cell.ts";
import { MAX_READ_VALUES, ValueRoom } from "../../../src/metering/counter/room.ts";

function cellOf(metric: string, from: number, n: number): Cell {
  const made = Array.from({ length: n }, (_, i): [string, number] => [`v${from + i}`, 1]);
  return { ...emptyCell("", 0, metric), values: new Map(made) };
}

describe("an answer about the ledger", () => {
  it("adds up values of all its cells as long as there is room, and then says what to ask", () => {
    const room = new ValueRoom();
    const [one, other] = [emptyCell("", 0, "one"), emptyCell("", 0, "other")];
    const half = MAX_READ_VALUES / 2;
    room.merge(one, cellOf("one", 0, half));
    room.merge(one, cellOf("one", 100, half - 100)); // values that it has take no room
    room.merge(other, cellOf("other", 0, half));
    expect(one.values?.size).toBe(half);
    const aggregation = "unique" as const;
    const counter = { metric: "other", aggregation, property: "v", dimensions: [] };
    const oneMore = () => room.add(other, counter, ["e", "other", 1, 1, 0, { v: "new" }]);
    expect(oneMore).toThrow("one answer counts at most 500000 distinct values, of other");
    expect(oneMore).toThrow("ask for a shorter range, fewer groups or one metric");
  });
});
