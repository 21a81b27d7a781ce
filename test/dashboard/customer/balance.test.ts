import { describe, expect, it } from "vitest";
import { final, makePair } from "../../documents/api.ts";
import { call } from "../../support/api.ts";
import { signedIn } from "../browser.ts";

async function withBalance() {
  const pair = await makePair();
  const paid = await final(pair);
  await call(pair.issuer.key, "POST", `/api/invoices/${paid.id}/payments`, { amount: 351 });
  const browser = await signedIn(pair.issuer.key);
  const path = `/dashboard/customers/${pair.customerId}`;
  const held = async () =>
    (await call(pair.issuer.key, "GET", `/api/customers/${pair.customerId}`)).body.balances;
  return { pair, browser, path, held };
}

describe("a customer's credit balance", () => {
  it("stands on the customer's page, with what changed it on its own", async () => {
    const { browser, path } = await withBalance();
    expect((await browser.get(path)).text).toMatch(/Credit balance in USD[\s\S]*?50\.00/);
    const { status, text } = await browser.get(`${path}/balance`);
    expect(status).toBe(200);
    expect(text).toContain("Overpayment");
  });

  it("is paid out by a form, which says where more is asked than is there", async () => {
    const { browser, path, held } = await withBalance();
    const form = (amount: string) => ({ "/amount": amount, "/currency": "USD" });
    const much = await browser.submit(`${path}/balance`, `${path}/balance`, form("50.01"));
    expect([much.status, much.text]).toEqual([422, expect.stringContaining("at most the balance")]);
    const done = await browser.submit(`${path}/balance`, `${path}/balance`, form("20"));
    expect([done.status, await held()]).toEqual([303, [{ currency: "USD", amount: 30 }]]);
    const unknown = "/dashboard/customers/cus_none/balance";
    expect((await browser.submit(`${path}/balance`, unknown, form("1"))).status).toBe(404);
  });

  it("pays an open invoice from that invoice's page", async () => {
    const { pair, browser, held } = await withBalance();
    const { id } = await final(pair);
    const page = `/dashboard/invoices/${id}`;
    expect((await browser.get(page)).text).toContain("Pay from the credit balance");
    const paid = await browser.submit(page, `${page}/apply-balance`, { "/amount": "50.00" });
    expect([paid.status, await held()]).toEqual([303, []]);
    expect((await browser.get(page)).text).not.toContain("Pay from the credit balance");
  });
});
