import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { draft, final, makePair, type Pair } from "../api.ts";

const post = (key: string, id: string, verb: string, body: object = {}) =>
  call(key, "POST", `/api/quotes/${id}/${verb}`, body);

async function daysLater(pair: Pair, days: number) {
  await env.DB.prepare("UPDATE tenants SET test_clock_ms = test_clock_ms + ? WHERE id = ?")
    .bind(days * 86_400_000, pair.issuer.tenantId)
    .run();
}

describe("a quote", () => {
  it("becomes pending with a number, and is valid for 30 days unless it names a day", async () => {
    const pair = await makePair();
    expect(await draft(pair, "quotes")).toMatchObject({ status: "draft", number: null });
    expect(await final(pair, "quotes")).toMatchObject({
      status: "pending",
      number: "TEST-QUO-2026-001",
      valid_until: "2026-12-24",
      due_date: null,
    });
  });

  it("is accepted by its recipient, once", async () => {
    const pair = await makePair();
    const { id } = await final(pair, "quotes");
    const stranger = await makeTenant();
    expect((await post(stranger.key, id, "accept")).status).toBe(404);
    const accepted = await post(pair.recipient.key, id, "accept");
    expect([accepted.status, accepted.body.status]).toEqual([200, "accepted"]);
    expect((await post(pair.issuer.key, id, "reject", { reason: "late" })).status).toBe(409);
  });

  it("is rejected with a reason that its issuer is told", async () => {
    const pair = await makePair();
    const { id, number } = await final(pair, "quotes");
    const body = { reason: "Too dear" };
    expect((await post(pair.recipient.key, id, "reject", body)).body.status).toBe("rejected");
    const event = await env.DB.prepare("SELECT body FROM outbox WHERE tenant = ? AND type = ?")
      .bind(pair.issuer.tenantId, "quote.rejected")
      .first<{ body: string }>();
    expect(JSON.parse(event?.body ?? "")).toEqual({ quote_id: id, number, reason: "Too dear" });
  });

  it("expires after its last day", async () => {
    const pair = await makePair();
    const { id } = await final(pair, "quotes", { valid_until: "2026-11-25" });
    await daysLater(pair, 1);
    expect((await call(pair.issuer.key, "GET", `/api/quotes/${id}`)).body.status).toBe("pending");
    await daysLater(pair, 1);
    const list = await call(pair.issuer.key, "GET", "/api/quotes?status=expired");
    expect(list.body.data.map((quote: { id: string }) => quote.id)).toEqual([id]);
    expect((await post(pair.issuer.key, id, "accept")).status).toBe(409);
  });

  it("becomes one invoice, with the same lines and totals", async () => {
    const pair = await makePair();
    const quote = await final(pair, "quotes", { purchase_order: "PO-7" });
    const made = await Promise.all([
      post(pair.issuer.key, quote.id, "convert"),
      post(pair.issuer.key, quote.id, "convert"),
    ]);
    expect(made.map(({ status }) => status).sort()).toEqual([201, 409]);
    const invoice = made.find(({ status }) => status === 201)?.body;
    expect(invoice).toMatchObject({
      status: "draft",
      origin_id: quote.id,
      purchase_order: "PO-7",
      total: quote.total,
      lines: quote.lines,
      payment_terms_days: 14,
    });
    expect((await call(pair.issuer.key, "GET", `/api/quotes/${quote.id}`)).body.status).toBe(
      "accepted",
    );
  });

  it("may become another invoice once the first was discarded", async () => {
    const pair = await makePair();
    const { id } = await final(pair, "quotes");
    const first = await post(pair.issuer.key, id, "convert");
    const path = `/api/invoices/${first.body.id}/void`;
    await call(pair.issuer.key, "POST", path, { reason: "Mistake" });
    expect((await post(pair.issuer.key, id, "convert")).status).toBe(201);
  });

  it("that was rejected cannot become an invoice", async () => {
    const pair = await makePair();
    const { id } = await final(pair, "quotes");
    await post(pair.issuer.key, id, "reject");
    expect((await post(pair.issuer.key, id, "convert")).status).toBe(409);
  });
});
