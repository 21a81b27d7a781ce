/** What users of other billing systems complain about, as tests that it does not happen here. */
import { describe, expect, it } from "vitest";
import { call } from "../support/api.ts";
import { listed, moveTo, record, subscriber, takeBack } from "../support/billing.ts";

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

  it("VAT is off by a cent, and credit notes with it (lago-api#821, #4553)", async () => {
    const prices = ["quotes_generated", "storage_gb"].map((metric_name) => ({
      metric_name,
      unit_price: "0.13",
    }));
    const tenant = await subscriber("2026-04-01T00:00:00Z");
    const code = `CENT-${tenant.id}`.toUpperCase().replaceAll("_", "-").slice(0, 40);
    const plan = { code, name: "Cents", currency: "USD", prices };
    expect((await call(tenant.operator, "POST", "/api/plans", plan)).status).toBe(201);
    const change = { plan: code, base_price: "0.13", when: "period_end" };
    await call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/change-plan`, change);
    const customer = `/api/customers/cus_ten_operator_${tenant.tenantId}`;
    await call(tenant.operator, "PATCH", customer, { tax: { category: "S", percent: 19 } });
    await moveTo(tenant, "2026-05-02T00:00:00Z");
    for (const { metric_name } of prices) await record(tenant, 1, { metric_name });
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    const invoice = (await listed(tenant, "/api/invoices")).at(-1);
    // 0.39 × 19 % once, not three times 0.13 × 19 %, which is 0.06.
    expect(invoice).toMatchObject({ net: 0.39, tax: 0.07, total: 0.46 });
    const credit = `/api/invoices/${invoice.id}/credit`;
    const note = await call(tenant.operator, "POST", credit, { reason: "goodwill" });
    expect(note.body).toMatchObject({ net: 0.39, tax: 0.07, total: 0.46 });
  });

  it("usage is stale until the next event or period (lago#610, lago-api#6032)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z");
    for (const used of [1500, 3000]) {
      await record(tenant, 1500);
      const { body } = await call(tenant.key, "GET", "/api/usage/overage-charges");
      expect(body.charges).toMatchObject([{ used_quantity: used }]);
    }
  });

  it("usage that races a change of plan is lost (autumn#630, autumn#2769)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z");
    const path = `/api/subscriptions/${tenant.id}/change-plan`;
    const change = call(tenant.operator, "POST", path, { plan: "STARTER", when: "now" });
    await Promise.all([change, ...Array.from({ length: 20 }, () => record(tenant, 1))]);
    const { body } = await call(tenant.key, "GET", "/api/usage/current-period");
    expect(body.usage.metrics).toMatchObject([{ total_quantity: 20 }]);
  });

  it("an older balance is written over a grant (openmeter#4999)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z", { base_price: 10 });
    const grant = { tenant_id: tenant.tenantId, kind: "granted", amount: 4, currency: "USD" };
    await Promise.all([
      ...[1, 2, 3].map(() => call(tenant.operator, "POST", "/api/credits", grant)),
      moveTo(tenant, "2026-05-01T01:00:00Z"),
    ]);
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    const billed = (await listed(tenant, "/api/invoices")).map(({ total }) => total);
    const left = (await listed(tenant, "/api/credits")).map(({ remaining }) => remaining);
    const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
    expect(sum(billed) - sum(left)).toBe(20 - 12);
  });

  it("an alert at a threshold of one's own never comes (openmeter#3200)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z");
    const code = `ALERT-${Date.now()}`;
    const metric_name = "quotes_generated";
    const price = { metric_name, included_quantity: 100, unit_price: 1, alert_thresholds: [33] };
    const plan = { code, name: "Alerts", currency: "USD", prices: [price] };
    await call(tenant.operator, "POST", "/api/plans", plan);
    const change = { plan: code, base_price: 0, when: "period_end" };
    await call(tenant.operator, "POST", `/api/subscriptions/${tenant.id}/change-plan`, change);
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    expect((await record(tenant, 32, { metric_name })).alerts).toEqual([]);
    expect((await record(tenant, 1, { metric_name })).alerts).toMatchObject([
      { threshold_percent: 33 },
    ]);
  });

  it("events of before the subscription are billed (polar#5345)", async () => {
    const tenant = await subscriber("2026-04-10T00:00:00Z");
    await record(tenant, 5000, { timestamp: "2026-04-09T23:59:59.999Z" });
    await record(tenant, 1001, { timestamp: "2026-04-10T00:00:00Z" });
    await moveTo(tenant, "2026-05-10T01:00:00Z");
    const [period] = await listed(tenant, "/api/billing/periods");
    expect(period.lines).toMatchObject([{ quantity: 1 }]);
  });

  it("there is no control over late data (killbill#876)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z", { base_price: 1 });
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    const [before] = await listed(tenant, "/api/invoices");
    await record(tenant, 3000, { timestamp: "2026-04-15T00:00:00Z" });
    const old = { metric_name: "api_calls", quantity: 1, timestamp: "2026-03-01T00:00:00Z" };
    const refused = await call(tenant.key, "POST", "/api/usage/record", old);
    expect([refused.status, refused.body.code]).toEqual([422, "usage.event_too_old"]);
    await moveTo(tenant, "2026-06-01T01:00:00Z");
    const [same, may] = await listed(tenant, "/api/invoices");
    expect(same).toMatchObject({ number: before.number, total: before.total, credited: 0 });
    expect(may.total).toBe(3); // the base, and 2.00 of April
  });

  it("a meter cannot be set back (polar#8603)", async () => {
    const tenant = await subscriber("2026-04-01T00:00:00Z");
    const { event_seq } = await record(tenant, 5000);
    await takeBack(tenant, `seq_${event_seq}`);
    await moveTo(tenant, "2026-05-01T01:00:00Z");
    expect(await listed(tenant, "/api/invoices")).toEqual([]);
  });
});
