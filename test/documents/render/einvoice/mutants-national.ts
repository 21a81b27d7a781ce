/** What breaks the rules that Peppol has of sellers' countries. Pure. */
import { type Given, lineOf } from "./documents.ts";
import { attribute, before, behind, both, type Change, cut, put, swap, tag } from "./mutants.ts";

const S = "cac:AccountingSupplierParty";
const B = "cac:AccountingCustomerParty";

const at = (country: string, city: string, code: string) => ({
  lines: ["Street 1"],
  city,
  postal_code: code,
  country,
});
type Party = { vat: string; legal: [string, string]; endpoint: [string, string]; address: object };
const domestic = (seller: Party, buyer: Party, document: Given["document"] = {}): Given => {
  const both = ({ vat, legal, endpoint: [scheme, value], address }: Party) => ({
    vat_id: vat,
    legal_id: { scheme: legal[0], value: legal[1] },
    electronic_address: { scheme, value },
    address,
  });
  return {
    issuer: { ...both(seller), tax: { category: "S", percent: 25 } },
    customer: both(buyer),
    document: { lines: [lineOf()], ...document },
  };
};

/** Both parties of one country, which Peppol has rules of. */
export const DOMESTIC: Record<string, Given> = {
  DK: domestic(
    {
      vat: "DK13585628",
      legal: ["0184", "DK13585628"],
      endpoint: ["0184", "DK13585628"],
      address: at("DK", "Aarhus", "8000"),
    },
    {
      vat: "DK12345674",
      legal: ["0184", "DK12345674"],
      endpoint: ["0184", "DK12345674"],
      address: at("DK", "Odense", "5000"),
    },
  ),
  IT: domestic(
    {
      vat: "IT12345670017",
      legal: ["0088", "7300010000001"],
      endpoint: ["0211", "IT12345670017"],
      address: at("IT", "Milano", "20121"),
    },
    {
      vat: "IT07643520567",
      legal: ["0088", "7300010000001"],
      endpoint: ["0211", "IT07643520567"],
      address: at("IT", "Roma", "00118"),
    },
  ),
  NL: domestic(
    {
      vat: "NL123456789B01",
      legal: ["0106", "12345678"],
      endpoint: ["0106", "12345678"],
      address: at("NL", "Utrecht", "3511 AB"),
    },
    {
      vat: "NL987654321B01",
      legal: ["0106", "87654321"],
      endpoint: ["0106", "87654321"],
      address: at("NL", "Delft", "2611 AB"),
    },
  ),
  SE: domestic(
    {
      vat: "SE556036079301",
      legal: ["0007", "5560360793"],
      endpoint: ["0007", "5560360793"],
      address: at("SE", "Malmö", "211 20"),
    },
    {
      vat: "SE556016068001",
      legal: ["0007", "5560160680"],
      endpoint: ["0007", "5560160680"],
      address: at("SE", "Lund", "222 22"),
    },
  ),
  NO: domestic(
    {
      vat: "NO974760673MVA",
      legal: ["0192", "974760673"],
      endpoint: ["0192", "974760673"],
      address: at("NO", "Oslo", "0150"),
    },
    {
      vat: "NO974760673MVA",
      legal: ["0192", "974760673"],
      endpoint: ["0192", "974760673"],
      address: at("NO", "Bergen", "5003"),
    },
  ),
  IS: domestic(
    {
      vat: "IS12345",
      legal: ["0196", "5501691234"],
      endpoint: ["0196", "5501691234"],
      address: at("IS", "Reykjavík", "101"),
    },
    {
      vat: "IS54321",
      legal: ["0196", "5501694321"],
      endpoint: ["0196", "5501694321"],
      address: at("IS", "Akureyri", "600"),
    },
  ),
  GR: domestic(
    {
      vat: "EL094259216",
      legal: ["0088", "7300010000001"],
      endpoint: ["9933", "094259216"],
      address: at("GR", "Athina", "105 57"),
    },
    {
      vat: "EL094014201",
      legal: ["0088", "7300010000001"],
      endpoint: ["9933", "094014201"],
      address: at("GR", "Patra", "262 21"),
    },
  ),
};

/** What a Greek invoice has that the product cannot know: the tax office's number and mark. */
export const greek: Change = both(
  put("cbc:ID", "094259216|30/11/2026|0|1.1|A|1"),
  before(
    S,
    tag(
      "cac:AdditionalDocumentReference",
      tag("cbc:ID", "400001"),
      tag("cbc:DocumentDescription", "##M.AR.K##"),
    ),
  ),
);

const SELLER_ID = `${S} cac:PartyLegalEntity cbc:CompanyID`;
const BUYER_ID = `${B} cac:PartyLegalEntity cbc:CompanyID`;
const SELLER_VAT = `${S} cac:PartyTaxScheme cbc:CompanyID`;
const BUYER_VAT = `${B} cac:PartyTaxScheme cbc:CompanyID`;
const taxNumber = (text: string) =>
  behind(
    `${S} cac:PartyTaxScheme`,
    tag(
      "cac:PartyTaxScheme",
      tag("cbc:CompanyID", `${text}`),
      tag("cac:TaxScheme", tag("cbc:ID", "TAX")),
    ),
  );
const DUTCH_REPRESENTATIVE = behind(
  B,
  tag(
    "cac:TaxRepresentativeParty",
    tag("cac:PartyName", tag("cbc:Name", "R")),
    tag("cac:PostalAddress", tag("cac:Country", tag("cbc:IdentificationCode", "NL"))),
    tag(
      "cac:PartyTaxScheme",
      tag("cbc:CompanyID", "NL123456789B01"),
      tag("cac:TaxScheme", tag("cbc:ID", "VAT")),
    ),
  ),
);

