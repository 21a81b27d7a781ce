import Big from "big.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { endOfDay, minorText } from "../../../src/compat/stripe/invoice.ts";
import { CURRENCIES, exponentOf } from "../../../src/core/money.ts";
import { call, makeTenant } from "../../support/api.ts";
import { clientOf } from "./client.ts";

const PATH = "/v1/invoices";
const DAY_S = 86_400;

describe("a price in minor units", () => {
  it("has every digit of the price, whatever the currency's exponent is", () => {
    const price = fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 24n }), fc.integer({ min: 0, max: 12 }))
      .map(([digits, places]) => new Big(digits.toString()).div(new Big(10).pow(places)).toFixed());
    fc.assert(
      fc.property(price, fc.constantFrom(...CURRENCIES), (units, currency) => {
        const minor = new Big(minorText(units, currency));
        expect(minor.eq(new Big(units).times(new Big(10).pow(exponentOf(currency))))).toBe(true);
      }),
    );
    expect(minorText("0.015", "USD")).toBe("1.5");
    expect(minorText("0.015", "JPY")).toBe("0.015");
    expect(minorText("0.015", "KWD")).toBe("15");
    expect(minorText("0.000000000001", "CLF")).toBe("0.00000001");
  });
});

describe("the last second of a day", () => {
  it("is just before the next one starts, also where the clock is set", () => {
    // 29 March 2026 has 23 hours in Berlin; 25 October has 25.
    for (const [day, next, hours] of [
      ["2026-03-28", "2026-03-28T23:00:00Z", 24],
      ["2026-03-29", "2026-03-29T22:00:00Z", 23],
      ["2026-10-25", "2026-10-25T23:00:00Z", 25],
    ] as const) {
      const end = endOfDay(day, "Europe/Berlin") ?? 0;
      expect(end).toBe(Date.parse(next) / 1_000 - 1);
      const before = new Date(Date.parse(`${day}T12:00:00Z`) - DAY_S * 1_000);
      const start = (endOfDay(before.toISOString().slice(0, 10), "Europe/Berlin") ?? 0) + 1;
      expect(end + 1 - start).toBe(hours * 3_600);
    }
  });
});

/** A tenant with a customer and invoices of it, newest first. */
async function invoices(count: number, more: Record<string, unknown> = {}) {
  const { key } = await makeTenant();
  const stripe = clientOf(key);
  const { id: customer } = await stripe.post("/v1/customers", { name: "Ada" });
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const lines = [{ name: `Work ${i}`, quantity: i + 1, unit_price: "2.50" }];
    const body = { customer_id: customer, currency: "EUR", lines, ...more };
    const answer = await call(key, "POST", "/api/invoices", body);
    expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
    ids.unshift(answer.body.id);
  }
  const post = async (path: string, body?: object) => {
    const answer = await call(key, "POST", `/api/invoices/${path}`, body);
    expect([path, answer.status < 300, answer.body.detail]).toEqual([path, true, undefined]);
    return answer.body;
  };
  return { key, stripe, customer, ids, post };
}

const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);

