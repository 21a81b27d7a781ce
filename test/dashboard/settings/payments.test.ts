import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { call, makeTenant, type TestTenant } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

describe("payment providers", () => {
  const PATH = "/dashboard/settings/payments";

  it("are connected, show where to send their events, and are disconnected", async () => {
    const browser = await signedIn((await makeTenant()).key);
    const act = (action: string, secret = "") =>
      browser.submit(PATH, `${PATH}/stripe/${action}`, { "/secret": secret });
    const short = await act("connect", "short");
    expect([short.status, short.text]).toEqual([422, expect.stringContaining("f-secret-error")]);
    expect((await act("connect", "whsec_1234567890")).status).toBe(303);
    const { text } = await browser.get(PATH);
    expect(text).toMatch(/https:\/\/api\.test\/hooks\/stripe\/hook_\w+/);
    expect(text).not.toContain("whsec_");
    const other = await signedIn((await makeTenant()).key);
    expect((await other.get(PATH)).text).not.toContain("/hooks/stripe/hook_");
    expect((await other.submit(PATH, `${PATH}/stripe/disconnect`)).status).toBe(404);
    expect((await act("disconnect")).status).toBe(303);
    expect((await browser.get(PATH)).text).not.toContain("/hooks/stripe/hook_");
  });

  it("show money that no invoice took, which is assigned or dismissed there", async () => {
    const tenant = await makeTenant();
    const invoiceId = await paidOnline(tenant, { amount: 10_000, invoice: "inv_none" });
    const browser = await signedIn(tenant.key);
    const { text } = await browser.get(PATH);
    expect(text).toMatch(/Unmatched payments.*US\$100\.00.*pi_1.*names no invoice of yours/s);
    const path = /action="([^"]+\/unmatched\/[^"]+)\/assign"/.exec(text)?.[1] ?? "";
    const wrong = await browser.submit(PATH, `${path}/assign`, { "/invoice_id": "inv_other" });
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('"inv_other"')]);
    const asked = await browser.submit(PATH, `${path}/dismiss`, { confirmed: "" });
    expect(asked.text).toContain("Dismiss this payment of US$100.00?");
    const done = await browser.submit(PATH, `${path}/assign`, { "/invoice_id": invoiceId });
    expect(done.status).toBe(303);
    expect((await call(tenant.key, "GET", `/api/invoices/${invoiceId}`)).body.paid).toBe(100);
    expect((await browser.get(PATH)).text).not.toContain("Unmatched payments");
    expect((await browser.submit(PATH, `${path}/dismiss`)).status).toBe(422);
  });
});

/** A final invoice of 100.00, and a signed payment that names another one. Its id. */
async function paidOnline(
  { key }: TestTenant,
  { amount, invoice }: { amount: number; invoice: string },
): Promise<string> {
  const secret = "whsec_1234567890";
  const hook = await call(key, "PUT", "/api/payment-providers/stripe", { secret });
  const customer = await call(key, "POST", "/api/customers", { name: "Buyer" });
  const draft = await call(key, "POST", "/api/invoices", {
    customer_id: customer.body.id,
    currency: "USD",
    lines: [{ name: "Work", quantity: 1, unit_price: 100 }],
  });
  await call(key, "POST", `/api/invoices/${draft.body.id}/finalize`);
  const object = { id: "pi_1", amount_received: amount, currency: "usd" };
  const event = {
    type: "payment_intent.succeeded",
    data: { object: { ...object, metadata: { invoice_id: invoice } } },
  };
  const [body, at] = [JSON.stringify(event), Math.floor(Date.now() / 1000)];
  const hmac = createHmac("sha256", secret).update(`${at}.${body}`).digest("hex");
  const headers = { "stripe-signature": `t=${at},v1=${hmac}` };
  const sent = await call(null, "POST", new URL(hook.body.url).pathname, body, headers);
  expect([sent.status, sent.body]).toEqual([200, { payment_id: null }]);
  return draft.body.id;
}
