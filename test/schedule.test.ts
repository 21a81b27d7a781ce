import { env as bindings } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { meterOf } from "../src/metering/meter/meter.ts";
import { sweep } from "../src/minute.ts";
import { type Due, nextOnTestClock, readDue, schedule } from "../src/platform/queue/due.ts";
import type { Env } from "../src/platform/runtime/env.ts";
import { runDue } from "../src/schedule.ts";
import { call, makeTenant, operatorKey } from "./support/api.ts";
import { listed, moveTo, record, subscriber } from "./support/billing.ts";

const env = bindings as unknown as Env;

/** The Worker's environment with a queue that only remembers. */
function withQueue(): { env: Env; sent: unknown[] } {
  const sent: unknown[] = [];
  const JOBS = {
    send: async (body: unknown) => sent.push(body),
    sendBatch: async (messages: Iterable<{ body: unknown }>) => {
      sent.push(...[...messages].map(({ body }) => body));
    },
  };
  const queue = JOBS as unknown as Env["JOBS"];
  return { env: { ...env, NEWS: queue, JOBS: queue, UPKEEP: queue }, sent };
}

/** A live tenant that was subscribed since `daysAgo`. */
async function liveSubscriber(daysAgo: number) {
  const tenant = await makeTenant();
  const start = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
  const answer = await call(await operatorKey(), "POST", "/api/subscriptions", {
    tenant_id: tenant.tenantId,
    plan: "FREE",
    base_price: 5,
    start_date: start,
  });
  expect(answer.status).toBe(201);
  return { ...tenant, id: answer.body.id as string };
}

describe("the sweep", () => {
  it("folds the text that is searched in rows of an earlier version", async () => {
    const tenant = await makeTenant();
    const { body } = await call(tenant.key, "POST", "/api/customers", { name: "株式会社キマイ" });
    await env.DB.prepare("UPDATE customers SET search = name, search_folded = 0 WHERE id = ?")
      .bind(body.id)
      .run();
    const path = `/api/customers?q=${encodeURIComponent("キマイ")}`;
    expect((await call(tenant.key, "GET", path)).body.data).toEqual([]);
    await sweep(withQueue().env, Date.now());
    expect((await call(tenant.key, "GET", path)).body.data).toMatchObject([{ id: body.id }]);
  });

  it("hands out what is due on real time once, and not what is on a test clock", async () => {
    const tenant = await makeTenant();
    const nowMs = Date.now();
    const row = { tenant: tenant.tenantId, atMs: nowMs - 1, kind: "terms.push" };
    await env.DB.batch([
      schedule(env.DB, { ...row, clock: "real", ref: "real" }),
      schedule(env.DB, { ...row, clock: "real", ref: "later", atMs: nowMs + 1 }),
      schedule(env.DB, { ...row, clock: "test", ref: "test" }),
    ]);
    const { env: quiet, sent } = withQueue();
    await sweep(quiet, nowMs);
    expect(sent).toContainEqual({ kind: "due", id: "terms.push:real" });
    expect(sent).not.toContainEqual({ kind: "due", id: "terms.push:later" });
    expect(sent).not.toContainEqual({ kind: "due", id: "terms.push:test" });
    sent.length = 0;
    await sweep(quiet, nowMs + 1_000);
    expect(sent).toContainEqual({ kind: "due", id: "terms.push:later" });
    expect(sent).not.toContainEqual({ kind: "due", id: "terms.push:real" });
    // What was handed out and never run comes again.
    sent.length = 0;
    await sweep(quiet, nowMs + 11 * 60_000);
    expect(sent).toContainEqual({ kind: "due", id: "terms.push:real" });
  });

  it("does its other parts where one fails, and says that it failed", async () => {
    vi.spyOn(console, "error").mockImplementation(() => {});
    const { body } = await call((await makeTenant()).key, "POST", "/api/customers", {
      name: "Łódź",
    });
    const unfold = "UPDATE customers SET search = name, search_folded = 0 WHERE id = ?";
    await env.DB.prepare(unfold).bind(body.id).run();
    const { env: quiet } = withQueue();
    const prepare = (sql: string) => {
      if (/audit_heads/.test(sql)) throw new Error("no audit log");
      return env.DB.prepare(sql);
    };
    const DB = { prepare, batch: env.DB.batch.bind(env.DB) } as unknown as D1Database;
    await expect(sweep({ ...quiet, DB }, Date.now())).rejects.toThrow("parts of the sweep failed");
    const read = env.DB.prepare("SELECT search FROM customers WHERE id = ?").bind(body.id);
    expect(await read.first("search")).toContain("lodz");
    vi.restoreAllMocks();
  });

  it("relays what was announced and never sent", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await vi.waitFor(async () => {
      // The Worker's own queue works beside the test, and may be the first to relay it again.
      await env.DB.prepare("UPDATE outbox SET relayed_ms = NULL WHERE tenant = ?")
        .bind(tenant.tenantId)
        .run();
      const { env: quiet, sent } = withQueue();
      await sweep(quiet, Date.now());
      expect(sent).toContainEqual({
        kind: "news",
        tenant: tenant.tenantId,
        id: `${tenant.id}:created`,
      });
    });
  });
});

