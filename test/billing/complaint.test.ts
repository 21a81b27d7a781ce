/** What users of other billing systems complain about, as tests that it does not happen here. */
import { describe, expect, it } from "vitest";
import { call } from "../support/api.ts";
import { listed, moveTo, record, subscriber } from "../support/billing.ts";

describe("complaints about billing", () => {
  it("usage of the day of cancellation is lost (killbill#1438)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z");
    await moveTo(tenant, "2026-04-30T22:00:00Z");
    await record(tenant, 5000);
    await moveTo(tenant, "2026-04-30T23:00:00Z");
    const path = `/api/subscriptions/${tenant.id}/cancel`;
    await call(tenant.operator, "POST", path, { when: "now" });
    await moveTo(tenant, "2026-05-02T00:00:00Z");
    const [period] = await listed(tenant, "/api/billing/periods");
    expect(period.lines[0].quantity).toBeGreaterThan(4000);
  });

  it("large usages are missing from the invoice (killbill#1081)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z");
    await record(tenant, "9000000000000.000001");
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    const [invoice] = await listed(tenant, "/api/invoices");
    expect(invoice.total).toBe(8_999_999_999);
  });

  it("prepaid credit makes a total negative and blocks it (lago-api#4273)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z", { base_price: 10 });
    const body = { tenant_id: tenant.tenantId, kind: "purchased", amount: 99, currency: "USD" };
    await call(tenant.operator, "POST", "/api/credits", body);
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    const [invoice] = await listed(tenant, "/api/invoices");
    expect(invoice).toMatchObject({ total: 10, prepaid: 10, amount_due: 0, status: "paid" });
    expect(await listed(tenant, "/api/credits")).toMatchObject([{ remaining: 89 }]);
  });

  it("zones far from UTC are invoiced twice, or for the wrong day (lago-api#879)", async () => {
    for (const [time_zone, start] of [
      ["Pacific/Kiritimati", "2026-03-31T10:00:00Z"],
      ["Pacific/Honolulu", "2026-04-01T10:00:00Z"],
    ]) {
      const clock = start ?? "";
      const tenant = await subscriber(clock, { base_price: 1, anchor: "calendar", time_zone });
      await moveTo(tenant, "2026-06-05T00:00:00Z");
      const closed = await listed(tenant, "/api/billing/periods");
      expect(closed.map(({ net }) => net)).toEqual([1, 1]);
      const periods = closed.map(async ({ document_id }) => {
        const { body } = await call(tenant.key, "GET", `/api/invoices/${document_id}`);
        return body.period;
      });
      expect(await Promise.all(periods)).toEqual([
        { start: "2026-04-01", end: "2026-04-30" },
        { start: "2026-05-01", end: "2026-05-31" },
      ]);
    }
  });

  it("accounts of day 31 stop being billed (killbill#127, autumn#2115)", async () => {
    const tenant = await subscriber("2025-12-31T00:00:00Z", { base_price: 1 });
    await moveTo(tenant, "2026-12-31T01:00:00Z");
    const ends = (await listed(tenant, "/api/billing/periods")).map(({ end }) => end.slice(5, 10));
    expect(ends).toEqual([
      ...["01-31", "02-28", "03-31", "04-30", "05-31", "06-30"],
      ...["07-31", "08-31", "09-30", "10-31", "11-30", "12-31"],
    ]);
  });

  it("a fee is prorated over the shortened period, not the whole (lago-api#6194)", async () => {
    const tenant = await subscriber("2026-04-21T00:00:00Z", { base_price: 30, anchor: "calendar" });
    await moveTo(tenant, "2026-04-26T00:00:00Z");
    const path = `/api/subscriptions/${tenant.id}/change-plan`;
    await call(tenant.operator, "POST", path, { base_price: 60, when: "now" });
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    const [period] = await listed(tenant, "/api/billing/periods");
    // Five days of thirty at each price.
    expect(period.lines.map(({ amount }: { amount: number }) => amount)).toEqual([5, 10]);
  });

  it("a cheaper day rate is guessed to be an upgrade or downgrade (lago-api#1834)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z", { base_price: 100 });
    await moveTo(tenant, "2026-04-16T00:00:00Z");
    const path = `/api/subscriptions/${tenant.id}/change-plan`;
    const unsaid = await call(tenant.operator, "POST", path, { base_price: 50 });
    expect(unsaid.body.errors).toMatchObject([{ pointer: "/when" }]);
    await call(tenant.operator, "POST", path, { base_price: 50, when: "now" });
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    const [period] = await listed(tenant, "/api/billing/periods");
    expect(period.net).toBe(75);
  });

  it("there is no dry run of an invoice (lago#52)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z", { base_price: 3 });
    const { body } = await call(tenant.key, "GET", "/api/billing/preview");
    expect(body).toMatchObject({ document: "invoice", total: 3 });
    expect(await listed(tenant, "/api/invoices")).toEqual([]);
  });
});
