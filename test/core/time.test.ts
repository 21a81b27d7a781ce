import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTime, quarterOf, timeText } from "../../src/core/time.ts";

describe("a time", () => {
  it("is read in every form of RFC 3339", () => {
    const noon = Date.UTC(2026, 0, 31, 12);
    for (const text of [
      "2026-01-31T12:00:00Z",
      "2026-01-31t12:00:00z",
      "2026-01-31 12:00:00Z",
      "2026-01-31T12:00:00.000000000+00:00",
      "2026-01-31T17:30:00+05:30",
      "2026-01-30T22:30:00-13:30",
    ]) {
      expect(parseTime(text), text).toBe(noon);
    }
    expect(parseTime("2026-01-31T12:00:00.1239Z")).toBe(noon + 123);
    expect(parseTime("2016-12-31T23:59:60Z")).toBe(Date.UTC(2016, 11, 31, 23, 59, 59)); // leap
    expect(parseTime("0001-01-01T00:00:00Z")).toBe(-62_135_596_800_000);
  });

  it("is refused in every other form", () => {
    for (const text of [
      "",
      "2026-01-31",
      "2026-01-31T12:00:00",
      "2026-01-31T12:00Z",
      "2026-02-29T00:00:00Z",
      "1900-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-00-01T00:00:00Z",
      "2026-01-00T00:00:00Z",
      "2026-01-31T24:00:00Z",
      "2026-01-31T12:60:00Z",
      "2026-01-31T12:00:61Z",
      "2026-01-31T12:00:00+24:00",
      "2026-01-31T12:00:00+01:60",
      "2026-01-31T12:00:00.Z",
      " 2026-01-31T12:00:00Z",
      "1769860800000",
      "٢٠٢٦-01-31T12:00:00Z",
    ]) {
      expect(parseTime(text), text).toBeNull();
    }
    expect(parseTime("2000-02-29T00:00:00Z")).not.toBeNull();
  });

  it("goes to text and back without a change", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), (ms) => {
        expect(parseTime(timeText(ms))).toBe(ms);
      }),
    );
    expect(timeText(0)).toBe("1970-01-01T00:00:00Z");
    expect(timeText(1)).toBe("1970-01-01T00:00:00.001Z");
  });

  it("lies in a quarter-hour, before 1970 too", () => {
    expect([0, 899_999, 900_000, -1].map(quarterOf)).toEqual([0, 0, 1, -1]);
  });
});
