import { env } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { PAYMENT_PROVIDERS } from "../../../src/billing/provider/registry.ts";
import { parseStripeSignature } from "../../../src/billing/provider/stripe.ts";
import { call, makeTenant } from "../../support/api.ts";

const SECRET = "whsec_of_a_test";

/** A tenant with a final invoice of 100.00 and both providers connected. */
async function connectedTenant() {
  const { key, tenantId } = await makeTenant({ clock: "2026-05-01T00:00:00Z" });
  const hooks: Record<string, string> = {};
  for (const provider of ["stripe", "razorpay"]) {
    const { body } = await call(key, "PUT", `/api/payment-providers/${provider}`, {
      secret: SECRET,
    });
    hooks[provider] = new URL(body.url).pathname;
  }
  const customer = await call(key, "POST", "/api/customers", { name: "Buyer" });
  const draft = await call(key, "POST", "/api/invoices", {
    customer_id: customer.body.id,
    currency: "USD",
    lines: [{ name: "Work", quantity: 1, unit_price: 100 }],
  });
  const final = await call(key, "POST", `/api/invoices/${draft.body.id}/finalize`);
  expect([final.status, final.body.detail]).toEqual([200, undefined]);
  const ids = { customerId: customer.body.id as string, invoiceId: draft.body.id as string };
  return { key, tenantId, hooks, ...ids };
}

type ConnectedTenant = Awaited<ReturnType<typeof connectedTenant>>;

const hmac = (text: string) => createHmac("sha256", SECRET).update(text).digest("hex");

function stripe(
  tenant: ConnectedTenant,
  event: unknown,
  at = Math.floor(Date.now() / 1000),
  sign = hmac,
) {
  const body = JSON.stringify(event);
  const signature = `t=${at},v1=${"0".repeat(64)},v1=${sign(`${at}.${body}`)}`;
  const headers = { "content-type": "application/json", "stripe-signature": signature };
  return call(null, "POST", tenant.hooks.stripe ?? "", body, headers);
}

function razorpay(tenant: ConnectedTenant, event: unknown) {
  const body = JSON.stringify(event);
  const headers = { "content-type": "application/json", "x-razorpay-signature": hmac(body) };
  return call(null, "POST", tenant.hooks.razorpay ?? "", body, headers);
}

const intent = (tenant: ConnectedTenant, amount: number, id = "pi_1", currency = "usd") => ({
  type: "payment_intent.succeeded",
  data: {
    object: { id, amount_received: amount, currency, metadata: { invoice_id: tenant.invoiceId } },
  },
});
const refund = (type: string, status: string | null, id = "re_1") => ({
  type,
  data: { object: { id, amount: 2500, currency: "usd", payment_intent: "pi_1", status } },
});
const invoice = async (tenant: ConnectedTenant) =>
  (await call(tenant.key, "GET", `/api/invoices/${tenant.invoiceId}`)).body;

describe("a provider's connection", () => {
  it("is ended once, and logged once, by requests that come together", async () => {
    const { key } = await connectedTenant();
    const end = () => call(key, "DELETE", "/api/payment-providers/stripe");
    const answers = await Promise.all(Array.from({ length: 5 }, end));
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404, 404]);
    const { body } = await call(key, "GET", "/api/audit?action=provider.disconnected");
    expect(body.data).toHaveLength(1);
  });
});

