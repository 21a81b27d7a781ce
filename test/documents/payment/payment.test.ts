import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { draft, final, makePair, type Pair } from "../api.ts";

const pay = (pair: Pair, id: string, body: object) =>
  call(pair.issuer.key, "POST", `/api/invoices/${id}/payments`, body);
const read = async (pair: Pair, id: string) =>
  (await call(pair.issuer.key, "GET", `/api/invoices/${id}`)).body;

async function eventsOf(pair: Pair, type: string) {
  const { results } = await env.DB.prepare("SELECT body FROM outbox WHERE tenant = ? AND type = ?")
    .bind(pair.issuer.tenantId, type)
    .all<{ body: string }>();
  return results.map(({ body }) => JSON.parse(body));
}

describe("the payments ledger", () => {
  it("books partial payments, an overpayment and a refund", async () => {
    const pair = await makePair();
    const { id, number } = await final(pair);
    await pay(pair, id, { amount: 100 });
    expect(await read(pair, id)).toMatchObject({ status: "open", paid: 100, amount_due: 201 });
    await pay(pair, id, { amount: "251.00", method: "card", reference: "ch_1" });
    expect(await read(pair, id)).toMatchObject({ status: "paid", paid: 301, amount_due: 0 });
    await pay(pair, id, { amount: -50, note: "paid too much" });
    expect(await read(pair, id)).toMatchObject({ status: "paid", paid: 301, amount_due: 0 });
    await pay(pair, id, { amount: -1 });
    expect(await read(pair, id)).toMatchObject({ status: "open", amount_due: 1 });
    const { body } = await call(pair.recipient.key, "GET", `/api/invoices/${id}/payments`);
    expect(body.data.map(({ amount }: { amount: number }) => amount)).toEqual([
      100, 251, -50, -50, 50, -1,
    ]);
    expect(await eventsOf(pair, "invoice.paid")).toEqual([
      { invoice_id: id, number, total: 301, currency: "USD" },
    ]);
  });

  it("loses none of simultaneous payments", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const answers = await Promise.all([1, 2, 3].map((amount) => pay(pair, id, { amount })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect((await read(pair, id)).paid).toBe(6);
  });

  it("books an external id once", async () => {
    const pair = await makePair();
    const { id } = await final(pair);
    const body = { amount: 301, external_id: "evt_1" };
    const [one, two] = await Promise.all([pay(pair, id, body), pay(pair, id, body)]);
    expect(one.body.id).toBe(two.body.id);
    expect((await read(pair, id)).paid).toBe(301);
    expect((await pay(pair, id, { amount: 300, external_id: "evt_1" })).status).toBe(409);
  });

  it.each([
    ["/amount", { amount: 0 }],
    ["/amount", { amount: "1.001" }],
    ["/amount", { amount: -0.01 }],
    ["/amount", { amount: "9999999999999999" }],
    ["/currency", { amount: 1, currency: "EUR" }],
    ["/paid_on", { amount: 1, paid_on: "2026-11-23" }],
    ["/paid_on", { amount: 1, paid_on: "yesterday" }],
    ["/paid_on", { amount: 1, paid_on: "2026-12-26" }],
    ["/paid_on", { amount: 1, paid_on: "9999-12-31" }],
    ["/amount", { amount: "-9999999999999999" }],
  ])("refuses a wrong %s and books nothing", async (pointer, wrong) => {
    const pair = await makePair();
    const { id } = await final(pair);
    const { status, body } = await pay(pair, id, wrong);
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
    expect(await read(pair, id)).toMatchObject({ paid: 0, status: "open" });
  });

  it("takes nothing for drafts, void invoices and other tenants' invoices", async () => {
    const pair = await makePair();
    const { id } = await draft(pair);
    expect((await pay(pair, id, { amount: 1 })).status).toBe(409);
    const other = await final(pair);
    const path = `/api/invoices/${other.id}`;
    const stranger = await makeTenant();
    for (const key of [stranger.key, pair.recipient.key]) {
      expect((await call(key, "POST", `${path}/payments`, { amount: 1 })).status).toBe(404);
    }
    await call(pair.issuer.key, "POST", `${path}/void`, { reason: "Mistake" });
    expect((await pay(pair, other.id, { amount: 1 })).status).toBe(409);
  });
});
