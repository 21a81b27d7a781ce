import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

describe("declaring a metric", () => {
  it("is refused where its first event, its name or its aggregation forbids it", async () => {
    const { key } = await makeTenant();
    expect((await call(key, "PUT", "/api/metrics/api_calls", {})).status).toBe(409);
    expect((await call(key, "PUT", "/api/metrics/u", { aggregation: "unique" })).status).toBe(422);
    expect((await call(key, "PUT", "/api/metrics/u", { property: "p" })).status).toBe(422);
    const five = { dimensions: ["a", "b", "c", "d", "e"] };
    expect((await call(key, "PUT", "/api/metrics/u", five)).status).toBe(422);
    await call(key, "POST", "/api/usage/record", { metric_name: "m", quantity: 2 });
    expect((await call(key, "PUT", "/api/metrics/m", { aggregation: "max" })).status).toBe(409);
    const unit = await call(key, "PUT", "/api/metrics/m", { unit: "MB" });
    expect(unit.body).toMatchObject({ name: "m", unit: "MB", aggregation: "sum" });
    const who = { aggregation: "unique", property: "p" };
    expect((await call(key, "PUT", "/api/metrics/w", who)).status).toBe(200);
    const again = await call(key, "POST", "/api/usage/record", { metric_name: "w", quantity: 1 });
    expect([again.status, again.body.errors?.[0].pointer]).toEqual([422, "/metadata/p"]);
  });
});