describe("Stripe's events", () => {
  it("pay an invoice once, even when they are repeated or come in several forms", async () => {
    const tenant = await connectedTenant();
    const first = await stripe(tenant, intent(tenant, 10_000));
    expect(first.status).toBe(200);
    expect((await stripe(tenant, intent(tenant, 10_000))).body).toEqual(first.body);
    const session = {
      payment_status: "paid",
      amount_total: 10_000,
      currency: "usd",
      payment_intent: "pi_1",
      client_reference_id: tenant.invoiceId,
    };
    const again = await stripe(tenant, {
      type: "checkout.session.completed",
      data: { object: session },
    });
    expect(again.body).toEqual(first.body);
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100, amount_due: 0 });
  });

  it("have what they paid announced as soon as they are answered", async () => {
    const tenant = await connectedTenant();
    expect((await stripe(tenant, intent(tenant, 10_000))).status).toBe(200);
    const relayed = () =>
      env.DB.prepare("SELECT relayed_ms FROM outbox WHERE tenant = ? AND type = 'invoice.paid'")
        .bind(tenant.tenantId)
        .first("relayed_ms");
    await vi.waitUntil(relayed);
    expect(await relayed()).toBeGreaterThan(0);
  });

  it("take a refund back from the invoice that its payment was for", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 10_000));
    const { body } = await stripe(tenant, refund("refund.created", "succeeded"));
    expect(body.payment_id).toMatch(/^pay_/);
    expect(await invoice(tenant)).toMatchObject({ paid: 75, amount_due: 25 });
  });

  it("count a refund by its status: once it succeeded, and not once it failed", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 10_000));
    const paid = async () => (await invoice(tenant)).paid;
    for (const status of ["pending", "requires_action", null]) {
      const { body } = await stripe(tenant, refund("refund.created", status));
      expect([body.payment_id, await paid()]).toEqual([null, 100]);
    }
    const first = await stripe(tenant, refund("refund.updated", "succeeded"));
    expect((await stripe(tenant, refund("refund.created", "succeeded"))).body).toEqual(first.body);
    expect(await paid()).toBe(75);
    const failed = await stripe(tenant, refund("refund.failed", "failed"));
    const again = await stripe(tenant, refund("charge.refund.updated", "failed"));
    expect([again.body, await paid()]).toEqual([failed.body, 100]);
    expect((await stripe(tenant, refund("refund.updated", "succeeded"))).body).toEqual(first.body);
    expect(await paid()).toBe(100);
  });

  it("never count a refund that failed before its success was heard of", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 10_000));
    for (const status of ["failed", "canceled"]) {
      await stripe(tenant, refund("refund.updated", status, `re_${status}`));
      const late = await stripe(tenant, refund("refund.created", "succeeded", `re_${status}`));
      expect([late.status, late.body.payment_id]).toEqual([200, null]);
    }
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100 });
    expect(await waiting(tenant)).toEqual([]);
  });

  it("are refused when they are unsigned, signed with another secret, or too old", async () => {
    const tenant = await connectedTenant();
    const now = Math.floor(Date.now() / 1000);
    const forged = (text: string) => createHmac("sha256", "other").update(text).digest("hex");
    const refused = [
      await call(null, "POST", tenant.hooks.stripe ?? "", JSON.stringify(intent(tenant, 1))),
      await stripe(tenant, intent(tenant, 10_000), now, forged),
      await stripe(tenant, intent(tenant, 10_000), now - 301),
      await stripe(tenant, intent(tenant, 10_000), now + 330),
    ];
    for (const { status, body } of refused) {
      expect([status, body.code]).toEqual([400, "hook.unsigned"]);
    }
    expect(await invoice(tenant)).toMatchObject({ paid: 0 });
  });

  it("book nothing where they pay no invoice of the tenant in its currency", async () => {
    const tenant = await connectedTenant();
    const other = intent(tenant, 10_000, "pi_2", "eur");
    const strange = { ...intent(tenant, 100, "pi_3"), type: "customer.created" };
    const unknown = intent({ ...tenant, invoiceId: "inv_none" }, 100, "pi_4");
    for (const event of [other, strange, unknown, { type: 7 }, []]) {
      expect((await stripe(tenant, event)).body).toEqual({ payment_id: null });
    }
    const nowhere = { ...tenant, hooks: { stripe: "/hooks/stripe/hook_none" } };
    expect((await stripe(nowhere, intent(tenant, 1))).status).toBe(404);
  });
});

