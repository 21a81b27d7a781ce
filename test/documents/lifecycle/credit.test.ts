import { env } from "cloudflare:workers";
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
    const much = { reason: "More", lines: [{ position: 1, amount: "150.51" }] };
    const refused = await post(pair, invoice.id, "credit", much);
    expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, "/lines/0/amount"]);
    const rest = [{ position: 1, amount: "150.50" }];
    await post(pair, invoice.id, "credit", { reason: "Rest", lines: rest });
    expect(await read(pair, invoice.id)).toMatchObject({ status: "void", credited: 301 });
    expect((await post(pair, invoice.id, "credit", { reason: "Again" })).status).toBe(409);
  });

  it("without lines is for all that is left, to the cent, in the same tax groups", async () => {
    const pair = await makePair();
    const invoice = await final(pair, "invoices", TAXED);
    const lines = [
      { position: 1, quantity: "0.333" },
      { position: 2, amount: 10 },
    ];
    const part = await post(pair, invoice.id, "credit", { reason: "Part", lines });
    expect(part.body).toMatchObject({
      subtotal: 60.11,
      adjustments: [{ reason: "Loyalty", amount: 5.01 }],
      taxes: [
        { percent: 19, base: 45.1, amount: 8.57 },
        { percent: 7, base: 10, amount: 0.7 },
      ],
      total: 64.37,
    });
    const rest = await post(pair, invoice.id, "credit", { reason: "Rest" });
    expect(rest.body).toMatchObject({
      lines: [{ quantity: 1.667 }, { quantity: 3 }],
      taxes: [
        { percent: 19, base: 225.8, amount: 42.9 },
        { percent: 7, base: 16.97, amount: 1.19 },
      ],
      total: 286.86,
    });
    expect(await read(pair, invoice.id)).toMatchObject({ status: "void", credited: 351.23 });
  });

  it("of a line is issued once, whoever else credits it at the same moment", async () => {
    const pair = await makePair();
    const lines = [
      { ...LINE, quantity: 10 },
      { ...LINE, quantity: 5 },
    ];
    const { id, total } = await final(pair, "invoices", { lines });
    const one = { reason: "One", lines: [{ position: 1, quantity: 1 }] };
    const racing = await Promise.all(
      Array.from({ length: 20 }, () => post(pair, id, "credit", one)),
    );
    const issued = racing.filter(({ status }) => status === 201).length;
    expect(racing.every(({ status }) => [201, 409, 422].includes(status))).toBe(true);
    expect(issued).toBeGreaterThan(0);
    expect((await read(pair, id)).credited).toBe(issued * 150.5);
    const rests = await Promise.all(
      Array.from({ length: 20 }, () => post(pair, id, "credit", { reason: "Rest" })),
    );
    const [rest, ...others] = rests.filter(({ status }) => status === 201);
    expect([rest?.body.total, others]).toEqual([total - issued * 150.5, []]);
    expect(await read(pair, id)).toMatchObject({ status: "void", credited: total });
  });

  it("for all of a paid invoice makes it void, and its money can go back", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    await post(pair, id, "payments", { amount: 301 });
    await post(pair, id, "credit", { reason: "Returned" });
    expect(await read(pair, id)).toMatchObject({ status: "void", amount_due: 0, paid: 0 });
    expect((await post(pair, id, "payments", { amount: -300 })).status).toBe(201);
    expect((await post(pair, id, "payments", { amount: -2 })).status).toBe(422);
    expect((await post(pair, id, "payments", { amount: -1 })).status).toBe(201);
    expect(await read(pair, id)).toMatchObject({ status: "void", amount_due: 0, paid: 0 });
    expect((await post(pair, id, "payments", { amount: 1 })).status).toBe(409);
  });

  it("is not issued for an invoice that comes to nothing", async () => {
    const pair = await makePair();
    const { id } = await final(pair, "invoices", { lines: [{ ...LINE, unit_price: 0 }] });
    await post(pair, id, "payments", { amount: 1 });
    const answers = [
      await post(pair, id, "credit", { reason: "All" }),
      await post(pair, id, "credit", { reason: "Line", lines: [{ position: 1 }] }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([409, 409]);
    const voided = await post(pair, id, "void", { reason: "Mistake" });
    expect(voided.body).toMatchObject({ status: "void", total: 0, credited: 0, amount_due: 0 });
    expect((await post(pair, id, "void", { reason: "Again" })).status).toBe(409);
    expect((await call(pair.issuer.key, "GET", "/api/credit-notes")).body.data).toEqual([]);
    const other = await final(pair);
    await post(pair, other.id, "void", { reason: "Mistake" });
    const { data } = (await call(pair.issuer.key, "GET", "/api/credit-notes")).body;
    expect(data).toMatchObject([{ number: "TEST-CN-2026-001" }]); // no number is missing
  });

  it("comes off what was credited before parts were kept", async () => {
    const pair = await makePair();
    const invoice = await final(pair, "invoices", TAXED);
    await post(pair, invoice.id, "credit", {
      reason: "Part",
      lines: [{ position: 1, amount: 100 }],
    });
    await env.DB.prepare("DELETE FROM uncredited_parts WHERE invoice_id = ?")
      .bind(invoice.id)
      .run();
    const rest = await post(pair, invoice.id, "credit", { reason: "Rest" });
    expect(rest.body).toMatchObject({ net: 197.87, total: 232.23 });
    expect(await read(pair, invoice.id)).toMatchObject({ status: "void", credited: 351.23 });
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

  it("on a paid invoice gives its customer a balance", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    await post(pair, id, "payments", { amount: 301 });
    expect((await post(pair, id, "void", { reason: "Mistake" })).status).toBe(409);
    const lines = [{ position: 1, amount: 1 }];
    await post(pair, id, "credit", { reason: "Goodwill", lines });
    expect(await read(pair, id)).toMatchObject({ status: "paid", paid: 300, amount_due: 0 });
    const { body } = await call(pair.issuer.key, "GET", `/api/customers/${pair.customerId}`);
    expect(body.balances).toEqual([{ currency: "USD", amount: 1 }]);
  });

  it.each([
    ["/lines/0/position", [{ position: 2 }]],
    ["/lines/0/quantity", [{ position: 1, quantity: 3 }]],
    ["/lines/0/quantity", [{ position: 1, quantity: 0 }]],
    ["/lines/0/quantity", [{ position: 1, quantity: -1 }]],
    ["/lines/1/position", [{ position: 1 }, { position: 1 }]],
    ["/lines/0/amount", [{ position: 1, amount: 301.01 }]],
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
