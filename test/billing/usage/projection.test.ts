import { describe, expect, it } from "vitest";
import { projectedCounts } from "../../../src/billing/usage/projection.ts";

const SPAN = { startMs: 0, endMs: 1_000 };
const count = (metric: string, untilMs: number, valueMicro: string) => ({
  windowId: "w",
  metric,
  untilMs,
  valueMicro,
  events: 1,
  firstMs: 1,
  lastMs: 1,
});
const metric = (name: string, aggregation: "sum" | "max") =>
  [name, { name, description: "", displayName: "", unit: "", aggregation }] as const;
const METRICS = new Map([metric("calls", "sum"), metric("peak", "max")]);

describe("a period's projected counts", () => {
  it("extrapolate the pace so far exactly", () => {
    const big = "9007199254740993";
    const [projected] = projectedCounts([count("calls", 1_000, big)], SPAN, 250, METRICS);
    expect(projected?.valueMicro).toBe((BigInt(big) * 4n).toString());
  });

  it("do not extrapolate levels, or segments that have ended", () => {
    const counts = [count("peak", 1_000, "7"), count("calls", 200, "5")];
    expect(projectedCounts(counts, SPAN, 250, METRICS)).toEqual(counts);
  });

  it("stay as counted once the period is over", () => {
    const counts = [count("calls", 1_000, "5")];
    expect(projectedCounts(counts, SPAN, 5_000, METRICS)).toEqual(counts);
  });
});
