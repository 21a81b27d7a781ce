import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentFor, lineFor } from "../../../src/documents/model/content.ts";
import {
  DEFAULT_BRANDING,
  type LineTax,
  type Parties,
} from "../../../src/documents/model/party.ts";
import { totalsOf } from "../../../src/documents/model/totals.ts";
import { blankCustomer, defaultIssuer } from "../../../src/documents/party/party-store.ts";
import { call, operatorKey } from "../../support/api.ts";
import {
  act,
  listed,
  moveTo,
  quote,
  quotePlan,
  record,
  type Subscriber,
  subscriber,
  takeBack,
} from "../../support/billing.ts";

const START = "2026-01-01T00:00:00Z";

async function taxed(tenant: Subscriber, tax: unknown) {
  const path = `/api/customers/cus_ten_operator_${tenant.tenantId}`;
  const answer = await call(tenant.operator, "PATCH", path, { tax });
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
}

async function makePlan(more: object) {
  const operator = await operatorKey();
  const code = `TAX-${Date.now()}-${Math.floor(performance.now() * 1000)}`;
  const body = { code, name: "Taxed", currency: "USD", prices: [], ...more };
  const answer = await call(operator, "POST", "/api/plans", body);
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return { operator, code };
}

const read = async (tenant: Subscriber, kind: string, id: string) =>
  (await call(tenant.key, "GET", `/api/${kind}/${id}`)).body;

describe("late usage of periods that had other taxes", () => {
  it("is on documents of its own where the same rate has other components", async () => {
    const tenant = await subscriber(START, { base_price: 5 });
    const gst = (...components: unknown[]) => ({ category: "S", percent: 18, components });
    const [central, state] = ["CGST", "SGST"].map((name) => ({ name, percent: 9 }));
    await taxed(tenant, gst(central, state));
    await moveTo(tenant, "2026-01-31T23:00:00Z");
    await record(tenant, 1000);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    await taxed(tenant, gst({ name: "IGST", percent: 18 }));
    await record(tenant, 1000);
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    await taxed(tenant, { category: "S", percent: 20 });
    await record(tenant, 1000, { timestamp: "2026-01-31T12:00:00Z" });
    await record(tenant, 2000, { timestamp: "2026-02-28T12:00:00Z" });
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    const invoices = await listed(tenant, "/api/invoices");
    const [, , ...march] = invoices;
    const taxes = await Promise.all(
      march.map(async ({ id }) =>
        (await read(tenant, "invoices", id)).taxes.map(
          (tax: { base: number; components: { name: string; amount: number }[] }) => [
            tax.base,
            ...tax.components.map(({ name, amount }) => `${name} ${amount}`),
          ],
        ),
      ),
    );
    expect(taxes.sort((a, b) => b.length - a.length)).toEqual([
      [[5], [1, "CGST 0.09", "SGST 0.09"]],
      [[2, "IGST 0.36"]],
    ]);
  });
});

describe("late usage of a period that was carried", () => {
  it("keeps its own tax, beside the carried lines at today's", async () => {
    const plan = await quotePlan({ minimum_invoice: "50" });
    const tenant = await subscriber(START, { plan });
    await taxed(tenant, { category: "S", percent: 10 });
    await quote(tenant, 15);
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    await quote(tenant, 100, { timestamp: "2026-01-31T12:00:00Z" });
    await taxed(tenant, { category: "S", percent: 20 });
    await moveTo(tenant, "2026-03-01T00:00:00Z");
    const [invoice] = await listed(tenant, "/api/invoices");
    const { lines, total } = await read(tenant, "invoices", invoice.id);
    const shown = lines.map(({ amount, tax }: { amount: number; tax: { percent: number } }) => [
      amount,
      Number(tax.percent),
    ]);
    expect(shown).toEqual([
      [15, 20],
      [100, 10],
    ]);
    expect(total).toBe(128);
  });
});

