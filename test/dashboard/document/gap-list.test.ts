import { describe, expect, it } from "vitest";
import { draft, final, makePair, type Pair } from "../../documents/api.ts";
import { call } from "../../support/api.ts";
import { type Browser, fieldsOn, signedIn } from "../browser.ts";

const SELLER = {
  legal_name: "Muster GmbH",
  address: { lines: ["Hauptstr. 1"], city: "Berlin", postal_code: "10115", country: "DE" },
  vat_id: "DE123456788",
  electronic_address: { scheme: "9930", value: "DE123456788" },
  bank: { iban: "DE89370400440532013000" },
  tax: { category: "S", percent: 19 },
  e_invoice_formats: { "*": "xrechnung-ubl" },
};
const CONTACT = { contact_name: "Erika", email: "e@muster.example", phone: "+49 30 1234" };
const BUYER = {
  address: { lines: ["Seestr. 3"], city: "Köln", postal_code: "50667", country: "DE" },
  electronic_address: { scheme: "9930", value: "DE136695976" },
};
const WHOLE = { buyer_reference: "R-1", currency: "EUR" };

async function office(issuer: object): Promise<{ pair: Pair; browser: Browser }> {
  const pair = await makePair();
  const { key } = pair.issuer;
  expect((await call(key, "PUT", "/api/issuer", { ...SELLER, ...issuer })).status).toBe(200);
  await call(key, "PATCH", `/api/customers/${pair.customerId}`, BUYER);
  return { pair, browser: await signedIn(key) };
}

/** The rules in the list that a page shows; null where it says that nothing is missing. */
function listOn(page: string): string[] | null {
  if (page.includes('data-gaps="none"')) return null;
  const list = /<section[^>]*data-gaps="xrechnung-ubl".*?<\/section>/s.exec(page)?.[0] ?? "";
  return [...list.matchAll(/<small[^>]*>([^<]*)<\/small>/g)].map(([, rules = ""]) => rules);
}

describe("what an e-invoice lacks", () => {
  it("stands beside the form, and follows what is typed", async () => {
    const { pair, browser } = await office(CONTACT);
    const open = await draft(pair, "invoices", { currency: "EUR" });
    const edit = (await browser.get(`/dashboard/invoices/${open.id}/edit`)).text;
    expect(listOn(edit)).toEqual(["BR-DE-15"]);
    const preview = `/dashboard/invoices/preview/${open.id}`;
    const typed = async (more: Record<string, string>) =>
      (await browser.post(preview, { ...fieldsOn(edit), ...more })).text;
    expect(listOn(await typed({}))).toEqual(["BR-DE-15"]);
    const mended = await typed({ "/buyer_reference": "R-1" });
    expect([listOn(mended), mended]).toEqual([
      null,
      expect.stringContaining("XRechnung 3.0 (UBL)"),
    ]);
    // What cannot be read yet is left out, as in the preview.
    expect(listOn(await typed({ "/lines/0/unit_price": "much" }))).toContain("BR-DE-15");
  });

  it("waits for a customer, and a quote has none", async () => {
    const { browser } = await office(CONTACT);
    const form = (await browser.get("/dashboard/invoices/new")).text;
    expect(form).toContain("Choose a customer");
    const warnings = "/dashboard/invoices/preview";
    expect((await browser.post(warnings, fieldsOn(form))).text).toContain("Choose a customer");
    const quote = (await browser.get("/dashboard/quotes/new")).text;
    expect(quote).not.toContain("Choose a customer to see");
  });

  it("stands on a draft and on what is final, for its issuer alone", async () => {
    const { pair, browser } = await office({});
    const open = await draft(pair, "invoices", WHOLE);
    const lacking = ["BR-DE-2, BR-DE-5", "BR-DE-6", "BR-DE-7"];
    const draftPage = (await browser.get(`/dashboard/invoices/${open.id}`)).text;
    expect([listOn(draftPage), draftPage.includes("Before you finalize it")]).toEqual([
      lacking,
      true,
    ]);
    const done = await final(pair, "invoices", WHOLE);
    const finalPage = (await browser.get(`/dashboard/invoices/${done.id}`)).text;
    expect([listOn(finalPage), finalPage.includes("issue it again")]).toEqual([lacking, true]);
    const reader = await signedIn(pair.recipient.key);
    expect((await reader.get(`/dashboard/invoices/${done.id}`)).text).not.toContain("data-gaps");
  });
});
