/** The checker of e-invoices notices whatever breaks a rule; and the product's break none. */
import { describe, expect, it } from "vitest";
import type { EInvoiceFormat } from "../../../../src/documents/render/pack/registry.ts";
import { eInvoiceXml, missingFields } from "../../../../src/documents/render/pack/write.ts";
import { brokenRules, RULES } from "./checker.ts";
import { type Given, lineOf, modelFor } from "./documents.ts";
import { type Change, put, type Row, swap } from "./mutants.ts";
import { DEBIT_ROWS, GERMAN_ROWS, XRECHNUNG_ROWS } from "./mutants-germany.ts";
import { DOMESTIC, greek, NATIONAL_ROWS } from "./mutants-national.ts";
import { PEPPOL_COMMON_ROWS, PEPPOL_ROWS } from "./mutants-peppol.ts";
import { SAID_MUTANTS } from "./mutants-said.ts";
import { SUM_MUTANTS } from "./mutants-sums.ts";
import {
  EXEMPT_ROWS,
  INTRA_COMMUNITY_ROWS,
  invoiceOf,
  OUTSIDE_ROWS,
  taxRows,
} from "./mutants-tax.ts";

const WHOLE: Given = {
  prepaidMinor: 1000n,
  customer: {
    shipping: {
      name: "Lager",
      address: { lines: ["Hafen 1"], city: "Kiel", postal_code: "24103", country: "DE" },
    },
  },
  document: {
    lines: [
      lineOf({
        period: { start: "2026-11-01", end: "2026-11-20" },
        adjustments: [
          { kind: "discount", reason: "Treue", percent: 10 },
          { kind: "charge", reason: "Eile", amount: "5" },
        ],
        classification: { scheme: "HSN", code: "998314" },
      }),
      lineOf({ name: "Buch", tax: { category: "S", percent: 7 } }),
    ],
    adjustments: [
      { kind: "discount", reason: "Rabatt", percent: 5 },
      { kind: "charge", reason: "Versand", amount: "4.90" },
    ],
    terms: "14 Tage netto",
    memo: "Vielen Dank.",
    purchase_order: "PO-1",
  },
};

const DEBIT: Given = {
  customer: {
    mandate: {
      reference: "M-1",
      iban: "DE02120300000000202051",
      creditor_id: "DE98ZZZ09999999999",
    },
  },
};

const CREDIT: Given = { ...WHOLE, credit: true, prepaidMinor: 0n };

/** An invoice that takes a deposit off, is paid in steps, and has files. */
const FINAL: Given = {
  depositedMinor: 2500n,
  files: ["Zeit.pdf", "zwei.pdf"],
  document: {
    rounding: "0.05",
    cash_discounts: [{ days: 7, percent: "2", base_amount: "100" }],
    attachment_links: [{ name: "Nachweis", url: "https://files.example/a?b=1&c=2" }],
  },
};

/** A deposit, between two in Germany. */
const PART: Given = { document: { purpose: "deposit" } };

const written = new Map<string, string>();
/** The XML of a document in a format, written once. */
function write(given: Given, format: EInvoiceFormat): string {
  const key = JSON.stringify([format, given], (_, value) =>
    typeof value === "bigint" ? `${value}` : value,
  );
  const xml = written.get(key) ?? eInvoiceXml(modelFor(given), format);
  written.set(key, xml);
  return xml;
}
/** UBL that follows the norm alone: the product writes none, so its specification is changed. */
const normOnly = put("cbc:CustomizationID", "urn:cen.eu:en16931:2017");

type Mutant = { rule: string; how: string; also: string[]; whole: () => string; change: Change };

/** The mutants of rows, in both syntaxes. */
function inBoth(rows: Row[], given: Given): Mutant[] {
  return rows.flatMap(([rule, how, cii, ubl, also = []]) => [
    ...(cii
      ? [{ rule, how: `${how}, CII`, also, whole: () => write(given, "cii"), change: cii }]
      : []),
    ...(ubl
      ? [
          {
            rule,
            how: `${how}, UBL`,
            also,
            whole: () => normOnly(write(given, "ubl")),
            change: ubl,
          },
        ]
      : []),
  ]);
}

const PEPPOL_NUMBERS: Record<string, string> = {
  "23-a": "023-1",
  "23-b": "023-2",
  "25-a": "025-1",
  "25-b": "025-2",
};
const asBr = (number: string) => (/^\d/.test(number) ? `BR-DE-${number}` : number);
const asDeR = (number: string) =>
  /^\d/.test(number) ? `DE-R-${PEPPOL_NUMBERS[number] ?? number.padStart(3, "0")}` : number;

/** The same in XRechnung's two syntaxes and, between two Germans, in Peppol. */
function inGermany(rows: typeof GERMAN_ROWS, given: Given): Mutant[] {
  return rows.flatMap(([number, how, cii, ubl, also = []]) =>
    (
      [
        ["xrechnung-cii", cii, asBr],
        ["xrechnung-ubl", ubl, asBr],
        ["peppol", ubl, asDeR],
      ] as const
    ).map(([format, change, named]) => ({
      rule: named(number),
      how: `${how}, ${format}`,
      also: also.filter((id) => format === "peppol" || !id.startsWith("PEPPOL")).map(named),
      whole: () => write(given, format),
      change,
    })),
  );
}

