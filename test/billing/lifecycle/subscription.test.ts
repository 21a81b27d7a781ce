import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { listed, moveTo, record, type Subscriber, subscriber } from "../../support/billing.ts";

const START = "2026-04-01T00:00:00Z";

async function change(tenant: Subscriber, body: Record<string, unknown>) {
  return call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/change-plan`, body);
}
async function cancel(tenant: Subscriber, when?: string) {
  const body = when ? { when } : {};
  return call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/cancel`, body);
}
const amounts = (period: { lines: { amount: number }[] }) => period.lines.map((l) => l.amount);

describe("subscribing", () => {
  it("answers the subscription, to the operator and to its tenant alone", async () => {
    const tenant = await subscriber(START, {
      plan: "STARTER",
      base_price: "29.00",
      time_zone: "Europe/Berlin",
      start_date: "2026-04-01",
    });
    const own = await call(tenant.key, "GET", `/api/subscriptions/${tenant.id}`);
    expect(own.body).toMatchObject({
      id: tenant.id,
      tenant_id: tenant.tenantId,
      status: "active",
      plan: "STARTER",
      plan_version: 1,
      base_price: 29,
      seats: 1,
      billing_cycle: "monthly",
      base_timing: "arrears",
      start_date: "2026-03-31T22:00:00Z",
      current_period: { start: "2026-03-31T22:00:00Z", end: "2026-04-30T22:00:00Z" },
      scheduled_change: null,
      cancel_at: null,
    });
    expect((await call(tenant.key, "GET", "/api/subscriptions")).body.data).toHaveLength(1);
    const other = await makeTenant();
    const stranger = await call(other.key, "GET", `/api/subscriptions/${tenant.id}`);
    expect(stranger.status).toBe(404);
    expect((await call(other.key, "GET", "/api/subscriptions")).body.data).toEqual([]);
    const asking = await call(other.key, "GET", `/api/subscriptions?tenant_id=${tenant.tenantId}`);
    expect(asking.status).toBe(404);
    const operator = await call(tenant.operator, "GET", `/api/subscriptions/${tenant.id}`);
    expect(operator.body.id).toBe(tenant.id);
  });

  it("is allowed to the operator only", async () => {
    const tenant = await makeTenant();
    const body = { tenant_id: tenant.tenantId, plan: "FREE", base_price: 0 };
    expect((await call(tenant.key, "POST", "/api/subscriptions", body)).status).toBe(403);
  });

  it("refuses a second active subscription of a tenant", async () => {
    const tenant = await subscriber(START);
    const body = { tenant_id: tenant.tenantId, plan: "FREE", base_price: 0 };
    const second = await call(tenant.operator, "POST", "/api/subscriptions", body);
    expect([second.status, second.body.code]).toEqual([409, "subscription.exists"]);
    const fresh = await makeTenant();
    const racing = await Promise.all(
      [1, 2].map(() =>
        call(tenant.operator, "POST", "/api/subscriptions", { ...body, tenant_id: fresh.tenantId }),
      ),
    );
    expect(racing.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it("names what is wrong, and stores nothing", async () => {
    const operator = await operatorKey();
    const tenant = await makeTenant({ clock: START });
    const wrong: [Record<string, unknown>, string][] = [
      [{ plan: "NONE" }, "/plan"],
      [{ plan_version: 9 }, "/plan_version"],
      [{ time_zone: "Mars/Phobos" }, "/time_zone"],
      [{ currency: "EUR" }, "/currency"],
      [{ base_price: -1 }, "/base_price"],
      [{ base_price: "1.001" }, "/base_price"],
      [{ base_price: undefined }, "/base_price"],
      [{ start_date: "yesterday" }, "/start_date"],
      [{ start_date: "2020-01-01" }, "/start_date"],
      [{ trial_end: "2026-03-01" }, "/trial_end"],
      [{ billing_cycle: "fortnightly" }, "/billing_cycle"],
      [{ colour: "red" }, "/colour"],
    ];
    for (const [part, pointer] of wrong) {
      const body = { tenant_id: tenant.tenantId, plan: "FREE", base_price: 0, ...part };
      const answer = await call(operator, "POST", "/api/subscriptions", body);
      expect([pointer, answer.status]).toEqual([pointer, 422]);
      expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
    }
    const unknown = { tenant_id: "ten_none", plan: "FREE", base_price: 0 };
    expect((await call(operator, "POST", "/api/subscriptions", unknown)).status).toBe(404);
    expect(await listed(tenant, "/api/subscriptions")).toEqual([]);
  });

  it("in the past counts what was recorded before it began", async () => {
    const tenant = await makeTenant({ clock: "2026-04-20T00:00:00Z" });
    await record(tenant, 700, { timestamp: "2026-04-09T23:59:59Z" });
    await record(tenant, 900, { timestamp: "2026-04-10T00:00:00Z" });
    const operator = await operatorKey();
    const answer = await call(operator, "POST", "/api/subscriptions", {
      tenant_id: tenant.tenantId,
      plan: "FREE",
      base_price: 0,
      start_date: "2026-04-10",
    });
    expect(answer.status).toBe(201);
    const { alerts } = (await call(tenant.key, "GET", "/api/usage/alerts")).body;
    expect(alerts).toMatchObject([{ used_quantity: 900, threshold_percent: 90 }]);
  });
});

describe("a change of plan", () => {
  const half = "2026-04-16T00:00:00Z";

  it("now blends the allowance and bills each part (worked examples 4 and 6)", async () => {
    const tenant = await subscriber(START, { base_price: "10.01" });
    await record(tenant, 900);
    await moveTo(tenant, half);
    const changed = await change(tenant, { plan: "STARTER", base_price: "20.00", when: "now" });
    expect(changed.body).toMatchObject({ plan: "STARTER", base_price: 20 });
    const asked = await call(tenant.key, "GET", "/api/usage/entitlements/api_calls");
    expect(asked.body).toMatchObject({ limit: 5500, used: 900 });
    await record(tenant, 5000);
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    const [period] = await listed(tenant, "/api/billing/periods");
    expect(amounts(period)).toEqual([5.01, 10, 0.2]);
  });

  it("at the period's end leaves the running period alone", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await moveTo(tenant, half);
    const changed = await change(tenant, { plan: "STARTER", base_price: 20, when: "period_end" });
    expect(changed.body).toMatchObject({
      plan: "FREE",
      scheduled_change: { plan: "STARTER", effective_at: "2026-05-01T00:00:00Z" },
    });
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    expect((await listed(tenant, "/api/billing/periods")).map(amounts)).toEqual([[10], [20]]);
  });

  it("in advance credits what was paid and charges the rest, on the next invoice", async () => {
    const tenant = await subscriber("2026-03-01T00:00:00Z", {
      base_price: "29.00",
      base_timing: "advance",
    });
    await moveTo(tenant, "2026-03-11T12:00:00Z");
    await change(tenant, { plan: "STARTER", base_price: "99.00", when: "now" });
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    const closed = await listed(tenant, "/api/billing/periods");
    expect(closed.map(amounts)).toEqual([[29], [-19.18, 65.47, 99]]);
  });

  it("to the plan that it has already changes nothing", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    const before = await call(tenant.key, "GET", `/api/subscriptions/${tenant.id}`);
    for (const when of ["now", "period_end"]) {
      const same = await change(tenant, { plan: "FREE", when });
      expect(same.body).toEqual(before.body);
    }
  });

  it("of seats prorates the same way", async () => {
    const tenant = await subscriber(START, { base_price: 10, seats: 2 });
    await moveTo(tenant, half);
    await change(tenant, { seats: 5, when: "now" });
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    const [period] = await listed(tenant, "/api/billing/periods");
    expect(amounts(period)).toEqual([10, 25]);
  });

  it("between plans of different structures waits for the period's end", async () => {
    const operator = await operatorKey();
    const code = `TIERED-${Date.now()}`;
    await call(operator, "POST", "/api/plans", {
      code,
      name: "Tiered",
      currency: "USD",
      prices: [{ metric_name: "api_calls", model: "volume", tiers: [{ unit_price: 1 }] }],
    });
    const tenant = await subscriber(START);
    const refused = await change(tenant, { plan: code, when: "now" });
    expect(refused.body.errors).toMatchObject([{ pointer: "/when" }]);
    expect((await change(tenant, { plan: code, when: "period_end" })).status).toBe(200);
  });

  it("of another currency, or dated by itself, is refused and changes nothing", async () => {
    const operator = await operatorKey();
    const plan = `EURO-${Date.now()}`;
    const made = { code: plan, name: "Euro", currency: "EUR", prices: [], base_price_monthly: 9 };
    expect((await call(operator, "POST", "/api/plans", made)).status).toBe(201);
    const tenant = await subscriber(START, { base_price: 10 });
    const path = `/api/subscriptions/${tenant.id}`;
    const before = (await call(tenant.key, "GET", path)).body;
    const wrong: [Record<string, unknown>, string][] = [
      [{ plan, when: "now" }, "/plan"],
      [{ plan, when: "period_end" }, "/plan"],
      [{ base_price: 20, when: "2026-03-15T00:00:00Z" }, "/when"],
      [{ base_price: 20, when: "2027-01-01T00:00:00Z" }, "/when"],
      [{ base_price: -1, when: "now" }, "/base_price"],
      [{ base_price: "1.001", when: "now" }, "/base_price"],
    ];
    for (const [body, pointer] of wrong) {
      const { status, body: problem } = await change(tenant, body);
      expect([status, problem.errors]).toMatchObject([422, [{ pointer }]]);
    }
    expect((await call(tenant.key, "GET", path)).body).toEqual(before);
  });

  it("is kept or refused with 409 where two are made at once", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    const both = await Promise.all(
      [20, 30].map((base_price) => change(tenant, { base_price, when: "now" })),
    );
    const won = both.filter(({ status }) => status === 200);
    const { body } = await call(tenant.key, "GET", `/api/subscriptions/${tenant.id}`);
    expect(won.map((answer) => answer.body.base_price)).toContain(body.base_price);
    for (const { status } of both) expect([200, 409]).toContain(status);
  });
});

