import { describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "../../support/api.ts";

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
