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
  takeBack,
} from "../../support/billing.ts";

const START = "2026-01-01T00:00:00Z";
const totals = async (tenant: Subscriber, path: string) =>
  (await listed(tenant, path)).map(({ total }) => total);
const nets = async (tenant: Subscriber) =>
  (await listed(tenant, "/api/billing/periods")).map(({ net }) => net);

async function carrying(more: Record<string, unknown> = {}): Promise<Subscriber> {
  const plan = await quotePlan({ minimum_invoice: 50, ...more });
  return subscriber(START, { plan, base_price: more.base_price_monthly ?? 0 });
}

describe("what is too little for an invoice", () => {
  it("is taken back from the one invoice that bills it, with what else is taken back", async () => {
    const tenant = await carrying();
    await quote(tenant, 10);
    await quote(tenant, 5, { id: "january" });
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await quote(tenant, 100);
    await quote(tenant, 20, { id: "february" });
    await moveTo(tenant, "2026-03-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([135]);
    await takeBack(tenant, "january");
    await takeBack(tenant, "february");
    await moveTo(tenant, "2026-05-01T00:00:00Z");
    expect((await totals(tenant, "/api/credit-notes")).sort()).toEqual([20, 5]);
    const [invoice] = await listed(tenant, "/api/invoices");
    expect(invoice).toMatchObject({ credited: 25 });
    expect(await nets(tenant)).toEqual([15, 120, 0, 0]);
  });

  it("leaves an invoice void where several credits take all of it back at once", async () => {
    const tenant = await carrying();
    await quote(tenant, 20, { id: "january" });
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await quote(tenant, 30, { id: "february" });
    await moveTo(tenant, "2026-03-01T00:00:00Z");
    await takeBack(tenant, "january");
    await takeBack(tenant, "february");
    await quote(tenant, 60);
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect((await totals(tenant, "/api/credit-notes")).sort()).toEqual([20, 30]);
    expect((await listed(tenant, "/api/invoices")).map(({ status }) => status)).toEqual([
      "void",
      "open",
    ]);
  });

  it.each([
    [{ percent: 10 }, 90, [18, 72]],
    [{ amount: 30, currency: "USD" }, 70, [20, 50]],
  ])("is taken back less its part of the coupon %o", async (coupon, billed, credits) => {
    const tenant = await carrying();
    const code = `CARRIED-${Date.now()}`;
    const body = { code, name: "Less", ...coupon };
    expect((await call(tenant.operator, "POST", "/api/coupons", body)).status).toBe(201);
    await act(tenant, "coupons", { code });
    await quote(tenant, 20, { id: "january" });
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await quote(tenant, 80, { id: "february" });
    await moveTo(tenant, "2026-03-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([billed]);
    await takeBack(tenant, "january");
    await takeBack(tenant, "february");
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect((await totals(tenant, "/api/credit-notes")).sort()).toEqual(credits);
  });

  it("is also credited where it is below zero", async () => {
    const tenant = await carrying({ base_timing: "advance", base_price_monthly: 30 });
    const change = { base_price: 0, when: "now" };
    await moveTo(tenant, "2026-01-16T12:00:00Z");
    await act(tenant, "change-plan", change);
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    expect(await nets(tenant)).toEqual([30, -15]);
    await quote(tenant, 60);
    const { body } = await call(tenant.key, "GET", "/api/billing/preview");
    expect(body).toMatchObject({ net: 60, carried: 15, discount: 0, total: 75 });
    await moveTo(tenant, "2026-03-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([75]);
  });

  it.each([
    ["now", "2026-02-10T00:00:00Z"],
    ["now", "2026-02-01T00:00:00Z"],
    ["period_end", "2026-02-10T00:00:00Z"],
  ])("is billed with its negative part by an end %s, asked for at %s", async (when, at) => {
    const tenant = await carrying({ base_timing: "advance", base_price_monthly: 30 });
    await moveTo(tenant, "2026-01-16T12:00:00Z");
    await act(tenant, "change-plan", { base_price: 0, when: "now" });
    await moveTo(tenant, at);
    await act(tenant, "cancel", { when });
    await moveTo(tenant, "2026-03-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([15]);
    expect(await totals(tenant, "/api/credit-notes")).toEqual([]);
  });
});

describe("the minimum and the zero invoices of a closing", () => {
  it("are those of the plan of its own period, not of the one that begins after it", async () => {
    const [plain, least, zero] = await Promise.all([
      quotePlan(),
      quotePlan({ minimum_invoice: 50 }),
      quotePlan({ finalize_zero: true }),
    ]);
    const tenant = await subscriber(START, { plan: plain });
    await quote(tenant, 10);
    await act(tenant, "change-plan", { plan: least, when: "period_end" });
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([10]);
    await quote(tenant, 11);
    await act(tenant, "change-plan", { plan: zero, when: "period_end" });
    await moveTo(tenant, "2026-03-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([10]);
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([10, 11]);
    await act(tenant, "change-plan", { plan: plain, when: "period_end" });
    await moveTo(tenant, "2026-05-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([10, 11, 0]);
    await moveTo(tenant, "2026-06-01T00:00:00Z");
    expect(await totals(tenant, "/api/invoices")).toEqual([10, 11, 0]);
  });
});
