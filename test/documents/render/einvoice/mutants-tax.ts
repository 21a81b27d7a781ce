/** What breaks the rules of each category of tax. Pure. */
import type { TaxInput } from "../../../../src/documents/schema/schema.ts";
import { type Given, lineOf } from "./documents.ts";
import { before, behind, both, type Change, cut, put, type Row, tag } from "./mutants.ts";

const SETTLEMENT = "ram:ApplicableHeaderTradeSettlement";
const GROUP = { cii: `${SETTLEMENT} ram:ApplicableTradeTax`, ubl: "cac:TaxTotal cac:TaxSubtotal" };
const PART = {
  cii: `${SETTLEMENT} ram:SpecifiedTradeAllowanceCharge`,
  ubl: "cac:PaymentMeans cac:AllowanceCharge",
};
const CHARGE = {
  cii: `${PART.cii} ram:SpecifiedTradeAllowanceCharge`,
  ubl: `${PART.ubl} cac:AllowanceCharge`,
};
const LINE = { cii: "ram:IncludedSupplyChainTradeLineItem", ubl: "cac:ClassifiedTaxCategory" };

const TAXES: Record<string, TaxInput> = {
  S: { category: "S", percent: 19 },
  Z: { category: "Z" },
  E: { category: "E", exemption: { reason: "Art. 132", code: "VATEX-EU-132" } },
  AE: { category: "AE" },
  K: { category: "K" },
  G: { category: "G" },
  L: { category: "L", percent: 7 },
  M: { category: "M", percent: 4 },
  O: { category: "O" },
};

/** An invoice with a line, an allowance and a charge of one category. */
export function invoiceOf(category: string): Given {
  return {
    customer: {
      name: "Käufer SARL",
      vat_id: "FR83404833048",
      address: { lines: ["Rue 1"], city: "Paris", postal_code: "75001", country: "FR" },
      electronic_address: { scheme: "9957", value: "FR83404833048" },
      shipping: { name: "Dépôt", address: { city: "Lyon", postal_code: "69001", country: "FR" } },
    },
    document: {
      lines: [lineOf({ tax: TAXES[category] ?? { category: "Z" } })],
      adjustments: [
        { kind: "discount", reason: "Rabatt", percent: 5 },
        { kind: "charge", reason: "Versand", amount: "4.90" },
      ],
    },
  };
}

const RATED = new Set(["S", "L", "M"]);
const REASONED = new Set(["E", "AE", "K", "G", "O"]);

/** The rows of a category whose rules are named so. */
export function taxRows(category: string, name: string): Row[] {
  const rated = RATED.has(category);
  const wrong = category === "M" ? "-1" : rated ? "0" : "1";
  const rate = { cii: "ram:RateApplicablePercent", ubl: "cbc:Percent" };
  const twice = (change: (side: "cii" | "ubl") => Change): [Change, Change] => [
    change("cii"),
    change("ubl"),
  ];
  const noIds: [Change, Change] = [
    cut("ram:SellerTradeParty ram:SpecifiedTaxRegistration"),
    cut("cac:AccountingSupplierParty cac:PartyTaxScheme"),
  ];
  const ids = ["02", "03", "04"].map((number) => `${name}-${number}`);
  const others = (rule: string) => ids.filter((id) => id !== rule);
  const amount = { cii: "ram:CalculatedAmount", ubl: "cbc:TaxAmount" };
  const base = { cii: "ram:BasisAmount", ubl: "cbc:TaxableAmount" };
  const reasons: [Change, Change] = REASONED.has(category)
    ? [
        both(cut(`${GROUP.cii} ram:ExemptionReason`), cut(`${GROUP.cii} ram:ExemptionReasonCode`)),
        both(
          cut(`${GROUP.ubl} cbc:TaxExemptionReason`),
          cut(`${GROUP.ubl} cbc:TaxExemptionReasonCode`),
        ),
      ]
    : [
        before(`${GROUP.cii} ram:BasisAmount`, tag("ram:ExemptionReason", "x")),
        behind(`${GROUP.ubl} cbc:Percent`, tag("cbc:TaxExemptionReason", "x")),
      ];
  const owed = rated ? ["BR-CO-14"] : [];
  const rows: Row[] = [
    [`${name}-01`, "without its tax", ...twice((side) => cut(GROUP[side])), ["BR-CO-18", ...owed]],
    ...ids.map((id): Row => [id, "of a seller without ids", ...noIds, others(id)]),
    ...(
      [
        ["05", LINE],
        ["06", PART],
        ["07", CHARGE],
      ] as const
    ).map(
      ([number, of]): Row => [
        `${name}-${number}`,
        `at ${wrong} percent`,
        ...twice((side) => put(`${of[side]} ${rate[side]}`, wrong)),
        [`${name}-01`, `${name}-08`],
      ],
    ),
    [
      `${name}-08`,
      "of another base",
      ...twice((side) =>
        put(`${GROUP[side]} ${base[side]}`, (was) => (Number(was) + 0.5).toFixed(2)),
      ),
    ],
    [
      `${name}-09`,
      "of another amount",
      ...twice((side) =>
        put(`${GROUP[side]} ${amount[side]}`, (was) => (Number(was) + 2).toFixed(2)),
      ),
      ["BR-CO-14", "BR-CO-17"],
    ],
    [`${name}-10`, REASONED.has(category) ? "without a reason" : "with a reason", ...reasons],
  ];
  return rows;
}

