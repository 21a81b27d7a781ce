import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { final, makePair } from "../api.ts";

it("becomes a balance what an earlier version kept on invoices beyond their amount", async () => {
  const pair = await makePair();
  const { key } = pair.issuer;
  const post = (id: string, verb: string, body: object) =>
    call(key, "POST", `/api/invoices/${id}/${verb}`, body);
  const [over, whole, part, open] = await Promise.all([1, 2, 3, 4].map(() => final(pair)));
  await post(over.id, "payments", { amount: 351 });
  for (const { id } of [whole, part]) await post(id, "payments", { amount: 301 });
  await post(whole.id, "credit", { reason: "All" });
  await post(part.id, "credit", { reason: "One", lines: [{ position: 1, amount: 1 }] });
  await post(open.id, "payments", { amount: 300 });
  // As it was stored then: all that was paid stands on the invoice, which is paid.
  await env.DB.batch([
    env.DB.prepare("DELETE FROM payments WHERE method = 'balance'"),
    env.DB.prepare("DELETE FROM balance_transactions"),
    env.DB.prepare("DELETE FROM customer_balances"),
    env.DB.prepare(
      `UPDATE documents SET revision = revision + 1, status = 'paid', paid_minor =
         (SELECT sum(amount_minor) FROM payments WHERE document_id = documents.id)
       WHERE id IN (?, ?, ?)`,
    ).bind(over.id, whole.id, part.id),
  ]);
  const { queries } = env.TEST_MIGRATIONS.find(({ name }) => /customer_balances/.test(name)) ?? {};
  const moving = (queries ?? []).filter((query) => !/^\s*(?:--.*\s+)*CREATE/.test(query));
  expect(moving).toHaveLength(4);
  await env.DB.batch(moving.map((query) => env.DB.prepare(query)));

  const read = async (id: string) => (await call(key, "GET", `/api/invoices/${id}`)).body;
  expect(await read(over.id)).toMatchObject({ status: "paid", paid: 301, amount_due: 0 });
  expect(await read(whole.id)).toMatchObject({ status: "void", paid: 0, amount_due: 0 });
  expect(await read(part.id)).toMatchObject({ status: "paid", paid: 300, amount_due: 0 });
  expect(await read(open.id)).toMatchObject({ status: "open", paid: 300, amount_due: 1 });
  const customer = await call(key, "GET", `/api/customers/${pair.customerId}`);
  expect(customer.body.balances).toEqual([{ currency: "USD", amount: 352 }]);
  const path = `/api/customers/${pair.customerId}/balance-transactions`;
  const { body } = await call(key, "GET", path);
  const kinds = body.data.map(({ kind, amount }: typeof body) => `${kind} ${amount}`).sort();
  expect(kinds).toEqual(["credit_note 1", "credit_note 301", "overpayment 50"]);
  const endings = body.data.map((row: typeof body) => row.ending_balance);
  expect(Math.max(...endings)).toBe(352);
  for (const { id } of [over, whole, part, open]) {
    const booked = (await call(key, "GET", `/api/invoices/${id}/payments`)).body.data;
    const sum = booked.reduce((total: number, { amount }: typeof body) => total + amount, 0);
    expect(sum).toBe((await read(id)).paid);
  }
  expect((await post(whole.id, "payments", { amount: -301 })).status).toBe(201);
});
