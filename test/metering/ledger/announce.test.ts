/** What follows from usage reaches the control database once, whatever is lost on the way. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { drained } from "../../../src/metering/meter/meter.ts";
import { listAnnounced } from "../../../src/platform/queue/outbox.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call, makeTenant, operatorKey, type TestTenant } from "../../support/api.ts";
import { ledgerOf } from "../../support/ledger.ts";

const worker = env as unknown as Env;

const stubOf = (tenant: string) =>
  worker.METER.get(worker.METER.idFromName(tenant)) as unknown as DurableObjectStub<undefined>;

/** What the control database has of a tenant's usage: announcements and names of metrics. */
async function announced(tenant: string) {
  const events = await listAnnounced(worker.DB, tenant, 0, 1_000);
  const { results } = await worker.DB.prepare("SELECT name FROM metrics WHERE tenant = ?")
    .bind(tenant)
    .all<{ name: string }>();
  const usage = events.filter(({ type }) => type.startsWith("usage."));
  return { ids: usage.map(({ id }) => id).sort(), names: results.map(({ name }) => name).sort() };
}

/** Forgets all of that, as a control database that was set back would have. */
async function setBackControl(tenant: string): Promise<void> {
  const each = [
    "DELETE FROM outbox WHERE tenant = ? AND type LIKE 'usage.%'",
    "DELETE FROM metrics WHERE tenant = ?",
    "DELETE FROM usage_announced WHERE tenant = ?",
  ];
  await worker.DB.batch(each.map((sql) => worker.DB.prepare(sql).bind(tenant)));
}

const segments = async (tenant: string) =>
  (await ledgerOf(tenant))
    .prepare("SELECT sum(n) FROM usage_segments WHERE tenant = ?")
    .bind(tenant)
    .first("sum(n)");

describe.each([0, 1])("usage in ledger %i", (ledger) => {
  let tenant: TestTenant;

  beforeEach(async () => {
    tenant = await makeTenant({ ledger });
    const { tenantId: tenant_id, key } = tenant;
    const plan = { tenant_id, plan: "FREE", billing_cycle: "monthly", base_price: 0 };
    await call(await operatorKey(), "POST", "/api/subscriptions", plan);
    await call(key, "POST", "/api/usage/record", { metric_name: "named", quantity: 1, id: "a" });
    await call(key, "POST", "/api/usage/record", { metric_name: "api_calls", quantity: 850 });
    await call(key, "POST", "/api/usage/events/a/void");
    await drained(worker, tenant_id);
  });

  it("is announced", async () => {
    const { ids, names } = await announced(tenant.tenantId);
    expect(names).toEqual(["named"]);
    expect(ids).toHaveLength(2);
    expect(ids.join()).toMatch(/api_calls_80.*_void_1/);
  });

  it("is announced again where the control database was set back alone", async () => {
    const { tenantId, key } = tenant;
    const before = await announced(tenantId);
    await setBackControl(tenantId);
    await evictDurableObject(stubOf(tenantId));
    await drained(worker, tenantId);
    expect(await announced(tenantId)).toEqual(before);
    // And under an object in memory, with the next that it announces.
    await setBackControl(tenantId);
    await call(key, "POST", "/api/usage/record", { metric_name: "other", quantity: 1 });
    await drained(worker, tenantId);
    expect(await announced(tenantId)).toEqual({ ...before, names: ["named", "other"] });
    expect(await segments(tenantId)).toBe(4);
  });

  it("is announced where the control database's batch failed after the ledger's", async () => {
    const { tenantId, key } = tenant;
    await runInDurableObject(stubOf(tenantId), async (meter: unknown) => {
      const shell = meter as { env: Env; drain(tenant: string): Promise<unknown> };
      const batch = shell.env.DB.batch;
      shell.env.DB.batch = function (this: D1Database, statements) {
        const texts = statements as unknown as { statement: string }[];
        const announces = texts.some(({ statement }) => statement.includes("usage_announced"));
        return announces ? Promise.reject(new Error("away")) : batch.call(this, statements);
      } as typeof batch;
      try {
        await call(key, "POST", "/api/usage/record", { metric_name: "third", quantity: 1 });
        await expect(shell.drain(tenantId)).rejects.toThrow("away");
      } finally {
        shell.env.DB.batch = batch;
      }
    });
    await evictDurableObject(stubOf(tenantId));
    await drained(worker, tenantId);
    expect((await announced(tenantId)).names).toEqual(["named", "third"]);
    expect(await segments(tenantId)).toBe(4);
  });

  it("is refilled where its ledger was set back alone, and announced no second time", async () => {
    const { tenantId, key } = tenant;
    const before = await announced(tenantId);
    const path = "/api/usage/summary?start_date=2020-01-01T00:00:00Z";
    const { body } = await call(key, "GET", path);
    const db = await ledgerOf(tenantId);
    const tables = ["usage_watermarks", "usage_segments", "segment_quarters", "rollup_tenant"];
    await db.batch(
      [...tables, "usage_alerts", "usage_voids"].map((table) =>
        db.prepare(`DELETE FROM ${table} WHERE tenant = ?`).bind(tenantId),
      ),
    );
    await evictDurableObject(stubOf(tenantId));
    expect((await call(key, "GET", path)).body.metrics).toEqual(body.metrics);
    expect(await announced(tenantId)).toEqual(before);
    expect((await call(key, "GET", "/api/usage/events/a")).body.voided).toBe(true);
  });
});

it("of a new tenant lies in the emptiest ledger", async () => {
  const operator = await operatorKey();
  const make = async () => {
    const { body } = await call(operator, "POST", "/api/tenants", { name: "New", mode: "live" });
    const row = worker.DB.prepare("SELECT ledger FROM tenants WHERE id = ?").bind(body.id);
    return row.first("ledger");
  };
  const setBytes = (ledger: number, bytes: number) =>
    worker.DB.prepare(
      "INSERT INTO ledgers (ledger, bytes) VALUES (?1, ?2) " +
        "ON CONFLICT (ledger) DO UPDATE SET bytes = ?2",
    )
      .bind(ledger, bytes)
      .run();
  await setBytes(0, 9e12);
  await setBytes(1, 0);
  expect(await make()).toBe(1);
  await setBytes(1, 9e13);
  expect(await make()).toBe(0);
  await setBytes(0, 0);
  await setBytes(1, 0);
});
