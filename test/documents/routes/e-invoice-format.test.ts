/** Which format goes to whom, and what a document would lack before it gets its number. */
import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { draft, final, LINE, makePair, type Pair } from "../api.ts";

const SELLER = {
  legal_name: "Muster GmbH",
  address: { lines: ["Hauptstr. 1"], city: "Berlin", postal_code: "10115", country: "DE" },
  vat_id: "DE123456788",
  contact_name: "Erika Muster",
  email: "rechnung@muster.example",
  phone: "+49 30 1234",
  electronic_address: { scheme: "9930", value: "DE123456788" },
  bank: { iban: "DE89370400440532013000" },
  currency: "EUR",
};
const GERMAN = {
  address: { lines: ["Seestr. 3"], city: "Köln", postal_code: "50667", country: "DE" },
  electronic_address: { scheme: "9930", value: "DE136695976" },
};
const TAXED = {
  currency: "EUR",
  buyer_reference: "04011000-12345-34",
  lines: [{ ...LINE, tax: { category: "S", percent: 19 } }],
};
const XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0";

async function makeSeller(issuer: object = {}, customer: object = {}): Promise<Pair> {
  const pair = await makePair();
  const { key } = pair.issuer;
  const profile = await call(key, "PUT", "/api/issuer", { ...SELLER, ...issuer });
  const path = `/api/customers/${pair.customerId}`;
  const changed = await call(key, "PATCH", path, { ...GERMAN, ...customer });
  expect([profile.status, changed.status]).toEqual([200, 200]);
  return pair;
}

async function xmlOf({ issuer }: Pair, id: string, query = ""): Promise<string> {
  const { status, bytes } = await call(issuer.key, "GET", `/api/invoices/${id}/xml${query}`);
  const text = new TextDecoder().decode(bytes);
  expect([status, status === 200 ? "" : text]).toEqual([200, ""]);
  return text;
}

const get = ({ issuer }: Pair, path: string) => call(issuer.key, "GET", path);
const finalize = ({ issuer }: Pair, id: string) =>
  call(issuer.key, "POST", `/api/invoices/${id}/finalize`);

describe("the format of an e-invoice", () => {
  it("is the customer's own, else that of its country, else the one for all others", async () => {
    const formats = { DE: "xrechnung-ubl", "*": "peppol" };
    const pair = await makeSeller({ e_invoice_formats: formats });
    const german = await final(pair, "invoices", TAXED);
    expect(german.e_invoice).toEqual({ format: "xrechnung-ubl", warnings: [] });
    expect(await xmlOf(pair, german.id)).toContain(`<cbc:CustomizationID>${XRECHNUNG}<`);

    const path = `/api/customers/${pair.customerId}`;
    const own = await call(pair.issuer.key, "PATCH", path, { e_invoice_format: "xrechnung-cii" });
    expect(own.body).toMatchObject({ e_invoice_format: "xrechnung-cii" });
    const chosen = await final(pair, "invoices", TAXED);
    expect(await xmlOf(pair, chosen.id)).toContain(`<ram:ID>${XRECHNUNG}</ram:ID>`);
    // What is final keeps the format that it had then.
    expect(await xmlOf(pair, german.id)).toContain("<cbc:CustomizationID>");

    const abroad = { ...GERMAN, address: { ...GERMAN.address, country: "FR" } };
    await call(pair.issuer.key, "PATCH", path, { ...abroad, e_invoice_format: null });
    const others = await final(pair, "invoices", TAXED);
    expect(others.e_invoice.format).toBe("peppol");
    expect(await xmlOf(pair, others.id, "?format=cii")).toContain(
      "urn:cen.eu:en16931:2017</ram:ID>",
    );
  });

  it("is EN 16931 in CII where nobody chose", async () => {
    const pair = await makeSeller();
    const { id, e_invoice } = await final(pair, "invoices", TAXED);
    expect(e_invoice.format).toBe("cii");
    const answer = await get(pair, `/api/invoices/${id}/xml`);
    expect(answer.headers.get("content-disposition")).toMatch(/-cii\.xml$/);
  });

  it("is one that there is, for a country that there is", async () => {
    const { issuer, customerId } = await makeSeller();
    const put = (e_invoice_formats: object) =>
      call(issuer.key, "PUT", "/api/issuer", { ...SELLER, e_invoice_formats });
    for (const wrong of [{ DE: "facturae" }, { ZZ: "cii" }, { de: "cii" }]) {
      expect((await put(wrong)).status).toBe(422);
    }
    const body = { e_invoice_format: "facturae" };
    expect((await call(issuer.key, "PATCH", `/api/customers/${customerId}`, body)).status).toBe(
      422,
    );
  });
});