describe("Stripe's events about what an invoice no longer asks", () => {
  const act = (tenant: ConnectedTenant, verb: string, body: object) =>
    call(tenant.key, "POST", `/api/invoices/${tenant.invoiceId}/${verb}`, body);
  const held = async ({ key, customerId }: ConnectedTenant) =>
    (await call(key, "GET", `/api/customers/${customerId}`)).body.balances;

  it("give what is beyond it to its customer's balance, and refunds take that first", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 12_500));
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100, amount_due: 0 });
    expect(await held(tenant)).toEqual([{ currency: "USD", amount: 25 }]);
    await stripe(tenant, refund("refund.updated", "succeeded"));
    expect([await invoice(tenant), await held(tenant)]).toMatchObject([{ paid: 100 }, []]);
    await stripe(tenant, refund("refund.failed", "failed"));
    expect(await held(tenant)).toEqual([{ currency: "USD", amount: 25 }]);
  });

  it("are booked after it was credited in whole, refunds and late payments alike", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 10_000));
    await act(tenant, "credit", { reason: "Returned" });
    expect(await held(tenant)).toEqual([{ currency: "USD", amount: 100 }]);
    await stripe(tenant, refund("refund.updated", "succeeded"));
    expect(await held(tenant)).toEqual([{ currency: "USD", amount: 75 }]);
    await stripe(tenant, intent(tenant, 500, "pi_late"));
    expect(await held(tenant)).toEqual([{ currency: "USD", amount: 80 }]);
    expect(await waiting(tenant)).toEqual([]);
    expect(await invoice(tenant)).toMatchObject({ status: "void", paid: 0, amount_due: 0 });
  });

  it("count a chargeback once its money was withdrawn, until it was won back", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 10_000));
    const dispute = (what: string, status: string) =>
      stripe(tenant, {
        type: `charge.dispute.${what}`,
        data: {
          object: { id: "dp_1", amount: 10_000, currency: "usd", payment_intent: "pi_1", status },
        },
      });
    await dispute("created", "needs_response");
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100 });
    for (let i = 0; i < 2; i++) await dispute("funds_withdrawn", "under_review");
    expect(await invoice(tenant)).toMatchObject({ status: "open", paid: 0, amount_due: 100 });
    await dispute("closed", "won");
    for (let i = 0; i < 2; i++) await dispute("funds_reinstated", "won");
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100, amount_due: 0 });
  });
});

