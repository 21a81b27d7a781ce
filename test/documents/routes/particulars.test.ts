/** What few documents say: taken, answered, printed, and written into both syntaxes. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { draft, final, makePair, type Pair } from "../api.ts";
import { saidIn } from "../sheets/text.ts";

const ISSUER = {
  legal_name: "Seller GmbH",
  contact_name: "P. Robe",
  email: "a@seller.example",
  phone: "+49 30 1",
  vat_id: "DE123456788",
  electronic_address: { scheme: "9930", value: "DE123456788" },
  address: {
    street: "Königstraße",
    house_number: "12",
    lines: ["Hinterhaus"],
    city: "Köln",
    postal_code: "50667",
    country: "DE",
  },
  identifiers: [{ scheme: "0088", value: "4012345000009" }],
  legal_information: "Amtsgericht Köln HRB 12345",
  payee: { name: "Factor Bank AG", id: { scheme: "0088", value: "4012345000023" } },
  tax_representative: {
    name: "Fiscal Rep BV",
    vat_id: "NL001234567B01",
    address: { street: "Damrak", house_number: "1", city: "Amsterdam", country: "NL" },
  },
  bank: { iban: "DE89370400440532013000" },
  currency: "EUR",
  language: "en",
  tax: { category: "S", percent: 19 },
};
const CUSTOMER = {
  name: "Käufer SARL",
  vat_id: "FR83404833048",
  electronic_address: { scheme: "9957", value: "FR83404833048" },
  customer_number: "K-4711",
  buyer_reference: "04011000-12345-34",
  address: { street: "rue de la Paix", house_number: "3", city: "Paris", country: "FR" },
};
const REFERENCES = {
  sales_order: "SO-1",
  contract: "C-2",
  project: "P-3",
  receiving_advice: "RA-4",
  despatch_advice: "DA-5",
  tender: "T-6",
  invoiced_object: { scheme: "ABZ", value: "Meter 7" },
  accounting_reference: "4400-12",
  preceding_invoices: [{ number: "INV-1", date: "2026-01-02" }],
};
const LINE = {
  name: "Screws",
  quantity: 12_345,
  unit_price: "12.3456",
  base_quantity: 1_000,
  gross_price: 13,
  note: "Keep dry",
  seller_item_id: "S-1",
  buyer_item_id: "B-2",
  standard_item_id: { scheme: "0160", value: "04012345000009" },
  origin_country: "FR",
  attributes: [{ name: "Colour", value: "red" }],
  order_line: "10",
  accounting_reference: "4400-13",
  object_id: { scheme: "ABZ", value: "Meter 8" },
  adjustments: [{ kind: "discount", reason: "Loyalty", percent: 10, reason_code: "95" }],
};

async function equipped(): Promise<Pair> {
  const pair = await makePair();
  const { key } = pair.issuer;
  expect((await call(key, "PUT", "/api/issuer", ISSUER)).status).toBe(200);
  const customer = await call(key, "PATCH", `/api/customers/${pair.customerId}`, CUSTOMER);
  expect(customer.status).toBe(200);
  return pair;
}

async function textOf(pair: Pair, path: string): Promise<string> {
  return new TextDecoder().decode((await call(pair.issuer.key, "GET", path)).bytes);
}

describe("an invoice with everything that it can say", () => {
  it("answers what it was given", async () => {
    const pair = await equipped();
    const made = await draft(pair, "invoices", { lines: [LINE], references: REFERENCES });
    expect(made.references).toEqual(REFERENCES);
    expect(made.buyer_reference).toBe("04011000-12345-34");
    const { adjustments, ...line } = LINE;
    expect(made.lines[0]).toMatchObject({ ...line, unit_price: 12.3456, amount: 137.17 });
    expect(made.lines[0].adjustments).toEqual([{ ...adjustments[0], amount: 15.24 }]);
    const changed = await call(pair.issuer.key, "PATCH", `/api/invoices/${made.id}`, {
      references: { contract: "C-3" },
      buyer_reference: null,
    });
    expect(changed.body.references).toMatchObject({ contract: "C-3", project: null });
    expect(changed.body.buyer_reference).toBeNull();
  });

  it("prints it, and writes it into CII and UBL", async () => {
    const pair = await equipped();
    const { id } = await final(pair, "invoices", { lines: [LINE], references: REFERENCES });
    const html = saidIn(await textOf(pair, `/api/invoices/${id}/preview`));
    const cii = await textOf(pair, `/api/invoices/${id}/xml?format=cii`);
    const ubl = await textOf(pair, `/api/invoices/${id}/xml?format=ubl`);
    const said = ["SO-1", "C-2", "P-3", "RA-4", "DA-5", "T-6", "Meter 7", "4400-12", "INV-1"];
    said.push("Keep dry", "S-1", "B-2", "04012345000009", "Colour", "10", "4400-13", "Meter 8");
    said.push("K-4711", "Fiscal Rep BV", "NL001234567B01", "Factor Bank AG", "4012345000009");
    for (const text of said) for (const shown of [html, cii, ubl]) expect(shown).toContain(text);
    expect(html).toContain("Price per 1,000");
    expect(cii).toContain(
      "<ram:CalculationPercent>10</ram:CalculationPercent><ram:BasisAmount>152.41<",
    );
    expect(ubl).toContain("<cbc:MultiplierFactorNumeric>10</cbc:MultiplierFactorNumeric>");
    expect(html).toContain("List price €13.00, less €0.6544");
    for (const shown of [html, cii, ubl]) {
      expect(shown).toContain("Königstraße 12");
      expect(shown).toContain("3 rue de la Paix");
      expect(shown).toContain("Amtsgericht Köln HRB 12345");
    }
  });

  it("keeps what it says once it is final", async () => {
    const pair = await equipped();
    const { id } = await final(pair, "invoices", { lines: [LINE], references: REFERENCES });
    const change = env.DB.prepare("UPDATE documents SET particulars = '{}' WHERE id = ?").bind(id);
    await expect(change.run()).rejects.toThrow("document is finalised");
  });

  it.each([
    ["/lines/0/base_quantity", { lines: [{ ...LINE, base_quantity: 0 }] }],
    ["/lines/0/gross_price", { lines: [{ ...LINE, gross_price: 12 }] }],
    ["/lines/0/origin_country", { lines: [{ ...LINE, origin_country: "ZZ" }] }],
    [
      "/lines/0/standard_item_id/scheme",
      { lines: [{ ...LINE, standard_item_id: { scheme: "9999", value: "1" } }] },
    ],
    [
      "/lines/0/adjustments/0/reason_code",
      { lines: [{ ...LINE, adjustments: [{ ...LINE.adjustments[0], reason_code: "FC" }] }] },
    ],
    [
      "/references/invoiced_object/scheme",
      { references: { invoiced_object: { scheme: "QQ", value: "1" } } },
    ],
  ])("is refused for what no receiver would take at %s", async (pointer, wrong) => {
    const pair = await makePair();
    const body = { customer_id: pair.customerId, lines: [LINE], ...wrong };
    const answer = await call(pair.issuer.key, "POST", "/api/invoices", body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].pointer).toBe(pointer);
  });
});

describe("a credit note", () => {
  it("of a price for more than one comes to what was charged", async () => {
    const pair = await equipped();
    const lines = [{ name: "Screws", quantity: 10_000, unit_price: 7, base_quantity: 300 }];
    const { id } = await final(pair, "invoices", { lines });
    const part = { reason: "Bent", lines: [{ position: 1, quantity: 3_000 }] };
    const credited = await call(pair.issuer.key, "POST", `/api/invoices/${id}/credit`, part);
    expect(credited.status).toBe(201);
    expect(credited.body.lines[0]).toMatchObject({ base_quantity: 300, unit_price: 7, amount: 70 });
    const asAmount = { reason: "Late", lines: [{ position: 1, amount: 10 }] };
    const second = await call(pair.issuer.key, "POST", `/api/invoices/${id}/credit`, asAmount);
    expect(second.body.lines[0]).toMatchObject({ base_quantity: null, quantity: 1, amount: 10 });
  });
});
