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
  return { key, tenantId, hooks, invoiceId: draft.body.id as string };
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
const invoice = async (tenant: ConnectedTenant) =>
  (await call(tenant.key, "GET", `/api/invoices/${tenant.invoiceId}`)).body;

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
    const object = { id: "re_1", amount: 2500, currency: "usd", payment_intent: "pi_1" };
    const { body } = await stripe(tenant, { type: "refund.created", data: { object } });
    expect(body.payment_id).toMatch(/^pay_/);
    expect(await invoice(tenant)).toMatchObject({ paid: 75, amount_due: 25 });
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
    await razorpay(tenant, { event: "refund.processed", payload: { refund: { entity: refund } } });
    expect(await invoice(tenant)).toMatchObject({ status: "open", paid: 30, amount_due: 70 });
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
