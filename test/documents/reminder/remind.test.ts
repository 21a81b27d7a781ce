import { env as bindings } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { remindInvoice } from "../../../src/documents/reminder/remind.ts";
import { readDue } from "../../../src/platform/queue/due.ts";
import type { Env } from "../../../src/platform/runtime/env.ts";
import { call } from "../../support/api.ts";
import { moveTo } from "../../support/billing.ts";
import { final, makePair, type Pair } from "../api.ts";

const env = bindings as unknown as Env;

// CLOCK is 2026-11-24; with 14 days the due date is December 8.
async function owing(reminderDays: number[], more = {}) {
  const pair = await makePair();
  const body = { legal_name: "Muster GmbH", reminder_days: reminderDays };
  expect((await call(pair.issuer.key, "PUT", "/api/issuer", body)).status).toBe(200);
  return { pair, invoice: await final(pair, "invoices", more) };
}

async function said(pair: Pair): Promise<unknown[]> {
  const { results } = await env.DB.prepare(
    `SELECT type, body FROM outbox WHERE tenant = ? AND type IN
     ('invoice.reminder_due', 'invoice.overdue') ORDER BY news_seq`,
  )
    .bind(pair.issuer.tenantId)
    .all<{ type: string; body: string }>();
  return results.map(({ type, body }) => (type === "invoice.overdue" ? type : JSON.parse(body)));
}

const days = async (pair: Pair) =>
  (await said(pair)).map((one) => (typeof one === "string" ? one : (one as { days: 0 }).days));
const pay = (pair: Pair, id: string, amount: number) =>
  call(pair.issuer.key, "POST", `/api/invoices/${id}/payments`, { amount });
const dueRow = (id: string) => readDue(env.DB, `invoice.remind:${id}`);

describe("an open invoice", () => {
  it("is reminded of on the issuer's days, and announced as overdue once it is", async () => {
    const { pair, invoice } = await owing([-3, 1, 7]);
    const { id, number } = invoice;
    expect(invoice.due_date).toBe("2026-12-08");
    await moveTo(pair.issuer, "2026-12-05T08:59:00Z");
    expect(await said(pair)).toEqual([]);
    await moveTo(pair.issuer, "2026-12-05T09:00:00Z");
    await pay(pair, id, 100);
    await moveTo(pair.issuer, "2026-12-09T00:00:00Z");
    await moveTo(pair.issuer, "2027-02-01T00:00:00Z");
    const owed = { invoice_id: id, number, total: 301, currency: "USD", due_date: "2026-12-08" };
    expect(await said(pair)).toEqual([
      { ...owed, amount_due: 301, days: -3 },
      "invoice.overdue",
      { ...owed, amount_due: 201, days: 1 },
      { ...owed, amount_due: 201, days: 7 },
    ]);
    expect(await dueRow(id)).toBeNull();
  });

  it("is announced as overdue where nobody is reminded of it", async () => {
    const { pair, invoice } = await owing([]);
    await moveTo(pair.issuer, "2026-12-08T23:59:59Z");
    expect(await days(pair)).toEqual([]);
    await moveTo(pair.issuer, "2026-12-09T00:00:00Z");
    expect(await days(pair)).toEqual(["invoice.overdue"]);
    const { body } = await call(pair.issuer.key, "GET", `/api/invoices/${invoice.id}`);
    expect(body.status).toBe("overdue");
  });

  it("is announced once for each step, however often its row of due work runs", async () => {
    const { pair, invoice } = await owing([-3, 1]);
    const atMs = Date.parse("2026-12-20T00:00:00Z");
    const { tenantId } = pair.issuer;
    await Promise.all([1, 2].map(() => remindInvoice(env, tenantId, invoice.id, atMs)));
    await remindInvoice(env, tenantId, invoice.id, atMs);
    // The row came late: of the reminders that it missed the newest is said.
    expect(await days(pair)).toEqual(["invoice.overdue", 1]);
  });

  it.each([
    ["paid", (pair: Pair, id: string) => pay(pair, id, 301)],
    [
      "voided",
      (pair: Pair, id: string) =>
        call(pair.issuer.key, "POST", `/api/invoices/${id}/void`, { reason: "mistaken" }),
    ],
    [
      "credited to the rest",
      async (pair: Pair, id: string) => {
        await pay(pair, id, 1);
        const lines = [{ position: 1, amount: 300 }];
        const body = { reason: "goodwill", lines };
        return call(pair.issuer.key, "POST", `/api/invoices/${id}/credit`, body);
      },
    ],
  ])("is left alone once it is %s", async (_, settle) => {
    const { pair, invoice } = await owing([-3, 1]);
    await moveTo(pair.issuer, "2026-12-06T00:00:00Z");
    expect(await dueRow(invoice.id)).not.toBeNull();
    expect((await settle(pair, invoice.id)).status).toBeLessThan(300);
    expect(await dueRow(invoice.id)).toBeNull();
    await moveTo(pair.issuer, "2027-01-01T00:00:00Z");
    expect(await days(pair)).toEqual([-3]);
  });

  it("is reminded of again when money goes back", async () => {
    const { pair, invoice } = await owing([7]);
    await pay(pair, invoice.id, 301);
    await moveTo(pair.issuer, "2026-12-10T00:00:00Z");
    await pay(pair, invoice.id, -301);
    await moveTo(pair.issuer, "2026-12-16T00:00:00Z");
    expect(await days(pair)).toEqual(["invoice.overdue", 7]);
  });

  it("of an issuer that turns reminders off is only announced as overdue", async () => {
    const { pair } = await owing([-3, 1]);
    await call(pair.issuer.key, "PUT", "/api/issuer", { legal_name: "Muster GmbH" });
    await moveTo(pair.issuer, "2027-01-01T00:00:00Z");
    expect(await days(pair)).toEqual(["invoice.overdue"]);
  });

  it("schedules the first step ahead, and again where its row runs too early", async () => {
    const { pair, invoice } = await owing([-7, -3], { payment_terms_days: 4 });
    const first = { clock: "test", atMs: Date.parse("2026-11-25T09:00:00Z") };
    expect(await dueRow(invoice.id)).toMatchObject(first);
    await remindInvoice(env, pair.issuer.tenantId, invoice.id, first.atMs - 1);
    expect(await dueRow(invoice.id)).toMatchObject(first);
    expect(await days(pair)).toEqual([]);
  });
});

describe("what is not owed", () => {
  it("has no reminders: a quote, and an invoice of nothing", async () => {
    const pair = await makePair();
    const quote = await final(pair, "quotes");
    const lines = [{ name: "Gift", quantity: 1, unit_price: 0 }];
    const free = await final(pair, "invoices", { lines });
    for (const { id } of [quote, free]) expect(await dueRow(id)).toBeNull();
  });
});
