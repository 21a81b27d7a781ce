import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { draft, final, LINE, makePair, type Pair } from "../api.ts";

const SELLER = {
  legal_name: "Muster GmbH",
  address: { lines: ["Hauptstr. 1"], city: "Berlin", postal_code: "10115", country: "DE" },
  vat_id: "DE123456789",
  contact_name: "Erika Muster",
  email: "rechnung@muster.example",
  phone: "+49 30 1234",
  electronic_address: { scheme: "9930", value: "DE123456789" },
  bank: { iban: "DE89370400440532013000" },
  currency: "EUR",
  time_zone: "Europe/Berlin",
};
const BUYER = {
  address: { lines: ["1 Rue"], city: "Paris", postal_code: "75001", country: "FR" },
  electronic_address: { scheme: "9957", value: "FR83404833048" },
};
const TAXED = {
  currency: "EUR",
  purchase_order: "PO-1",
  lines: [{ ...LINE, tax: { category: "S", percent: 19 } }],
};

async function makeSeller(): Promise<Pair> {
  const pair = await makePair();
  await call(pair.issuer.key, "PUT", "/api/issuer", SELLER);
  await call(pair.issuer.key, "PATCH", `/api/customers/${pair.customerId}`, BUYER);
  return pair;
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("GET /api/invoices/{id}/xml", () => {
  it("answers CII and UBL of an invoice whose data suffice", async () => {
    const pair = await makeSeller();
    const { id, number } = await final(pair, "invoices", TAXED);
    const cii = await call(pair.issuer.key, "GET", `/api/invoices/${id}/xml`);
    expect(cii.headers.get("content-type")).toBe("application/xml; charset=utf-8");
    expect(textOf(cii.bytes)).toContain("<ram:GrandTotalAmount>358.19</ram:GrandTotalAmount>");
    const ubl = await call(pair.recipient.key, "GET", `/api/invoices/${id}/xml?format=ubl`);
    expect(textOf(ubl.bytes)).toContain(`<cbc:ID>${number}</cbc:ID>`);
  });

  it("names what is missing, field by field", async () => {
    const pair = await makePair();
    const { id } = await final(pair, "invoices", TAXED);
    const { status, body } = await call(pair.issuer.key, "GET", `/api/invoices/${id}/xml`);
    expect([status, body.code]).toEqual([422, "einvoice.incomplete"]);
    const pointers = body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toContain("/seller/vat_id");
    expect(pointers).toContain("/buyer/address/country");
    const open = await draft(pair, "invoices", TAXED);
    const unready = await call(pair.issuer.key, "GET", `/api/invoices/${open.id}/xml`);
    expect(unready.body.errors[0].pointer).toBe("/number");
  });

  it("of a credit note names its invoice", async () => {
    const pair = await makeSeller();
    const { id, number } = await final(pair, "invoices", TAXED);
    await call(pair.issuer.key, "POST", `/api/invoices/${id}/void`, { reason: "Mistake" });
    const list = await call(pair.issuer.key, "GET", "/api/credit-notes");
    const path = `/api/credit-notes/${list.body.data[0].id}/xml`;
    const xml = textOf((await call(pair.issuer.key, "GET", path)).bytes);
    expect(xml).toContain("<ram:TypeCode>381</ram:TypeCode>");
    expect(xml).toContain(`<ram:IssuerAssignedID>${number}</ram:IssuerAssignedID>`);
  });

  it("is the same in every rendition of the PDF", async () => {
    const pair = await makeSeller();
    const { id } = await final(pair, "invoices", TAXED);
    const xml = await call(pair.issuer.key, "GET", `/api/invoices/${id}/xml`);
    await call(pair.issuer.key, "POST", `/api/invoices/${id}/payments`, { amount: 358.19 });
    const after = await call(pair.issuer.key, "GET", `/api/invoices/${id}/xml`);
    expect(textOf(after.bytes)).toBe(textOf(xml.bytes));
    const pdf = await call(pair.issuer.key, "GET", `/api/pdf/invoice/${id}`);
    expect(textOf(pdf.bytes)).toContain("factur-x.xml");
  });
});
