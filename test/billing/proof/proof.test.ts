import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { driftOf } from "../../../src/billing/period/drift.ts";
import { proveWindows } from "../../../src/billing/proof/prove.ts";
import type { Count } from "../../../src/metering/counter/terms.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call } from "../../support/api.ts";
import { listed, moveTo, record, subscriber, takeBack } from "../../support/billing.ts";
import { ledgerOf } from "../../support/ledger.ts";

const worker = env as unknown as Env;
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
    const db = await ledgerOf(tenant.tenantId);
    await db
      .prepare("UPDATE rollup_tenant SET total = total + 1 WHERE tenant = ?")
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

  it("of one window is that window's alone", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 10);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 20);
    const { windows } = await proof(tenant);
    expect(windows).toHaveLength(2);
    for (const window of windows) {
      const path = `/api/usage/proof?window_id=${window.window_id}`;
      const { body } = await call(tenant.key, "GET", path);
      expect(body).toEqual({ equal: true, settled: true, windows: [window] });
    }
    const stranger = await subscriber("2026-01-01T00:00:00Z");
    const path = `/api/usage/proof?window_id=${windows[0].window_id}`;
    expect((await call(stranger.key, "GET", path)).status).toBe(404);
  });

  it("reads no more events than it may, and says what to ask instead", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    for (let i = 0; i < 3; i++) await record(tenant, 1);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    for (let i = 0; i < 2; i++) await record(tenant, 1);
    const reader = { tenantId: tenant.tenantId, nowMs: Date.UTC(2026, 1, 1, 1) };
    const ask = (windowId: string | null, most: number) =>
      proveWindows(worker, reader, windowId, most);
    const [january = "", february = ""] = (await ask(null, 5)).windows.map((one) => one.window.id);
    await expect(ask(null, 4)).rejects.toThrow(`name one of the windows ${january}, ${february}`);
    expect((await ask(january, 3)).windows[0]?.events[0]?.events).toBe(3);
    await expect(ask(january, 2)).rejects.toThrow("its proof in /api/billing/periods");
    await expect(ask(february, 1)).rejects.toMatchObject({ code: "request.invalid" });
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
