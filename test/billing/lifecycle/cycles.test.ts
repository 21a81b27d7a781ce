import { describe, expect, it } from "vitest";
import { call, makeTenant, operatorKey } from "../../support/api.ts";
import {
  act,
  listed,
  moveTo,
  quote,
  quotePlan,
  type Subscriber,
  subscriber,
} from "../../support/billing.ts";

const PRICES = {
  base_price_weekly: 7,
  base_price_monthly: 29,
  base_price_quarterly: 79,
  base_price_half_yearly: 149,
  base_price_yearly: 279,
};
const included = (quantity: number, more: object = {}) => {
  const price = { metric_name: "quotes_generated", model: "per_unit", unit_price: 1 };
  return { prices: [{ ...price, included_quantity: quantity, ...more }] };
};

/** A subscriber whose price is the plan's own. */
function onPlan(start: string, plan: string, more: Record<string, unknown>): Promise<Subscriber> {
  return subscriber(start, { plan, base_price: undefined, ...more });
}

async function shown({ key, id }: Subscriber) {
  return (await call(key, "GET", `/api/subscriptions/${id}`)).body;
}
const periods = (of: Subscriber) => listed(of, "/api/billing/periods?limit=100");
const nets = async (of: Subscriber) => (await periods(of)).map(({ net }) => net);

describe("a billing cycle", () => {
  it("has its own price, length and timing, and bills usage with the base price", async () => {
    const plan = await quotePlan(PRICES);
    const cycles: [string, string, number, string, string][] = [
      ["weekly", "week", 7, "arrears", "2026-02-07T10:00:00Z"],
      ["monthly", "month", 29, "arrears", "2026-02-28T10:00:00Z"],
      ["quarterly", "quarter", 79, "advance", "2026-04-30T10:00:00Z"],
      ["half_yearly", "half_year", 149, "advance", "2026-07-31T10:00:00Z"],
      ["yearly", "year", 279, "advance", "2027-01-31T10:00:00Z"],
    ];
    for (const [billing_cycle, usage_interval, base_price, base_timing, end] of cycles) {
      const tenant = await onPlan("2026-01-31T10:00:00Z", plan, { billing_cycle });
      const now = { base_price, current_period: { start: "2026-01-31T10:00:00Z", end } };
      const kept = { billing_cycle, usage_interval, base_timing };
      expect(await shown(tenant)).toMatchObject({ ...kept, ...now });
      const read = (await call(tenant.key, "GET", "/api/usage/current-period")).body;
      expect(read).toMatchObject({ billing_cycle, current_period: { end } });
    }
  });

  it("has usage billed more often where the plan says so and it fits", async () => {
    const fitting: [string, string, string][] = [
      ["quarterly", "month", "month"],
      ["yearly", "half_year", "half_year"],
      ["half_yearly", "year", "half_year"],
      ["quarterly", "week", "quarter"],
      ["weekly", "month", "week"],
      ["monthly", "year", "month"],
    ];
    for (const [billing_cycle, usage_interval, billed] of fitting) {
      const plan = await quotePlan({ ...PRICES, usage_interval });
      const tenant = await onPlan("2026-01-31T10:00:00Z", plan, { billing_cycle });
      expect(await shown(tenant)).toMatchObject({ billing_cycle, usage_interval: billed });
    }
  });

  it("is refused where it is none, or the plan has no price for it and none is given", async () => {
    const operator = await operatorKey();
    const tenant = await makeTenant();
    const plan = await quotePlan({ base_price_monthly: 29 });
    const asked = { tenant_id: tenant.tenantId, plan };
    const wrong = { fortnightly: "/billing_cycle", quarterly: "/base_price" };
    for (const [billing_cycle, pointer] of Object.entries(wrong)) {
      const answer = await call(operator, "POST", "/api/subscriptions", {
        ...asked,
        billing_cycle,
      });
      expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([422, pointer]);
    }
  });
});