describe("Razorpay's events", () => {
  it("pay an invoice once, and take refunds back", async () => {
    const tenant = await connectedTenant();
    const entity = {
      id: "pay_R1",
      amount: 4000,
      currency: "USD",
      notes: { invoice_id: tenant.invoiceId },
    };
    const captured = { event: "payment.captured", payload: { payment: { entity } } };
    const first = await razorpay(tenant, captured);
    expect((await razorpay(tenant, captured)).body).toEqual(first.body);
    const refund = { id: "rfnd_1", amount: 1000, currency: "USD", payment_id: "pay_R1" };
    const send = (event: string, status?: string) =>
      razorpay(tenant, { event, payload: { refund: { entity: { ...refund, status } } } });
    await send("refund.created", "pending");
    expect(await invoice(tenant)).toMatchObject({ paid: 40 });
    await send("refund.processed");
    await send("refund.created", "processed");
    expect(await invoice(tenant)).toMatchObject({ status: "open", paid: 30, amount_due: 70 });
    await send("refund.failed", "failed");
    expect(await invoice(tenant)).toMatchObject({ status: "open", paid: 40, amount_due: 60 });
    const dispute = (event: string, amount_deducted: number) => {
      const entity = { id: "disp_1", amount: 4000, amount_deducted, currency: "USD" };
      const payload = { dispute: { entity: { ...entity, payment_id: "pay_R1" } } };
      return razorpay(tenant, { event: `payment.dispute.${event}`, payload });
    };
    for (const event of ["created", "under_review", "closed"]) await dispute(event, 0);
    expect(await invoice(tenant)).toMatchObject({ paid: 40 });
    await dispute("lost", 3500);
    expect(await invoice(tenant)).toMatchObject({ paid: 5 });
    await dispute("won", 0);
    expect(await invoice(tenant)).toMatchObject({ paid: 40 });
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever fields it expects
const waiting = async ({ key }: ConnectedTenant): Promise<any[]> =>
  (await call(key, "GET", "/api/unmatched-money")).body.data;

describe("money that no invoice took", () => {
  const act = (tenant: ConnectedTenant, id: string, verb: string, body?: object) =>
    call(tenant.key, "POST", `/api/unmatched-money/${id}/${verb}`, body);

  it("waits once, is assigned once, and is then the payment of its events", async () => {
    const tenant = await connectedTenant();
    const lost = intent({ ...tenant, invoiceId: "inv_none" }, 10_000);
    for (let i = 0; i < 2; i++) expect((await stripe(tenant, lost)).body.payment_id).toBeNull();
    const [held, ...more] = await waiting(tenant);
    expect(held).toMatchObject({
      provider: "stripe",
      reference: "pi_1",
      amount: 100,
      currency: "USD",
      named_invoice: "inv_none",
      reason: "unknown_invoice",
    });
    expect(more).toEqual([]);
    const assigned = { invoice_id: tenant.invoiceId };
    const wrong = await act(tenant, held.id, "assign", { ...assigned, amount: 90 });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, "/amount"]);
    const answers = await Promise.all([1, 2].map(() => act(tenant, held.id, "assign", assigned)));
    const booked = answers.filter(({ status }) => status === 201);
    expect(booked.map(({ body }) => body.external_id)).toContain("stripe:pi_1");
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100 });
    expect(await waiting(tenant)).toEqual([]);
    expect((await stripe(tenant, lost)).body.payment_id).toBe(booked[0]?.body.id);
    await stripe(tenant, refund("refund.updated", "succeeded"));
    expect(await invoice(tenant)).toMatchObject({ paid: 75 });
    expect((await act(tenant, held.id, "dismiss")).status).toBe(409);
  });

  it("goes to the customer's balance where its invoice asks less, or is void", async () => {
    const tenant = await connectedTenant();
    const held = async () =>
      (await call(tenant.key, "GET", `/api/customers/${tenant.customerId}`)).body.balances;
    const assign = async (amount: number, id: string) => {
      await stripe(tenant, intent({ ...tenant, invoiceId: "inv_none" }, amount, id));
      const [row] = await waiting(tenant);
      return act(tenant, row.id, "assign", { invoice_id: tenant.invoiceId });
    };
    expect((await assign(15_000, "pi_1")).status).toBe(201);
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100, amount_due: 0 });
    expect(await held()).toEqual([{ currency: "USD", amount: 50 }]);
    const credit = `/api/invoices/${tenant.invoiceId}/credit`;
    await call(tenant.key, "POST", credit, { reason: "Returned" });
    expect((await assign(700, "pi_2")).status).toBe(201);
    expect(await invoice(tenant)).toMatchObject({ status: "void", paid: 0, amount_due: 0 });
    expect(await held()).toEqual([{ currency: "USD", amount: 157 }]);
  });

  it("of another currency is booked as what it is worth in the invoice's", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 9_000, "pi_eur", "eur"));
    const [held] = await waiting(tenant);
    expect(held).toMatchObject({ amount: 90, currency: "EUR", reason: "another_currency" });
    const assigned = { invoice_id: tenant.invoiceId };
    expect((await act(tenant, held.id, "assign", assigned)).status).toBe(422);
    expect((await act(tenant, held.id, "assign", { ...assigned, amount: -100 })).status).toBe(422);
    expect((await act(tenant, held.id, "assign", { ...assigned, amount: 100 })).status).toBe(201);
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100 });
  });

  it("is what comes again with another amount, and is not booked a second time", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 4_000));
    expect((await stripe(tenant, intent(tenant, 5_000))).status).toBe(200);
    const [held] = await waiting(tenant);
    expect(held).toMatchObject({ amount: 50, reason: "another_amount" });
    const assigned = await act(tenant, held.id, "assign", { invoice_id: tenant.invoiceId });
    expect(assigned.status).toBe(409);
    expect((await act(tenant, held.id, "dismiss")).status).toBe(200);
    expect([await waiting(tenant), (await invoice(tenant)).paid]).toEqual([[], 40]);
  });

  it("is what its invoice cannot take, such as more than was paid going back", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 1_000));
    await stripe(tenant, refund("refund.updated", "succeeded"));
    expect(await waiting(tenant)).toMatchObject([{ amount: -25, reason: "not_taken" }]);
    await stripe(tenant, refund("refund.failed", "failed"));
    expect([await waiting(tenant), (await invoice(tenant)).paid]).toEqual([[], 10]);
  });

  it("is a refund that does not say whether it was made, until a status says so", async () => {
    const tenant = await connectedTenant();
    await stripe(tenant, intent(tenant, 10_000));
    const send = (status: string | null, id: string) =>
      stripe(tenant, refund("refund.updated", status, id));
    for (const id of ["re_1", "re_2", "re_3"]) {
      for (const status of [null, "a_new_status"]) await send(status, id);
    }
    const rows = await waiting(tenant);
    const listed = { provider: "stripe", amount: -25, currency: "USD", reason: "unclear_status" };
    expect(rows).toMatchObject(
      ["re_3", "re_2", "re_1"].map((reference) => ({ ...listed, reference })),
    );
    expect(await invoice(tenant)).toMatchObject({ paid: 100 });
    const { body } = await send("succeeded", "re_1");
    expect(body.payment_id).toMatch(/^pay_/);
    expect((await send(null, "re_1")).body).toEqual(body);
    await send("failed", "re_2");
    expect((await send("succeeded", "re_2")).body.payment_id).toBeNull();
    expect(await invoice(tenant)).toMatchObject({ paid: 75 });
    expect(await waiting(tenant)).toMatchObject([{ reference: "re_3" }]);
    const assigned = await act(tenant, rows[0].id, "assign", { invoice_id: tenant.invoiceId });
    expect(assigned.status).toBe(201);
    expect((await send("succeeded", "re_3")).body.payment_id).toBe(assigned.body.id);
    expect([await waiting(tenant), (await invoice(tenant)).paid]).toEqual([[], 50]);
  });

  it("is listed for what came of it, once a refund's status is no longer unclear", async () => {
    const tenant = await connectedTenant();
    const send = (event: string, status?: string | null) => {
      const entity = {
        id: "rfnd_1",
        amount: 1000,
        currency: "USD",
        payment_id: "pay_none",
        status,
      };
      return razorpay(tenant, { event, payload: { refund: { entity } } });
    };
    await send("refund.created");
    expect(await waiting(tenant)).toEqual([]);
    await send("refund.speed_changed");
    expect(await waiting(tenant)).toMatchObject([{ amount: -10, reason: "unclear_status" }]);
    for (let i = 0; i < 2; i++) await send("refund.processed", "processed");
    await send("refund.speed_changed", null);
    expect(await waiting(tenant)).toMatchObject([{ amount: -10, reason: "unknown_invoice" }]);
  });

  it("is another tenant's, who neither sees nor books it", async () => {
    const [tenant, other] = [await connectedTenant(), await connectedTenant()];
    await stripe(tenant, intent(other, 10_000));
    const [held] = await waiting(tenant);
    expect(await waiting(other)).toEqual([]);
    const theirs = { invoice_id: other.invoiceId };
    expect((await act(other, held.id, "assign", theirs)).status).toBe(404);
    expect((await act(other, held.id, "assign", { amount: "much" })).status).toBe(404);
    expect((await act(tenant, held.id, "assign", theirs)).status).toBe(422);
    expect((await act(other, held.id, "dismiss")).status).toBe(404);
    expect(await invoice(other)).toMatchObject({ paid: 0 });
  });
});

