import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { listed, moveTo, record, type Subscriber, subscriber } from "../../support/billing.ts";

const START = "2026-04-01T00:00:00Z";
const post = (of: Subscriber, verb: string, body: unknown = {}) =>
  call(of.operator, "POST", `/api/subscriptions/${of.id}/${verb}`, body);
const amounts = (period: { lines: { amount: number }[] }) => period.lines.map((l) => l.amount);

describe("resuming a subscription that was to end", () => {
  it("lets it go on as if nothing had been asked", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await moveTo(tenant, "2026-04-20T00:00:00Z");
    await post(tenant, "cancel");
    const { status, body } = await post(tenant, "resume");
    expect([status, body]).toMatchObject([
      200,
      { status: "active", cancel_at: null, scheduled_change: null },
    ]);
    await moveTo(tenant, "2026-05-10T00:00:00Z");
    await record(tenant, 2000);
    await moveTo(tenant, "2026-07-01T01:00:00Z");
    const closed = await listed(tenant, "/api/billing/periods");
    expect(closed.map(amounts)).toEqual([[10], [10, 1], [10]]);
  });

  it("pays ahead again, and may be asked for twice", async () => {
    const tenant = await subscriber(START, { base_price: 30, base_timing: "advance" });
    await post(tenant, "cancel");
    await post(tenant, "resume");
    expect((await post(tenant, "resume")).status).toBe(200);
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    expect((await listed(tenant, "/api/billing/periods")).map(amounts)).toEqual([[30], [30]]);
  });

  it("keeps a change that was to come before the end, and can end again", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await post(tenant, "change-plan", { seats: 3, when: "now" });
    await post(tenant, "cancel");
    expect((await post(tenant, "resume")).body).toMatchObject({ seats: 3, cancel_at: null });
    const again = await post(tenant, "cancel");
    expect(again.body.cancel_at).toBe("2026-05-01T00:00:00Z");
    await moveTo(tenant, "2026-08-01T00:00:00Z");
    expect((await listed(tenant, "/api/billing/periods")).map(amounts)).toEqual([[30]]);
  });

  it("takes over the version that its plan got meanwhile, from the next boundary", async () => {
    const version = { currency: "USD", base_price_monthly: 5, prices: [] };
    const code = `R${Date.now()}`;
    const tenant = await subscriber(START, {});
    const plan = { ...version, code, name: "Renewed" };
    expect((await call(tenant.operator, "POST", "/api/plans", plan)).status).toBe(201);
    await post(tenant, "change-plan", { plan: code, when: "period_end" });
    await moveTo(tenant, "2026-05-10T00:00:00Z");
    await post(tenant, "cancel");
    await call(tenant.operator, "POST", `/api/plans/${code}/versions`, version);
    const { body } = await post(tenant, "resume");
    expect(body).toMatchObject({ plan_version: 1, scheduled_change: { plan_version: 2 } });
  });

  it("is too late once it has ended, and where another has followed", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await post(tenant, "cancel");
    const next = { tenant_id: tenant.tenantId, plan: "FREE", base_price: 0 };
    const follows = { ...next, start_date: "2026-05-01T00:00:00Z" };
    expect((await call(tenant.operator, "POST", "/api/subscriptions", follows)).status).toBe(201);
    expect((await post(tenant, "resume")).status).toBe(409);
    const other = await subscriber(START, { base_price: 10 });
    await post(other, "cancel");
    await moveTo(other, "2026-05-01T00:00:00Z");
    expect((await post(other, "resume")).status).toBe(409);
    expect((await listed(other, "/api/billing/periods")).map(amounts)).toEqual([]);
  });

  it("is announced and stands in the audit log", async () => {
    const tenant = await subscriber(START);
    await post(tenant, "cancel");
    await post(tenant, "resume");
    const { results } = await env.DB.prepare(
      "SELECT body FROM outbox WHERE tenant = ? AND type = ?",
    )
      .bind(tenant.tenantId, "subscription.resumed")
      .all<{ body: string }>();
    expect(results.map(({ body }) => JSON.parse(body))).toEqual([
      { subscription_id: tenant.id, plan: "FREE" },
    ]);
    const log = await call(tenant.operator, "GET", `/api/audit?target=${tenant.id}`);
    expect(log.body.data[0].action).toBe("subscription.resumed");
  });
});
