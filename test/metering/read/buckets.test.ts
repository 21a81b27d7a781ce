import { expect, it } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/core/time.ts";
import { bucketsOf } from "../../../src/metering/read/buckets.ts";

const OFF = 437_123;

it("cuts UTC as every zone is cut that has its time", () => {
  for (const start of ["1969-12-30T23:10:00Z", "2023-12-31T22:59:59Z", "2024-02-28T00:00:00Z"]) {
    const startMs = Date.parse(start);
    for (const [window, lengthMs] of [
      ["hour", 50 * HOUR_MS],
      ["day", 70 * DAY_MS],
      ["month", 800 * DAY_MS],
    ] as const) {
      const range = { startMs, endMs: startMs + lengthMs + OFF };
      const utc = bucketsOf(range, window, "UTC");
      expect(utc).toEqual(bucketsOf(range, window, "Etc/UTC"));
      expect([utc[0]?.startMs, utc.at(-1)?.endMs]).toEqual([range.startMs, range.endMs]);
    }
  }
});
