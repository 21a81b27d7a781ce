import { describe, expect, it, vi } from "vitest";
import { call, keyFor, makeTenant } from "../support/api.ts";
import { type Browser, signedIn, tokenOn } from "./browser.ts";

const LINE = {
  "/lines/0/name": "Consulting",
  "/lines/0/quantity": "2",
  "/lines/0/unit_price": "150.50",
};

/** Somebody who writes documents, and their first customer. */
async function office(): Promise<{ browser: Browser; key: string; customerId: string }> {
  const { key } = await makeTenant();
  const browser = await signedIn(key);
  const fields = { "/name": "Acme Ltd", "/email": "books@acme.test", "/address/country": "GB" };
  const made = await browser.submit("/dashboard/customers/new", "/dashboard/customers", fields);
  const customerId = /customers\/(cus_\w+)/.exec(made.location ?? "")?.[1] ?? "";
  expect(customerId).not.toBe("");
  return { browser, key, customerId };
}

/** Sends one of a document's forms; answers where it led. */
async function act(browser: Browser, path: string, action: string, fields = {}): Promise<string> {
  const answer = await browser.submit(path, `${path}/${action}`, fields);
  expect([answer.status, answer.text]).toEqual([303, ""]);
  return (answer.location ?? "").split("?")[0] ?? "";
}

describe("documents, without any script", () => {
  it("go from a quote to an invoice that is sent and paid", async () => {
    const { browser, key, customerId } = await office();
    const fields = { "/customer_id": customerId, ...LINE };
    const made = await browser.submit("/dashboard/quotes/new", "/dashboard/quotes", fields);
    const quote = (made.location ?? "").split("?")[0] ?? "";
    await act(browser, quote, "finalize");
    const invoice = await act(browser, quote, "convert");
    expect(invoice).toMatch(/^\/dashboard\/invoices\/inv_/);
    await act(browser, invoice, "finalize");
    await act(browser, invoice, "send", { "/to": "a@acme.test\nb@acme.test" });
    await act(browser, invoice, "pay", { "/amount": "301", "/method": "card" });
    const { text } = await browser.get(invoice);
    expect(text).toContain("INV-");
    expect(text).toMatch(/badge good">paid/);
    expect(text).toContain("£0.00".replace("£", "US$"));
    const id = invoice.split("/").at(-1);
    const { body } = await call(key, "GET", `/api/invoices/${id}`);
    expect(body).toMatchObject({ status: "paid", paid: 301, amount_due: 0 });
    const emails = await call(key, "GET", `/api/emails?document=${id}`);
    expect(emails.body.data[0].to).toEqual(["a@acme.test", "b@acme.test"]);
    const overview = await browser.get("/dashboard");
    expect(overview.text).toContain("US$301.00");
    await vi.waitFor(async () => {
      const usage = await call(key, "GET", "/api/usage/summary");
      const names = usage.body.metrics.map((one: { metric_name: string }) => one.metric_name);
      expect(names).toEqual(expect.arrayContaining(["quotes_generated", "invoices_generated"]));
    });
  });

  it("keep what was typed, and say at the field what is wrong", async () => {
    const { browser, customerId } = await office();
    const fields = {
      "/customer_id": customerId,
      "/lines/0/name": "",
      "/lines/1/name": "Second row",
      "/lines/1/quantity": "lots",
      "/lines/1/unit_price": "1",
      "/notes": "Keep <this>",
    };
    const answer = await browser.submit("/dashboard/invoices/new", "/dashboard/invoices", fields);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain("Keep &lt;this&gt;");
    expect(answer.text).toMatch(/name="\/lines\/0\/name"[^>]*value="Second row"/);
    expect(answer.text).toMatch(/id="f-lines-0-quantity-error">[^<]*decimal/);
  });

  it("keep in an edited line what the form has no field for", async () => {
    const { browser, key, customerId } = await office();
    const line = {
      ...{ name: "Licence", quantity: 1, unit_price: "80", group: "Yearly" },
      tax: { category: "AE", percent: 0, exemption: { reason: "Reverse charge" } },
      adjustments: [{ kind: "discount", reason: "Loyal", percent: 10 }],
    };
    const made = await call(key, "POST", "/api/invoices", {
      customer_id: customerId,
      lines: [line],
    });
    const path = `/dashboard/invoices/${made.body.id}`;
    const { text } = await browser.get(`${path}/edit`);
    const rest = /name="\/lines\/0\/rest" value="([^"]+)"/.exec(text)?.[1] ?? "";
    const answer = await browser.post(`${path}/edit`, {
      form_token: tokenOn(text),
      "/customer_id": customerId,
      ...{ "/lines/0/name": "Licence", "/lines/0/quantity": "2", "/lines/0/unit_price": "80" },
      "/lines/0/tax_percent": "0",
      "/lines/0/rest": rest.replaceAll("&quot;", '"'),
    });
    expect(answer.status).toBe(303);
    const { body } = await call(key, "GET", `/api/invoices/${made.body.id}`);
    expect(body.lines[0]).toMatchObject({
      ...{ name: "Licence", quantity: 2, group: "Yearly", net: 144 },
      tax: { category: "AE" },
      adjustments: [{ reason: "Loyal", percent: 10 }],
    });
  });

  it("show while they are written what they would be, as a page and as a PDF", async () => {
    const { browser, key, customerId } = await office();
    const fields = { "/customer_id": customerId, ...LINE };
    const asPage = await browser.submit(
      "/dashboard/quotes/new",
      "/dashboard/quotes/preview",
      fields,
    );
    expect(asPage.text).toContain("301.00");
    expect(asPage.headers.get("content-security-policy")).toContain("frame-ancestors 'self'");
    const target = "/dashboard/quotes/preview?as=pdf";
    const asPdf = await browser.submit("/dashboard/quotes/new", target, fields);
    expect(asPdf.headers.get("content-type")).toBe("application/pdf");
    expect(asPdf.text.slice(0, 5)).toBe("%PDF-");
    expect((await call(key, "GET", "/api/quotes")).body.data).toEqual([]);
  });

  it("make a link whose address is shown once, and end it", async () => {
    const { browser, key, customerId } = await office();
    const draft = { customer_id: customerId, lines: [{ name: "A", quantity: 1, unit_price: 1 }] };
    const { body } = await call(key, "POST", "/api/invoices", draft);
    await call(key, "POST", `/api/invoices/${body.id}/finalize`);
    const path = `/dashboard/invoices/${body.id}`;
    const { text } = await browser.submit(path, `${path}/link`, { "/days": "3" });
    const url = /https:\/\/app\.test(\/d\/[\w.-]+)/.exec(text)?.[1] ?? "";
    expect((await browser.get(url)).status).toBe(200);
    expect((await browser.get(path)).text).not.toContain(url);
    const revoke = /action="([^"]+\/revoke)"/.exec(text)?.[1] ?? "";
    expect((await browser.submit(path, revoke)).status).toBe(303);
    expect((await browser.get(path)).text).not.toContain("/revoke");
  });

  it("say why an action is refused, and are as they were", async () => {
    const { browser, key, customerId } = await office();
    const draft = { customer_id: customerId, lines: [{ name: "A", quantity: 1, unit_price: 1 }] };
    const { body } = await call(key, "POST", "/api/invoices", draft);
    const path = `/dashboard/invoices/${body.id}`;
    const paid = await browser.submit(path, `${path}/pay`, { "/amount": "1" });
    expect([paid.status, paid.text]).toEqual([422, expect.stringContaining("takes no payment")]);
    await browser.submit(path, `${path}/finalize`);
    const again = await browser.submit(path, `${path}/finalize`);
    expect([again.status, again.text]).toEqual([422, expect.stringContaining("not a draft")]);
  });
});

