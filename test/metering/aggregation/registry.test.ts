/** What every aggregation of the registry holds to, so that a new one is tested by being listed. */
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellFromJson, cellToJson, emptyCell } from "../../../src/metering/aggregation/cell.ts";
import {
  AGGREGATION_NAMES,
  AGGREGATIONS,
  type Aggregation,
  reseedsOnVoid,
} from "../../../src/metering/aggregation/registry.ts";
import { addEvent, levelOf, mergeCell } from "../../../src/metering/counter/counter.ts";
import type { Counter } from "../../../src/metering/counter/terms.ts";
import type { LineTuple } from "../../../src/metering/event/line.ts";

const events = fc.array(
  fc.record({
    micro: fc.integer({ min: 0, max: 9_000_000 }),
    atMs: fc.integer({ min: 1, max: 50 }),
    value: fc.constantFrom("a", "b", "c"),
    part: fc.integer({ min: 0, max: 2 }),
  }),
  { maxLength: 20 },
);

function counterFor(aggregation: Aggregation): Counter {
  const property = AGGREGATIONS[aggregation].needsProperty ? "plan" : null;
  return { metric: "m", aggregation, property, dimensions: [] };
}

function cellsOf(counter: Counter, lines: readonly { tuple: LineTuple; part: number }[]) {
  const cells = [0, 1, 2].map((part) => emptyCell("w", part, "m"));
  for (const { tuple, part } of lines) addEvent(cells[part] as (typeof cells)[0], counter, tuple);
  return cells;
}

describe.each(AGGREGATION_NAMES)("the aggregation %s", (aggregation) => {
  const counter = counterFor(aggregation);

  it("has the level that it says there is with one more event", () => {
    const { levelWith } = AGGREGATIONS[aggregation];
    const one = fc.record({ value: fc.constantFrom("a", "b", "c"), voids: fc.boolean() });
    fc.assert(
      fc.property(events, one, (sent, { value, voids }) => {
        const lines = sent.map(({ micro, atMs, value, part }, i) => ({
          tuple: [`e${i}`, "m", micro, atMs, 0, { plan: value }] as LineTuple,
          part,
        }));
        const cells = cellsOf(counter, lines);
        const delta = emptyCell("w", 0, "m");
        const isHeld = sent.some((event) => event.value === value);
        const voided = voids && isHeld ? 7 : 0;
        addEvent(delta, counter, ["x", "m", 1, 9, 0, { plan: value }, 0, 0, voided]);
        if (!levelWith) return;
        const before = levelOf(aggregation, cells);
        expect(levelWith(before, cells, delta)).toBe(levelOf(aggregation, [...cells, delta]));
      }),
    );
  });

  it("comes to the same in parts, merged, and read back from its stored form", () => {
    fc.assert(
      fc.property(events, (sent) => {
        const lines = sent.map(({ micro, atMs, value, part }, i) => ({
          tuple: [`e${i}`, "m", micro, atMs, 0, { plan: value }] as LineTuple,
          part,
        }));
        const parts = cellsOf(counter, lines);
        const whole = emptyCell("w", 0, "m");
        for (const { tuple } of lines) addEvent(whole, counter, tuple);
        const merged = emptyCell("w", 0, "m");
        for (const part of parts) mergeCell(merged, cellFromJson(cellToJson(part)));
        const level = levelOf(aggregation, [whole]);
        expect(levelOf(aggregation, parts)).toBe(level);
        expect(levelOf(aggregation, [merged])).toBe(level);
        if (!AGGREGATIONS[aggregation].addsUp) return;
        const levels = parts.map((part) => levelOf(aggregation, [part]));
        expect(levels.reduce((sum, one) => sum + one, 0n)).toBe(level);
      }),
    );
  });

  it("is 0 without events, and again after each was voided, unless it asks the ledger", () => {
    expect(levelOf(aggregation, [])).toBe(0n);
    if (reseedsOnVoid(aggregation)) return;
    const voided: LineTuple = ["e", "m", 2_000_000, 5, 0, { plan: "a" }];
    const taken: LineTuple = ["e", "m", -2_000_000, 5, 0, { plan: "a" }, 0, 6, 1];
    const [cell, back] = [emptyCell("w", 0, "m"), emptyCell("w", 0, "m")];
    addEvent(cell, counter, voided);
    expect(levelOf(aggregation, [cell])).toBeGreaterThan(0n);
    addEvent(back, counter, taken);
    mergeCell(cell, back);
    expect(levelOf(aggregation, [cell])).toBe(0n);
  });
});
