import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { final, LINE, makePair, type Pair } from "../api.ts";

const post = (pair: Pair, id: string, verb: string, body: object) =>
  call(pair.issuer.key, "POST", `/api/invoices/${id}/${verb}`, body);
const read = async (pair: Pair, id: string) =>
  (await call(pair.issuer.key, "GET", `/api/invoices/${id}`)).body;

const TAXED = {
  currency: "EUR",
  lines: [
    { ...LINE, tax: { category: "S", percent: 19 } },
    { name: "Books", quantity: 3, unit_price: "9.99", tax: { category: "S", percent: 7 } },
  ],
  adjustments: [{ kind: "discount", reason: "Loyalty", percent: 10 }],
};

describe("a credit note", () => {
  it("for all of an invoice voids it, with the same totals, in a series of its own", async () => {
    const pair = await makePair();
    const invoice = await final(pair, "invoices", TAXED);
    const voided = await post(pair, invoice.id, "void", { reason: "Wrong customer" });
    expect(voided.body).toMatchObject({ status: "void", credited: 351.23, amount_due: 0 });
    const { body } = await call(pair.recipient.key, "GET", "/api/credit-notes");
    expect(body.data).toMatchObject([
      { number: "TEST-CN-2026-001", origin_id: invoice.id, total: 351.23, status: "issued" },
    ]);
    const note = await call(pair.issuer.key, "GET", `/api/credit-notes/${body.data[0].id}`);
    expect(note.body).toMatchObject({ reason: "Wrong customer", taxes: invoice.taxes });
    expect((await post(pair, invoice.id, "void", { reason: "Again" })).status).toBe(409);
  });

  it("for parts of it never exceeds it together with the others", async () => {
    const pair = await makePair();
    const invoice = await final(pair);
    const lines = [{ position: 1, quantity: 1 }];
    const half = await post(pair, invoice.id, "credit", { reason: "Half", lines });
    expect(half.body).toMatchObject({ total: 150.5, lines: [{ quantity: 1, unit_price: 150.5 }] });
    expect(await read(pair, invoice.id)).toMatchObject({ status: "open", amount_due: 150.5 });
    const much = await post(pair, invoice.id, "credit", { reason: "All" });
    expect([much.status, much.body.errors[0].pointer]).toEqual([422, "/lines"]);
    const rest = [{ position: 1, amount: "150.50" }];
    await post(pair, invoice.id, "credit", { reason: "Rest", lines: rest });
    expect(await read(pair, invoice.id)).toMatchObject({ status: "void", credited: 301 });
  });

  it("of two at the same moment that exceed it together is issued once", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const both = await Promise.all([
      post(pair, id, "credit", { reason: "One" }),
      post(pair, id, "credit", { reason: "Two" }),
    ]);
    expect(both.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1);
    const { body } = await call(pair.issuer.key, "GET", "/api/credit-notes");
    expect(body.data).toHaveLength(1);
  });

  it("on a paid invoice leaves a balance to give back", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    await post(pair, id, "payments", { amount: 301 });
    expect((await post(pair, id, "void", { reason: "Mistake" })).status).toBe(409);
    const lines = [{ position: 1, amount: 1 }];
    await post(pair, id, "credit", { reason: "Goodwill", lines });
    expect(await read(pair, id)).toMatchObject({ status: "paid", amount_due: -1 });
  });

  it.each([
    ["/lines/0/position", [{ position: 2 }]],
    ["/lines/0/quantity", [{ position: 1, quantity: 3 }]],
    ["/lines/0", [{ position: 1, quantity: 1, amount: 1 }]],
    ["/lines/0/amount", [{ position: 1, amount: "0.001" }]],
  ])("with a wrong %s is refused", async (pointer, lines) => {
    const pair = await makePair();
    const { id } = await final(pair);
    const { status, body } = await post(pair, id, "credit", { reason: "x", lines });
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
    expect((await read(pair, id)).credited).toBe(0);
  });
});
