import { describe, expect, it } from "vitest";
import { call, makeTenant } from "../../support/api.ts";
import { fieldsOn, signedIn } from "../browser.ts";
import { WHOLE_PARTY } from "../party.ts";

describe("a customer", () => {
  it("has a field for all that the API takes, and keeps it when saved again", async () => {
    const { key } = await makeTenant();
    const given = {
      ...WHOLE_PARTY,
      name: "Acme",
      language: "de",
      currency: "EUR",
      reference: "r",
      customer_number: "K-4711",
      buyer_reference: "04011000-12345-34",
      shipping: { name: "Depot", address: { lines: ["2 Street"], city: "Bonn", country: "DE" } },
      mandate: { reference: "M1", iban: "DE89370400440532013000", creditor_id: "C1" },
      payment_terms_days: 7,
      e_invoice_format: "xrechnung-ubl",
    };
    const made = await call(key, "POST", "/api/customers", given);
    expect(made.body).toMatchObject(given);
    const { updated_at: _, ...before } = made.body;
    const browser = await signedIn(key);
    const path = `/dashboard/customers/${made.body.id}`;
    const fields = fieldsOn((await browser.get(`${path}/edit`)).text);
    const saved = await browser.post(path, fields);
    expect([saved.status, saved.text]).toEqual([303, ""]);
    const read = async () => (await call(key, "GET", `/api/customers/${made.body.id}`)).body;
    expect(await read()).toMatchObject(before);
    const none = Object.keys(fields).filter((name) => /^.(tax|shipping|mandate)./.test(name));
    const emptied = Object.fromEntries(none.map((name) => [name, ""]));
    expect((await browser.post(path, { ...fields, ...emptied })).status).toBe(303);
    expect(await read()).toMatchObject({ tax: null, shipping: null, mandate: null });
  });

  it("has its statement as a PDF, and days that are wrong are said at their fields", async () => {
    const { key } = await makeTenant();
    const { id } = (await call(key, "POST", "/api/customers", { name: "Acme" })).body;
    const browser = await signedIn(key);
    const path = `/dashboard/customers/${id}/statement.pdf`;
    const made = await browser.get(`${path}?from=2026-01-01&to=`);
    expect([made.status, made.text.slice(0, 5)]).toEqual([200, "%PDF-"]);
    expect(made.headers.get("content-security-policy")).toBe("frame-ancestors 'none'");
    for (const [query, field] of [
      ["from=2026-03-01&to=2026-02-01", "to"],
      ["from=&to=soon", "to"],
      ["from=soon", "from"],
    ]) {
      const { status, text } = await browser.get(`${path}?${query}`);
      expect([query, status]).toEqual([query, 422]);
      expect(text).toContain(`id="f-${field}-error"`);
      expect(text).toContain("<h1>Acme</h1>");
    }
    const other = await signedIn((await makeTenant()).key);
    expect((await other.get(`${path}?to=soon`)).status).toBe(404);
  });
});