describe("a weekly cycle", () => {
  it("has limits and alerts of its own each week, in its zone", async () => {
    const plan = await quotePlan({ ...PRICES, ...included(10, { hard_limit: true }) });
    // The week in which Berlin's clocks go forward has 167 hours.
    const more = { billing_cycle: "weekly", time_zone: "Europe/Berlin" };
    const tenant = await onPlan("2026-03-23T09:00:00Z", plan, more);
    const first = await quote(tenant, 8);
    expect(first.alerts).toMatchObject([{ threshold_percent: 80 }]);
    const three = { metric_name: "quotes_generated", quantity: 3 };
    const refused = async () => (await call(tenant.key, "POST", "/api/usage/record", three)).status;
    expect(await refused()).toBe(429);
    const path = "/api/usage/entitlements/quotes_generated";
    const { body } = await call(tenant.key, "GET", path);
    expect(body).toMatchObject({ remaining: 2, resets_at: "2026-03-30T08:00:00Z" });
    await moveTo(tenant, "2026-03-30T07:59:59.999Z");
    expect(await refused()).toBe(429);
    await moveTo(tenant, "2026-03-30T08:00:00Z");
    expect((await quote(tenant, 8)).alerts).toMatchObject([{ threshold_percent: 80 }]);
    await moveTo(tenant, "2026-04-13T08:00:00Z");
    const closed = await periods(tenant);
    expect(closed.map(({ net, end }) => [net, end])).toEqual([
      [7, "2026-03-30T08:00:00Z"],
      [7, "2026-04-06T08:00:00Z"],
      [7, "2026-04-13T08:00:00Z"],
    ]);
  });

  it("settles what comes five weeks late in the week that it is of", async () => {
    const plan = await quotePlan({ ...PRICES, ...included(10) });
    const tenant = await onPlan("2026-03-02T00:00:00Z", plan, { billing_cycle: "weekly" });
    await moveTo(tenant, "2026-04-08T00:00:00Z");
    expect(await nets(tenant)).toEqual([7, 7, 7, 7, 7]);
    await quote(tenant, 12, { timestamp: "2026-03-04T12:00:00Z" });
    await quote(tenant, 9, { timestamp: "2026-03-30T00:00:00Z" });
    await moveTo(tenant, "2026-04-13T00:00:00Z");
    const last = (await periods(tenant)).at(-1);
    const [invoice] = (await listed(tenant, "/api/invoices?limit=100")).slice(-1);
    expect([last?.net, invoice?.total]).toEqual([9, 9]);
    const settled = last?.lines.filter(({ kind }: { kind: string }) => kind === "adjustment");
    expect(settled).toMatchObject([
      { amount: 2, start: "2026-03-02T00:00:00Z", end: "2026-03-09T00:00:00Z" },
    ]);
  });

  it("bills a calendar's first week its share, from Monday to Monday", async () => {
    const plan = await quotePlan({ ...PRICES, ...included(70) });
    const more = { billing_cycle: "weekly", anchor: "calendar" };
    // From Wednesday noon on: 4.5 of 7 days, so 45 of 70 are included.
    const tenant = await onPlan("2026-03-25T12:00:00Z", plan, more);
    await quote(tenant, 50);
    await moveTo(tenant, "2026-04-06T00:00:00Z");
    const closed = await periods(tenant);
    expect(closed.map(({ end, net }) => [end, net])).toEqual([
      ["2026-03-30T00:00:00Z", 9.5],
      ["2026-04-06T00:00:00Z", 7],
    ]);
    expect(closed[0].lines.map(({ amount }: { amount: number }) => amount)).toEqual([4.5, 5]);
  });

  it("that began long ago closes some periods at once, and the others after them", async () => {
    const plan = await quotePlan(PRICES);
    const more = { billing_cycle: "weekly", start_date: "2026-02-11T00:00:00Z" };
    const tenant = await onPlan("2026-12-01T00:00:00Z", plan, more);
    expect(await nets(tenant)).toHaveLength(16);
    await moveTo(tenant, "2026-12-01T00:00:00Z");
    const closed = await periods(tenant);
    expect(closed).toHaveLength(41);
    for (const [i, period] of closed.entries()) {
      expect([period.number, period.net]).toEqual([i + 1, 7]);
      if (i > 0) expect(period.start).toBe(closed[i - 1].end);
    }
  });

  it("is simulated", async () => {
    const { key } = await makeTenant();
    const { body } = await call(key, "POST", "/api/billing/simulate", {
      currency: "USD",
      base_price: 7,
      prices: included(10).prices,
      usage: [{ metric_name: "quotes_generated", quantity: 12 }],
      period: { start_date: "2026-01-31", billing_cycle: "weekly", at: "2026-03-05" },
    });
    expect(body).toMatchObject({
      total: 9,
      period: { start: "2026-02-28T00:00:00Z", end: "2026-03-07T00:00:00Z" },
    });
  });
});

describe("a quarterly cycle", () => {
  it("bills its base ahead, usage by the month, and gives back what is unused", async () => {
    const plan = await quotePlan({ base_price_quarterly: 90, usage_interval: "month" });
    // 90 days, so a day is 1.00.
    const tenant = await onPlan("2026-01-01T00:00:00Z", plan, { billing_cycle: "quarterly" });
    await quote(tenant, 20);
    await moveTo(tenant, "2026-02-15T00:00:00Z");
    await act(tenant, "change-plan", { seats: 2, when: "now" });
    await moveTo(tenant, "2026-03-16T00:00:00Z");
    await act(tenant, "cancel", { when: "now" });
    expect(await nets(tenant)).toEqual([90, 20, 45, -32]);
    const totals = (list: { total: number }[]) => list.map(({ total }) => total);
    expect(totals(await listed(tenant, "/api/invoices"))).toEqual([90, 20, 45]);
    expect(totals(await listed(tenant, "/api/credit-notes"))).toEqual([32]);
  });

  it("takes the price of a new plan for the same cycle", async () => {
    const plan = await quotePlan({ base_price_quarterly: 90 });
    const other = await quotePlan({ base_price_quarterly: 120, base_price_monthly: 50 });
    const tenant = await onPlan("2026-01-01T00:00:00Z", plan, { billing_cycle: "quarterly" });
    const changed = await act(tenant, "change-plan", { plan: other, when: "period_end" });
    expect(changed.scheduled_change).toMatchObject({
      base_price: 120,
      effective_at: "2026-04-01T00:00:00Z",
    });
  });
});
