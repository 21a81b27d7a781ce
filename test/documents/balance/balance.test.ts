import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { draft, final, LINE, makePair, type Pair } from "../api.ts";

const post = (pair: Pair, path: string, body: object) =>
  call(pair.issuer.key, "POST", `/api/${path}`, body);
const pay = (pair: Pair, id: string, amount: number | string) =>
  post(pair, `invoices/${id}/payments`, { amount });
const apply = (pair: Pair, id: string, amount?: number | string) =>
  post(pair, `invoices/${id}/apply-balance`, amount === undefined ? {} : { amount });
const refund = (pair: Pair, body: object) =>
  post(pair, `customers/${pair.customerId}/refund-balance`, { currency: "USD", ...body });
const invoice = async (pair: Pair, id: string) =>
  (await call(pair.issuer.key, "GET", `/api/invoices/${id}`)).body;
const balances = async (pair: Pair) =>
  (await call(pair.issuer.key, "GET", `/api/customers/${pair.customerId}`)).body.balances;

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
async function ledger(pair: Pair, query = ""): Promise<any[]> {
  const path = `/api/customers/${pair.customerId}/balance-transactions${query}`;
  return (await call(pair.issuer.key, "GET", path)).body.data;
}

/** A pair whose customer has a balance of `amount`, and an open invoice of 301.00. */
async function withBalance(amount: number) {
  const pair = await makePair();
  const paid = await final(pair);
  await pay(pair, paid.id, 301 + amount);
  const { id } = await final(pair);
  return { pair, paidId: paid.id as string, id: id as string };
}