describe("ids of payments", () => {
  it("are the issuer's or a provider's, even where they are the same text", async () => {
    const tenant = await connectedTenant();
    const own = { amount: 1, external_id: "stripe:pi_1" };
    const path = `/api/invoices/${tenant.invoiceId}/payments`;
    const first = await call(tenant.key, "POST", path, own);
    expect(first.status).toBe(201);
    const { body } = await stripe(tenant, intent(tenant, 9_900));
    expect(body.payment_id).toMatch(/^pay_/);
    expect(body.payment_id).not.toBe(first.body.id);
    expect((await call(tenant.key, "POST", path, own)).body.id).toBe(first.body.id);
    expect(await invoice(tenant)).toMatchObject({ status: "paid", paid: 100 });
  });
});

describe("a connection", () => {
  it("keeps its address when its secret changes, and ends when it is taken away", async () => {
    const tenant = await connectedTenant();
    const path = "/api/payment-providers/stripe";
    const again = await call(tenant.key, "PUT", path, { secret: "whsec_another" });
    expect(new URL(again.body.url).pathname).toBe(tenant.hooks.stripe);
    expect((await stripe(tenant, intent(tenant, 1))).status).toBe(400);
    expect((await call(tenant.key, "GET", "/api/payment-providers")).body.data).toHaveLength(2);
    expect((await call(tenant.key, "DELETE", path)).status).toBe(204);
    expect((await stripe(tenant, intent(tenant, 1))).status).toBe(404);
    expect((await call(tenant.key, "DELETE", path)).status).toBe(404);
  });
});

