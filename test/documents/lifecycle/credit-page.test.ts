/** What a credit note says, on its page and in its e-invoices. */
import { describe, expect, it } from "vitest";
import { call } from "../../support/api.ts";
import { final } from "../api.ts";
import { makeSeller, SOLD, xmlOf } from "../einvoice.ts";
import { saidIn } from "../sheets/text.ts";

describe("a credit note", () => {
  it("says why it was issued, when was delivered and where its money goes back from", async () => {
    const pair = await makeSeller();
    const given = { ...SOLD, delivery_date: "2026-11-20" };
    const invoice = await final(pair, "invoices", given);
    const reason = "Entered <twice>";
    const path = `/api/invoices/${invoice.id}/credit`;
    const { body } = await call(pair.issuer.key, "POST", path, { reason });
    expect(body).toMatchObject({ reason, delivery_date: "2026-11-20" });
    const cii = await xmlOf(pair, "credit-notes", body.id, "cii");
    expect(cii).toContain("<ram:Content>Entered &lt;twice&gt;</ram:Content>");
    expect(cii).toContain(">20261120</udt:DateTimeString></ram:OccurrenceDateTime>");
    expect(cii).toContain("<ram:IBANID>DE89370400440532013000</ram:IBANID>");
    const ubl = await xmlOf(pair, "credit-notes", body.id, "ubl");
    expect(ubl).toContain("<cbc:Note>Entered &lt;twice&gt;</cbc:Note>");
    expect(ubl).toContain("<cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>"); // DE-R-001
    expect(ubl).toContain("<cbc:ActualDeliveryDate>2026-11-20</cbc:ActualDeliveryDate>");
    const page = await call(pair.issuer.key, "GET", `/api/credit-notes/${body.id}/preview`);
    const html = saidIn(new TextDecoder().decode(page.bytes));
    expect(html).toContain("Reason\nEntered <twice>");
    expect(html).not.toContain("Pay by bank transfer");
    const asked = await call(pair.issuer.key, "GET", `/api/invoices/${invoice.id}/preview`);
    expect(saidIn(new TextDecoder().decode(asked.bytes))).not.toContain("Reason");
  });

  it("of a customer who pays by direct debit names the mandate", async () => {
    const pair = await makeSeller();
    const mandate = { reference: "M-1", iban: "NL91ABNA0417164300", creditor_id: "DE98ZZZ1" };
    await call(pair.issuer.key, "PATCH", `/api/customers/${pair.customerId}`, { mandate });
    const invoice = await final(pair, "invoices", SOLD);
    const path = `/api/invoices/${invoice.id}/credit`;
    const { body } = await call(pair.issuer.key, "POST", path, { reason: "Twice" });
    const ubl = await xmlOf(pair, "credit-notes", body.id, "ubl");
    expect(ubl).toContain("<cbc:PaymentMeansCode>59</cbc:PaymentMeansCode>");
    expect(ubl).toContain("<cac:PaymentMandate><cbc:ID>M-1</cbc:ID>");
  });
});

describe("an invoice outside of VAT", () => {
  it("names its seller, and the rate 0 beside its sums but at no line", async () => {
    const pair = await makeSeller();
    const lines = [{ name: "Fee", quantity: 1, unit_price: 820, tax: { category: "O" } }];
    const { id } = await final(pair, "invoices", { ...SOLD, lines });
    const ubl = await xmlOf(pair, "invoices", id, "ubl");
    const seller = "<cac:PartyIdentification><cbc:ID>DE123456789</cbc:ID>"; // BR-CO-26
    expect(ubl).toContain(seller);
    expect(ubl).not.toContain("<cac:PartyTaxScheme>"); // BR-O-02
    const [sums, line] = ["cac:TaxSubtotal", "cac:InvoiceLine"].map((name) =>
      ubl.slice(ubl.indexOf(`<${name}>`), ubl.indexOf(`</${name}>`)),
    );
    expect(sums).toContain("<cbc:Percent>0</cbc:Percent>"); // DE-R-014
    expect(line).not.toContain("<cbc:Percent>"); // BR-O-05
    const cii = await xmlOf(pair, "invoices", id, "cii");
    expect(cii).toContain("<ram:SellerTradeParty><ram:ID>DE123456789</ram:ID>");
    expect(cii.match(/RateApplicablePercent/g)).toHaveLength(2); // one element, beside the sums
  });
});

describe("what a draft says of tax", () => {
  const drafted = async (more: object) => {
    const pair = await makeSeller();
    const body = { customer_id: pair.customerId, ...SOLD, ...more };
    const answer = await call(pair.issuer.key, "POST", "/api/invoices", body);
    return [answer.status, answer.body.errors?.[0]?.pointer];
  };

  it.each(["S", "L", "M"])("is a rate above 0 in category %s", async (category) => {
    const [line] = SOLD.lines;
    const lines = [{ ...line, tax: { category, percent: 0 } }];
    expect(await drafted({ lines })).toEqual([422, "/lines/0/tax/percent"]);
  });

  it("is in another currency for accounting, or in none", async () => {
    const accounting = { currency: "EUR", rate: "1", date: "2026-11-20" };
    expect(await drafted({ accounting })).toEqual([422, "/accounting/currency"]);
    expect(await drafted({ accounting: { ...accounting, currency: "USD" } })).toEqual([
      201,
      undefined,
    ]);
  });
});
