import { describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import { listed, moveTo, record, subscriber } from "../../support/billing.ts";

let made = 0;
const code = () => `PLAN-${Date.now()}-${++made}`;
const price = { metric_name: "api_calls", included_quantity: 10, unit_price: "1.00" };
const plan = (rest: Record<string, unknown> = {}) => ({
  code: code(),
  name: "Team",
  currency: "USD",
  prices: [price],
  ...rest,
});

describe("plans", () => {
  it("are seeded as the design has them, and read by every tenant", async () => {
    const { key } = await makeTenant({ role: "viewer" });
    const answer = await call(key, "GET", "/api/plans/STARTER");
    expect(answer.body).toMatchObject({ id: "pln_starter", code: "STARTER", archived: false });
    expect(
      answer.body.version.prices.map((p: Record<string, unknown>) => [
        p.metric_name,
        p.included_quantity,
        p.unit_price,
      ]),
    ).toEqual([
      ["quotes_generated", 100, 0.3],
      ["invoices_generated", 50, 0.15],
      ["api_calls", 10_000, 0.0005],
      ["storage_gb", 10, 0.08],
    ]);
    expect(answer.body.version.prices[0].alert_thresholds).toEqual([80, 90, 100, 110]);
    const enterprise = await call(key, "GET", "/api/plans/pln_enterprise");
    expect(enterprise.body.version.prices[2]).toMatchObject({
      included_quantity: 999_999,
      unit_price: 0.0001,
    });
    const list = await call(key, "GET", "/api/plans?limit=2");
    expect(list.body.data).toHaveLength(2);
    const next = await call(key, "GET", `/api/plans?limit=2&cursor=${list.body.next_cursor}`);
    expect(next.body.data[0].code > list.body.data[1].code).toBe(true);
  });

  it("are made and edited by the operator alone", async () => {
    const { key } = await makeTenant();
    const refused = await call(key, "POST", "/api/plans", plan());
    expect(refused.status).toBe(403);
    const answer = await call(await operatorKey(), "POST", "/api/plans", plan());
    expect(answer.status).toBe(201);
    expect(answer.body.version).toMatchObject({ version: 1, grace_hours: 1, finalize_zero: false });
  });

  it("take every price model and answer it as it was sent", async () => {
    const prices = [
      {
        metric_name: "a",
        model: "graduated",
        tiers: [
          { up_to: 100, unit_price: 0.1, flat_fee: 5 },
          { up_to: null, unit_price: "0.000000000001", flat_fee: 0 },
        ],
      },
      { metric_name: "b", model: "volume", included_quantity: 5, tiers: [{ unit_price: 1 }] },
      { metric_name: "c", model: "package", package_size: 100, package_price: 3.5 },
      { metric_name: "d", model: "flat", unit_price: 12 },
    ];
    const operator = await operatorKey();
    const body = plan({ prices });
    await call(operator, "POST", "/api/plans", body);
    const { version } = (await call(operator, "GET", `/api/plans/${body.code}`)).body;
    expect(version.prices).toMatchObject([
      {
        model: "graduated",
        tiers: [
          { up_to: 100, unit_price: 0.1, flat_fee: 5 },
          { up_to: null, unit_price: 1e-12, flat_fee: 0 },
        ],
      },
      { model: "volume", included_quantity: 5 },
      { model: "package", package_size: 100, package_price: 3.5 },
      { model: "flat", unit_price: 12 },
    ]);
  });

  const tiered = (...bounds: (number | null)[]) => ({
    metric_name: "api_calls",
    model: "graduated",
    tiers: bounds.map((up_to) => ({ up_to, unit_price: 1 })),
  });

  it("refuse what cannot be billed, naming each wrong field, and store nothing", async () => {
    const operator = await operatorKey();
    const wrong: [Record<string, unknown>, string][] = [
      [{ prices: [{ ...price, unit_price: -1 }] }, "/prices/0/unit_price"],
      [{ prices: [{ ...price, unit_price: "0.0000000000001" }] }, "/prices/0/unit_price"],
      [{ prices: [{ ...price, included_quantity: "0.0000001" }] }, "/prices/0/included_quantity"],
      [{ prices: [price, price] }, "/prices/1/metric_name"],
      [{ prices: [{ ...price, colour: 1 }] }, "/prices/0/colour"],
      [{ prices: [{ metric_name: "a", model: "volume", tiers: [] }] }, "/prices/0/tiers"],
      [{ prices: [tiered(100, 50, null)] }, "/prices/0/tiers/1/up_to"],
      [{ prices: [tiered(100, 100, null)] }, "/prices/0/tiers/1/up_to"],
      [{ prices: [tiered(100, 200)] }, "/prices/0/tiers/1/up_to"],
      [{ currency: "XXX" }, "/currency"],
      [{ grace_hours: 73 }, "/grace_hours"],
      [{ base_price_monthly: "1.001" }, "/base_price_monthly"],
      [{ code: "lower" }, "/code"],
    ];
    for (const [change, pointer] of wrong) {
      const body = plan(change);
      const answer = await call(operator, "POST", "/api/plans", body);
      expect([pointer, answer.status]).toEqual([pointer, 422]);
      expect(answer.body.errors.map((e: { pointer: string }) => e.pointer)).toContain(pointer);
      expect((await call(operator, "GET", `/api/plans/${body.code}`)).status).toBe(404);
    }
  });

  it("refuse a code that another plan has", async () => {
    const operator = await operatorKey();
    const body = plan();
    expect((await call(operator, "POST", "/api/plans", body)).status).toBe(201);
    const again = await call(operator, "POST", "/api/plans", body);
    expect([again.status, again.body.code]).toEqual([409, "resource.conflict"]);
  });

  it("give a new version to their subscribers from the next boundary on", async () => {
    const operator = await operatorKey();
    const body = plan();
    await call(operator, "POST", "/api/plans", body);
    const tenant = await subscriber("2026-01-01T00:00:00Z", { plan: body.code });
    const { code: _, name: __, ...version } = body;
    const edited = await call(operator, "POST", `/api/plans/${body.code}/versions`, {
      ...version,
      prices: [{ ...price, included_quantity: 20, unit_price: 2 }],
    });
    expect(edited.body.version.version).toBe(2);
    // The tenant's own calls would count as its usage.
    const read = await call(operator, "GET", `/api/subscriptions/${tenant.id}`);
    expect(read.body).toMatchObject({
      plan_version: 1,
      scheduled_change: { plan_version: 2, effective_at: "2026-02-01T00:00:00Z" },
    });
    await record(tenant, 30);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await record(tenant, 30);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const closed = await listed(tenant, "/api/billing/periods");
    expect(closed.map((period) => period.net)).toEqual([20, 20]);
    expect(closed.map((period) => period.lines[0].quantity)).toEqual([20, 10]);
    const versions = await call(operator, "GET", `/api/plans/${body.code}/versions`);
    expect(versions.body.data.map((v: { version: number }) => v.version)).toEqual([2, 1]);
  });

  it("keep their subscribers when archived, and take no new ones", async () => {
    const operator = await operatorKey();
    const body = plan();
    await call(operator, "POST", "/api/plans", body);
    const archived = await call(operator, "PATCH", `/api/plans/${body.code}`, { archived: true });
    expect(archived.body.archived).toBe(true);
    const tenant = await makeTenant();
    const refused = await call(operator, "POST", "/api/subscriptions", {
      tenant_id: tenant.tenantId,
      plan: body.code,
      base_price: 0,
    });
    expect(refused.body.errors).toMatchObject([{ pointer: "/plan" }]);
  });

  it("stop recording at a hard limit, whole events only", async () => {
    const operator = await operatorKey();
    const body = plan({ prices: [{ ...price, hard_limit: true }] });
    await call(operator, "POST", "/api/plans", body);
    const tenant = await subscriber("2026-01-01T00:00:00Z", { plan: body.code });
    await record(tenant, 8);
    const answer = await call(tenant.key, "POST", "/api/usage/record", {
      metric_name: "api_calls",
      quantity: 3,
    });
    expect([answer.status, answer.body.code]).toEqual([429, "usage.limit_reached"]);
    expect(answer.body.remaining).toBe(2);
    const path = "/api/usage/entitlements/api_calls";
    const asked = async (quantity: number) =>
      (await call(tenant.key, "GET", `${path}?quantity=${quantity}`)).body;
    expect(await asked(2)).toMatchObject({ allowed: true, hard_limit: true, remaining: 2 });
    expect(await asked(3)).toMatchObject({ allowed: false, used: 8 });
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await record(tenant, 3);
  });
});