/** A country, its rule, what was done. */
export const NATIONAL_ROWS: [
  country: string,
  rule: string,
  how: string,
  Change,
  also?: string[],
][] = [
  ["DK", "DK-R-002", "no CVR number", cut(SELLER_ID)],
  [
    "DK",
    "DK-R-014",
    "of another scheme",
    both(attribute(SELLER_ID, "schemeID", "0088"), put(SELLER_ID, "7300010000001")),
  ],
  ["DK", "DK-R-005", "a transfer that is none of theirs", put("cbc:PaymentMeansCode", "30")],
  [
    "DK",
    "DK-R-006",
    "an account of no bank",
    both(put("cbc:PaymentMeansCode", "42"), cut("cac:FinancialInstitutionBranch")),
  ],
  [
    "DK",
    "DK-R-007",
    "a debit of no mandate",
    put("cbc:PaymentMeansCode", "49"),
    ["PEPPOL-EN16931-R061"],
  ],
  [
    "DK",
    "DK-R-013",
    "an id of no scheme",
    before(`${B} cac:PartyName`, tag("cac:PartyIdentification", tag("cbc:ID", "1"))),
  ],
  [
    "DK credit",
    "DK-R-016",
    "a credit note below 0",
    put("cac:LegalMonetaryTotal cbc:PayableAmount", (was) => `-${was}`),
    ["BR-CO-16"],
  ],
  ["IT", "IT-R-001", "a short tax number", taxNumber("123")],
  ["IT", "IT-R-002", "no street", cut(`${S} cbc:StreetName`)],
  ["IT", "IT-R-003", "no city", cut(`${S} cbc:CityName`)],
  ["IT", "IT-R-004", "no post code", cut(`${S} cbc:PostalZone`)],
  ["NL credit", "NL-R-001", "a credit note of no invoice", cut("cac:BillingReference")],
  ["NL", "NL-R-002", "no street of the seller", cut(`${S} cbc:StreetName`)],
  [
    "NL",
    "NL-R-003",
    "a number of another register",
    both(attribute(SELLER_ID, "schemeID", "0088"), put(SELLER_ID, "7300010000001")),
  ],
  ["NL", "NL-R-004", "no street of the buyer", cut(`${B} cbc:StreetName`)],
  [
    "NL",
    "NL-R-005",
    "a buyer of another register",
    both(attribute(BUYER_ID, "schemeID", "0088"), put(BUYER_ID, "7300010000001")),
  ],
  ["NL", "NL-R-006", "a representative of no street", DUTCH_REPRESENTATIVE],
  ["NL", "NL-R-007", "no way to pay", cut("cac:PaymentMeans")],
  ["NL", "NL-R-008", "a way that is none of theirs", put("cbc:PaymentMeansCode", "42")],
  [
    "NL",
    "NL-R-009",
    "a line of no order",
    behind(
      "cac:InvoiceLine cbc:LineExtensionAmount",
      tag("cac:OrderLineReference", tag("cbc:LineID", "7")),
    ),
  ],
  ["SE", "SE-R-001", "a short VAT id", put(SELLER_VAT, "SE5560360793")],
  ["SE", "SE-R-002", "a VAT id of letters", put(SELLER_VAT, "SE55603607930X")],
  [
    "SE",
    "SE-R-003",
    "a number of letters",
    both(attribute(SELLER_ID, "schemeID", "0088"), put(SELLER_ID, "556036079X")),
    ["PEPPOL-COMMON-R040", "SE-R-013"],
  ],
  [
    "SE",
    "SE-R-004",
    "a long number",
    both(attribute(SELLER_ID, "schemeID", "0088"), put(SELLER_ID, "7300010000001")),
    ["SE-R-013"],
  ],
  [
    "SE",
    "SE-R-013",
    "a number of another check digit",
    put(SELLER_ID, "5560360792"),
    ["PEPPOL-COMMON-R049"],
  ],
  ["SE", "SE-R-005", "a tax number", taxNumber("123456789")],
  [
    "SE",
    "SE-R-006",
    "a rate that Sweden has not",
    swap(tag("cbc:Percent", "25"), tag("cbc:Percent", "24.9")),
  ],
  ["NO", "NO-R-001", "a VAT id without its end", put(SELLER_VAT, "NO974760673")],
  ["IS", "IS-R-002", "no kennitala", attribute(SELLER_ID, "schemeID", "0002")],
  ["IS", "IS-R-003", "no street of the seller", cut(`${S} cbc:StreetName`)],
  ["IS", "IS-R-004", "a buyer of no kennitala", cut(BUYER_ID)],
  ["IS", "IS-R-005", "no street of the buyer", cut(`${B} cbc:StreetName`)],
  ["IS", "IS-R-006", "a claim on a short account", put("cbc:PaymentMeansCode", "9")],
  ["IS", "IS-R-007", "a short account", put("cbc:PaymentMeansCode", "42")],
  ["GR", "GR-R-001", "a number of our own", put("cbc:ID", "INV-1")],
  ["GR", "GR-R-001", "of another day", put("cbc:ID", "094259216|29/11/2026|0|1.1|A|1")],
  [
    "GR",
    "GR-R-003",
    "a VAT id of another check digit",
    put(SELLER_VAT, "EL094259217"),
    ["GR-R-001"],
  ],
  ["GR", "GR-R-004", "no mark", cut("cac:AdditionalDocumentReference")],
  ["GR", "GR-R-006", "a buyer of no VAT id", put(BUYER_VAT, "EL094014202")],
  ["GR", "GR-R-009", "sent from elsewhere", attribute(`${S} cbc:EndpointID`, "schemeID", "9920")],
  ["GR", "GR-R-010", "sent to elsewhere", attribute(`${B} cbc:EndpointID`, "schemeID", "9920")],
];
