/** The largest traffic that recording takes, and the widest readings of it, on such storage. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { mostAsked } from "../../scripts/platform/invocation.ts";
import { DAY_MS } from "../../src/core/time.ts";
import { meterOf } from "../../src/metering/meter/meter.ts";
import { base64Url } from "../../src/platform/runtime/crypto.ts";
import { call, makeTenant, type TestTenant } from "../support/api.ts";
import { ledgerOf } from "../support/ledger.ts";
import { widest } from "./width.ts";

vi.setConfig({ testTimeout: 60_000 });

/** Text that no compression makes smaller than three quarters. */
function noise(chars: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(Math.ceil(chars * 0.75)));
  return base64Url(bytes).slice(0, chars);
}

async function recordAll({ key }: TestTenant, items: unknown[]): Promise<void> {
  const { status, body } = await call(key, "POST", "/api/usage/events", items);
  expect([status, body.accepted]).toEqual([200, items.length]);
}

/** Everything in the ledger, and its series written. */
async function settle({ tenantId }: TestTenant): Promise<void> {
  await meterOf(env, tenantId).drain(tenantId);
  await runDurableObjectAlarm(env.METER.getByName(tenantId));
}

describe("recording", () => {
  it("takes batches of 2 MB of metadata that cannot be compressed, of one user", async () => {
    const tenant = await makeTenant();
    const items = Array.from({ length: 475 }, () => ({
      metric_name: "api_calls",
      quantity: 1,
      user_id: "u",
      metadata: { token: noise(4_070) },
    }));
    expect(JSON.stringify(items).length).toBeGreaterThan(1_950_000);
    await recordAll(tenant, items);
    await recordAll(tenant, items);
    await settle(tenant);
    const db = await ledgerOf(tenant.tenantId);
    for (const table of ["usage_segments", "series_blocks"]) {
      const width = await widest(table, "tenant = ?", tenant.tenantId, db);
      expect([table, width > 200_000, width < 1_000_000]).toEqual([table, true, true]);
    }
    const path = "/api/usage/summary?window=day&user_id=u";
    const { body } = await call(tenant.key, "GET", path);
    expect(body.metrics[0].event_count).toBe(950);
  });

  it("takes 5,000 events with the longest ids, users and sources", async () => {
    const tenant = await makeTenant();
    const items = Array.from({ length: 5_000 }, (_, i) => ({
      id: `${i}-`.padEnd(190, noise(190)),
      metric_name: "api_calls",
      quantity: 1,
      user_id: noise(100),
    }));
    await recordAll(tenant, items);
    await settle(tenant);
    const { body } = await call(tenant.key, "GET", "/api/usage/summary");
    expect(body.metrics[0].event_count).toBe(5_000);
  });
});

describe("reading", () => {
  it("takes a handful of statements for the hours of a year", async () => {
    const tenant = await makeTenant();
    await recordAll(tenant, [{ metric_name: "api_calls", quantity: 7 }]);
    await settle(tenant);
    const [fromMs, untilMs] = [Date.now() - 365 * DAY_MS, Date.now() + 60_000];
    const time = (ms: number) => new Date(ms).toISOString();
    const range = `start_date=${time(fromMs)}&end_date=${time(untilMs)}`;
    const asked = await mostAsked("GET ", async () => {
      const path = `/api/usage/summary?window=hour&${range}`;
      const { status, body } = await call(tenant.key, "GET", path);
      expect([status, body.metrics[0].total_quantity, body.breakdown.length]).toEqual([200, 7, 1]);
    });
    expect(asked.statements).toBeGreaterThan(0);
    expect(asked.statements).toBeLessThan(20);
  });
});