describe("a list of documents", () => {
  it("finds by text and status", async () => {
    const { browser, key, customerId } = await office();
    for (const name of ["Lighthouse", "Harbour"]) {
      const lines = [{ name, quantity: 1, unit_price: 1 }];
      await call(key, "POST", "/api/quotes", { customer_id: customerId, lines });
    }
    const rows = async (query: string) =>
      ((await browser.get(`/dashboard/quotes?${query}`)).text.match(/>Draft</g) ?? []).length;
    expect(await rows("")).toBe(2);
    expect(await rows("q=harbour&status=")).toBe(1);
    expect(await rows("status=accepted")).toBe(0);
  });
});

describe("a viewer", () => {
  it("reads documents and is offered nothing that changes them", async () => {
    const { tenantId, key } = await makeTenant();
    const { body: customer } = await call(key, "POST", "/api/customers", { name: "Acme" });
    const draft = { customer_id: customer.id, lines: [{ name: "A", quantity: 1, unit_price: 1 }] };
    const { body } = await call(key, "POST", "/api/invoices", draft);
    const viewer = await signedIn(await keyFor(tenantId, "viewer"));
    const path = `/dashboard/invoices/${body.id}`;
    const { status, text } = await viewer.get(path);
    expect(status).toBe(200);
    expect(text.match(/<form/g)?.length).toBe(1); // to sign out
    for (const action of ["finalize", "edit", "void", "send", "pay", "link"]) {
      const answer = await viewer.submit(path, `${path}/${action}`, { "/reason": "x" });
      expect([action, answer.status]).toEqual([action, 403]);
    }
    expect((await viewer.get("/dashboard/invoices/new")).status).toBe(403);
  });
});