describe("what a document would lack", () => {
  const incomplete = { contact_name: null, phone: null, email: null };

  it("is said of the draft, of each change of it, and of what is final", async () => {
    const pair = await makeSeller({ e_invoice_formats: { "*": "xrechnung-cii" } });
    const open = await draft(pair, "invoices", { ...TAXED, buyer_reference: null });
    const warning = {
      format: "xrechnung-cii",
      field: "buyer_reference",
      rule: "BR-DE-15",
      detail: expect.any(String),
      remedy: expect.stringContaining("buyer_reference"),
    };
    expect(open.e_invoice).toEqual({ format: "xrechnung-cii", warnings: [warning] });
    const path = `/api/invoices/${open.id}`;
    const changed = await call(pair.issuer.key, "PATCH", path, { buyer_reference: "R-1" });
    expect(changed.body.e_invoice.warnings).toEqual([]);
    await call(pair.issuer.key, "PATCH", path, { buyer_reference: null });
    const done = await finalize(pair, open.id);
    expect([done.status, done.body.e_invoice.warnings]).toEqual([200, [warning]]);
    expect((await get(pair, path)).body.e_invoice).toEqual(done.body.e_invoice);
    const received = await call(pair.recipient.key, "GET", path);
    expect([received.status, received.body.e_invoice]).toEqual([200, null]);
  });

  it("is answered for any format", async () => {
    const pair = await makeSeller(incomplete);
    const { id, e_invoice } = await draft(pair, "invoices", TAXED);
    expect(e_invoice).toEqual({ format: "cii", warnings: [] });
    const asked = async (format: string) => {
      const { body } = await get(pair, `/api/invoices/${id}/warnings?format=${format}`);
      return [body.format, ...body.warnings.map(({ rule }: { rule: string }) => rule)];
    };
    expect(await asked("cii")).toEqual(["cii"]);
    const german = ["BR-DE-2", "BR-DE-5", "BR-DE-6", "BR-DE-7"];
    expect(await asked("xrechnung-ubl")).toEqual(["xrechnung-ubl", ...german]);
    const foreign = await call(pair.recipient.key, "GET", `/api/invoices/${id}/warnings`);
    expect(foreign.status).toBe(404);
    const unknown = await get(pair, `/api/invoices/${id}/warnings?format=edifact`);
    expect(unknown.status).toBe(422);
  });

  it("refuses the number of a strict issuer's draft, and nothing that takes back", async () => {
    const formats = { e_invoice_formats: { DE: "peppol" }, strict: true };
    const pair = await makeSeller({ ...formats, ...incomplete });
    const { id } = await draft(pair, "invoices", TAXED);
    const { status, body } = await finalize(pair, id);
    expect([status, body.code]).toEqual([422, "einvoice.incomplete"]);
    expect(body.detail).toContain("Peppol BIS Billing 3");
    const contact = {
      pointer: "/seller/contact_name",
      detail: expect.stringMatching(/\(DE-R-002, DE-R-005\)\. Enter .* PUT \/api\/issuer\)\.$/),
    };
    expect(body.errors).toContainEqual(contact);
    expect((await get(pair, `/api/invoices/${id}`)).body).toMatchObject({
      status: "draft",
      number: null,
    });

    await call(pair.issuer.key, "PUT", "/api/issuer", { ...SELLER, ...formats });
    expect((await finalize(pair, id)).status).toBe(200);
    await call(pair.issuer.key, "PUT", "/api/issuer", { ...SELLER, ...formats, ...incomplete });
    const back = { reason: "Mistake" };
    const credit = await call(pair.issuer.key, "POST", `/api/invoices/${id}/credit`, back);
    expect(credit.status).toBe(201);
    expect(credit.body.e_invoice.warnings.length).toBeGreaterThan(0);
  });

  it("is nothing of a quote, nor of a draft that was discarded", async () => {
    const pair = await makeSeller({ strict: true });
    const quote = await final(pair, "quotes", TAXED);
    expect(quote.e_invoice).toBeNull();
    const { id } = await draft(pair, "invoices", TAXED);
    const path = `/api/invoices/${id}`;
    const gone = await call(pair.issuer.key, "POST", `${path}/void`, { reason: "Mistake" });
    expect(gone.body.e_invoice).toBeNull();
    expect((await get(pair, `${path}/warnings`)).status).toBe(404);
  });
});
