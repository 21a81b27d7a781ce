/** A payment within a cash discount: the rest is credited, and the invoice ends at zero. */
import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { final, type Pair } from "../api.ts";
import { makeSeller, SOLD, xmlOf } from "../einvoice.ts";

const cash_discounts = [
  { days: 7, percent: "2.5" },
  { days: 14, percent: 1 },
];
const line = (unit_price: string, percent: number) => ({
  name: `At ${percent}`,
  quantity: 1,
  unit_price,
  tax: { category: "S", percent },
});
const MIXED = {
  ...SOLD,
  cash_discounts,
  lines: [line("100.33", 19), line("50.01", 19), line("33.33", 7)],
};

const post = (pair: Pair, id: string, verb: string, body: object) =>
  call(pair.issuer.key, "POST", `/api/invoices/${id}/${verb}`, body);
const read = async (pair: Pair, id: string) =>
  (await call(pair.issuer.key, "GET", `/api/invoices/${id}`)).body;
const notes = async (pair: Pair) =>
  (await call(pair.issuer.key, "GET", "/api/credit-notes")).body.data;
const refusal = async (pair: Pair, id: string, body: object) => {
  const answer = await post(pair, id, "payments", { cash_discount: true, ...body });
  return [answer.status, answer.body.errors?.[0] ?? answer.body.detail];
};

describe("a payment within a cash discount", () => {
  it("is settled by a credit note for the rest, with its tax of each rate", async () => {
    const pair = await makeSeller({ language: "de" });
    const invoice = await final(pair, "invoices", MIXED);
    expect(invoice.total).toBe(214.56);
    const paid = await post(pair, invoice.id, "payments", {
      amount: "209.20",
      cash_discount: true,
    });
    expect([paid.status, paid.body.amount]).toEqual([201, 209.2]);
    expect(await read(pair, invoice.id)).toMatchObject({
      status: "paid",
      paid: 209.2,
      credited: 5.36,
      amount_due: 0,
    });
    const [{ id }] = await notes(pair);
    const note = (await call(pair.issuer.key, "GET", `/api/credit-notes/${id}`)).body;
    expect(note).toMatchObject({
      origin_id: invoice.id,
      reason: "Skonto 2,5\u00a0%",
      total: 5.36,
      rounding_amount: 0,
      taxes: [
        { percent: 19, base: 3.76, amount: 0.71 },
        { percent: 7, base: 0.83, amount: 0.06 },
      ],
    });
    const amounts = note.lines.map(({ name, amount }: never) => [name, amount]);
    expect(amounts).toEqual([
      ["At 19", 2.51],
      ["At 19", 1.25],
      ["At 7", 0.83],
    ]);
    const { body } = await call(pair.issuer.key, "GET", `/api/customers/${pair.customerId}`);
    expect(body.balances).toEqual([]);
    expect(await xmlOf(pair, "credit-notes", id, "cii")).toContain(
      "<ram:GrandTotalAmount>5.36</ram:GrandTotalAmount>",
    );
  });

  it("takes the discount of its day, and what is left can be credited later", async () => {
    const pair = await makeSeller();
    const { id } = await final(pair, "invoices", MIXED);
    const pay = { amount: "212.41", paid_on: "2026-11-24", cash_discount: true };
    expect((await post(pair, id, "payments", pay)).status).toBe(201);
    expect(await read(pair, id)).toMatchObject({ status: "paid", credited: 2.15, amount_due: 0 });
    const rest = await post(pair, id, "credit", { reason: "Returned" });
    expect(rest.body).toMatchObject({ total: 212.41 });
    expect(await read(pair, id)).toMatchObject({ status: "void", credited: 214.56 });
  });

  it("is in the invoice's steps", async () => {
    const pair = await makeSeller();
    const { id } = await final(pair, "invoices", { ...MIXED, rounding: "0.05" });
    expect(await read(pair, id)).toMatchObject({ amount_due: 214.55 });
    expect(
      (await post(pair, id, "payments", { amount: "209.20", cash_discount: true })).status,
    ).toBe(201);
    expect(await read(pair, id)).toMatchObject({ status: "paid", credited: 5.35, amount_due: 0 });
  });

  it("is booked once, whoever sends it again", async () => {
    const pair = await makeSeller();
    const { id } = await final(pair, "invoices", MIXED);
    const pay = { amount: "209.20", cash_discount: true, external_id: "bank-1" };
    const answers = await Promise.all([
      post(pair, id, "payments", pay),
      post(pair, id, "payments", pay),
    ]);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(await notes(pair)).toHaveLength(1);
  });

  it("is refused where day, amount or invoice are not the discount's", async () => {
    const pair = await makeSeller();
    const plain = await final(pair, "invoices", { ...MIXED, cash_discounts: [] });
    expect(await refusal(pair, plain.id, { amount: 1 })).toEqual([
      422,
      { pointer: "/cash_discount", detail: "the invoice offers no cash discount" },
    ]);
    const { id } = await final(pair, "invoices", MIXED);
    expect(await refusal(pair, id, { amount: 214.56 })).toEqual([
      422,
      {
        pointer: "/amount",
        detail: "is with the cash discount 209.20 until 2026-12-01, or 212.41 until 2026-12-08",
      },
    ]);
    await post(pair, id, "credit", { reason: "Part", lines: [{ position: 3 }] });
    expect(await refusal(pair, id, { amount: 209.2 })).toEqual([
      409,
      "a part of the invoice is credited: book the payment without cash_discount, and credit " +
        "what is given beside it",
    ]);
    const part = await final(pair, "invoices", MIXED);
    await post(pair, part.id, "payments", { amount: 1 });
    expect((await refusal(pair, part.id, { amount: 208.2 }))[0]).toBe(409);
    const short = [{ days: 0, percent: 2 }];
    const late = await final(pair, "invoices", { ...MIXED, cash_discounts: short });
    await call(pair.issuer.key, "POST", "/api/test-clock", { now: "2026-11-26T10:00:00Z" });
    expect(await refusal(pair, late.id, { amount: "210.27" })).toEqual([
      422,
      {
        pointer: "/paid_on",
        detail: "is after the last day of the cash discount, 2026-11-24",
      },
    ]);
    expect(await read(pair, late.id)).toMatchObject({ paid: 0, credited: 0 });
  });
});
