import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";
import { moveTo, record, subscriber } from "../../support/billing.ts";

const get = async (tenant: TestTenant, path: string) => {
  const answer = await call(tenant.key, "GET", path);
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
  return answer.body;
};

const START = "2026-01-31T00:00:00Z";
const PERIOD = { start: START, end: "2026-02-28T00:00:00Z" };

describe("the running period", () => {
  it("shows its usage", async () => {
    const tenant = await subscriber(START, { plan: "STARTER", base_price: 29 });
    await record(tenant, "1.5", { metric_name: "storage_gb" });
    await record(tenant, 3);
    expect(await get(tenant, "/api/usage/current-period")).toEqual({
      subscription_id: tenant.id,
      plan_name: "STARTER",
      billing_cycle: "monthly",
      current_period: PERIOD,
      usage: {
        user_id: null,
        period: PERIOD,
        metrics: [
          {
            metric_name: "api_calls",
            total_quantity: 3,
            event_count: 1,
            first_usage: START,
            last_usage: START,
          },
          {
            metric_name: "storage_gb",
            total_quantity: 1.5,
            event_count: 1,
            first_usage: START,
            last_usage: START,
          },
        ],
      },
    });
  });

  it("shows what is charged beyond the included quantities, and only that", async () => {
    const tenant = await subscriber(START);
    await record(tenant, 999);
    const empty = await get(tenant, "/api/usage/overage-charges");
    expect(empty).toMatchObject({ charges: [], total_overage: 0, billing_period: PERIOD });
    await record(tenant, 9001);
    await record(tenant, 12, { metric_name: "quotes_generated" });
    const charged = await get(tenant, "/api/usage/overage-charges");
    expect(charged.subscription_id).toBe(tenant.id);
    expect(charged.charges).toEqual([
      {
        metric_name: "quotes_generated",
        included_quantity: 10,
        used_quantity: 12,
        overage_quantity: 2,
        overage_rate: 0.5,
        overage_amount: 1,
      },
      {
        metric_name: "api_calls",
        included_quantity: 1000,
        used_quantity: 10_000,
        overage_quantity: 9000,
        overage_rate: 0.001,
        overage_amount: 9,
      },
    ]);
    expect(charged.total_overage).toBe(10);
  });

  it("keeps the digits of money that a double would lose", async () => {
    const tenant = await subscriber(START);
    await record(tenant, "9007199254740.993");
    const answer = await call(tenant.key, "GET", "/api/usage/overage-charges");
    const text = new TextDecoder().decode(answer.bytes);
    expect(text).toContain('"used_quantity":9007199254740.993');
    expect(text).toContain('"overage_amount":9007199253.74');
  });

  it("estimates what it will cost if nothing more is used", async () => {
    const tenant = await subscriber(START, { plan: "STARTER", base_price: "29.00" });
    await record(tenant, 12_000);
    const estimate = await get(tenant, "/api/usage/billing-estimate");
    expect(estimate).toMatchObject({
      subscription_id: tenant.id,
      user_id: null,
      tenant_id: tenant.tenantId,
      billing_period: PERIOD,
      base_price: 29,
      total_usage_charges: 1,
      total_amount: 30,
      currency: "USD",
    });
    expect(estimate.usage_charges).toHaveLength(1);
    expect(estimate.usage_summary.metrics).toMatchObject([{ total_quantity: 12_000 }]);
  });

  it("previews the document that its closing would make, and writes none", async () => {
    const tenant = await subscriber(START, { base_price: 5 });
    await record(tenant, 2000);
    const preview = await get(tenant, "/api/billing/preview");
    expect(preview).toMatchObject({
      document: "invoice",
      net: 6,
      tax: 0,
      total: 6,
      lines: [
        { kind: "base", amount: 5 },
        { kind: "usage", amount: 1 },
      ],
    });
    // Read beside the API, which would count the call as usage of this period.
    const written = env.DB.prepare("SELECT count(*) AS n FROM documents WHERE recipient = ?");
    expect(await written.bind(tenant.tenantId).first("n")).toBe(0);
    await moveTo(tenant, "2026-02-28T01:00:00Z");
    const { data } = await get(tenant, "/api/billing/periods");
    expect(data[0].lines).toEqual(preview.lines);
  });

  it("answers 404 on every route to a tenant without a subscription", async () => {
    const tenant = await makeTenant({ clock: START });
    for (const path of [
      "usage/current-period",
      "usage/overage-charges",
      "usage/alerts",
      "usage/billing-estimate",
      "usage/entitlements/api_calls",
      "billing/preview",
    ]) {
      const answer = await call(tenant.key, "GET", `/api/${path}`);
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject({
        code: "subscription.none",
        detail: "No active subscription found",
      });
    }
  });

  it("answers 404 before a subscription starts and after it has ended", async () => {
    const tenant = await subscriber(START, { start_date: "2026-02-10" });
    const status = async () => (await call(tenant.key, "GET", "/api/usage/current-period")).status;
    expect(await status()).toBe(404);
    await moveTo(tenant, "2026-02-10T00:00:00Z");
    expect(await status()).toBe(200);
    await call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/cancel`, {});
    await moveTo(tenant, "2026-03-09T23:59:59Z");
    expect(await status()).toBe(200);
    await moveTo(tenant, "2026-03-10T00:00:00Z");
    expect(await status()).toBe(404);
  });
});

describe("alerts", () => {
  it("name the highest threshold that each metric has reached", async () => {
    const tenant = await subscriber(START, { plan: "STARTER" });
    await record(tenant, 92, { metric_name: "quotes_generated" });
    await record(tenant, 55, { metric_name: "invoices_generated" });
    await record(tenant, 7999);
    const { alerts, subscription_id } = await get(tenant, "/api/usage/alerts");
    expect(subscription_id).toBe(tenant.id);
    expect(alerts).toMatchObject([
      {
        subscription_id: tenant.id,
        user_id: null,
        metric_name: "quotes_generated",
        threshold_percent: 90,
        usage_percent: 92,
        used_quantity: 92,
        included_quantity: 100,
        alert_level: "warning",
        message: "quotes_generated usage at 92% of limit",
      },
      {
        metric_name: "invoices_generated",
        threshold_percent: 110,
        usage_percent: 110,
        alert_level: "critical",
      },
    ]);
  });

  it("come back in the acknowledgement, each threshold once", async () => {
    const tenant = await subscriber(START);
    const fired = async (quantity: number) =>
      (await record(tenant, quantity)).alerts.map(
        (alert: { threshold_percent: number }) => alert.threshold_percent,
      );
    expect(await fired(799)).toEqual([]);
    expect(await fired(1)).toEqual([80]);
    expect(await fired(1)).toEqual([]);
    expect(await fired(299)).toEqual([90, 100, 110]);
  });
});

describe("entitlements", () => {
  it("allow beyond a soft limit, and say what is left", async () => {
    const tenant = await subscriber(START);
    await record(tenant, 400);
    const path = "/api/usage/entitlements/api_calls";
    expect(await get(tenant, `${path}?quantity=601`)).toEqual({
      subscription_id: tenant.id,
      metric_name: "api_calls",
      quantity: 601,
      allowed: true,
      hard_limit: false,
      limit: 1000,
      used: 400,
      remaining: 600,
      resets_at: PERIOD.end,
    });
    expect(await get(tenant, "/api/usage/entitlements/pdf_generated")).toMatchObject({
      quantity: 1,
      allowed: true,
      limit: null,
      remaining: null,
    });
    const wrong = await call(tenant.key, "GET", `${path}?quantity=-1`);
    expect(wrong.status).toBe(422);
  });
});