/** What goes to another country of the Union. */
export const INTRA_COMMUNITY_ROWS: Row[] = [
  [
    "BR-IC-02",
    "to a buyer without a VAT id",
    cut("ram:BuyerTradeParty ram:SpecifiedTaxRegistration"),
    cut("cac:AccountingCustomerParty cac:PartyTaxScheme"),
    ["BR-IC-03", "BR-IC-04"],
  ],
  [
    "BR-IC-11",
    "nobody says when",
    cut("ram:ActualDeliverySupplyChainEvent"),
    cut("cbc:ActualDeliveryDate"),
  ],
  [
    "BR-IC-12",
    "nor where to",
    cut("ram:ShipToTradeParty ram:PostalTradeAddress"),
    cut("cac:DeliveryLocation"),
  ],
];

const withRate = (side: "cii" | "ubl", of: string): Change =>
  side === "cii"
    ? behind(`${of} ram:CategoryCode`, tag("ram:RateApplicablePercent", "0"))
    : behind(`${of} cbc:ID`, tag("cbc:Percent", "0"));
const vatId: [Change, Change] = [
  behind(
    "ram:SellerTradeParty ram:URIUniversalCommunication",
    tag("ram:SpecifiedTaxRegistration", tag('ram:ID schemeID="VA"', "DE123456789")),
  ),
  behind(
    "cac:AccountingSupplierParty cac:PostalAddress",
    tag(
      "cac:PartyTaxScheme",
      tag("cbc:CompanyID", "DE123456789"),
      tag("cac:TaxScheme", tag("cbc:ID", "VAT")),
    ),
  ),
];

/** What is not subject to tax. */
export const OUTSIDE_ROWS: Row[] = [
  ["BR-O-01", "without its tax", cut(GROUP.cii), cut(GROUP.ubl), ["BR-CO-18"]],
  ["BR-O-02", "with a VAT id", ...vatId, ["BR-O-03", "BR-O-04"]],
  ["BR-O-03", "with a VAT id", ...vatId, ["BR-O-02", "BR-O-04"]],
  ["BR-O-04", "with a VAT id", ...vatId, ["BR-O-02", "BR-O-03"]],
  ["BR-O-05", "a line with a rate", withRate("cii", LINE.cii), withRate("ubl", LINE.ubl)],
  [
    "BR-O-06",
    "an allowance with a rate",
    withRate("cii", PART.cii),
    withRate("ubl", `${PART.ubl} cac:TaxCategory`),
  ],
  [
    "BR-O-07",
    "a charge with a rate",
    withRate("cii", CHARGE.cii),
    withRate("ubl", `${CHARGE.ubl} cac:TaxCategory`),
  ],
  [
    "BR-O-08",
    "of another base",
    put(`${GROUP.cii} ram:BasisAmount`, "999.00"),
    put(`${GROUP.ubl} cbc:TaxableAmount`, "999.00"),
  ],
  [
    "BR-O-09",
    "with a tax",
    put(`${GROUP.cii} ram:CalculatedAmount`, "2.00"),
    put(`${GROUP.ubl} cbc:TaxAmount`, "2.00"),
    ["BR-CO-14", "BR-CO-17"],
  ],
  [
    "BR-O-10",
    "without a reason",
    both(cut(`${GROUP.cii} ram:ExemptionReason`), cut(`${GROUP.cii} ram:ExemptionReasonCode`)),
    both(
      cut(`${GROUP.ubl} cbc:TaxExemptionReason`),
      cut(`${GROUP.ubl} cbc:TaxExemptionReasonCode`),
    ),
  ],
  [
    "BR-O-11",
    "beside another tax",
    behind(
      GROUP.cii,
      tag(
        "ram:ApplicableTradeTax",
        tag("ram:CalculatedAmount", "0.00"),
        tag("ram:BasisAmount", "0.00"),
        tag("ram:CategoryCode", "Z"),
        tag("ram:RateApplicablePercent", "0"),
      ),
    ),
    behind(
      GROUP.ubl,
      tag(
        "cac:TaxSubtotal",
        tag('cbc:TaxableAmount currencyID="EUR"', "0.00"),
        tag('cbc:TaxAmount currencyID="EUR"', "0.00"),
        tag("cac:TaxCategory", tag("cbc:ID", "Z"), tag("cbc:Percent", "0")),
      ),
    ),
    ["BR-Z-01"],
  ],
  [
    "BR-O-12",
    "a line that is taxed",
    put(`${LINE.cii} ram:CategoryCode`, "Z"),
    put(`${LINE.ubl} cbc:ID`, "Z"),
    ["BR-O-08", "BR-Z-01", "BR-Z-02", "BR-Z-05"],
  ],
  [
    "BR-O-13",
    "an allowance that is taxed",
    put(`${PART.cii} ram:CategoryCode`, "Z"),
    put(`${PART.ubl} cac:TaxCategory cbc:ID`, "Z"),
    ["BR-O-08", "BR-Z-01", "BR-Z-03", "BR-Z-06"],
  ],
  [
    "BR-O-14",
    "a charge that is taxed",
    put(`${CHARGE.cii} ram:CategoryCode`, "Z"),
    put(`${CHARGE.ubl} cac:TaxCategory cbc:ID`, "Z"),
    ["BR-O-08", "BR-Z-01", "BR-Z-04", "BR-Z-07"],
  ],
];

/** What is exempt. */
export const EXEMPT_ROWS: Row[] = [
  [
    "BR-CL-22",
    "for a reason that is in no list",
    put(`${GROUP.cii} ram:ExemptionReasonCode`, "VATEX-EU-132-99"),
    put(`${GROUP.ubl} cbc:TaxExemptionReasonCode`, "VATEX-EU-132-99"),
  ],
];