describe("late usage of a period whose document had no line of its own", () => {
  const percents = async (tenant: Subscriber, id: string) =>
    (await read(tenant, "invoices", id)).lines.map((line: { tax: { percent: number } }) =>
      Number(line.tax.percent),
    );

  it.each([false, true])("takes the tax at its own closing (prices with tax: %s)", async (incl) => {
    const plan = await quotePlan({ tax_inclusive: incl });
    const tenant = await subscriber(START, { plan });
    await taxed(tenant, { category: "S", percent: 10 });
    await quote(tenant, 11);
    await moveTo(tenant, "2026-02-01T00:00:00Z");
    // February's document has only January's adjustment; March has none at all.
    await quote(tenant, 22, { timestamp: "2026-01-31T12:00:00Z" });
    await taxed(tenant, { category: "S", percent: 20 });
    await moveTo(tenant, "2026-03-01T00:00:00Z");
    await quote(tenant, 33, { timestamp: "2026-02-28T12:00:00Z" });
    await taxed(tenant, { category: "S", percent: 30 });
    await moveTo(tenant, "2026-04-01T00:00:00Z");
    await quote(tenant, 44, { timestamp: "2026-03-31T12:00:00Z" });
    await taxed(tenant, { category: "S", percent: 40 });
    await moveTo(tenant, "2026-05-01T00:00:00Z");
    const invoices = await listed(tenant, "/api/invoices");
    expect(await Promise.all(invoices.map(({ id }) => percents(tenant, id)))).toEqual([
      [10],
      [10],
      [20],
      [30],
    ]);
    expect(invoices.map(({ total }) => total)).toEqual(
      incl ? [11, 22, 33, 44] : [12.1, 24.2, 39.6, 57.2],
    );
  });
});

describe("a preview", () => {
  it.each([
    [false, { net: 60, carried: 10, discount: 7, tax: 12.6, total: 75.6 }],
    [true, { net: 60, carried: 10, discount: 7, tax: 10.5, total: 63 }],
  ])(
    "says what coupons take, with no tax in it and of what is carried too (prices with tax: %s)",
    async (incl, expected) => {
      const plan = await quotePlan({ tax_inclusive: incl, minimum_invoice: 50 });
      const tenant = await subscriber(START, { plan });
      await taxed(tenant, { category: "S", percent: 20 });
      await quote(tenant, 10);
      const preview = async () => (await call(tenant.key, "GET", "/api/billing/preview")).body;
      expect(await preview()).toMatchObject({ net: 10, carried: 0, discount: 0, tax: 0, total: 0 });
      await moveTo(tenant, "2026-02-01T00:00:00Z");
      await quote(tenant, 60);
      const [tax, total] = incl ? [11.67, 70] : [14, 84];
      expect(await preview()).toMatchObject({ net: 60, carried: 10, discount: 0, tax, total });
      const coupon = { code: `C-${Date.now()}`, name: "Ten", percent: 10 };
      const made = await call(tenant.operator, "POST", "/api/coupons", coupon);
      expect([made.status, made.body.detail]).toEqual([201, undefined]);
      await act(tenant, "coupons", { code: coupon.code });
      expect(await preview()).toMatchObject(expected);
    },
  );
});

describe("tax-inclusive prices", () => {
  it("make invoices, settlements and credits whose totals are the printed prices", async () => {
    const stored = { metric_name: "storage_gb" }; // calls would count those of this test
    const prices = [{ ...stored, unit_price: "0.01" }];
    const { code } = await makePlan({ tax_inclusive: true, prices });
    const tenant = await subscriber(START, { plan: code, base_price: 9.99 });
    await taxed(tenant, { category: "S", percent: 19 });
    const { event_seq } = await record(tenant, 999, stored);
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [january] = await listed(tenant, "/api/invoices");
    expect(await read(tenant, "invoices", january.id)).toMatchObject({
      tax_inclusive: true,
      subtotal: 19.98,
      net: 16.79,
      tax: 3.19,
      total: 19.98,
      lines: [{ amount: 9.99 }, { amount: 9.99 }],
    });
    await record(tenant, 100, { ...stored, timestamp: "2026-01-31T12:00:00Z" });
    await moveTo(tenant, "2026-03-01T01:00:00Z");
    const [, february] = await listed(tenant, "/api/invoices");
    expect(february).toMatchObject({ total: 10.99, net: 9.24, tax: 1.75 });
    await takeBack(tenant, `seq_${event_seq}`);
    await moveTo(tenant, "2026-04-01T01:00:00Z");
    const [note] = await listed(tenant, "/api/credit-notes");
    expect(note).toMatchObject({ total: 9.99, net: 8.39, tax: 1.6, origin_id: january.id });
    const held = await call(tenant.key, "GET", `/api/subscriptions/${tenant.id}`);
    expect(held.body.tax_inclusive).toBe(true);
  });

  it("are lowered by a coupon before their tax is split off", async () => {
    const { code, operator } = await makePlan({ tax_inclusive: true });
    const tenant = await subscriber(START, { plan: code, base_price: 119 });
    await taxed(tenant, { category: "S", percent: 19 });
    const coupon = { code: `C${Date.now()}`, name: "Ten", amount: 11.9, currency: "USD" };
    expect((await call(operator, "POST", "/api/coupons", coupon)).status).toBe(201);
    await call(operator, "POST", `/api/subscriptions/${tenant.id}/coupons`, { code: coupon.code });
    await moveTo(tenant, "2026-02-01T01:00:00Z");
    const [invoice] = await listed(tenant, "/api/invoices");
    expect(invoice).toMatchObject({ net: 90, tax: 17.1, total: 107.1 });
  });

  it("cannot become exclusive in a later version or by a change of plan", async () => {
    const { code, operator } = await makePlan({ tax_inclusive: true });
    const path = `/api/plans/${code}/versions`;
    const version = { currency: "USD", prices: [] };
    expect((await call(operator, "POST", path, version)).body.version.tax_inclusive).toBe(true);
    const other = await call(operator, "POST", path, { ...version, tax_inclusive: false });
    expect(other.body.errors).toMatchObject([{ pointer: "/tax_inclusive" }]);
    const tenant = await subscriber(START, { plan: code, base_price: 1 });
    for (const when of ["now", "period_end"]) {
      const change = { plan: "FREE", when };
      const answer = await call(
        operator,
        "POST",
        `/api/subscriptions/${tenant.id}/change-plan`,
        change,
      );
      expect([answer.status, answer.body.errors]).toMatchObject([422, [{ pointer: "/plan" }]]);
    }
  });
});

