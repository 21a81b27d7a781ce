import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { driftOf } from "../../../src/billing/period/drift.ts";
import type { Count } from "../../../src/metering/counter/terms.ts";
import { call } from "../../support/api.ts";
import { listed, moveTo, record, subscriber, takeBack } from "../../support/billing.ts";

const proof = async (tenant: { key: string }) =>
  (await call(tenant.key, "GET", "/api/usage/proof")).body;

describe("the proof", () => {
  it("is equal after records, late ones, voids, a change of plan and a closing", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 1 });
    await record(tenant, "1.5", { id: "a", timestamp: "2026-01-01T00:00:00Z" });
    await record(tenant, 900, { id: "b" });
    await record(tenant, 7, { metric_name: "storage_gb" });
    await moveTo(tenant, "2026-01-16T00:07:00Z");
    const path = `/api/subscriptions/${tenant.id}/change-plan`;
    await call(tenant.operator, "POST", path, { plan: "STARTER", when: "now" });
    await record(tenant, 30, { id: "c" });
    await takeBack(tenant, "b");
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 40, { timestamp: "2026-01-20T00:00:00Z" });
    await record(tenant, 50);
    const proved = await proof(tenant);
    expect(proved).toMatchObject({ equal: true, settled: true });
    const [january, february] = proved.windows;
    expect(january.counters).toHaveLength(4);
    expect(january.counters[1]).toEqual({
      metric_name: "api_calls",
      until: "2026-02-01T00:00:00Z",
      meter: { quantity: 71.5, events: 3 },
      rollups: { quantity: 71.5, events: 3 },
      events: { quantity: 71.5, events: 3 },
    });
    expect(february.counters).toMatchObject([{ meter: { quantity: 50, events: 1 } }]);
    const [closed] = await listed(tenant, "/api/billing/periods");
    expect(closed.proof).toBe("equal");
  });

  it("names the exact difference where the ledger was tampered with", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 10);
    expect((await proof(tenant)).equal).toBe(true);
    await env.DB.prepare("UPDATE rollup_tenant SET total = total + 1 WHERE tenant = ?")
      .bind(tenant.tenantId)
      .run();
    const proved = await proof(tenant);
    expect(proved.equal).toBe(false);
    expect(proved.windows[0].counters[0]).toMatchObject({
      meter: { quantity: 10 },
      rollups: { quantity: 10.000001 },
      events: { quantity: 10 },
    });
  });

  it("treats a counter that one reading lacks as zero", () => {
    const count: Count = {
      windowId: "w",
      metric: "m",
      untilMs: 9,
      valueMicro: "5",
      events: 1,
      firstMs: 1,
      lastMs: 1,
    };
    expect(driftOf([count], [count])).toEqual([]);
    expect(driftOf([{ ...count, valueMicro: "0", events: 0 }], [])).toEqual([]);
    expect(driftOf([], [count])).toEqual([
      {
        windowId: "w",
        metric: "m",
        untilMs: 9,
        one: { valueMicro: "0", events: 0 },
        other: { valueMicro: "5", events: 1 },
      },
    ]);
  });
});