describe("due work", () => {
  it("closes a live tenant's period and takes its row away", async () => {
    const tenant = await liveSubscriber(32);
    // The subscription's own creation closed what was due already.
    const [period] = await listed(tenant, "/api/billing/periods");
    expect(period).toMatchObject({ net: 5, document_id: expect.stringContaining("inv_") });
    const next = `period.close:per_${tenant.id.slice(4)}_2`;
    const due = await readDue(env.DB, next);
    expect(due).toMatchObject({ clock: "real", tenant: tenant.tenantId });
    expect(await readDue(env.DB, `period.close:${period.id}`)).toBeNull();
  });

  it("that fails waits longer each time, and is never lost", async () => {
    const tenant = await liveSubscriber(3);
    const id = `period.close:per_${tenant.id.slice(4)}_1`;
    const nowMs = ((await readDue(env.DB, id)) as Due).atMs;
    await runDue(env, id, nowMs - 1);
    expect(await readDue(env.DB, id)).toMatchObject({ attempts: 0, atMs: nowMs });
    await runDue(env, id, nowMs);
    const first = (await readDue(env.DB, id)) as Due;
    expect([first.attempts, first.atMs]).toEqual([1, nowMs + 60_000]);
    await runDue(env, id, first.atMs);
    const second = (await readDue(env.DB, id)) as Due;
    expect([second.attempts, second.atMs]).toEqual([2, first.atMs + 120_000]);
    await runDue(env, "period.close:none", nowMs);
  });

  it("pushes terms to the meter that a crash left behind", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    // The batch of a change was written, and the Worker ended before it told the meter.
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO subscription_changes VALUES (?, 2, 'plan', ?, 'plv_starter_1', 0, 1, 0, NULL)`,
      ).bind(tenant.id, Date.UTC(2026, 0, 1)),
      env.DB.prepare("UPDATE meter_terms SET epoch = epoch + 1 WHERE tenant = ?").bind(
        tenant.tenantId,
      ),
      schedule(env.DB, {
        tenant: tenant.tenantId,
        atMs: 0,
        clock: "real",
        kind: "terms.push",
        ref: tenant.tenantId,
      }),
    ]);
    expect((await record(tenant, 900)).alerts).toMatchObject([
      { threshold_percent: 80 },
      { threshold_percent: 90 },
    ]);
    await runDue(env, `terms.push:${tenant.tenantId}`, Date.now());
    expect(await readDue(env.DB, `terms.push:${tenant.tenantId}`)).toBeNull();
    expect((await record(tenant, 7_000)).alerts).toEqual([]);
    expect((await record(tenant, 100)).alerts).toMatchObject([
      { threshold_percent: 80, included_quantity: 10_000 },
    ]);
  });

  it("closes by what was frozen, where a crash came between freezing and writing", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 2000);
    await moveTo(tenant, "2026-02-01T00:30:00Z");
    const periodId = `per_${tenant.id.slice(4)}_1`;
    await meterOf(env, tenant.tenantId).freeze(tenant.tenantId, periodId);
    await record(tenant, 3000, { timestamp: "2026-01-31T00:00:00Z" });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [period] = await listed(tenant, "/api/billing/periods");
    expect(period.net).toBe(1);
  });
});

describe("a test clock", () => {
  it("moves in steps that answer progress, in time order, each row at its own time", async () => {
    const tenant = await subscriber("2020-01-31T00:00:00Z", { base_price: 1 });
    const steps = [];
    for (;;) {
      const { body } = await call(tenant.key, "POST", "/api/test-clock", {
        now: "2022-03-31T02:00:00Z",
      });
      steps.push(body);
      if (body.done) break;
    }
    expect(steps.length).toBeGreaterThan(1);
    const ran = steps.flatMap((step) => step.ran);
    const kinds = Map.groupBy(ran, ({ kind }) => kind);
    expect(kinds.get("period.close")).toHaveLength(26);
    expect(kinds.get("invoice.remind")).toHaveLength(25); // the newest invoice is not overdue yet
    const times = ran.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
    expect(steps.at(-1).now).toBe("2022-03-31T02:00:00Z");
    expect(await nextOnTestClock(env.DB, tenant.tenantId, Date.UTC(2022, 2, 31, 2))).toBeNull();
    const invoices = await call(tenant.key, "GET", "/api/invoices?limit=100");
    const numbers = invoices.body.data.map((one: { number: string }) => one.number);
    expect(new Set(numbers).size).toBe(26);
    expect(numbers).toContain("TEST-INV-2021-012");
  });
});
