import { expect, it } from "vitest";
import {
  beginsMerge,
  planMerges,
  type SegmentHead,
} from "../../../src/metering/ledger/merge-plan.ts";

const AT_MS = Date.UTC(2026, 4, 31, 23);

/** Segments that follow one another, of so many events each, changed as given. */
function heads(sizes: readonly number[], changed: Record<number, Partial<SegmentHead>> = {}) {
  let high = 0;
  return sizes.map((n, i): SegmentHead => {
    high += n;
    const [low, times] = [high - n + 1, { tsMin: AT_MS, tsMax: AT_MS, drainedMs: 7 }];
    return { low, high, n, generation: 1, ...times, bytes: 100, stays: false, ...changed[i] };
  });
}

/** The sizes of each group of a plan, and up to where it goes. */
function planned(...given: Parameters<typeof heads>) {
  const { groups, mergedTo } = planMerges(heads(...given), 0);
  return [groups.map((group) => group.map(({ n }) => n)), mergedTo];
}

it("fills segments, and leaves the last few to what is drained later", () => {
  expect(planned([500, 500, 500, 499, 2, 3])).toEqual([[[500, 500, 500, 499]], 1_999]);
  expect(planned([1, 1, 1])).toEqual([[], 0]);
  const many = Array.from({ length: 16 }, () => 1);
  expect(planned(many)).toEqual([[many], 0]);
  expect(planned([])).toEqual([[], 0]);
});

it.each<[string, Record<number, Partial<SegmentHead>>]>([
  ["another generation", { 2: { generation: 2 }, 3: { generation: 2 }, 4: { generation: 2 } }],
  ["a gap", { 2: { low: 6, high: 6 } }],
  ["a later month", { 2: { tsMax: AT_MS + 3_600_000 }, 3: { tsMax: AT_MS + 3_600_000 } }],
  ["a body that would pass what is read", { 2: { bytes: 899_900 } }],
])("ends a group before %s", (_, changed) => {
  const [groups] = planned([2, 2, 1, 1, 600], changed);
  expect((groups as number[][])[0]).toEqual([2, 2]);
});

it("passes over what is large, or stays as it is", () => {
  expect(planned([2, 2, 501, 3, 3, 600])).toEqual([
    [
      [2, 2],
      [3, 3],
    ],
    1_111,
  ]);
  expect(planned([2, 2, 3, 3, 600], { 1: { stays: true } })).toEqual([[[3, 3]], 610]);
});

it("begins once in 256 drains of one size, and never for large ones", () => {
  for (const n of [1, 3, 500]) {
    const begun = Array.from({ length: 2_560 }, (_, i) => beginsMerge(i * n, (i + 1) * n));
    expect(begun.filter(Boolean)).toHaveLength(10);
  }
  expect(beginsMerge(0, 0)).toBe(false);
  expect(beginsMerge(0, 512_000)).toBe(false);
});
