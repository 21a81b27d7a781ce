import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { closePeriod } from "../../../src/billing/period/close.ts";
import { readDocument } from "../../../src/documents/store/store.ts";
import { call, operatorKey, type TestTenant } from "../../support/api.ts";
import { listed, moveTo, record, subscriber } from "../../support/billing.ts";

const periods = (tenant: TestTenant) => listed(tenant, "/api/billing/periods");
const invoices = (tenant: TestTenant) => listed(tenant, "/api/invoices");

describe("closing on a test clock", () => {
  it("bills usage beyond the included quantity after the grace (worked example 10)", async () => {
    const tenant = await subscriber("2015-05-17T00:00:00Z");
    await record(tenant, 10_000);
    await moveTo(tenant, "2015-06-17T00:59:59Z");
    expect(await periods(tenant)).toEqual([]);
    const ran = await moveTo(tenant, "2015-06-17T01:00:00Z");
    expect(ran).toMatchObject([{ kind: "period.close", at: "2015-06-17T01:00:00Z" }]);
    const [period, ...more] = await periods(tenant);
    expect(more).toEqual([]);
    expect(period).toMatchObject({ start: "2015-05-17T00:00:00Z", net: 9, currency: "USD" });
    expect(period.lines).toMatchObject([
      { metric_name: "api_calls", quantity: 9000, unit_price: 0.001, amount: 9 },
    ]);
    expect(period.lines[0].arithmetic).toBe("9000 × 0.001 = 9.00");
    const [invoice] = await invoices(tenant);
    expect(invoice).toMatchObject({ total: 9, number: "TEST-INV-2015-001" });
  });

  it("shows on the invoice a chart of daily usage that adds up to the count", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 1200);
    await moveTo(tenant, "2026-01-20T12:00:00Z");
    await record(tenant, "300.5");
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [{ id }] = await invoices(tenant);
    const invoice = await readDocument(env.DB, { tenantId: tenant.tenantId }, "invoice", id);
    const [chart, ...more] = invoice?.usage ?? [];
    expect(more).toEqual([]);
    expect(chart).toMatchObject({
      name: "API calls",
      quantity: "1500.5",
      period: { start: "2026-01-01", end: "2026-01-31" },
    });
    expect(chart?.bars).toHaveLength(31);
    expect(chart?.bars.filter(({ quantity }) => quantity !== "0")).toEqual([
      { day: "2026-01-01", quantity: "1200" },
      { day: "2026-01-20", quantity: "300.5" },
    ]);
  });

  it("closes a period whose lines are all zero without numbering a document", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    await record(tenant, 1000);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    expect((await periods(tenant)).map((p) => p.net)).toEqual([0, 0]);
    expect(await invoices(tenant)).toEqual([]);
  });

  it("restores the anchor's day after each short month", async () => {
    const tenant = await subscriber("2026-01-31T00:00:00Z", { base_price: "10.00" });
    await moveTo(tenant, "2026-06-01T00:00:00Z");
    const closed = await periods(tenant);
    expect(closed.map((period) => period.end)).toEqual([
      "2026-02-28T00:00:00Z",
      "2026-03-31T00:00:00Z",
      "2026-04-30T00:00:00Z",
      "2026-05-31T00:00:00Z",
    ]);
    expect((await invoices(tenant)).map((one) => one.number)).toEqual([
      "TEST-INV-2026-001",
      "TEST-INV-2026-002",
      "TEST-INV-2026-003",
      "TEST-INV-2026-004",
    ]);
  });

  it("makes one invoice however many closings run at once", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 5 });
    const nowMs = Date.UTC(2026, 1, 1, 2);
    const periodId = `per_${tenant.id.slice(4)}_1`;
    const closes = await Promise.all(
      [1, 2, 3].map(() => closePeriod(env as never, periodId, { nowMs, realMs: Date.now() })),
    );
    const again = await closePeriod(env as never, periodId, { nowMs, realMs: Date.now() });
    const ids = new Set([...closes, again].map(({ invoiceId }) => invoiceId));
    expect(ids.size).toBe(1);
    expect(await invoices(tenant)).toHaveLength(1);
  });

  it("closes missed periods in order, one invoice each", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", { base_price: 5 });
    const nowMs = Date.UTC(2026, 3, 1, 2);
    await closePeriod(env as never, `per_${tenant.id.slice(4)}_3`, { nowMs, realMs: Date.now() });
    const closed = await periods(tenant);
    expect(closed.map((period) => period.number)).toEqual([1, 2, 3]);
    expect(await invoices(tenant)).toHaveLength(3);
  });

  it("refuses a period that is not over, and the id of no period", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z");
    const at = { nowMs: Date.UTC(2026, 0, 20), realMs: Date.now() };
    const close = (id: string) => closePeriod(env as never, id, at);
    await expect(close(`per_${tenant.id.slice(4)}_1`)).rejects.toMatchObject({
      code: "period.open",
    });
    await expect(close("per_x_1")).rejects.toMatchObject({ code: "resource.not_found" });
  });

  it("bills a calendar stub its share, in its own zone (worked example 5)", async () => {
    const tenant = await subscriber("2026-03-17T08:30:00Z", {
      plan: "STARTER",
      base_price: "49.00",
      anchor: "calendar",
      time_zone: "Europe/Berlin",
    });
    await record(tenant, 5000);
    await moveTo(tenant, "2026-04-02T00:00:00Z");
    const [period] = await periods(tenant);
    expect(period.end).toBe("2026-03-31T22:00:00Z");
    expect(period.lines.map((line: { amount: number }) => line.amount)).toEqual([23.05, 0.15]);
    expect(period.net).toBe(23.2);
  });

  it("bills the base of a year at its start, and usage at its end", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", {
      billing_cycle: "yearly",
      base_price: 100,
    });
    expect((await invoices(tenant)).map((one) => one.total)).toEqual([100]);
    await record(tenant, 11_000);
    await moveTo(tenant, "2027-01-01T01:00:00Z");
    expect((await invoices(tenant)).map((one) => one.total)).toEqual([100, 110]);
  });

  it("meters a trial and bills nothing for it", async () => {
    const tenant = await subscriber("2026-01-01T00:00:00Z", {
      trial_end: "2026-01-15",
      base_price: 10,
    });
    await record(tenant, 5000);
    await moveTo(tenant, "2026-02-15T01:00:00Z");
    const closed = await periods(tenant);
    expect(closed).toMatchObject([
      { kind: "trial", net: 0 },
      { kind: "regular", start: "2026-01-15T00:00:00Z", net: 10 },
    ]);
  });
});

