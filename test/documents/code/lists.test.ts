/** What the lists of codes allow, against facts that are stated here by themselves. */
import { describe, expect, it } from "vitest";
import { ATTACHMENT_TYPES, isAttachmentType } from "../../../src/documents/code/attachment-type.ts";
import {
  countryCodes,
  isCiiCountry,
  isCountryCode,
  isVatPrefix,
  plainCountry,
} from "../../../src/documents/code/country.ts";
import { isInvoiceCurrency, isPeppolCurrency } from "../../../src/documents/code/currency.ts";
import {
  isCreditNoteType,
  isInvoiceType,
  isPeppolType,
} from "../../../src/documents/code/document-type.ts";
import {
  addressSchemes,
  isAddressScheme,
  isPeppolScheme,
} from "../../../src/documents/code/eas.ts";
import { icdSchemes, isIcdScheme } from "../../../src/documents/code/icd.ts";
import { isItemList, itemListOf } from "../../../src/documents/code/item-list.ts";
import { isPaymentMeans } from "../../../src/documents/code/payment-means.ts";
import { isAllowanceReason, isChargeReason } from "../../../src/documents/code/reason.ts";
import { isReferenceType } from "../../../src/documents/code/reference-type.ts";
import { ciiTaxPoint, isTaxPoint } from "../../../src/documents/code/tax-point.ts";
import { isPackageCode, isUnitCode, unitCodes } from "../../../src/documents/code/unit.ts";
import { categoryOfVatex, isVatexCode, vatexCodes } from "../../../src/documents/code/vatex.ts";

type Holds = (code: string) => boolean;

/** A list, codes that stand in it, and codes that do not. */
const LISTS: Record<string, [holds: Holds, members: string, others: string]> = {
  "countries (BR-CL-14)": [
    isCountryCode,
    "DE GR GB US SS XI 1A AX ZW",
    "UK EL XX XK ZZ AN DEU de EU",
  ],
  "countries in CII": [isCiiCountry, "DE GR 1A XI", "SS UK EL AN"],
  "prefixes of VAT ids (BR-CO-09)": [isVatPrefix, "DE EL GR GB XI CH NO", "UK XX EU ZZ"],
  "units (BR-CL-23)": [
    isUnitCode,
    "C62 H87 HUR DAY MON ANN KGM MTR LTR E48 EA SET XBX XPK XPA XZZ 4L E34 10",
    "PCS PCE ST PA RO HR BX XXX X c62 hour XX",
  ],
  "packages, without their X": [isPackageCode, "BX PK PA ZZ 43", "XBX C62 HUR"],
  "reasons for no tax (BR-CL-22)": [
    isVatexCode,
    "VATEX-EU-AE VATEX-EU-132-1A VATEX-EU-79-C VATEX-FR-FRANCHISE VATEX-FR-AE VATEX-EU-J",
    "VATEX-FOO VATEX-EU-132-99 VATEX-EU VATEX-EU-K vatex-eu-ae",
  ],
  "identifier schemes (BR-CL-10)": [
    isIcdScheme,
    "0002 0007 0009 0060 0088 0106 0190 0204 0208 0248",
    "9999 9930 EM 0001 0092 88 0249",
  ],
  "address schemes (BR-CL-25)": [
    isAddressScheme,
    "0002 0088 0208 0204 9930 9957 9959 EM AN AU 0246",
    "9999 9906 VAT 0001 em 0003",
  ],
  "schemes of Peppol": [
    isPeppolScheme,
    "0002 0088 0208 0204 9930 9957 0225",
    "EM AN 0246 9999 0003",
  ],
  "currencies of e-invoices (BR-CL-04)": [
    isInvoiceCurrency,
    "EUR USD JPY XCG SLE",
    "ANG BGN EURO XYZ",
  ],
  "currencies of Peppol": [isPeppolCurrency, "EUR USD JPY SLE", "XCG ANG BGN"],
  "lists of items (BR-CL-13)": [isItemList, "HS STI SRV IB TST ZZZ", "HSN CPV UNSPSC hs XX"],
  "reasons of discounts (BR-CL-19)": [isAllowanceReason, "95 100 41 105", "1 FC AA 999"],
  "reasons of charges (BR-CL-20)": [isChargeReason, "FC AA ABL ZZZ PC", "95 FOO fc"],
  "means of payment (BR-CL-16)": [
    isPaymentMeans,
    "1 10 30 48 49 54 57 58 59 97 ZZZ",
    "0 99 71 SEPA",
  ],
  "types of invoices (BR-CL-01)": [isInvoiceType, "380 384 386 389 326 875 71", "381 396 999 31"],
  "types of credit notes (BR-CL-01)": [isCreditNoteType, "381 396 261 81", "380 384 999"],
  "types of Peppol": [isPeppolType, "380 381 384 386 396", "389 261 999"],
  "types of references (BR-CL-07)": [isReferenceType, "AAA ABT ZZZ VN CT", "FOO A aaa"],
  "days of tax (BR-CL-06)": [isTaxPoint, "3 35 432", "5 29 72 0 toString"],
};

