import { describe, expect, it } from "vitest";
import { call, keyFor, makeTenant, operatorKey } from "../../support/api.ts";
import { listed, moveTo, record, type Subscriber, subscriber } from "../../support/billing.ts";

// Not calls: those of these tests are counted too.
const JOBS = { metric_name: "jobs" };

/** A subscriber of a plan that prices `tokens` and `jobs` at 1.00 each. */
async function billed(tenant_may?: string[]): Promise<Subscriber & { plan: string }> {
  const plan = await madePlan(["tokens", "jobs"], tenant_may);
  const of = await subscriber("2026-01-01T00:00:00Z", { plan });
  return { ...of, plan };
}

async function madePlan(metrics: string[], tenant_may?: string[]): Promise<string> {
  const code = `CORRECT-${crypto.randomUUID().toUpperCase()}`;
  const body = { code, name: "Correct", ...version(metrics, tenant_may) };
  const made = await call(await operatorKey(), "POST", "/api/plans", body);
  expect([made.status, made.body.detail]).toEqual([201, undefined]);
  expect(made.body.version.tenant_may).toEqual(tenant_may ?? []);
  return code;
}

const version = (metrics: string[], tenant_may?: string[]) => ({
  currency: "USD",
  ...(tenant_may ? { tenant_may } : {}),
  prices: metrics.map((metric_name) => ({
    metric_name,
    included_quantity: 0,
    model: "per_unit",
    unit_price: 1,
  })),
});

const estimate = async ({ key }: Subscriber) =>
  (await call(key, "GET", "/api/usage/billing-estimate")).body.total_amount;
const actions = async (key: string) =>
  (await call(key, "GET", "/api/audit?limit=100")).body.data.map(
    ({ action, target }: { action: string; target: string }) => `${action} ${target}`,
  );
const voiding = (key: string, id: string, query = "") =>
  call(key, "POST", `/api/usage/events/${id}/void${query}`);
const declaring = (key: string, metric: string, body: object, query = "") =>
  call(key, "PUT", `/api/metrics/${metric}${query}`, body);