describe("a provider's secret", () => {
  it("is stored nowhere in plain text", async () => {
    const { key, tenantId } = await makeTenant();
    const secret = "whsec_only_here";
    await call(key, "PUT", "/api/payment-providers/stripe", { secret });
    const rows = await Promise.all(
      ["SELECT * FROM payment_hooks WHERE tenant = ?", "SELECT * FROM audit WHERE tenant = ?"].map(
        async (query) => (await env.DB.prepare(query).bind(tenantId).all()).results,
      ),
    );
    expect(rows.map(({ length }) => length)).toEqual([1, 1]);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it("is refused with 503 where the installation has no secret to seal it with", async () => {
    const { key } = await makeTenant();
    const path = "/api/payment-providers/stripe";
    const { DELIVERY_SECRET } = env as unknown as Record<string, string>;
    Object.assign(env, { DELIVERY_SECRET: "" });
    const { status, body } = await call(key, "PUT", path, { secret: "whsec_of_a_test" });
    Object.assign(env, { DELIVERY_SECRET });
    expect([status, body.code]).toEqual([503, "webhook.no_secret"]);
    expect((await call(key, "GET", path.slice(0, -7))).body.data).toEqual([]);
  });
});

describe("an event under another secret of the installation", () => {
  it("is answered 503, so that the provider sends it again, and then booked once", async () => {
    const tenant = await connectedTenant();
    const { DELIVERY_SECRET } = env as unknown as Record<string, string>;
    Object.assign(env, { DELIVERY_SECRET: "another secret of the installation" });
    const lost = await stripe(tenant, intent(tenant, 10_000));
    Object.assign(env, { DELIVERY_SECRET });
    expect([lost.status, lost.body.code]).toEqual([503, "service.secret_lost"]);
    expect((await stripe(tenant, intent(tenant, 10_000))).body.payment_id).toMatch(/^pay_/);
  });
});

describe("reading an event", () => {
  it("converts amounts in currencies that the provider counts in hundredths", () => {
    const object = { id: "pi", amount_received: 12_300, currency: "isk", metadata: {} };
    const event = { type: "payment_intent.succeeded", data: { object } };
    const { stripe, razorpay } = PAYMENT_PROVIDERS;
    expect(stripe.movementOf(event)).toMatchObject({ amountMinor: 123n, currency: "ISK" });
    expect(stripe.movementOf(null)).toBeNull();
    expect(razorpay.movementOf({ event: "payment.captured" })).toBeNull();
  });

  it("takes a signature header only with a time and a signature", () => {
    expect(parseStripeSignature("t=1,v1=ab,v0=cd")).toEqual({ timestamp: 1, signatures: ["ab"] });
    for (const header of ["", "t=1", "v1=ab", "t=x,v1=ab", "t=-1,v1=ab"]) {
      expect(parseStripeSignature(header)).toBeNull();
    }
  });
});
