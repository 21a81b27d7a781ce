/** What breaks the rules of Peppol BIS Billing 3. Pure. */
import { file } from "./mutant-paths.ts";
import { attribute, before, behind, both, type Change, cut, put, swap, tag } from "./mutants.ts";

const S = "cac:AccountingSupplierParty";
const B = "cac:AccountingCustomerParty";

/** Closes a total of taxes, and begins another. */
const NO_TAX = tag('cbc:TaxAmount currencyID="EUR"', "0.00");
const ANOTHER_TOTAL = `</cac:TaxTotal><cac:TaxTotal>${NO_TAX}`;

/** A rule of Peppol by the last part of its number, what was done, what else is broken. */
export type PeppolRow = [rule: string, how: string, change: Change, also?: string[]];
const TAX = "cac:TaxTotal cac:TaxSubtotal";
const LINE_PART = "cac:InvoiceLine cac:AllowanceCharge";
const usd = (amount: string) =>
  both(
    behind("cbc:DocumentCurrencyCode", tag("cbc:TaxCurrencyCode", "USD")),
    behind("cac:TaxTotal", tag("cac:TaxTotal", tag('cbc:TaxAmount currencyID="USD"', `${amount}`))),
  );
const priced = (charge: string, off: string, gross: string) =>
  behind(
    "cac:Price cbc:PriceAmount",
    tag(
      "cac:AllowanceCharge",
      tag("cbc:ChargeIndicator", `${charge}`),
      tag('cbc:Amount currencyID="EUR"', `${off}`),
      tag('cbc:BaseAmount currencyID="EUR"', `${gross}`),
    ),
  );
const reasonCode = (code: string) =>
  put(`${TAX} cac:TaxCategory`, (was) =>
    was.replace(
      /<cbc:Percent>.*?<\/cbc:Percent>/,
      (rate) => `${rate}<cbc:TaxExemptionReasonCode>${code}</cbc:TaxExemptionReasonCode>`,
    ),
  );
const endpoint = (scheme: string, value: string) =>
  both(attribute(`${B} cbc:EndpointID`, "schemeID", scheme), put(`${B} cbc:EndpointID`, value));
const object = (type: string) =>
  tag("cac:DocumentReference", tag("cbc:ID", "1"), tag("cbc:DocumentTypeCode", `${type}`));

export const PEPPOL_ROWS: PeppolRow[] = [
  [
    "CL001",
    "a file of plain text",
    behind("cac:OrderReference", file(tag("cbc:ID", "1"), "text/plain")),
    ["BR-CL-24"],
  ],
  ["R001", "no process", cut("cbc:ProfileID")],
  [
    "R003",
    "no reference",
    both(cut("cbc:BuyerReference"), cut("cac:OrderReference")),
    ["DE-R-015"],
  ],
  ["R004", "another specification", put("cbc:CustomizationID", "urn:peppol.eu")],
  [
    "R005",
    "the same currency",
    behind("cbc:DocumentCurrencyCode", tag("cbc:TaxCurrencyCode", "EUR")),
    ["PEPPOL-EN16931-R054"],
  ],
  [
    "R007",
    "a process of no number",
    put("cbc:ProfileID", "urn:fdc:peppol.eu:2017:poacc:billing:1:1.0"),
  ],
  ["R008", "an empty element", put("cac:DeliveryParty cbc:Name", " ")],
  ["R010", "no address of the buyer", cut(`${B} cbc:EndpointID`)],
  ["R020", "no address of the seller", cut(`${S} cbc:EndpointID`)],
  ["R040", "another part of it", put(`${LINE_PART} cbc:MultiplierFactorNumeric`, "20")],
  ["R041", "a part of nothing", cut(`${LINE_PART} cbc:BaseAmount`)],
  ["R042", "no part of it", cut(`${LINE_PART} cbc:MultiplierFactorNumeric`)],
  ["R043", "neither charge nor allowance", put(`${LINE_PART} cbc:ChargeIndicator`, "0")],
  ["R044", "a charge on a price", priced("true", "0", "120")],
  ["R046", "another price", priced("false", "10", "120")],
  ["R051", "an amount in another currency", attribute("cbc:PriceAmount", "currencyID", "USD")],
  [
    "R053",
    "two totals of taxes",
    put("cac:TaxTotal", (was) =>
      was.replace(/<cac:TaxSubtotal>.*?<\/cac:TaxSubtotal>/, (part) => `${part}${ANOTHER_TOTAL}`),
    ),
  ],
  [
    "R054",
    "a total of no parts",
    behind("cac:TaxTotal", tag("cac:TaxTotal", tag('cbc:TaxAmount currencyID="EUR"', "56.48"))),
  ],
  ["R055", "another sign", usd("-1.00")],
  ["R061", "a debit without its mandate", put("cbc:PaymentMeansCode", "49")],
  [
    "R080",
    "two projects",
    before(
      S,
      tag("cac:ProjectReference", tag("cbc:ID", "1")) +
        tag("cac:ProjectReference", tag("cbc:ID", "2")),
    ),
    ["ubl-order"],
  ],
  [
    "R100",
    "a line for two objects",
    before(LINE_PART, object("130") + object("130")),
    ["ubl-order"],
  ],
  ["R101", "a line for something else", before(LINE_PART, object("131"))],
  [
    "R110",
    "a line that begins before",
    put("cac:InvoiceLine cac:InvoicePeriod cbc:StartDate", "2026-10-31"),
  ],
  [
    "R111",
    "a line that ends after",
    put("cac:InvoiceLine cac:InvoicePeriod cbc:EndDate", "2026-11-21"),
  ],
  [
    "R121",
    "a price of less than nothing",
    both(
      behind("cbc:PriceAmount", tag('cbc:BaseQuantity unitCode="HUR"', "-1")),
      put("cbc:InvoicedQuantity", "-2"),
    ),
  ],
  [
    "R130",
    "a price of another unit",
    behind("cbc:PriceAmount", tag('cbc:BaseQuantity unitCode="DAY"', "1")),
  ],
  ["CL007", "a currency that Peppol has not", swap("EUR", "XCG")],
  ["CL008", "an e-mail address", endpoint("EM", "a@b.example")],
  ["P0100", "a type of another process", put("cbc:InvoiceTypeCode", "389")],
  ...["G", "O", "IC", "AE", "D", "F", "I", "J"].map(
    (code, i): PeppolRow => [
      `P01${`${4 + i}`.padStart(2, "0")}`,
      `a reason of another category, ${code}`,
      reasonCode(`VATEX-EU-${code}`),
      ["BR-S-10"],
    ],
  ),
];

export const PEPPOL_COMMON_ROWS: PeppolRow[] = [
  ["R040", "a GLN", endpoint("0088", "4012345000011")],
  ["R041", "a Norwegian number", endpoint("0192", "974760672")],
  ["R042", "a Danish number", endpoint("0184", "DK1234567")],
  ["R043", "a Belgian number", endpoint("0208", "0123456789")],
  ["R049", "a Swedish number", endpoint("0007", "5560360792")],
  ["R050", "an Australian number", endpoint("0151", "51824753557")],
];
