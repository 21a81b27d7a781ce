import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import {
  act,
  listed,
  moveTo,
  quote,
  quotePlan,
  type Subscriber,
  subscriber,
} from "../../support/billing.ts";

const START = "2026-01-01T00:00:00Z";
/** A plan whose every period, however short, bills 5.00 as its first tier's flat fee. */
const FLAT = {
  prices: [
    {
      metric_name: "quotes_generated",
      model: "graduated",
      tiers: [{ unit_price: 1, flat_fee: 5 }],
    },
  ],
};

const spans = async (tenant: Subscriber) =>
  (await listed(tenant, "/api/billing/periods")).map(({ start, end, net }) => [start, end, net]);

describe("cancelling now", () => {
  it("exactly on a boundary bills nothing of the period that would begin", async () => {
    const tenant = await subscriber(START, { plan: await quotePlan(FLAT) });
    await quote(tenant, 1);
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await quote(tenant, 40);
    await act(tenant, "cancel", { when: "now" });
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect(await spans(tenant)).toEqual([
      [START, "2026-02-01T00:00:00Z", 6],
      ["2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z", 0],
    ]);
    expect((await listed(tenant, "/api/invoices")).map(({ total }) => total)).toEqual([6]);
  });

  it("on a boundary whose closing waits for its grace ends with that period", async () => {
    const plan = await quotePlan({ ...FLAT, grace_hours: 1 });
    const tenant = await subscriber(START, { plan });
    await quote(tenant, 1);
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await quote(tenant, 40);
    await act(tenant, "cancel", { when: "now" });
    const ran = await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect(await spans(tenant)).toEqual([[START, "2026-02-01T00:00:00Z", 6]]);
    expect(ran.map(({ kind, at }) => `${kind} ${at}`)).toContain(
      "subscription.settle 2026-03-09T01:00:00Z",
    );
  });

  it.each([
    ["2026-01-31T23:59:59.999Z", [[START, "2026-01-31T23:59:59.999Z", 6]]],
    [
      "2026-02-01T00:00:00.001Z",
      [
        [START, "2026-02-01T00:00:00Z", 6],
        ["2026-02-01T00:00:00Z", "2026-02-01T00:00:00.001Z", 5],
      ],
    ],
  ])("a millisecond beside a boundary, at %s, closes the window there", async (at, expected) => {
    const tenant = await subscriber(START, { plan: await quotePlan(FLAT) });
    await quote(tenant, 1);
    await moveTo(tenant, at);
    await quote(tenant, 40);
    await act(tenant, "cancel", { when: "now" });
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect(await spans(tenant)).toEqual(expected);
  });

  it("on a boundary gives back the whole base that was billed ahead for what follows", async () => {
    const plan = await quotePlan({ base_timing: "advance", base_price_monthly: 30 });
    const tenant = await subscriber(START, { plan, base_price: 30 });
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await act(tenant, "cancel", { when: "now" });
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect((await listed(tenant, "/api/invoices")).map(({ total }) => total)).toEqual([30, 30]);
    expect((await listed(tenant, "/api/credit-notes")).map(({ total }) => total)).toEqual([30]);
  });

  it.each([
    ["at", {}],
    ["before", { start_date: "2026-01-20T00:00:00Z" }],
  ])("%s its start bills nothing", async (_, more) => {
    const tenant = await subscriber(START, {
      plan: await quotePlan(FLAT),
      base_price: 30,
      ...more,
    });
    const cancelled = await act(tenant, "cancel", { when: "now" });
    expect(cancelled.plan).toContain("QUOTES-");
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect((await spans(tenant)).map(([, , net]) => net)).toEqual([0]);
    const again = { tenant_id: tenant.tenantId, plan: await quotePlan(), base_price: 0 };
    const answer = await call(tenant.operator, "POST", "/api/subscriptions", again);
    expect(answer.status).toBe(201);
  });

  it("at its start gives back the base that was billed ahead", async () => {
    const plan = await quotePlan({ base_timing: "advance", base_price_monthly: 30 });
    const tenant = await subscriber(START, { plan, base_price: 30 });
    await act(tenant, "cancel", { when: "now" });
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect((await listed(tenant, "/api/invoices")).map(({ total }) => total)).toEqual([30]);
    expect((await listed(tenant, "/api/credit-notes")).map(({ total }) => total)).toEqual([30]);
  });

  it("exactly at the end of a trial bills nothing", async () => {
    const tenant = await subscriber(START, {
      plan: await quotePlan(FLAT),
      base_price: 30,
      trial_end: "2026-01-15T00:00:00Z",
    });
    await moveTo(tenant, "2026-01-15T00:00:00Z");
    await act(tenant, "cancel", { when: "now" });
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect((await spans(tenant)).map(([, , net]) => net)).toEqual([0, 0]);
  });

  it("on a month's boundary of a year in arrears bills the year's months until then", async () => {
    const plan = await quotePlan({ usage_interval: "month", base_price_yearly: 365 });
    const tenant = await subscriber(START, {
      plan,
      billing_cycle: "yearly",
      base_timing: "arrears",
      base_price: 365,
    });
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await act(tenant, "cancel", { when: "now" });
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect((await listed(tenant, "/api/invoices")).map(({ total }) => total)).toEqual([31]);
  });
});
