import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/core/time.ts";
import {
  type Ended,
  MAX_ATTEMPTS,
  retryAfterMs,
  verdictOf,
} from "../../../src/delivery/transport/retry.ts";

const ended = (status: number | null, more: Partial<Ended> = {}): Ended => ({
  status,
  timedOut: false,
  latencyMs: 10,
  retryAfterMs: null,
  ...more,
});

describe("the schedule of attempts", () => {
  const waits = (chance: number) =>
    Array.from({ length: MAX_ATTEMPTS }, (_, step) => verdictOf(ended(500), step, chance));

  it("begins 5 s, 5 m, 30 m, 2 h, 5 h, 10 h and gives up after about 75 h", () => {
    const delays = waits(0.5).flatMap((v) => (v.status === "pending" ? [v.afterMs] : []));
    const start = [5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS];
    expect(delays.slice(0, 7)).toEqual([...start, 10 * HOUR_MS, 10 * HOUR_MS]);
    const total = delays.reduce((sum, delay) => sum + delay, 0);
    expect(Math.round(total / HOUR_MS)).toBe(75);
    expect(waits(0.5).at(-1)).toEqual({ status: "failed" });
  });

  it("varies each delay by at most a tenth", () => {
    expect(verdictOf(ended(500), 0, 0)).toEqual({ status: "pending", afterMs: 4_500 });
    expect(verdictOf(ended(500), 0, 0.999999)).toEqual({ status: "pending", afterMs: 5_500 });
  });

  it("waits as long as Retry-After asks, a day at most, and never less than planned", () => {
    const waited = (wait: number) => verdictOf(ended(429, { retryAfterMs: wait }), 0, 0.5);
    expect(waited(90_000)).toEqual({ status: "pending", afterMs: 90_000 });
    expect(waited(1)).toEqual({ status: "pending", afterMs: 5_000 });
    expect(waited(9 * DAY_MS)).toEqual({ status: "pending", afterMs: DAY_MS });
  });

  it("takes any 2xx as success, and neither a redirect nor silence", () => {
    const status = (of: number | null) => verdictOf(ended(of), 0, 0).status;
    expect([200, 204, 299].map(status)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect([301, 404, 500, null].map(status)).toEqual(["pending", "pending", "pending", "pending"]);
    expect(status(410)).toBe("failed");
  });

  it("reads Retry-After as seconds or as a date", () => {
    expect(retryAfterMs("120", 0)).toBe(120_000);
    expect(retryAfterMs("Thu, 01 Jan 1970 00:01:00 GMT", 1_000)).toBe(59_000);
    expect([retryAfterMs(null, 0), retryAfterMs("soon", 0)]).toEqual([null, null]);
  });
});