describe("a document with tax-inclusive prices", () => {
  const parties: Parties = {
    issuer: defaultIssuer("ten_x", "Seller"),
    branding: DEFAULT_BRANDING,
    customer: blankCustomer("cus_x", "ten_x", "Buyer"),
    scope: "",
  };
  const tax = (percent: string): LineTax => ({
    category: "S",
    percent,
    name: null,
    components: [],
    exemption: null,
  });
  const lines = fc.array(
    fc.record({
      cents: fc.integer({ min: -100_000, max: 10_000_000 }),
      tax: fc.constantFrom("19", "7", "8.1", "5.5", "25.5", "0.0001").map(tax),
    }),
    { minLength: 1, maxLength: 12 },
  );
  const coupons = fc.array(fc.integer({ min: 1, max: 50_000 }), { maxLength: 2 });

  it("has net and tax that add up to what is printed, and line nets that add up to the net", () => {
    fc.assert(
      fc.property(lines, coupons, (given, taken) => {
        const content = contentFor(parties, {
          kind: "invoice",
          taxInclusive: true,
          lines: given.map(({ cents, tax }) =>
            lineFor(parties, {
              name: "Line",
              quantity: cents < 0 ? "-1" : "1",
              unitPrice: `${Math.abs(cents)}e-2`,
              tax,
            }),
          ),
        });
        const positive = given.every(({ cents }) => cents > 0);
        const room = positive ? given.reduce((sum, { cents }) => sum + cents, 0) : 0;
        const fitting = taken.filter(
          (_, i) => taken.slice(0, i + 1).reduce((a, b) => a + b) < room,
        );
        content.adjustments = fitting.map((cents) => ({
          kind: "discount",
          reason: "Coupon",
          percent: null,
          amountMinor: BigInt(cents),
        }));
        const totals = totalsOf(content);
        const printed = given.reduce((sum, { cents }) => sum + cents, 0);
        const gross = BigInt(printed - fitting.reduce((sum, cents) => sum + cents, 0));
        expect(totals.netMinor + totals.taxMinor).toBe(gross);
        expect(totals.totalMinor).toBe(gross);
        const sum = (minors: (bigint | string)[]) =>
          minors.reduce((total: bigint, minor) => total + BigInt(minor), 0n);
        const off = sum(totals.adjustments.map(({ netMinor }) => netMinor));
        expect(sum(totals.lines.map(({ netMinor }) => netMinor)) - off).toBe(totals.netMinor);
        expect(sum(totals.taxes.map(({ baseMinor }) => baseMinor))).toBe(totals.netMinor);
        expect(sum(totals.taxes.map(({ taxMinor }) => taxMinor))).toBe(totals.taxMinor);
      }),
      { numRuns: 1_000 },
    );
  });
});
