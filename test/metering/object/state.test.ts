import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyCell } from "../../../src/metering/aggregation/cell.ts";
import type { Count } from "../../../src/metering/counter/terms.ts";
import { MeterState } from "../../../src/metering/object/state.ts";

const WINDOWS = [
  { id: "per_1", startMs: 0, endMs: 100, cutsMs: [] },
  { id: "per_2", startMs: 100, endMs: 200, cutsMs: [120, 150] },
];

const textOf = (count: Count) => JSON.stringify(count);

describe("counts in pages", () => {
  it("are all counts that are asked for, each once, whatever comes between two pages", () => {
    const place = fc.record({
      windowId: fc.constantFrom("per_1", "per_2", "cal_2026-11"),
      metric: fc.integer({ min: 0, max: 30 }).map((n) => `m${n}`),
    });
    const asked = fc.record(
      {
        windowIds: fc.subarray(["per_1", "per_2"], { minLength: 1 }),
        metric: fc.constantFrom("m1", "m2"),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.array(place, { maxLength: 40 }),
        asked,
        fc.integer({ min: 1, max: 20 }),
        (places, query, most) => {
          const state = new MeterState();
          state.setTerms({ epoch: 1, subscriptionId: null, windows: WINDOWS, limits: [] });
          for (const { windowId, metric } of places) {
            state.addCell({ ...emptyCell(windowId, 0, metric), events: 1, sumMicro: 5n });
          }
          const expected = state
            .counts(query.windowIds)
            .filter(({ metric }) => metric === (query.metric ?? metric));
          const found: Count[] = [];
          for (let after: string | undefined; ; ) {
            const page = state.countsPage(after === undefined ? query : { ...query, after }, most);
            expect(page.counts.length).toBeLessThanOrEqual(Math.max(most, 3));
            found.push(...page.counts);
            if (page.next === null) break;
            after = page.next;
            // A cell of a counter that was told already, and maps that were made anew.
            state.cells = new Map([...state.cells].reverse());
          }
          expect(found.map(textOf).sort()).toEqual(expected.map(textOf).sort());
        },
      ),
    );
  });
});
