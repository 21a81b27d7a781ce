import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";

const NOW = "2026-03-10T12:00:00Z";

describe("events", () => {
  it("are found by id, by source and by sequence, and listed newest first", async () => {
    const { key } = await makeTenant({ clock: NOW });
    await call(key, "POST", "/api/usage/events", [
      { metric_name: "x", quantity: 1, id: "1", user_id: "ann" },
      { metric_name: "y", quantity: 2, id: "1", source: "edge" },
      { metric_name: "x", quantity: 3, id: "2", metadata: { k: "v" } },
    ]);
    const byId = await call(key, "GET", "/api/usage/events/1");
    expect(byId.body).toMatchObject({ metric_name: "x", user_id: "ann", event_seq: 1 });
    const bySource = await call(key, "GET", "/api/usage/events/1?source=edge");
    expect(bySource.body).toMatchObject({ metric_name: "y", source: "edge" });
    const bySeq = await call(key, "GET", "/api/usage/events/seq_3");
    expect(bySeq.body).toMatchObject({ id: "2", metadata: { k: "v" } });
    expect((await call(key, "GET", "/api/usage/events/nope")).status).toBe(404);
    const page = await call(key, "GET", "/api/usage/events?metric_name=x&limit=1");
    expect(page.body.data.map((e: { id: string }) => e.id)).toEqual(["2"]);
    const next = await call(
      key,
      "GET",
      `/api/usage/events?metric_name=x&limit=1&cursor=${page.body.next_cursor}`,
    );
    expect(next.body.data.map((e: { id: string }) => e.id)).toEqual(["1"]);
    const ann = await call(key, "GET", "/api/usage/events?user_id=ann");
    expect(ann.body.data).toHaveLength(1);
    const stranger = await makeTenant();
    expect((await call(stranger.key, "GET", "/api/usage/events/seq_1")).status).toBe(404);
  });

  it("are taken back once, whatever their metric's aggregation", async () => {
    const { key } = await makeTenant({ clock: NOW });
    await call(key, "PUT", "/api/metrics/peak", { aggregation: "max" });
    await call(key, "PUT", "/api/metrics/who", { aggregation: "unique", property: "u" });
    const at = (s: number) => new Date(Date.parse(NOW) + s * 1000).toISOString();
    await call(key, "POST", "/api/usage/events", [
      { metric_name: "peak", quantity: 5, id: "p5", timestamp: at(-60) },
      { metric_name: "peak", quantity: 9, id: "p9", timestamp: at(-50) },
      { metric_name: "who", quantity: 1, id: "w1", metadata: { u: "a" } },
      { metric_name: "who", quantity: 1, id: "w2", metadata: { u: "a" } },
      { metric_name: "who", quantity: 1, id: "w3", metadata: { u: "b" } },
    ]);
    const totals = async () => {
      const { body } = await call(key, "GET", "/api/usage/summary");
      return body.metrics
        .filter((m: Record<string, unknown>) => m.metric_name !== "api_calls")
        .map((m: Record<string, unknown>) => [
          m.metric_name,
          m.total_quantity,
          m.event_count,
          m.last_usage,
        ]);
    };
    expect(await totals()).toEqual([
      ["peak", 9, 2, at(-50).replace(".000", "")],
      ["who", 2, 3, NOW],
    ]);
    for (const id of ["p9", "w1", "w3", "p9"]) {
      const answer = await call(key, "POST", `/api/usage/events/${id}/void`);
      expect(answer.body).toMatchObject({ id, voided: true });
    }
    expect(await totals()).toEqual([
      ["peak", 5, 1, at(-60).replace(".000", "")],
      ["who", 1, 1, NOW],
    ]);
    const burned = await call(key, "POST", "/api/usage/record", {
      metric_name: "peak",
      quantity: 9,
      id: "p9",
      timestamp: at(-50),
    });
    expect(burned.body.duplicate).toBe(true);
    expect((await call(key, "GET", "/api/usage/events/p9")).body.voided).toBe(true);
  });
});
