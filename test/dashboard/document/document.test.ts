import { describe, expect, it, vi } from "vitest";
import { call, keyFor, makeTenant } from "../../support/api.ts";
import { followUp } from "../../support/follow.ts";
import { type Browser, fieldsOn, signedIn } from "../browser.ts";

const LINE = {
  "/lines/0/name": "Consulting",
  "/lines/0/quantity": "2",
  "/lines/0/unit_price": "150.50",
};

const WHOLE_LINE = {
  "/lines/0/name": "Licence",
  "/lines/0/quantity": "10",
  "/lines/0/unit_price": "80",
  "/lines/0/description": "Ten seats\nfor a year",

  "/lines/0/group": "Yearly",
  "/lines/0/unit_code": "ANN",

  "/lines/0/classification/scheme": "HSN",
  "/lines/0/classification/code": "998314",

  "/lines/0/period/start": "2099-01-01",
  "/lines/0/period/end": "2099-12-31",

  "/lines/0/adjustments/0/kind": "discount",
  "/lines/0/adjustments/0/reason": "Loyal",
  "/lines/0/adjustments/0/percent": "10",

  "/lines/0/tax/category": "AE",
  "/lines/0/tax/exemption/reason": "Reverse charge by law",

  "/lines/0/base_quantity": "10",
  "/lines/0/gross_price": "90",
  "/lines/0/note": "Keep dry",
  "/lines/0/seller_item_id": "S-1",
  "/lines/0/standard_item_id/value": "04012345000009",
  "/lines/0/standard_item_id/scheme": "0160",
  "/lines/0/origin_country": "FR",
  "/lines/0/object_id/value": "Meter 8",
  "/lines/0/attributes/0/name": "Colour",
  "/lines/0/attributes/0/value": "red",

  "/lines/3/name": "Support",
  "/lines/3/quantity": "2",
  "/lines/3/unit_price": "5",

  "/lines/3/tax/percent": "18",
  "/lines/3/tax/name": "GST",

  "/lines/3/tax/components/0/name": "CGST",
  "/lines/3/tax/components/0/percent": "9",

  "/lines/3/tax/components/1/name": "SGST",
  "/lines/3/tax/components/1/percent": "9",
};

/** Somebody who writes documents, and their first customer. */
async function office() {
  const { tenantId, key } = await makeTenant();
  const browser = await signedIn(key);
  const fields = { "/name": "Acme Ltd", "/email": "books@acme.test", "/address/country": "GB" };
  const made = await browser.submit("/dashboard/customers/new", "/dashboard/customers", fields);
  const customerId = /customers\/(cus_\w+)/.exec(made.location ?? "")?.[1] ?? "";
  expect(customerId).not.toBe("");
  return { browser, tenantId, key, customerId };
}

/** Sends one of a document's forms; answers where it led. */
async function act(browser: Browser, path: string, action: string, fields = {}): Promise<string> {
  const answer = await browser.submit(path, `${path}/${action}`, fields);
  expect([answer.status, answer.text]).toEqual([303, ""]);
  return (answer.location ?? "").split("?")[0] ?? "";
}

