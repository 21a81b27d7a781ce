import { describe, expect, it } from "vitest";
import {
  beforeLabel,
  changeBasisPoints,
  usageRange,
} from "../../../src/dashboard/usage/usage-range.ts";

const NOW = Date.parse("2026-03-15T12:00:00Z");
const text = ({ startMs, endMs }: { startMs: number; endMs: number }) => [
  new Date(startMs).toISOString(),
  new Date(endMs).toISOString(),
];

describe("the range of the usage page", () => {
  it("is this month by day against the month before unless the query says otherwise", () => {
    const range = usageRange({}, NOW, "UTC");
    expect(text(range)).toEqual(["2026-03-01T00:00:00.000Z", "2026-03-15T12:00:00.001Z"]);
    expect(text(range.before)).toEqual(["2026-02-01T00:00:00.000Z", "2026-02-15T12:15:00.000Z"]);
    expect(range.window).toBe("day");
  });

  // The clocks went forward on March 29, so that midnight of the 1st is at 23:00 and not 22:00.
  it.each([
    ["month", "2026-04-10T08:00:00Z", "2026-02-28T23:00:00.000Z", "2026-03-10T09:15:00.000Z"],
    ["month", "2026-03-31T10:00:00Z", "2026-01-31T23:00:00.000Z", "2026-02-28T23:00:00.000Z"],
    ["last_month", "2026-03-31T10:00:00Z", "2025-12-31T23:00:00.000Z", "2026-01-31T23:00:00.000Z"],
    ["day", "2026-03-15T09:00:00Z", "2026-03-13T23:00:00.000Z", "2026-03-14T09:15:00.000Z"],
    ["week", "2026-03-15T09:00:00Z", "2026-03-01T23:00:00.000Z", "2026-03-08T09:15:00.000Z"],
    ["year", "2028-02-29T09:00:00Z", "2026-02-28T23:00:00.000Z", "2027-02-28T09:15:00.000Z"],
    ["custom", "2026-04-10T08:00:00Z", "2026-03-25T23:00:00.000Z", "2026-03-27T23:00:00.000Z"],
  ])(
    "%s at %s stands beside the same part of what came before, by its calendar",
    (range, now, ...before) => {
      const days = range === "custom" ? { from: "2026-03-28", to: "2026-03-29" } : {};
      expect(text(usageRange({ range, ...days }, Date.parse(now), "Europe/Berlin").before)).toEqual(
        before,
      );
    },
  );

  it("says what it is compared with", () => {
    const label = (query: Record<string, string>) =>
      beforeLabel(usageRange(query, NOW, "UTC"), "en-US");
    expect(label({})).toBe("Feb 1 – Feb 15, 12:15 PM");
    expect(label({ range: "last_month" })).toBe("Jan 1 – Jan 31");
    expect(label({ range: "custom", from: "2026-03-02", to: "2026-03-02" })).toBe("Mar 1");
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