describe("who is billed", () => {
  it("takes back no event of a priced metric, open or closed; the operator may", async () => {
    const tenant = await billed();
    const query = `?tenant_id=${tenant.tenantId}`;
    await record(tenant, 1000, { ...JOBS, id: "e1" });
    await record(tenant, 7, { id: "free", metric_name: "own" });
    for (const role of ["owner", "admin"] as const) {
      const { status, body } = await voiding(await keyFor(tenant.tenantId, role), "e1");
      expect([status, body.code]).toEqual([403, "usage.billed"]);
      expect(body.detail).toContain("jobs is priced by your plan");
    }
    expect(await estimate(tenant)).toBe(1000);
    expect((await voiding(tenant.key, "free")).status).toBe(200);
    await moveTo(tenant, "2026-02-02T00:00:00Z");
    expect((await voiding(tenant.key, "e1")).body.code).toBe("usage.billed");
    expect((await voiding(tenant.operator, "e1", query)).body).toMatchObject({ voided: true });
    await moveTo(tenant, "2026-03-02T00:00:00Z");
    expect((await listed(tenant, "/api/credit-notes")).map(({ total }) => total)).toEqual([1000]);
    const seq = (await call(tenant.key, "GET", "/api/usage/events/e1")).body.event_seq;
    expect(await actions(tenant.key)).toContain(`usage.voided seq_${seq}`);
    expect(await actions(tenant.operator)).toContain(`usage.voided seq_${seq}`);
    expect(await actions(tenant.operator)).toContain(`period.settled ${tenant.id}`);
  });

  it("declares no priced metric, also where the price is of a version to come", async () => {
    const tenant = await billed();
    for (const body of [{ aggregation: "latest" }, { aggregation: "min" }, { unit: "B" }]) {
      const { status, body: problem } = await declaring(tenant.key, "tokens", body);
      expect([status, problem.code]).toEqual([403, "usage.billed"]);
    }
    await record(tenant, 1000, { metric_name: "tokens" });
    await record(tenant, 0, { metric_name: "tokens" });
    expect(await estimate(tenant)).toBe(1000);
    expect((await declaring(tenant.key, "later", { unit: "B" })).status).toBe(200);
    const next = version(["tokens", "jobs", "later"]);
    await call(tenant.operator, "POST", `/api/plans/${tenant.plan}/versions`, next);
    expect((await declaring(tenant.key, "later", { unit: "C" })).status).toBe(403);
    const query = `?tenant_id=${tenant.tenantId}`;
    expect((await declaring(tenant.operator, "later", { unit: "C" }, query)).body.unit).toBe("C");
    expect(await actions(tenant.key)).toContain("metric.declare later");
    expect(await actions(tenant.operator)).toContain("metric.declare later");
  });

  it("imports no older usage of a priced metric, and takes none back", async () => {
    const tenant = await billed();
    await moveTo(tenant, "2026-06-01T00:00:00Z");
    const past = (metric_name: string, id: string) => ({
      metric_name,
      id,
      quantity: 5,
      timestamp: "2026-01-10T00:00:00Z",
    });
    const { body: made } = await call(tenant.key, "POST", "/api/usage/imports", { name: "old" });
    const path = `/api/usage/imports/${made.id}`;
    const query = `?tenant_id=${tenant.tenantId}`;
    const stage = (key: string, event: object, of = "") =>
      call(key, "POST", `${path}/events${of}`, { events: [event] });
    expect((await stage(tenant.key, past("own", "a"))).status).toBe(200);
    expect((await stage(tenant.key, past("tokens", "b"))).body.code).toBe("usage.billed");
    expect((await stage(tenant.operator, past("tokens", "b"), query)).body.staged).toBe(2);
    for (const verb of ["commit", "revert"]) {
      expect((await call(tenant.key, "POST", `${path}/${verb}`)).body.code).toBe("usage.billed");
      expect((await call(tenant.operator, "POST", `${path}/${verb}${query}`)).body.done).toBe(true);
    }
    expect(await actions(tenant.operator)).toContain(`usage.import_revert ${made.id}`);
    expect(await actions(tenant.key)).toContain(`usage.import_reverting ${made.id}`);
  });

  it("does what the version that holds grants it, and not what an earlier one did", async () => {
    const tenant = await billed(["void", "declare"]);
    await record(tenant, 3, { ...JOBS, id: "e1" });
    await record(tenant, 4, { ...JOBS, id: "e2" });
    expect((await declaring(tenant.key, "tokens", { unit: "B" })).status).toBe(200);
    expect((await voiding(tenant.key, "e1")).status).toBe(200);
    const plain = version(["tokens", "jobs"]);
    await call(tenant.operator, "POST", `/api/plans/${tenant.plan}/versions`, plain);
    await moveTo(tenant, "2026-02-02T00:00:00Z");
    expect((await voiding(tenant.key, "e2")).body.code).toBe("usage.billed");
    expect((await declaring(tenant.key, "tokens", { unit: "C" })).status).toBe(403);
    const gone = { when: "now" };
    await call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/cancel`, gone);
    expect((await voiding(tenant.key, "e2")).body.code).toBe("usage.billed");
  });

  it("keeps what it declared before it was priced, which the operator is shown", async () => {
    const tenant = await makeTenant({ clock: "2026-01-01T00:00:00Z" });
    const declared = { aggregation: "unique", property: "v" };
    expect((await declaring(tenant.key, "tokens", declared)).status).toBe(200);
    const operator = await operatorKey();
    const plan = await madePlan(["tokens", "api_calls", "seats"]);
    const body = { tenant_id: tenant.tenantId, plan, base_price: 0 };
    const { body: made } = await call(operator, "POST", "/api/subscriptions", body);
    const path = `/api/subscriptions/${made.id}/metrics`;
    const { metrics } = (await call(operator, "GET", path)).body;
    expect(metrics).toMatchObject([
      { name: "api_calls", aggregation: "sum", standard: true },
      { name: "seats", aggregation: "sum", property: null },
      { name: "tokens", aggregation: "unique", property: "v" },
    ]);
    expect((await call(tenant.key, "GET", path)).body.metrics).toEqual(metrics);
    const stranger = await makeTenant();
    expect((await call(stranger.key, "GET", path)).status).toBe(404);
  });

  it("reaches no other tenant's usage by naming it", async () => {
    const tenant = await billed();
    await record(tenant, 1, { ...JOBS, id: "e1" });
    const stranger = await makeTenant();
    const query = `?tenant_id=${tenant.tenantId}`;
    expect((await voiding(stranger.key, "e1", query)).status).toBe(404);
    expect((await declaring(stranger.key, "own", { unit: "B" }, query)).status).toBe(404);
    const imports = `/api/usage/imports${query}`;
    expect((await call(stranger.key, "POST", imports, { name: "x" })).status).toBe(404);
    expect((await call(stranger.key, "GET", imports)).status).toBe(404);
    expect((await voiding(tenant.operator, "e1", "?tenant_id=ten_none")).status).toBe(404);
  });

  it("has one entry for an event that is voided again", async () => {
    const tenant = await makeTenant();
    await record(tenant, 1, { ...JOBS, id: "e1" });
    await voiding(tenant.key, "e1");
    await voiding(tenant.key, "e1");
    const voids = (await actions(tenant.key)).filter((text: string) => /^usage.voided/.test(text));
    expect(voids).toHaveLength(1);
  });
});