describe("a customer's balance", () => {
  it("takes what is paid beyond an invoice, and says where it came from", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const { body: payment } = await pay(pair, id, 351);
    expect(await balances(pair)).toEqual([{ currency: "USD", amount: 50 }]);
    const [first] = await ledger(pair);
    expect(first).toMatchObject({
      kind: "overpayment",
      amount: 50,
      ending_balance: 50,
      currency: "USD",
      invoice_id: id,
      source_id: payment.id,
      booked_on: "2026-11-24",
    });
    const { body } = await call(pair.issuer.key, "GET", `/api/invoices/${id}/payments`);
    expect(
      body.data.map(({ amount, method, reference }: typeof body) => [amount, method, reference]),
    ).toEqual([
      [351, "transfer", null],
      [-50, "balance", first.id],
    ]);
  });

  it("takes what a credit note gives back of a paid invoice, in each currency", async () => {
    const pair = await makePair();
    for (const currency of ["USD", "EUR"]) {
      const { id } = await final(pair, "invoices", { currency });
      await pay(pair, id, 301);
      const lines = [{ position: 1, quantity: 1 }];
      const { body } = await post(pair, `invoices/${id}/credit`, { reason: "Half", lines });
      const query = `?currency=${currency}`;
      expect(await ledger(pair, query)).toMatchObject([
        { kind: "credit_note", amount: 150.5, source_id: body.id, invoice_id: id },
      ]);
      expect(await invoice(pair, id)).toMatchObject({ status: "paid", paid: 150.5, amount_due: 0 });
    }
    expect(await balances(pair)).toEqual([
      { currency: "EUR", amount: 150.5 },
      { currency: "USD", amount: 150.5 },
    ]);
  });

  it("pays an open invoice, no more than is owed and there", async () => {
    const { pair, id } = await withBalance(400);
    for (const amount of [0, "301.01", "0.001"]) {
      const { status, body } = await apply(pair, id, amount);
      expect([status, body.errors[0].pointer]).toEqual([422, "/amount"]);
    }
    const part = await apply(pair, id, 1);
    expect(part.body).toMatchObject({ amount: 1, method: "balance", invoice_id: id });
    expect(await invoice(pair, id)).toMatchObject({ status: "open", amount_due: 300 });
    expect((await apply(pair, id)).body.amount).toBe(300);
    expect(await invoice(pair, id)).toMatchObject({ status: "paid", amount_due: 0, paid: 301 });
    expect((await apply(pair, id)).status).toBe(409);
    expect(await balances(pair)).toEqual([{ currency: "USD", amount: 99 }]);
    const other = await final(pair, "invoices", { currency: "EUR" });
    expect((await apply(pair, other.id)).status).toBe(409);
    expect((await apply(pair, (await draft(pair)).id)).status).toBe(409);
    const third = await final(pair);
    expect((await apply(pair, third.id)).body.amount).toBe(99);
    expect(await balances(pair)).toEqual([]);
    expect((await ledger(pair)).map(({ kind, amount }) => [kind, amount])).toEqual([
      ["invoice_payment", -99],
      ["invoice_payment", -300],
      ["invoice_payment", -1],
      ["overpayment", 400],
    ]);
  });

  it("is paid out, no more than is there, and once for an id of the caller's", async () => {
    const { pair } = await withBalance(50);
    const body = { amount: 20, external_id: "out-1", reference: "SEPA 7" };
    const [one, two] = await Promise.all([refund(pair, body), refund(pair, body)]);
    expect([one.status, one.body.id]).toEqual([201, two.body.id]);
    expect(one.body).toMatchObject({ kind: "balance_refund", amount: -20, ending_balance: 30 });
    expect((await refund(pair, { ...body, amount: 19 })).status).toBe(409);
    for (const [pointer, wrong] of [
      ["/amount", { amount: 30.01 }],
      ["/amount", { amount: 0 }],
      ["/amount", { amount: 1, currency: "EUR" }],
      ["/booked_on", { amount: 1, booked_on: "2026-12-26" }],
      ["/booked_on", { amount: 1, booked_on: "1999-01-01" }],
    ] as const) {
      const { status, body } = await refund(pair, wrong);
      expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
    }
    expect((await refund(pair, { amount: 30 })).status).toBe(201);
    expect(await balances(pair)).toEqual([]);
  });

  it("of a refunded invoice goes first, as far as that invoice gave to it", async () => {
    const { pair, paidId, id } = await withBalance(50);
    await apply(pair, id, 20);
    await pay(pair, paidId, -40);
    expect(await invoice(pair, paidId)).toMatchObject({ paid: 291, amount_due: 10 });
    expect(await balances(pair)).toEqual([]);
    await pay(pair, id, 300); // 19.00 beyond
    await pay(pair, paidId, -1); // it gave 50.00, of which 30.00 went back
    expect(await invoice(pair, paidId)).toMatchObject({ paid: 291, amount_due: 10 });
    expect(await balances(pair)).toEqual([{ currency: "USD", amount: 18 }]);
    const third = await final(pair);
    await pay(pair, third.id, 301);
    await pay(pair, third.id, -1);
    expect(await invoice(pair, third.id)).toMatchObject({ paid: 300, amount_due: 1 });
    expect(await balances(pair)).toEqual([{ currency: "USD", amount: 18 }]);
  });

  it("is taken once, whoever else takes it at the same moment", async () => {
    const { pair, id } = await withBalance(10);
    const acts = Array.from({ length: 20 }, (_, i) =>
      i % 2 === 0 ? refund(pair, { amount: 1 }) : apply(pair, id, 1),
    );
    const answers = await Promise.all(acts);
    expect(answers.every(({ status }) => [201, 409, 422].includes(status))).toBe(true);
    const done = answers.filter(({ status }) => status === 201).length;
    expect(done).toBeGreaterThan(0);
    const [{ amount = 0 } = {}] = await balances(pair);
    expect(amount).toBe(10 - done);
    const sum = (await ledger(pair)).reduce((total, row) => total + row.amount, 0);
    expect(sum).toBe(amount);
    const applied = answers.filter(({ status, body }) => status === 201 && body.invoice_id === id);
    expect((await invoice(pair, id)).paid).toBe(applied.filter(({ body }) => body.method).length);
  });

  it("is announced, and each act is in the audit log", async () => {
    const { pair, id } = await withBalance(50);
    await apply(pair, id, 20);
    await refund(pair, { amount: 30 });
    const { results } = await env.DB.prepare(
      `SELECT body FROM outbox WHERE tenant = ? AND type = 'customer.balance_changed'
       ORDER BY news_seq`,
    )
      .bind(pair.issuer.tenantId)
      .all<{ body: string }>();
    expect(results.map(({ body }) => JSON.parse(body))).toMatchObject([
      { customer_id: pair.customerId, kind: "overpayment", amount: 50, currency: "USD" },
      { kind: "invoice_payment", amount: -20, invoice_id: id },
      { kind: "balance_refund", amount: -30, invoice_id: null },
    ]);
    const { body } = await call(pair.issuer.key, "GET", "/api/audit");
    const actions = body.data.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(expect.arrayContaining(["balance.applied", "balance.refunded"]));
  });

  it("is its issuer's to see and spend, page by page", async () => {
    const { pair } = await withBalance(1);
    const path = `/api/customers/${pair.customerId}`;
    for (const key of [pair.recipient.key, (await makeTenant()).key]) {
      const asked = [
        await call(key, "GET", `${path}/balance-transactions`),
        await call(key, "POST", `${path}/refund-balance`, { amount: 1, currency: "USD" }),
      ];
      expect(asked.map(({ status }) => status)).toEqual([404, 404]);
    }
    await refund(pair, { amount: "0.40" });
    const first = await call(pair.issuer.key, "GET", `${path}/balance-transactions?limit=1`);
    const rest = `${path}/balance-transactions?limit=1&cursor=${first.body.next_cursor}`;
    const second = await call(pair.issuer.key, "GET", rest);
    expect([first, second].map(({ body }) => body.data[0].amount)).toEqual([-0.4, 1]);
    expect(second.body.next_cursor).toBeNull();
  });
});