const inPeppol = (rows: typeof PEPPOL_ROWS, prefix: string, given: Given): Mutant[] =>
  rows.map(([rule, how, change, also = []]) => ({
    rule: `${prefix}${rule}`,
    how,
    also,
    whole: () => write(given, "peppol"),
    change,
  }));

const national: Mutant[] = NATIONAL_ROWS.map(([name, rule, how, change, also = []]) => {
  const [country = "", credit] = name.split(" ");
  const given = { ...DOMESTIC[country], credit: credit === "credit" };
  const whole = () => {
    const xml = write(given, "peppol");
    return country === "GR" ? greek(xml) : xml;
  };
  return { rule, how, also, whole, change };
});

/** A note of each of two parties that are not both German. */
const TWO_NOTES: Mutant = {
  rule: "PEPPOL-EN16931-R002",
  how: "two notes",
  also: [],
  whole: () => write(DOMESTIC.NO ?? {}, "peppol"),
  change: swap(
    "</cbc:InvoiceTypeCode>",
    "</cbc:InvoiceTypeCode><cbc:Note>a</cbc:Note><cbc:Note>b</cbc:Note>",
  ),
};

/** An invoice for a part, abroad. */
const PART_ABROAD: Mutant = {
  rule: "PEPPOL-EN16931-P0112",
  how: "a part",
  also: [],
  whole: () => write(DOMESTIC.NO ?? {}, "peppol"),
  change: put("cbc:InvoiceTypeCode", "326"),
};

const MUTANTS: Mutant[] = [
  ...inBoth([...SAID_MUTANTS, ...SUM_MUTANTS], WHOLE),
  ...inBoth(EXEMPT_ROWS, invoiceOf("E")),
  ...(["S", "Z", "E", "AE", "G", "L", "M"] as const).flatMap((category) => {
    const name = { L: "BR-AF", M: "BR-AG" }[category as string] ?? `BR-${category}`;
    return inBoth(taxRows(category, name), invoiceOf(category));
  }),
  ...inBoth([...taxRows("K", "BR-IC"), ...INTRA_COMMUNITY_ROWS], invoiceOf("K")),
  ...inBoth(OUTSIDE_ROWS, invoiceOf("O")),
  ...inGermany(GERMAN_ROWS, WHOLE),
  ...inGermany(DEBIT_ROWS, DEBIT),
  ...inPeppol(PEPPOL_ROWS, "PEPPOL-EN16931-", WHOLE),
  ...inPeppol(PEPPOL_COMMON_ROWS, "PEPPOL-COMMON-", WHOLE),
  ...national,
  TWO_NOTES,
  PART_ABROAD,
  ...XRECHNUNG_ROWS.flatMap(([rule, how, cii, ubl, also = []]) => [
    { rule, how: `${how}, CII`, also, whole: () => write(WHOLE, "xrechnung-cii"), change: cii },
    { rule, how: `${how}, UBL`, also, whole: () => write(WHOLE, "xrechnung-ubl"), change: ubl },
  ]),
];

describe("an e-invoice of the product", () => {
  const formats = ["cii", "ubl", "xrechnung-cii", "xrechnung-ubl", "peppol"] as const;
  it.each(formats)("keeps every rule of %s", (format) => {
    for (const given of [WHOLE, DEBIT, CREDIT, FINAL, { ...FINAL, credit: true }, PART]) {
      const model = modelFor(given);
      expect(missingFields(model, format)).toEqual([]);
      expect(brokenRules(eInvoiceXml(model, format))).toEqual([]);
    }
  });

  it("is a part to every German program, and a prepayment in Peppol abroad", () => {
    const code = (given: Given, format: EInvoiceFormat) =>
      /<(?:cbc:InvoiceTypeCode|ram:TypeCode)>(\d+)</.exec(write(given, format))?.[1];
    const abroad = { ...PART, ...DOMESTIC.NO, document: PART.document ?? {} };
    expect(formats.map((format) => code(PART, format))).toEqual(Array(5).fill("326"));
    expect(formats.map((format) => code(abroad, format))).toEqual([
      "386",
      "386",
      "326",
      "326",
      "386",
    ]);
    for (const format of formats) expect(brokenRules(write(abroad, format))).toEqual([]);
  });

  const IN_UBL = ["UBL-SR-19", "UBL-SR-20", "UBL-SR-21"];
  it("is none where the payee is the seller, whom BG-10 may not name", () => {
    const model = modelFor({ issuer: { payee: { name: "Beispiel Technik GmbH" } } });
    for (const format of formats) {
      const rules = ["BR-17", ...(format.includes("cii") ? [] : IN_UBL)];
      expect(missingFields(model, format).map(({ rule }) => rule)).toEqual(rules);
      expect(brokenRules(eInvoiceXml(model, format))).toEqual(rules);
    }
  });
});

describe("the checker", () => {
  /** Whole e-invoices that were seen to keep every rule. */
  const kept = new Set<string>();

  it.each(MUTANTS)("sees $rule: $how", ({ rule, also, whole, change }) => {
    const xml = whole();
    if (!kept.has(xml)) expect(brokenRules(xml)).toEqual([]);
    kept.add(xml);
    expect(brokenRules(change(xml)).sort()).toEqual([rule, ...also].sort());
  });

  it("has a mutant for each of its rules", () => {
    const shown = new Set(MUTANTS.map(({ rule }) => rule));
    expect(RULES.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
  });
});
