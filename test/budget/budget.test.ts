import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { meterOf } from "../../src/metering/meter/meter.ts";
import { call, makeTenant, operatorKey } from "../support/api.ts";

type Shown = { name: string; limit: number | null; used: number | null; source: string };

/** The tenant's own budgets by name. */
async function budgets(key: string): Promise<Record<string, Shown>> {
  const { body } = await call(key, "GET", "/api/tenant/budgets");
  return Object.fromEntries(body.data.map((budget: Shown) => [budget.name, budget]));
}

async function setBudgets(tenantId: string, change: Record<string, unknown>) {
  return call(await operatorKey(), "PUT", `/api/tenants/${tenantId}/budgets`, change);
}

/** The statuses of calls made at once, ascending. */
async function atOnce(n: number, make: (i: number) => Promise<{ status: number }>) {
  const answers = await Promise.all(Array.from({ length: n }, (_, i) => make(i)));
  return answers.map(({ status }) => status).sort((a, b) => a - b);
}

const made = (n: number, refused: number) => [
  ...Array<number>(n).fill(201),
  ...Array<number>(refused).fill(429),
];

describe("a tenant's budgets", () => {
  it("are the defaults unless the operator set them, also once it takes that back", async () => {
    const { tenantId, key } = await makeTenant();
    expect((await budgets(key)).api_keys).toMatchObject({
      limit: 1_000,
      used: 1,
      source: "default",
    });
    const set = await setBudgets(tenantId, { api_keys: 3, events_per_minute: 600 });
    expect(set.status).toBe(200);
    const now = await budgets(key);
    expect(now.api_keys).toMatchObject({ limit: 3, source: "operator" });
    expect(now.events_per_minute).toMatchObject({ limit: 600, used: null, source: "operator" });
    expect(now.users).toMatchObject({ limit: 1_000, used: 0, source: "default" });
    const tenant = await call(key, "GET", "/api/tenant");
    expect(tenant.body.events_per_minute).toBe(600);
    await setBudgets(tenantId, { api_keys: null, events_per_minute: null });
    expect((await budgets(key)).api_keys).toMatchObject({ limit: 1_000, source: "default" });
    expect((await budgets(key)).events_per_minute).toMatchObject({ limit: null });
  });

  it("are the operator's to set, with an audit entry, and known by their names", async () => {
    const { tenantId, key } = await makeTenant();
    const path = `/api/tenants/${tenantId}/budgets`;
    expect((await call(key, "PUT", path, { users: 5 })).status).toBe(403);
    expect((await call(key, "GET", path)).status).toBe(403);
    expect((await setBudgets("ten_none", { users: 5 })).status).toBe(404);
    for (const wrong of [{ users: -1 }, { users: 1.5 }, { users: 1e9 }, { none: 1 }]) {
      expect((await setBudgets(tenantId, wrong)).status).toBe(422);
    }
    await setBudgets(tenantId, { users: 5 });
    const log = await call(
      await operatorKey(),
      "GET",
      `/api/audit?action=tenant.budgets_changed&target=${tenantId}`,
    );
    expect(log.body.data).toMatchObject([{ detail: { users: 5 } }]);
  });
});

