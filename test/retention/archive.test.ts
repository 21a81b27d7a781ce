/** What the operator asks of the archive, and what runs by itself each day. */
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { readStore } from "../../src/metering/ledger/watermark.ts";
import type { Env } from "../../src/platform/runtime/env.ts";
import { archiveUsage, retentionDays, sweepUsage } from "../../src/retention/archive/retain.ts";
import { runDue } from "../../src/schedule.ts";
import { call, makeTenant, operatorKey } from "../support/api.ts";

const worker = env as unknown as Env;
const DAY_MS = 86_400_000;

/** A tenant with an event of January 2024, whose clock then stands at the start of 2026. */
async function makeOld() {
  const tenant = await makeTenant({ clock: "2024-01-10T00:00:00Z" });
  for (const id of ["one", "two"]) {
    await call(tenant.key, "POST", "/api/usage/record", { metric_name: "m", quantity: 2, id });
  }
  await call(tenant.key, "POST", "/api/test-clock", { now: "2026-01-01T00:00:00Z" });
  await call(tenant.key, "GET", "/api/usage/events"); // drains
  return tenant;
}

const JANUARY = "/api/usage/summary?start_date=2024-01-01T00:00:00Z&end_date=2024-02-01T00:00:00Z";

describe("the archive", () => {
  it("is run and restored by the operator, who reads what is in it", async () => {
    const { tenantId, key } = await makeOld();
    const operator = await operatorKey();
    const path = `/api/tenants/${tenantId}/archive`;
    const before = await call(key, "GET", JANUARY);
    const none = await call(operator, "GET", path);
    expect(none.body).toMatchObject({ data: [], retention_days: 400 });
    expect(none.body.archived_before).toBe("2024-11-01T00:00:00Z");
    const run = await call(operator, "POST", `${path}/run`);
    expect(run.body).toEqual({ events: 2, months: ["2024-01"], done: true });
    const { data } = (await call(operator, "GET", path)).body;
    expect(data).toMatchObject([{ month: "2024-01", events: 2, objects: 1, restored: false }]);
    expect((await call(key, "GET", JANUARY)).body).toEqual(before.body);
    expect((await call(key, "GET", `${JANUARY}&user_id=u`)).body.code).toBe("usage.archived");

    const restored = await call(operator, "POST", `${path}/restore`, { month: "2024-01", days: 1 });
    expect(restored.body).toMatchObject({ events: 2, done: true });
    expect((await call(key, "GET", `${JANUARY}&user_id=u`)).status).toBe(200);
    expect((await call(key, "GET", "/api/usage/events/seq_1")).body.id).toBe("one");
    const { body } = await call(operator, "GET", path);
    expect(body.data).toMatchObject([{ restored: true, restored_until: restored.body.until }]);
    const again = await call(operator, "POST", `${path}/restore`, { month: "2024-01", days: 1 });
    expect(again.body).toMatchObject({ events: 0, done: true });
    const log = (await call(operator, "GET", "/api/audit?limit=50")).body.data;
    const mine = log.filter(({ target }: { target: string }) => target === tenantId);
    expect(mine.map(({ action }: { action: string }) => action)).toEqual([
      "usage.restored",
      "usage.archived",
    ]);
    expect((await call(key, "POST", `${path}/run`)).status).toBe(403);
  });

  it("takes what is old by itself, a day's walk through all tenants", async () => {
    const { tenantId } = await makeOld();
    const dueId = `usage.archive:${tenantId}`;
    const day = Date.now() + 40 * DAY_MS;
    const scheduled = worker.DB.prepare("SELECT count(*) AS n FROM due WHERE id = ?").bind(dueId);
    await vi.waitUntil(async () => {
      await sweepUsage(worker, day);
      return (await scheduled.first("n")) === 1;
    }, 20_000);
    await runDue(worker, dueId, day);
    const { DB: ledger } = await readStore(worker, tenantId);
    const archived = await ledger
      .prepare("SELECT sum(events) AS n FROM usage_archives WHERE tenant = ?")
      .bind(tenantId)
      .first("n");
    expect(archived).toBe(2);
    expect(await scheduled.first("n")).toBe(0);
  });

  it("keeps what a running period may still be counted from", async () => {
    const tenant = await makeTenant({ clock: "2024-01-10T12:07:00Z" });
    const operator = await operatorKey();
    await call(operator, "POST", "/api/subscriptions", {
      tenant_id: tenant.tenantId,
      plan: "FREE",
      base_price: 0,
      billing_cycle: "yearly",
    });
    await call(tenant.key, "POST", "/api/usage/record", { metric_name: "m", quantity: 2 });
    const short = { ...worker, USAGE_DATA_RETENTION_DAYS: "60" };
    const run = () => archiveUsage(short, tenant.tenantId, Date.now());
    const setClock = (now: string) => call(tenant.key, "POST", "/api/test-clock", { now });
    await setClock("2025-01-09T00:00:00Z");
    expect((await run()).events).toBe(0);
    await setClock("2025-06-01T00:00:00Z");
    expect((await run()).months).toEqual(["2024-01"]);
  });

  it.each(["59", "36501", "a year", "-1", "1e3"])("is not kept for %s days", (days) => {
    const given = { ...worker, USAGE_DATA_RETENTION_DAYS: days };
    expect(() => retentionDays(given)).toThrow(`not ${days}`);
  });
});