describe.each(Object.entries(LISTS))("the list of %s", (_, [holds, members, others]) => {
  it("has these", () => {
    expect(members.split(" ").filter((code) => !holds(code))).toEqual([]);
  });

  it("has none of those, nor nothing", () => {
    expect(others.split(" ").filter(holds)).toEqual([]);
    expect([holds(""), holds(" ")]).toEqual([false, false]);
  });
});

/** Every text of up to three letters and digits, and every one of four digits. */
function shortTexts(): string[] {
  const letters = [..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const longer = (texts: string[]) => texts.flatMap((text) => letters.map((one) => text + one));
  const pairs = longer(letters);
  const digits = Array.from({ length: 10_000 }, (_, i) => String(i).padStart(4, "0"));
  return [...letters, ...pairs, ...longer(pairs), ...digits];
}

/** How many codes each list has. */
const SIZES: [name: string, holds: Holds, size: number][] = [
  ["countries", isCountryCode, 251],
  ["countries in CII", isCiiCountry, 250],
  ["prefixes of VAT ids", isVatPrefix, 252],
  ["units", isUnitCode, 2_162],
  ["packages", isPackageCode, 407],
  ["identifier schemes", isIcdScheme, 243],
  ["address schemes", isAddressScheme, 104],
  ["schemes of Peppol", isPeppolScheme, 92],
  ["currencies of e-invoices", isInvoiceCurrency, 163],
  ["currencies of Peppol", isPeppolCurrency, 162],
  ["lists of items", isItemList, 185],
  ["reasons of discounts", isAllowanceReason, 19],
  ["reasons of charges", isChargeReason, 178],
  ["means of payment", isPaymentMeans, 84],
  ["types of invoices", isInvoiceType, 50],
  ["types of credit notes", isCreditNoteType, 13],
  ["types of references", isReferenceType, 818],
  ["days of tax", isTaxPoint, 3],
];

describe("the lists of codes", () => {
  const texts = shortTexts();

  it.each(SIZES)("have as many %s as their source", (_, holds, size) => {
    expect(texts.filter(holds).length).toBe(size);
  });

  it("are given in full, each code once", () => {
    const lists = [countryCodes(), unitCodes(), icdSchemes(), addressSchemes()];
    expect(lists.map(({ length }) => length)).toEqual([251, 2_162, 243, 104]);
    expect(lists.map((list) => new Set(list).size)).toEqual([251, 2_162, 243, 104]);
  });

  it("have no unit that another unit is in other letters", () => {
    expect(unitCodes().filter((code) => code !== code.toUpperCase())).toEqual([]);
  });
});

describe("a country as it was written", () => {
  it("is the country that was meant", () => {
    const given = ["UK", "uk", " gb ", "EL", "XK", "de", "XX"].map(plainCountry);
    expect(given).toEqual(["GB", "GB", "GB", "GR", "1A", "DE", "XX"]);
  });
});

describe("a reason for no tax", () => {
  it("goes with one category", () => {
    const codes = "G O IC AE D F I J 132 132-1A 79-C".split(" ").map((code) => `VATEX-EU-${code}`);
    const of = Object.fromEntries(codes.map((code) => [code.slice(9), categoryOfVatex(code)]));
    const exempt = { D: "E", F: "E", I: "E", J: "E", "132": "E", "132-1A": "E", "79-C": "E" };
    expect(of).toEqual({ G: "G", O: "O", IC: "K", AE: "AE", ...exempt });
    expect([categoryOfVatex("VATEX-FR-AE"), categoryOfVatex("VATEX-FOO")]).toEqual(["AE", null]);
  });

  it("is listed under its category, 88 in all", () => {
    const counts = ["E", "AE", "K", "G", "O", "S", "Z"].map((one) => vatexCodes(one).length);
    expect(counts).toEqual([83, 2, 1, 1, 1, 0, 0]);
  });
});

describe("other names of codes", () => {
  it("lead to the list of UNTDID 7143", () => {
    const names = ["HSN", "hs", "CPV", "UNSPSC", "GTIN", "STI", "toString", "mine"];
    const lists = names.map((name) => itemListOf(name));
    expect(lists).toEqual(["HS", "HS", "STI", "TST", "SRV", "STI", null, null]);
  });

  it("lead from UBL's day of tax to CII's", () => {
    expect(["3", "35", "432", "5"].map(ciiTaxPoint)).toEqual(["5", "29", "72", null]);
  });

  it("are no media type of a file in an invoice but the six", () => {
    expect(ATTACHMENT_TYPES.length).toBe(6);
    const types = ["application/pdf", "text/csv", "application/xml", "image/gif", "TEXT/CSV"];
    expect(types.map(isAttachmentType)).toEqual([true, true, false, false, false]);
  });
});
