import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

describe("recording asynchronously", () => {
  it("fixes ids and times at once, and records them once", async () => {
    const { key } = await makeTenant({ clock: "2026-03-31T12:00:00Z" });
    const prefer = { prefer: "respond-async" };
    const single = { metric_name: "x", quantity: 1, id: "one" };
    const first = await call(key, "POST", "/api/usage/record", single, prefer);
    expect([first.status, first.body.id]).toEqual([202, "one"]);
    const long = "y".repeat(900);
    const many = Array.from({ length: 200 }, (_, i) => ({
      metric_name: "x",
      quantity: 1,
      id: `many-${i}`,
      metadata: { long },
    }));
    const batch = await call(key, "POST", "/api/usage/events", [...many, { bad: 1 }], prefer);
    expect(batch.status).toBe(202);
    const statuses = batch.body.results.map((r: { status: number }) => r.status);
    expect([statuses[0], statuses[200]]).toEqual([202, 422]);
    await expect
      .poll(
        async () => {
          const { body } = await call(key, "GET", "/api/usage/summary");
          return body.metrics[0]?.event_count;
        },
        { timeout: 15_000 },
      )
      .toBe(201);
    const again = await call(key, "POST", "/api/usage/events", many);
    expect([again.body.accepted, again.body.duplicates]).toEqual([0, 200]);
  }, 20_000);
});
