import { describe, expect, it } from "vitest";
import { DAY_MS } from "../../../src/core/time.ts";
import type { Ended } from "../../../src/delivery/transport/retry.ts";
import { healthAfter } from "../../../src/delivery/webhook/health.ts";

const ended = (status: number | null, more: Partial<Ended> = {}): Ended => ({
  status,
  timedOut: false,
  latencyMs: 10,
  retryAfterMs: null,
  ...more,
});

describe("an endpoint's health", () => {
  const well = { slow: false, failingSinceMs: null, disabled: null };

  it("fails from the first failure on, until a success", () => {
    const ill = healthAfter(well, ended(500), 5);
    expect(ill.failingSinceMs).toBe(5);
    expect(healthAfter(ill, ended(500), 9).failingSinceMs).toBe(5);
    expect(healthAfter(ill, ended(200), 9)).toEqual(well);
  });

  it("ends after three days of nothing but failure, and at once with a 410", () => {
    const ill = { ...well, failingSinceMs: 5 };
    expect(healthAfter(ill, ended(500), 4 + 3 * DAY_MS).disabled).toBeNull();
    expect(healthAfter(ill, ended(500), 5 + 3 * DAY_MS).disabled).toBe("failing");
    expect(healthAfter(well, ended(410), 5).disabled).toBe("gone");
  });

  it("is slow from its first time-out until it answers quickly", () => {
    const slow = healthAfter(well, ended(null, { timedOut: true }), 5);
    expect(slow.slow).toBe(true);
    expect(healthAfter(slow, ended(200, { latencyMs: 9_000 }), 9).slow).toBe(true);
    expect(healthAfter(slow, ended(200), 9).slow).toBe(false);
  });
});