describe("an invoice", () => {
  it("is listed by customer, status and time, in pages both ways", async () => {
    const { stripe, customer, ids, post } = await invoices(4);
    const [draft = "", open = "", paid = "", gone = ""] = ids;
    await post(`${open}/finalize`);
    await post(`${paid}/finalize`);
    await post(`${paid}/payments`, { amount: 5 });
    await post(`${gone}/void`, { reason: "twice" });
    for (const [status, id] of [
      ["draft", [draft]],
      ["open", [open]],
      ["paid", [paid]],
      ["void", [gone]],
      ["uncollectible", []],
    ] as const) {
      const { data } = await stripe.get(PATH, { status });
      expect(data.map((one: { id: string; status: string }) => [one.id, one.status])).toEqual(
        id.map((one) => [one, status]),
      );
    }
    expect(idsOf(await stripe.get(PATH, { customer }))).toEqual(ids);
    expect(idsOf(await stripe.get(PATH, { limit: 2, starting_after: ids[1] }))).toEqual(
      ids.slice(2),
    );
    expect(idsOf(await stripe.get(PATH, { limit: 1, ending_before: ids[2] }))).toEqual([ids[1]]);
    const second = Math.floor(Date.now() / 1_000);
    expect(idsOf(await stripe.get(PATH, { created: { gt: second - 600 } }))).toEqual(ids);
    expect(idsOf(await stripe.get(PATH, { created: { lt: second - 600 } }))).toEqual([]);
    for (const params of [
      { customer: "cus_nobody" },
      { status: "late" },
      { due_date: { gte: "1e99" } },
      { colour: "red" },
    ]) {
      expect((await stripe.refusedGet(PATH, params)).status).toBe(400);
    }
  });

  it("is due until the end of its day, and found by that second", async () => {
    const due = new Date(Date.now() + 20 * DAY_S * 1_000).toISOString().slice(0, 10);
    const { stripe, ids, post } = await invoices(1, { due_date: due });
    const [id = ""] = ids;
    await post(`${id}/finalize`);
    const last = Date.parse(`${due}T00:00:00Z`) / 1_000 + DAY_S - 1;
    expect((await stripe.get(`${PATH}/${id}`)).due_date).toBe(last);
    for (const [bounds, found] of [
      [{ gte: last }, true],
      [{ gt: last - 1 }, true],
      [{ gt: last }, false],
      [{ lte: last }, true],
      [{ lt: last }, false],
      [{ lt: last + 1 }, true],
      [{ gte: last - 1, lte: last }, true],
    ] as const) {
      const listed = idsOf(await stripe.get(PATH, { due_date: bounds }));
      expect([bounds, listed]).toEqual([bounds, found ? [id] : []]);
    }
    expect(idsOf(await stripe.get(PATH, { due_date: last }))).toEqual([id]);
  });

  it("has the amounts of its documents, in minor units and without floats", async () => {
    const tax = { category: "S", percent: 19 };
    const lines = [
      { name: "Base", quantity: 1, unit_price: "100.00", tax },
      { name: "Calls", quantity: "1234.567", unit_price: "0.012345", tax },
    ];
    const adjustments = [{ kind: "discount", reason: "Loyal", percent: 10 }];
    const { stripe, ids, post } = await invoices(1, { lines, adjustments });
    const [id = ""] = ids;
    // 1234.567 × 0.012345 = 15.2407…; 10 % of 115.24 = 11.524; 19 % of 103.72 = 19.7068.
    const [subtotal, discount, net, taxed] = [10_000 + 1_524, 1_152, 10_372, 1_971];
    const draft = await stripe.get(`${PATH}/${id}`);
    expect(draft).toMatchObject({ number: null, invoice_pdf: null, status: "draft", subtotal });
    await post(`${id}/finalize`);
    await post(`${id}/payments`, { amount: "23.43" });
    const invoice = await stripe.get(`${PATH}/${id}`);
    expect(invoice).toMatchObject({
      subtotal,
      total_discount_amounts: [{ amount: discount }],
      total_excluding_tax: net,
      total_taxes: [{ amount: taxed, taxable_amount: net }],
      total: net + taxed,
      amount_due: net + taxed,
      amount_paid: 2_343,
      amount_remaining: net + taxed - 2_343,
      currency: "eur",
    });
    const amounts = invoice.lines.data.map(({ amount }: { amount: number }) => amount);
    expect(amounts).toEqual([10_000, 1_524]);
    expect(invoice.lines.data[1]).toMatchObject({
      quantity: null,
      quantity_decimal: "1234.567",
      pricing: { unit_amount_decimal: "1.2345" },
    });
    await post(`${id}/credit`, { reason: "late", lines: [{ position: 1, quantity: 1 }] });
    const of = await stripe.get(`${PATH}/${id}`);
    expect(of.pre_payment_credit_notes_amount).toBeGreaterThan(0);
    expect(of.amount_due).toBe(of.total - of.pre_payment_credit_notes_amount);
    expect(of.amount_remaining).toBe(of.amount_due - of.amount_paid);
  });

  it("brings its first ten lines, and the others in pages", async () => {
    const lines = Array.from({ length: 12 }, (_, i) => ({
      name: `Line ${i}`,
      quantity: 1,
      unit_price: i,
    }));
    const { stripe, ids } = await invoices(1, { lines });
    const invoice = await stripe.get(`${PATH}/${ids[0]}`);
    const url = `${PATH}/${ids[0]}/lines`;
    expect(invoice.lines).toMatchObject({ object: "list", has_more: true, url });
    const names = ({ data }: { data: { description: string }[] }) =>
      data.map(({ description }) => description);
    expect(names(invoice.lines)).toEqual(lines.slice(0, 10).map(({ name }) => name));
    const last = invoice.lines.data[9].id;
    expect(names(await stripe.get(url, { starting_after: last }))).toEqual(["Line 10", "Line 11"]);
    const before = await stripe.get(url, { ending_before: last, limit: 2 });
    expect([names(before), before.has_more]).toEqual([["Line 7", "Line 8"], true]);
    expect((await stripe.refusedGet(url, { starting_after: "il_other_1" })).status).toBe(400);
    const listed = await stripe.get(PATH);
    expect(listed.data[0].lines).toEqual(invoice.lines);
  });

  it("is nobody else's to read", async () => {
    const { ids } = await invoices(1);
    const { key } = await makeTenant();
    expect((await clientOf(key).refusedGet(`${PATH}/${ids[0]}`)).status).toBe(404);
    expect((await clientOf(key).refusedGet(`${PATH}/${ids[0]}/lines`)).status).toBe(404);
  });
});