describe("cancelling", () => {
  it("ends with the period by default, with a last invoice", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await moveTo(tenant, "2026-04-20T00:00:00Z");
    const answer = await cancel(tenant);
    expect(answer.body).toMatchObject({ status: "active", cancel_at: "2026-05-01T00:00:00Z" });
    await record(tenant, 2000);
    await moveTo(tenant, "2026-08-01T00:00:00Z");
    expect((await listed(tenant, "/api/billing/periods")).map(amounts)).toEqual([[10, 1]]);
    const ended = await call(tenant.key, "GET", `/api/subscriptions/${tenant.id}`);
    expect(ended.body).toMatchObject({ status: "ended", current_period: null });
    expect((await cancel(tenant)).status).toBe(409);
    expect((await change(tenant, { seats: 2, when: "now" })).status).toBe(409);
  });

  it("holds, whatever is changed until then", async () => {
    const tenant = await subscriber(START, { base_price: 10 });
    await cancel(tenant);
    await moveTo(tenant, "2026-04-16T00:00:00Z");
    const changed = await change(tenant, { base_price: 20, when: "now" });
    expect(changed.body).toMatchObject({ base_price: 20, cancel_at: "2026-05-01T00:00:00Z" });
    const late = await change(tenant, { base_price: 30, when: "period_end" });
    expect(late.body.errors).toMatchObject([{ pointer: "/when" }]);
    await moveTo(tenant, "2026-07-01T00:00:00Z");
    expect((await listed(tenant, "/api/billing/periods")).map(amounts)).toEqual([[5, 10]]);
  });

  it("now bills what was used before it, and nothing after", async () => {
    const tenant = await subscriber(START, { base_price: 30 });
    await record(tenant, 2000);
    await moveTo(tenant, "2026-04-16T00:00:00Z");
    expect((await cancel(tenant, "now")).body.status).toBe("ended");
    await record(tenant, 5000);
    await moveTo(tenant, "2026-07-01T00:00:00Z");
    // Half the base; half of 1,000 included, so 1,500 × 0.001.
    expect((await listed(tenant, "/api/billing/periods")).map(amounts)).toEqual([[15, 1.5]]);
    const again = { tenant_id: tenant.tenantId, plan: "FREE", base_price: 0 };
    expect((await call(tenant.operator, "POST", "/api/subscriptions", again)).status).toBe(201);
  });

  it("now gives back the base that was paid ahead, by a credit note", async () => {
    const tenant = await subscriber(START, { base_price: 30, base_timing: "advance" });
    await moveTo(tenant, "2026-04-16T00:00:00Z");
    await cancel(tenant, "now");
    await moveTo(tenant, "2026-04-16T01:00:00Z");
    const closed = await listed(tenant, "/api/billing/periods");
    expect(closed.map(amounts)).toEqual([[30], [-15]]);
    const [note] = await listed(tenant, "/api/credit-notes");
    expect(note).toMatchObject({ total: 15 });
  });

  it("at the very instant of a yearly start gives all of it back", async () => {
    const tenant = await subscriber(START, { base_price: 120, billing_cycle: "yearly" });
    await cancel(tenant, "now");
    await moveTo(tenant, "2026-04-02T00:00:00Z");
    const closed = await listed(tenant, "/api/billing/periods");
    expect(closed.map(amounts)).toEqual([[120], [-120]]);
  });
});

describe("each change of a subscription", () => {
  it("is in the audit log and in its tenant's outbox", async () => {
    const tenant = await subscriber(START);
    await change(tenant, { seats: 2, when: "now" });
    await cancel(tenant);
    const log = await call(tenant.operator, "GET", `/api/audit?target=${tenant.id}`);
    expect(log.body.data.map((entry: { action: string }) => entry.action)).toEqual([
      "subscription.cancelled",
      "subscription.changed",
      "subscription.created",
    ]);
    const { results } = await env.DB.prepare(
      "SELECT type FROM outbox WHERE tenant = ? ORDER BY news_seq",
    )
      .bind(tenant.tenantId)
      .all();
    expect(results.map(({ type }) => type)).toEqual([
      "subscription.created",
      "subscription.changed",
      "subscription.cancelled",
    ]);
  });
});