describe("an amount too small for an invoice", () => {
  it("is carried to the next one, and the last bills everything", async () => {
    const operator = await operatorKey();
    const code = `LEAST-${Date.now()}`;
    await call(operator, "POST", "/api/plans", {
      code,
      name: "Least",
      currency: "USD",
      minimum_invoice: 5,
      prices: [{ metric_name: "api_calls", unit_price: 0.001 }],
    });
    const tenant = await subscriber("2026-01-01T00:00:00Z", { plan: code });
    await record(tenant, 3000);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    expect(await periods(tenant)).toMatchObject([{ net: 3, document_id: null }]);
    await record(tenant, 4000);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    await record(tenant, 1000);
    await call(operator, "POST", `/api/subscriptions/${tenant.id}/cancel`, {});
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    expect((await invoices(tenant)).map(({ total }) => total)).toEqual([7, 1]);
    const closed = await periods(tenant);
    expect(closed.map(({ net }) => net)).toEqual([3, 4, 1]);
    expect(closed[0].document_id).toBe(closed[1].document_id);
    const path = `/api/invoices/${closed[0].document_id}/explain`;
    const { lines } = (await call(tenant.key, "GET", path)).body;
    expect(lines).toMatchObject([
      { settles: closed[0].id, events: { count: 1, from_seq: 1, to_seq: 1 } },
      { settles: null, events: { count: 1, from_seq: 2, to_seq: 2 } },
    ]);
  });
});