describe("a budget that is reached", () => {
  it("says what is full, how much and what to do, and gives again once there is room", async () => {
    const { tenantId, key } = await makeTenant();
    await setBudgets(tenantId, { api_keys: 2 });
    const make = () => call(key, "POST", "/api/keys", { name: "More", role: "viewer" });
    const second = await make();
    expect(second.status).toBe(201);
    const refused = await make();
    expect([refused.status, refused.body]).toMatchObject([
      429,
      {
        code: "budget.reached",
        budget: "api_keys",
        limit: 2,
        detail:
          "API keys: all 2 are in use; revoke keys that are not used, or ask the operator for more",
      },
    ]);
    await call(key, "DELETE", `/api/keys/${second.body.id}`);
    expect((await make()).status).toBe(201);
  });

  it("is never passed by keys or users that are made at once", async () => {
    const { tenantId, key } = await makeTenant();
    await setBudgets(tenantId, { api_keys: 6, users: 5 });
    const keys = await atOnce(20, () =>
      call(key, "POST", "/api/keys", { name: "More", role: "viewer" }),
    );
    expect(keys).toEqual(made(5, 15));
    const users = await atOnce(20, (i) =>
      call(key, "POST", "/api/users", { email: `u${i}@a.test`, name: "U", role: "viewer" }),
    );
    expect(users).toEqual(made(5, 15));
    expect(await budgets(key)).toMatchObject({ api_keys: { used: 6 }, users: { used: 5 } });
  });

  it("counts what there is: users and the keys that end with them", async () => {
    const { key } = await makeTenant();
    const user = { email: "a@a.test", name: "A", role: "member" };
    const { id } = (await call(key, "POST", "/api/users", user)).body;
    await call(key, "POST", "/api/keys", { name: "A's", role: "viewer", user_id: id });
    expect(await budgets(key)).toMatchObject({ api_keys: { used: 2 }, users: { used: 1 } });
    await call(key, "DELETE", `/api/users/${id}`);
    expect(await budgets(key)).toMatchObject({ api_keys: { used: 1 }, users: { used: 0 } });
  });

  it("takes away nothing where it is set below what there is", async () => {
    const { tenantId, key } = await makeTenant();
    await call(key, "POST", "/api/keys", { name: "More", role: "viewer" });
    await setBudgets(tenantId, { api_keys: 0 });
    expect(await budgets(key)).toMatchObject({ api_keys: { used: 2, limit: 0 } });
    const more = await call(key, "POST", "/api/keys", { name: "More", role: "viewer" });
    expect(more.body).toMatchObject({ code: "budget.reached", limit: 0 });
    const { results } = await env.DB.prepare("SELECT id FROM api_keys WHERE tenant = ?")
      .bind(tenantId)
      .all();
    expect(results.length).toBe(2);
  });
});

describe("a plan's version", () => {
  const version = (budgets: object) => ({
    currency: "USD",
    prices: [],
    base_price_monthly: 0,
    budgets,
  });

  it("grants budgets from its plan segment on, which the operator's own go before", async () => {
    const operator = await operatorKey();
    const code = `BUDGETS-${Date.now()}`;
    const plan = { code, name: "Budgets", ...version({ api_keys: 7, events_per_minute: 60 }) };
    const first = await call(operator, "POST", "/api/plans", plan);
    expect(first.body.version.budgets).toEqual({ api_keys: 7, events_per_minute: 60 });
    const { tenantId, key } = await makeTenant({ clock: "2026-01-10T00:00:00Z" });
    const start = { tenant_id: tenantId, plan: code, start_date: "2026-01-20T00:00:00Z" };
    const { body: subscription } = await call(operator, "POST", "/api/subscriptions", start);
    const limits = async () => {
      const { api_keys, events_per_minute, users } = await budgets(key);
      return [api_keys, events_per_minute, users].map((shown) => [shown?.limit, shown?.source]);
    };
    const defaults = [
      [1_000, "default"],
      [null, "default"],
      [1_000, "default"],
    ];
    const moveTo = (now: string) => call(key, "POST", "/api/test-clock", { now });
    expect(await limits()).toEqual(defaults);
    await moveTo("2026-01-20T00:00:00Z");
    expect(await limits()).toEqual([
      [7, "plan"],
      [60, "plan"],
      [1_000, "default"],
    ]);
    const event = { metric_name: "x", quantity: 1 };
    const send = (n: number) => call(key, "POST", "/api/usage/events", Array(n).fill(event));
    expect([(await send(600)).status, (await send(1)).status]).toEqual([200, 429]);
    // The next version holds from the next boundary on.
    await call(operator, "POST", `/api/plans/${code}/versions`, version({ users: 3 }));
    expect((await limits())[0]).toEqual([7, "plan"]);
    await moveTo("2026-02-20T00:00:00Z");
    expect(await limits()).toEqual([
      [1_000, "default"],
      [null, "default"],
      [3, "plan"],
    ]);
    await setBudgets(tenantId, { users: 4 });
    expect((await limits())[2]).toEqual([4, "operator"]);
    await setBudgets(tenantId, { users: null });
    const cancel = { when: "period_end" };
    await call(operator, "POST", `/api/subscriptions/${subscription.id}/cancel`, cancel);
    expect((await limits())[2]).toEqual([3, "plan"]);
    await moveTo("2026-03-21T00:00:00Z");
    expect(await limits()).toEqual(defaults);
  });
});