describe("money that is recorded without end", () => {
  it("is at most 1,000 payments of an invoice, and 15 digits of a balance", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const most = "9999999999999.99";
    expect((await pay(pair, id, most)).status).toBe(201);
    expect((await pay(pair, id, most)).status).toBe(409);
    expect(await balances(pair)).toEqual([{ currency: "USD", amount: 9999999999698.99 }]);
    const rows = env.DB.prepare(`
      INSERT INTO payments
        (id, issuer, document_id, amount_minor, currency, paid_on, method, created_ms)
      SELECT 'pay_' || value, ?1, ?2, 1, 'USD', '2026-11-24', 'cash', 0
      FROM json_each(?3)`);
    const ids = JSON.stringify(Array.from({ length: 998 }, (_, i) => `${id}_${i}`));
    await rows.bind(pair.issuer.tenantId, id, ids).run();
    expect((await pay(pair, id, -1)).status).toBe(409);
  });
});

describe("days of a draft", () => {
  it.each([
    ["/due_date", { due_date: "2126-11-25" }],
    ["/delivery_date", { delivery_date: "1066-10-14" }],
    ["/period/end", { period: { start: "2026-01-01", end: "2946-01-01" } }],
    ["/accounting/date", { accounting: { currency: "EUR", rate: 1, date: "9999-01-01" } }],
    [
      "/lines/1/period/start",
      { lines: [LINE, { ...LINE, period: { start: "0001-01-01", end: "2026-01-01" } }] },
    ],
  ])("are near enough to be meant: %s", async (pointer, more) => {
    const pair = await makePair();
    const body = { customer_id: pair.customerId, lines: [LINE], ...more };
    const { status, body: problem } = await post(pair, "invoices", body);
    expect([status, problem.errors[0].pointer]).toEqual([422, pointer]);
  });

  it("may be a century ahead", async () => {
    const pair = await makePair();
    const made = await draft(pair, "invoices", { due_date: "2126-11-24" });
    expect(made.due_date).toBe("2126-11-24");
  });
});
