/** Several runs of the bench as one. */
import { expect, it } from "vitest";
import { holds, max, min, together } from "../../bench/target.ts";

it("is the median of all runs with the least and the most, and holds where that does", () => {
  const runs = [3, 1.2345, 2].map((ratio) => ({ rate: min(2, ratio), ms: max(1.5, ratio) }));
  const { rate, ms } = together(runs);
  expect(rate).toEqual({ ratio: 2, range: [1.23, 3], target: 2, direction: "min" });
  expect(ms).toEqual({ ratio: 2, range: [1.23, 3], target: 1.5, direction: "max" });
  expect([rate && holds(rate), ms && holds(ms)]).toEqual([true, false]);
});

it("takes what not every run could measure from those that could", () => {
  const runs = [{ a: min(1, 1) }, { a: min(1, 3), b: min(1, 5) }, { a: min(1, 2) }];
  const both = together(runs);
  expect([both.a?.ratio, both.b?.ratio, both.b?.range]).toEqual([2, 5, [5, 5]]);
});

it("says no range of a run that is alone", () => {
  expect(together([{ a: min(1, 2) }])).toEqual({ a: { ratio: 2, target: 1, direction: "min" } });
});