describe("a tenant's metrics", () => {
  const event = (metric_name: string) => ({ metric_name, quantity: 1 });

  it("are refused by item past the budget, in the meter, also once it starts again", async () => {
    const { tenantId, key } = await makeTenant();
    await setBudgets(tenantId, { metric_names: 2 });
    const names = ["a", "b", "c", "a", "api_calls"];
    const sent = await call(key, "POST", "/api/usage/events", names.map(event));
    expect(sent.body).toMatchObject({ accepted: 4, refused: 1 });
    expect(sent.body.results[2]).toMatchObject({
      status: 429,
      code: "budget.reached",
      detail: expect.stringMatching(/^Metrics: all 2 are in use; record under metrics that there/),
    });
    expect((await budgets(key)).metric_names).toMatchObject({ used: 2, limit: 2 });
    const meter = env.METER.get(env.METER.idFromName(tenantId));
    for (const drained of [false, true]) {
      if (drained) await meterOf(env, tenantId).drain(tenantId);
      await evictDurableObject(meter);
      const one = await call(key, "POST", "/api/usage/record", event("c"));
      expect([one.status, one.body.code]).toEqual([429, "budget.reached"]);
      expect((await call(key, "POST", "/api/usage/record", event("b"))).status).toBe(201);
    }
    await setBudgets(tenantId, { metric_names: 3 });
    expect((await call(key, "POST", "/api/usage/record", event("c"))).status).toBe(201);
  });

  it("are never passed by events and declarations at once", async () => {
    const { tenantId, key } = await makeTenant();
    await setBudgets(tenantId, { metric_names: 5 });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0
          ? call(key, "PUT", `/api/metrics/declared_${i}`, { unit: "B" })
          : call(key, "POST", "/api/usage/record", event(`recorded_${i}`)),
      ),
    );
    expect(answers.filter(({ status }) => status < 300).length).toBe(5);
    for (const { status, body } of answers.filter(({ status }) => status >= 300)) {
      expect([status, body.code]).toEqual([429, "budget.reached"]);
    }
    await meterOf(env, tenantId).drain(tenantId);
    const { results } = await env.DB.prepare("SELECT name FROM metrics WHERE tenant = ?")
      .bind(tenantId)
      .all();
    expect(results.length).toBe(5);
  });

  it("are not passed by what is imported either", async () => {
    const { tenantId, key } = await makeTenant();
    await setBudgets(tenantId, { metric_names: 1 });
    await call(key, "POST", "/api/usage/events", ["a"].map(event));
    const { body } = await call(key, "POST", "/api/usage/imports", { name: "older" });
    const items = ["a", "z"].map((metric) => ({
      ...event(metric),
      id: metric,
      timestamp: "2020-01-01T00:00:00Z",
    }));
    await call(key, "POST", `/api/usage/imports/${body.id}/events`, { events: items });
    const done = await call(key, "POST", `/api/usage/imports/${body.id}/commit`);
    expect(done.body).toMatchObject({ recorded: 1 });
    expect((await budgets(key)).metric_names).toMatchObject({ used: 1 });
  });
});