describe("documents in a browser without scripts", () => {
  it("go from a quote to an invoice that is sent and paid", async () => {
    const { browser, tenantId, key, customerId } = await office();
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
    await followUp(tenantId);
    await vi.waitFor(async () => {
      const usage = await call(key, "GET", "/api/usage/summary");
      const names = usage.body.metrics.map((one: { metric_name: string }) => one.metric_name);
      expect(names).toEqual(expect.arrayContaining(["quotes_generated", "invoices_generated"]));
    });
  });

  it("keep what was typed, and show each error at its field", async () => {
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

  it("take each field of lines and documents, and keep all of them when edited", async () => {
    const { browser, key, customerId } = await office();
    const made = await browser.submit("/dashboard/invoices/new", "/dashboard/invoices", {
      "/customer_id": customerId,
      "/currency": "EUR",
      "/due_date": "2099-02-01",

      "/period/start": "2099-01-01",
      "/period/end": "2099-01-31",

      "/delivery_date": "2099-01-31",
      "/purchase_order": "PO 7",

      "/accounting/currency": "GBP",
      "/accounting/rate": "0.85",
      "/accounting/date": "2099-01-31",

      "/adjustments/0/kind": "charge",
      "/adjustments/0/reason": "Freight",

      "/adjustments/0/amount": "12.50",
      "/adjustments/1/kind": "discount",

      "/purpose": "deposit",
      "/rounding": "0.05",
      "/cash_discounts/0/percent": "2",
      "/cash_discounts/0/days": "10",

      "/fields/0/label": "Project",
      "/fields/0/value": "Lighthouse",

      "/references/contract": "C-2",
      "/references/invoiced_object/value": "Meter 7",
      "/references/preceding_invoices/0/number": "INV-1",
      ...WHOLE_LINE,
    });
    expect([made.status, made.text]).toEqual([303, ""]);
    const path = (made.location ?? "").split("?")[0] ?? "";
    const read = async () =>
      (await call(key, "GET", `/api/invoices/${path.split("/").at(-1)}`)).body;
    const before = await read();
    expect(before).toMatchObject({
      currency: "EUR",
      purchase_order: "PO 7",
      delivery_date: "2099-01-31",
      period: { start: "2099-01-01", end: "2099-01-31" },
      fields: [{ label: "Project", value: "Lighthouse" }],
      purpose: "deposit",
      rounding: 0.05,
      cash_discounts: [{ percent: 2, days: 10, base_amount: null }],
      references: {
        contract: "C-2",
        invoiced_object: { scheme: null, value: "Meter 7" },
        preceding_invoices: [{ number: "INV-1", date: null }],
      },
    });
    const freight = before.adjustments.map((one: { amount: number }) => one.amount);
    expect(freight).toEqual([10.98, 1.52]); // a part for each tax
    expect(before.lines[0]).toMatchObject({
      description: "Ten seats\nfor a year",
      group: "Yearly",
      unit_code: "ANN",
      net: 72,
      base_quantity: 10,
      gross_price: 90,
      note: "Keep dry",
      standard_item_id: { scheme: "0160", value: "04012345000009" },
      origin_country: "FR",
      attributes: [{ name: "Colour", value: "red" }],
      classification: { scheme: "HSN", code: "998314" },
      period: { start: "2099-01-01", end: "2099-12-31" },
      adjustments: [{ kind: "discount", reason: "Loyal", percent: 10 }],
      tax: { category: "AE", percent: 0, exemption: { reason: "Reverse charge by law" } },
    });
    expect(before.lines[1].tax).toMatchObject({
      category: "S",
      percent: 18,
      name: "GST",
      components: [
        { name: "CGST", percent: 9 },
        { name: "SGST", percent: 9 },
      ],
    });
    const { text } = await browser.get(`${path}/edit`);
    const again = await browser.post(`${path}/edit`, fieldsOn(text));
    expect([again.status, again.text]).toEqual([303, ""]);
    const after = await read();
    expect({ ...after, updated_at: "" }).toEqual({ ...before, updated_at: "" });
  });

  it("take a typed percentage instead of a category without one", async () => {
    const { browser, key, customerId } = await office();
    const line = { name: "A", quantity: 1, unit_price: 100 };
    const draft = { customer_id: customerId, lines: [{ ...line, tax: { category: "O" } }] };
    const { body } = await call(key, "POST", "/api/invoices", draft);
    const path = `/dashboard/invoices/${body.id}/edit`;
    const fields = fieldsOn((await browser.get(path)).text);
    expect(fields).toMatchObject({ "/lines/0/tax/category": "O", "/lines/0/tax/percent": "0" });
    const answer = await browser.post(path, { ...fields, "/lines/0/tax/percent": "20" });
    expect([answer.status, answer.text]).toEqual([303, ""]);
    const changed = await call(key, "GET", `/api/invoices/${body.id}`);
    expect(changed.body).toMatchObject({
      total: 120,
      lines: [{ tax: { category: "S", percent: 20, exemption: null } }],
    });
  });

  it("unfold the part of the form that has an error", async () => {
    const { browser, customerId } = await office();
    const fields = { "/customer_id": customerId, ...LINE };
    const wrong = {
      "/lines/0/adjustments/0/kind": "discount",
      "/lines/0/adjustments/0/reason": "Loyal",
    };
    const { status, text } = await browser.submit("/dashboard/quotes/new", "/dashboard/quotes", {
      ...fields,
      ...wrong,
    });
    expect(status).toBe(422);
    expect(text).toMatch(/<details class="more" open="">.*must have either percent or amount/s);
  });

  it("are previewed while they are written, as parts of the form's page and as a PDF", async () => {
    const { browser, key, customerId } = await office();
    const fields = { "/customer_id": customerId, ...LINE };
    const asPage = await browser.submit(
      "/dashboard/quotes/new",
      "/dashboard/quotes/preview",
      fields,
    );
    expect(asPage.text).toContain("301.00");
    expect(asPage.text).toContain("Acme Ltd");
    expect(asPage.text).toContain('data-part="sheets"');
    const target = "/dashboard/quotes/preview?as=pdf";
    const asPdf = await browser.submit("/dashboard/quotes/new", target, fields);
    expect(asPdf.headers.get("content-type")).toBe("application/pdf");
    // A viewer is held to the file's policy: with a default-src it shows an empty frame.
    expect(asPdf.headers.get("content-security-policy")).toBe("frame-ancestors 'self'");
    expect(asPdf.text.slice(0, 5)).toBe("%PDF-");
    expect((await call(key, "GET", "/api/quotes")).body.data).toEqual([]);
  });

  it("are previewed without their wrong parts, which are listed", async () => {
    const { browser, customerId } = await office();
    const first = await browser.get("/dashboard/quotes/new");
    expect([first.status, first.text]).toEqual([200, expect.stringContaining("Draft")]);
    const fields = {
      "/customer_id": customerId,
      ...LINE,
      "/valid_until": "soon",

      "/lines/1/name": "Second",
      "/lines/1/quantity": "lots",
      "/lines/1/unit_price": "1",

      "/lines/2/name": "Third",
      "/lines/2/quantity": "1",
      "/lines/2/unit_price": "2",
      "/lines/2/unit_code": "hour",
    };
    const preview = "/dashboard/quotes/preview?as=pdf";
    const { text, headers } = await browser.submit("/dashboard/quotes/new", preview, fields);
    expect(headers.get("content-type")).toContain("text/html");
    for (const shown of ["Acme Ltd", "303.00", "line 2, quantity", "unit code", "valid until"]) {
      expect(text).toContain(shown);
    }
    expect(text).not.toContain("Second");
  });

  it("are previewed for a customer that is typed with them, whatever is chosen", async () => {
    const { browser, key, customerId } = await office();
    const fields = {
      ...LINE,
      "/customer_id": customerId,
      "/new_customer/name": "Typed & Sons",
      "/new_customer/email": "not an address",
      "/new_customer/address/city": "Lyon",
    };
    const preview = "/dashboard/quotes/preview";
    const { text } = await browser.submit("/dashboard/quotes/new", preview, fields);
    expect(text).toContain("Typed &amp; Sons");
    expect(text).toContain("Lyon");
    expect(text).toContain("new customer email");
    expect(text).not.toMatch(/Acme Ltd|>…</);
    expect((await call(key, "GET", "/api/customers")).body.data.length).toBe(1);
  });

  it("are previewed with nothing of another tenant's draft or customer", async () => {
    const theirs = await office();
    const draft = {
      customer_id: theirs.customerId,
      lines: [{ name: "A", quantity: 1, unit_price: 1 }],
    };
    const { body } = await call(theirs.key, "POST", "/api/quotes", draft);
    const { browser } = await office();
    const path = `/dashboard/quotes/preview/${body.id}`;
    const fields = { "/customer_id": theirs.customerId, ...LINE };
    expect((await browser.submit("/dashboard/quotes/new", path, fields)).status).toBe(404);
    const preview = await browser.submit(
      "/dashboard/quotes/new",
      "/dashboard/quotes/preview",
      fields,
    );
    expect(preview.text).toContain("customer id is not found");
    expect(preview.text).not.toContain("books@acme.test");
  });

  it("make a link whose address is shown once, and end it", async () => {
    const { browser, key, customerId } = await office();
    const draft = { customer_id: customerId, lines: [{ name: "A", quantity: 1, unit_price: 1 }] };
    const { body } = await call(key, "POST", "/api/invoices", draft);
    await call(key, "POST", `/api/invoices/${body.id}/finalize`);
    const path = `/dashboard/invoices/${body.id}`;
    const { text } = await browser.submit(path, `${path}/link`, { "/days": "3" });
    const url = /https:\/\/api\.test(\/d\/[\w.-]+)/.exec(text)?.[1] ?? "";
    expect((await browser.get(url)).status).toBe(200);
    expect((await browser.get(path)).text).not.toContain(url);
    const revoke = /action="([^"]+\/revoke)"/.exec(text)?.[1] ?? "";
    expect((await browser.submit(path, revoke)).status).toBe(303);
    expect((await browser.get(path)).text).not.toContain("/revoke");
  });

  it("say why an action is refused, and stay as they were", async () => {
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
      ((await browser.get(`/dashboard/quotes?${query}`)).text.match(/>Draft<\/a>/g) ?? []).length;
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
    expect(text.match(/<form method="post"/g)?.length).toBe(1); // to sign out
    for (const action of ["finalize", "edit", "void", "send", "pay", "link"]) {
      const answer = await viewer.submit(path, `${path}/${action}`, { "/reason": "x" });
      expect([action, answer.status]).toEqual([action, 403]);
    }
    expect((await viewer.get("/dashboard/invoices/new")).status).toBe(403);
  });
});
