import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Budget } from "../../../src/metering/object/budget.ts";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

const MINUTE = 60_000;
const AT = 1_790_000_000_000;

describe("a budget", () => {
  it("holds a minute's events, and fills steadily", () => {
    const budget = new Budget();
    expect(budget.take(60, 60, AT)).toBe(0);
    expect(budget.take(1, 60, AT)).toBe(1);
    expect(budget.take(1, 60, AT + 1)).toBe(0);
    // One event is now owed, but for a millisecond's share of it.
    expect(budget.take(1, 60, AT + 1)).toBe(1_000);
    expect(budget.take(1, 60, AT + 1_001)).toBe(0);
  });

  it("takes whole what begins within it, and waits until that is paid off", () => {
    const budget = new Budget();
    expect(budget.take(5_000, 1_000, AT)).toBe(0);
    expect(budget.take(1, 1_000, AT)).toBe(4 * MINUTE + 1);
    expect(budget.take(1, 1_000, AT + 4 * MINUTE)).toBe(1);
    expect(budget.take(1, 1_000, AT + 4 * MINUTE + 1)).toBe(0);
  });

  it("begins anew where it is changed, and does not run backwards with the clock", () => {
    const budget = new Budget();
    expect(budget.take(10, 10, AT)).toBe(0);
    expect(budget.take(1, 10, AT - MINUTE)).toBe(1);
    expect(budget.take(1, 20, AT)).toBe(0);
  });

  it("never lets through more than was filled, and says exactly when to come again", () => {
    const step = fc.record({ n: fc.integer({ min: 1, max: 50 }), waitMs: fc.nat(MINUTE) });
    const perMinute = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(perMinute, fc.array(step, { maxLength: 60 }), (rate, steps) => {
        const budget = new Budget();
        let [now, taken] = [AT, 0];
        for (const { n, waitMs } of steps) {
          now += waitMs;
          const retryMs = budget.take(n, rate, now);
          if (retryMs > 0) {
            if (retryMs > 1) expect(budget.take(n, rate, now + retryMs - 1)).toBe(1);
            now += retryMs;
            expect(budget.take(n, rate, now)).toBe(0);
          }
          expect(taken * MINUTE).toBeLessThan(rate * (MINUTE + now - AT));
          taken += n;
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("recording over a tenant's budget", () => {
  const events = (n: number) =>
    Array.from({ length: n }, () => ({ metric_name: "x", quantity: 1 }));

  it("answers 429 with when to come again, and records nothing", async () => {
    const { tenantId, key } = await makeTenant();
    const path = `/api/tenants/${tenantId}`;
    const operator = await operatorKey();
    const changed = await call(operator, "PATCH", path, { events_per_minute: 5 });
    expect(changed.body.events_per_minute).toBe(5);
    expect((await call(key, "POST", "/api/usage/events", events(7))).body.accepted).toBe(7);
    for (const prefer of ["", "respond-async"]) {
      const refused = await call(key, "POST", "/api/usage/events", events(1), { prefer });
      expect(refused.status).toBe(429);
      expect(refused.body.code).toBe("request.rate_limited");
      // Two events are owed, at twelve seconds each.
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(20);
      expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(25);
    }
    expect((await call(key, "POST", "/api/usage/record", events(1)[0])).status).toBe(429);
    const { body } = await call(key, "GET", "/api/usage/summary");
    expect(body.metrics).toMatchObject([{ metric_name: "x", event_count: 7 }]);
    await call(operator, "PATCH", path, { events_per_minute: null });
    expect((await call(key, "POST", "/api/usage/events", events(50))).body.accepted).toBe(50);
  });

  it("is for the operator to set", async () => {
    const { tenantId, key } = await makeTenant();
    const path = `/api/tenants/${tenantId}`;
    const operator = await operatorKey();
    expect((await call(key, "PATCH", path, { events_per_minute: null })).status).toBe(403);
    expect((await call(operator, "PATCH", path, { events_per_minute: 0 })).status).toBe(422);
    const renamed = await call(operator, "PATCH", path, { name: "Renamed" });
    expect(renamed.body).toMatchObject({ name: "Renamed", events_per_minute: null });
    const missing = await call(operator, "PATCH", "/api/tenants/ten_none", { name: "X" });
    expect(missing.status).toBe(404);
  });
});
