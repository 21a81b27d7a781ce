import { describe, expect, it } from "vitest";
import { changeBasisPoints, usageAsked } from "../../../src/dashboard/usage/usage-period.ts";

const NOW = Date.parse("2026-03-15T12:00:00Z");
const text = ({ startMs, endMs }: { startMs: number; endMs: number }) => [
  new Date(startMs).toISOString(),
  new Date(endMs).toISOString(),
];

describe("the usage page's question", () => {
  it("is this month by day against the month before, unless asked otherwise", () => {
    const asked = usageAsked({}, NOW, "UTC");
    expect(text(asked)).toEqual(["2026-03-01T00:00:00.000Z", "2026-03-15T12:00:00.001Z"]);
    expect(text(asked.before)).toEqual(["2026-02-01T00:00:00.000Z", "2026-03-01T00:00:00.000Z"]);
    expect(asked.window).toBe("day");
  });

  it("knows the viewer's midnight, also where the clocks change", () => {
    const range = { range: "custom", from: "2026-03-28", to: "2026-03-29" };
    const asked = usageAsked(range, NOW, "Europe/Berlin");
    expect(text(asked)).toEqual(["2026-03-27T23:00:00.000Z", "2026-03-29T22:00:00.000Z"]);
    expect(asked.endMs - asked.startMs).toBe(47 * 3_600_000);
    expect(asked.window).toBe("hour");
    expect(asked.before.endMs).toBe(asked.startMs);
  });

  it("takes 12 months by month, and the window that is asked for", () => {
    expect(usageAsked({ range: "year" }, NOW, "UTC").window).toBe("month");
    expect(usageAsked({ range: "year", window: "day" }, NOW, "UTC").window).toBe("day");
  });

  it("is refused where it is none, naming the field", () => {
    const pointer = (query: Record<string, string>) => {
      try {
        usageAsked(query, NOW, "UTC");
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

it("a change is in hundredths of a percent, and from nothing there is none", () => {
  expect(changeBasisPoints(150n, 100n)).toBe(5_000n);
  expect(changeBasisPoints(50n, 100n)).toBe(-5_000n);
  expect(changeBasisPoints(1n, 0n)).toBeNull();
});
