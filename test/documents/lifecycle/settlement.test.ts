/** How an invoice is paid beside its total: in steps, early, and with deposits taken off. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { invoiceFigures } from "../../../src/documents/store/figures.ts";
import { call } from "../../support/api.ts";
import { draft, final, type Pair } from "../api.ts";
import { makeSeller, SOLD, xmlOf } from "../einvoice.ts";
import { saidIn } from "../sheets/text.ts";

const post = (pair: Pair, id: string, verb: string, body: object) =>
  call(pair.issuer.key, "POST", `/api/invoices/${id}/${verb}`, body);
const read = async (pair: Pair, id: string) =>
  (await call(pair.issuer.key, "GET", `/api/invoices/${id}`)).body;
const page = async (pair: Pair, path: string, id: string) => {
  const { bytes } = await call(pair.issuer.key, "GET", `/api/${path}/${id}/preview`);
  return saidIn(new TextDecoder().decode(bytes));
};
const refusal = async (pair: Pair, more: object) => {
  const body = { customer_id: pair.customerId, ...SOLD, ...more };
  const answer = await call(pair.issuer.key, "POST", "/api/invoices", body);
  return [answer.status, answer.body.errors?.[0]?.pointer];
};
const priced = (unit_price: string) => ({
  ...SOLD,
  lines: [{ name: "Work", quantity: 1, unit_price, tax: { category: "S", percent: 19 } }],
});

describe("an invoice that is paid in steps", () => {
  it("keeps its total, and what is paid settles the rounded amount", async () => {
    const pair = await makeSeller({ rounding: { EUR: "0.05" } });
    const invoice = await final(pair, "invoices", priced("10.02"));
    expect(invoice).toMatchObject({
      total: 11.92,
      rounding: 0.05,
      rounding_amount: -0.02,
      amount_due: 11.9,
    });
    expect(await page(pair, "invoices", invoice.id)).toContain("Rounding\n\u2212€0.02");
    const cii = await xmlOf(pair, "invoices", invoice.id, "cii");
    expect(cii).toContain("<ram:RoundingAmount>-0.02</ram:RoundingAmount>");
    expect(cii).toContain("<ram:DuePayableAmount>11.90</ram:DuePayableAmount>");
    const ubl = await xmlOf(pair, "invoices", invoice.id, "ubl");
    expect(ubl).toContain('<cbc:PayableRoundingAmount currencyID="EUR">-0.02<');
    await post(pair, invoice.id, "payments", { amount: "11.90" });
    expect(await read(pair, invoice.id)).toMatchObject({ status: "paid", amount_due: 0 });
  });

  it("credits what was to be paid, whatever the parts", async () => {
    const pair = await makeSeller();
    const invoice = await final(pair, "invoices", { ...priced("10.02"), rounding: "0.05" });
    await post(pair, invoice.id, "payments", { amount: "11.90" });
    const lines = [{ position: 1, amount: 3 }];
    const part = (await post(pair, invoice.id, "credit", { reason: "Part", lines })).body;
    expect(part).toMatchObject({ total: 3.57, rounding_amount: -0.02 });
    expect(await read(pair, invoice.id)).toMatchObject({ paid: 8.35, amount_due: 0 });
    const rest = (await post(pair, invoice.id, "credit", { reason: "Rest" })).body;
    expect(rest).toMatchObject({ total: 8.35, rounding_amount: 0 });
    const { body } = await call(pair.issuer.key, "GET", `/api/customers/${pair.customerId}`);
    expect(body.balances).toEqual([{ currency: "EUR", amount: 11.9 }]);
    const ubl = await xmlOf(pair, "credit-notes", part.id, "ubl");
    expect(ubl).toContain('<cbc:PayableAmount currencyID="EUR">3.55<');
  });

  it("takes a step of its currency, or none", async () => {
    const pair = await makeSeller({ rounding: { EUR: "0.05" } });
    expect(await refusal(pair, { rounding: "0.001" })).toEqual([422, "/rounding"]);
    const none = await draft(pair, "invoices", { ...SOLD, rounding: null });
    expect(none).toMatchObject({ rounding: null, rounding_amount: 0 });
  });

  it("counts so in what is open of all", async () => {
    const pair = await makeSeller({ rounding: { EUR: 1 } });
    await final(pair, "invoices", priced("10.02"));
    await final(pair, "invoices", { ...priced("10.02"), rounding: null });
    const { figures } = await invoiceFigures(env.DB, {
      issuer: pair.issuer.tenantId,
      scope: pair.issuer.tenantId,
      today: "2026-11-24",
      paidFrom: "2026-11-01",
    });
    expect(figures[0]?.openMinor).toBe(1200n + 1192n);
  });
});

describe("cash discounts", () => {
  const cash_discounts = [
    { days: 14, percent: 1, base_amount: 100 },
    { days: 7, percent: "2.5" },
  ];

  it("say on the page until when what is paid, and what that saves", async () => {
    const pair = await makeSeller({ language: "de" });
    const { id } = await final(pair, "invoices", { ...SOLD, cash_discounts });
    const html = await page(pair, "invoices", id);
    expect(html).toContain(
      "Skonto\n2,5\u00a0% bei Zahlung bis 1. Dezember 2026: " +
        "349,24\u00a0€ zu zahlen, 8,95\u00a0€ gespart",
    );
    expect(html).toContain("1\u00a0% (100,00\u00a0€) bei Zahlung bis 8. Dezember 2026");
  });

  it("are lines that German receivers read, with the line end after the last", async () => {
    const pair = await makeSeller();
    const terms = "Net 30 days";
    const { id } = await final(pair, "invoices", { ...SOLD, cash_discounts, terms });
    const skonto =
      "#SKONTO#TAGE=7#PROZENT=2.50#\n#SKONTO#TAGE=14#PROZENT=1.00#BASISBETRAG=100.00#\n";
    expect(await xmlOf(pair, "invoices", id, "ubl")).toContain(
      `<cac:PaymentTerms><cbc:Note>${terms}\n${skonto}</cbc:Note>`,
    );
    expect(await xmlOf(pair, "invoices", id, "cii")).toContain(
      `<ram:Description>${terms}\n${skonto}</ram:Description>`,
    );
    const own = "#SKONTO#TAGE=7#PROZENT=2.00#\n";
    const written = await final(pair, "invoices", { ...SOLD, terms: own });
    expect(await xmlOf(pair, "invoices", written.id, "ubl")).toContain(`${own}</cbc:Note>`);
  });

  it("are words elsewhere", async () => {
    const address = { lines: ["Ring 1"], city: "Wien", postal_code: "1010", country: "AT" };
    const pair = await makeSeller({ address, vat_id: "ATU13585627" });
    const { id } = await final(pair, "invoices", { ...SOLD, cash_discounts });
    const xml = await xmlOf(pair, "invoices", id, "ubl");
    expect(xml).toContain("<cbc:Note>2.5% on payment by ");
    expect(xml).not.toContain("SKONTO");
  });

  it("are of days that differ, and of no more than the total", async () => {
    const pair = await makeSeller();
    const [first, second] = cash_discounts;
    const twice = [first, { ...second, days: 14 }];
    expect(await refusal(pair, { cash_discounts: twice })).toEqual([422, "/cash_discounts"]);
    const much = [{ ...first, base_amount: 400 }];
    const pointer = "/cash_discounts/0/base_amount";
    expect(await refusal(pair, { cash_discounts: much })).toEqual([422, pointer]);
  });
});

describe("a deposit", () => {
  const paidDeposit = async (pair: Pair, more = {}) => {
    const deposit = await final(pair, "invoices", {
      ...priced("100"),
      purpose: "deposit",
      ...more,
    });
    await post(pair, deposit.id, "payments", { amount: deposit.total });
    return deposit;
  };

  it("is taken off with its tax, which the final invoice charges once", async () => {
    const pair = await makeSeller();
    const deposit = await paidDeposit(pair);
    expect(await xmlOf(pair, "invoices", deposit.id, "cii")).toContain(
      "<ram:TypeCode>326</ram:TypeCode>",
    );
    expect(await page(pair, "invoices", deposit.id)).toMatch(/^Deposit invoice$/m);
    const deposits = [deposit.id];
    const invoice = await final(pair, "invoices", { ...SOLD, deposits });
    expect(invoice).toMatchObject({
      total: 358.19,
      deposited: 119,
      amount_due: 239.19,
      deposits: [
        {
          invoice_id: deposit.id,
          number: deposit.number,
          total: 119,
          taxes: [{ category: "S", percent: 19, base: 100, amount: 19 }],
        },
      ],
    });
    const html = await page(pair, "invoices", invoice.id);
    expect(html).toMatch(/^Final invoice$/m);
    expect(html).toContain(`Deposit ${deposit.number}, `);
    expect(html).toContain("including VAT 19% on €100.00: €19.00\n\u2212€119.00");
    const ubl = await xmlOf(pair, "invoices", invoice.id, "ubl");
    expect(ubl).toContain('<cbc:PrepaidAmount currencyID="EUR">119.00<');
    expect(ubl).toContain('<cbc:PayableAmount currencyID="EUR">239.19<');
    expect(ubl).toContain(`<cac:InvoiceDocumentReference><cbc:ID>${deposit.number}</cbc:ID>`);
    await post(pair, invoice.id, "payments", { amount: "239.19" });
    expect(await read(pair, invoice.id)).toMatchObject({ status: "paid", amount_due: 0 });
  });

  it("is taken off once, and credited only when no invoice takes it off", async () => {
    const pair = await makeSeller();
    const deposit = await paidDeposit(pair);
    const deposits = [deposit.id];
    const drafts = [
      await draft(pair, "invoices", { ...SOLD, deposits }),
      await draft(pair, "invoices", { ...SOLD, deposits }),
    ];
    const answers = await Promise.all(drafts.map(({ id }) => post(pair, id, "finalize", {})));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const body = answers.find(({ status }) => status === 200)?.body;
    const credited = () => post(pair, deposit.id, "credit", { reason: "Back" });
    expect((await credited()).status).toBe(409);
    const lines = [{ position: 1, amount: 250 }];
    const much = await post(pair, body.id, "credit", { reason: "Much", lines });
    expect([much.status, much.body.errors[0].pointer]).toEqual([422, "/lines"]);
    const note = await post(pair, body.id, "void", { reason: "Wrong" });
    expect(note.body).toMatchObject({ status: "void", amount_due: 0 });
    const { body: notes } = await call(pair.issuer.key, "GET", "/api/credit-notes?limit=1");
    const xml = await xmlOf(pair, "credit-notes", notes.data[0].id, "ubl");
    expect(xml).toContain('<cbc:PayableAmount currencyID="EUR">239.19<');
    expect((await credited()).status).toBe(201);
  });

  it("that was credited in part is taken off with what is left", async () => {
    const pair = await makeSeller();
    const deposit = await paidDeposit(pair);
    const lines = [{ position: 1, amount: 40 }];
    await post(pair, deposit.id, "credit", { reason: "Less", lines });
    const invoice = await final(pair, "invoices", { ...SOLD, deposits: [deposit.id] });
    expect(invoice.deposits[0]).toMatchObject({
      total: 71.4,
      taxes: [{ base: 60, amount: 11.4 }],
    });
  });

  it("is the same customer's, paid, in one currency and of no more than the total", async () => {
    const pair = await makeSeller();
    const other = await final(pair, "invoices", priced("100"));
    const pointer = "/deposits/0";
    expect(await refusal(pair, { deposits: [other.id] })).toEqual([422, pointer]);
    const open = await final(pair, "invoices", { ...priced("100"), purpose: "deposit" });
    expect(await refusal(pair, { deposits: [open.id] })).toEqual([422, pointer]);
    const large = await paidDeposit(pair, priced("1000"));
    expect(await refusal(pair, { deposits: [large.id] })).toEqual([422, "/deposits"]);
    const dollars = await paidDeposit(pair, { currency: "USD" });
    expect(await refusal(pair, { deposits: [dollars.id] })).toEqual([422, pointer]);
    const twice = await paidDeposit(pair);
    const deposits = [twice.id, twice.id];
    expect(await refusal(pair, { deposits })).toEqual([422, "/deposits/1"]);
    const foreign = await paidDeposit(await makeSeller());
    expect(await refusal(pair, { deposits: [foreign.id] })).toEqual([422, pointer]);
    expect(await refusal(pair, { deposits: [twice.id], purpose: "deposit" })).toEqual([
      422,
      "/deposits",
    ]);
  });
});
