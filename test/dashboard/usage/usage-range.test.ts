import { describe, expect, it } from "vitest";
import { changeBasisPoints, usageRange } from "../../../src/dashboard/usage/usage-range.ts";

const NOW = Date.parse("2026-03-15T12:00:00Z");
const text = ({ startMs, endMs }: { startMs: number; endMs: number }) => [
  new Date(startMs).toISOString(),
  new Date(endMs).toISOString(),
];

describe("the range of the usage page", () => {
  it("is this month by day against the month before unless the query says otherwise", () => {
    const range = usageRange({}, NOW, "UTC");
    expect(text(range)).toEqual(["2026-03-01T00:00:00.000Z", "2026-03-15T12:00:00.001Z"]);
    expect(text(range.before)).toEqual(["2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"]);
    expect(range.window).toBe("day");
  });

  it("begins at midnight of the issuer's time zone, also where the clocks change", () => {
    const query = { range: "custom", from: "2026-03-28", to: "2026-03-29" };
    const range = usageRange(query, NOW, "Europe/Berlin");
    expect(text(range)).toEqual(["2026-03-27T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]);
    expect(range.endMs - range.startMs).toBe(47 * 3_600_000);
    expect(range.window).toBe("hour");
    expect(range.before.endMs).toBe(range.startMs);
  });

  it("shows 12 months by month, or by the window that is asked for", () => {
    expect(usageRange({ range: "year" }, NOW, "UTC").window).toBe("month");
    expect(usageRange({ range: "year", window: "day" }, NOW, "UTC").window).toBe("day");
  });

  it("is refused with the field that is not valid", () => {
    const pointer = (query: Record<string, string>) => {
      try {
        usageRange(query, NOW, "UTC");
        return null;
      } catch (error) {
        return (error as { extra: { errors: { pointer: string }[] } }).extra.errors[0]?.pointer;
      }
    };
    expect(pointer({ range: "ever" })).toBe("/range");
    expect(pointer({ window: "second" })).toBe("/window");
    expect(pointer({ range: "custom", from: "2026-02-30", to: "2026-03-01" })).toBe("/from");
    expect(pointer({ range: "custom", from: "2026-03-02", to: "2026-03-01" })).toBe("/to");
  });
});

it("a change is in hundredths of a percent, and null from nothing", () => {
  expect(changeBasisPoints(150n, 100n)).toBe(5_000n);
  expect(changeBasisPoints(50n, 100n)).toBe(-5_000n);
  expect(changeBasisPoints(1n, 0n)).toBeNull();
});
