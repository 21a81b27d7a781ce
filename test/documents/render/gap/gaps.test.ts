/** Every rule that a format names: a document that breaks it has its gap, a sound one has none. */
import { describe, expect, it } from "vitest";
import type { DocumentModel } from "../../../../src/documents/model/model.ts";
import {
  E_INVOICE_FORMATS,
  type EInvoiceFormat,
} from "../../../../src/documents/render/pack/registry.ts";
import { missingFields } from "../../../../src/documents/render/pack/write.ts";
import type { sampleLine } from "../pdf/sample.ts";
import {
  addressWith,
  adjusted,
  debited,
  paidBy,
  partyIn,
  soundBetween,
  soundInvoice,
  taxed,
} from "./sound.ts";

const sound = soundInvoice();
const UNPRINTABLE = "\ufffe";

/** The rules that are broken, the formats that name them, and the document. */
type Broken = [rules: string, formats: string, model: DocumentModel];

const from = (more: Parameters<typeof partyIn>[1]) => soundInvoice({ seller: partyIn("DE", more) });
const to = (more: Parameters<typeof partyIn>[1]) => soundInvoice({ buyer: partyIn("DE", more) });
const line = (more: Parameters<typeof sampleLine>[0]) => ({
  ...sound,
  lines: sound.lines.map((own) => ({ ...own, ...more })),
});
const shippedTo = (more: Parameters<typeof addressWith>[1]) =>
  soundInvoice({ shipTo: { name: "Store", ...addressWith("DE", more) } });
const accounted = (model: DocumentModel, currency: string) => ({
  ...model,
  totals: {
    ...model.totals,
    accounting: { currency, taxMinor: "1", rate: "1", date: "2026-11-01" },
  },
});
const credited = (model: DocumentModel, number: string | null = "INV-1") => ({
  ...model,
  kind: "credit_note" as const,
  references: {
    ...model.references,
    precedingInvoice: number === null ? null : { number, date: "2026-10-01" },
  },
});
const nowhere = { lines: [], city: null, postalCode: null, country: null };
const unnamed = { vatId: null, taxNumber: null };
const reason = (code: string | null, text = "Reason") => ({ reason: text, code });

const FILE = { name: "a.pdf", description: null, type: "application/pdf", url: null, sha256: null };
const beside = (...files: Partial<typeof FILE | { type: null; url: string }>[]) =>
  soundInvoice({ attachments: files.map((file) => ({ ...FILE, ...file })) });
const about = (value: string) =>
  soundInvoice({
    references: { ...sound.references, further: { invoicedObject: { scheme: null, value } } },
  });
const DEPOSIT = { id: "inv_0", number: "INV-0", date: "2026-10-01", taxes: [] };
const summed = (more: Partial<DocumentModel["totals"]>) =>
  soundInvoice({ currency: "KWD", totals: { ...sound.totals, ...more } });

const IN_UBL = "ubl peppol xrechnung-ubl";
const paying = (payee: Partial<NonNullable<DocumentModel["payee"]>>) =>
  soundInvoice({
    seller: partyIn("DE", {
      legalId: { scheme: null, value: "HRB 1" },
      identifiers: [{ scheme: null, value: "S-1" }],
    }),
    payee: { name: "Factor AG", id: null, legalId: null, ...payee },
  });

const NORM: Broken[] = [
  ["BR-02", "all", soundInvoice({ number: null })],
  ["BR-04", "all", soundInvoice({ kind: "quote" })],
  ["BR-06", "all", from({ name: UNPRINTABLE })],
  ["BR-07", "all", to({ name: UNPRINTABLE })],
  ["BR-08 BR-09", "all", from(addressWith("DE", nowhere))],
  ["BR-09", "all", from(addressWith("DE", { country: null }))],
  ["BR-10 BR-11", "all", to(addressWith("DE", nowhere))],
  ["BR-11", "all", to(addressWith("DE", { country: null }))],
  ["BR-16", "all", soundInvoice({ lines: [], totals: { ...sound.totals, taxes: [] } })],
  ["BR-17", "all", soundInvoice({ payee: { name: UNPRINTABLE, id: null, legalId: null } })],
  ["BR-17", "all", paying({ name: sound.seller.name })],
  ["UBL-SR-19 UBL-SR-20 UBL-SR-21", IN_UBL, paying({ name: sound.seller.name })],
  ["BR-17", "all", paying({ id: { scheme: null, value: "S-1" } })],
  ["BR-17", IN_UBL, paying({ id: { scheme: "0088", value: "S-1" } })],
  ["BR-17", "cii xrechnung-cii", paying({ legalId: { scheme: null, value: "HRB 1" } })],
  ["BR-18", "all", represented("DE", "DE123456788", { name: UNPRINTABLE })],
  ["BR-CO-09", "all", represented("DE", "123456788")],
  ["BR-25", "all", line({ name: UNPRINTABLE })],
  ["BR-52", "all", beside({ name: UNPRINTABLE })],
  ["BR-52", "all", about(UNPRINTABLE)],
  ["BR-54", "all", line({ particulars: { attributes: [{ name: "Hue", value: UNPRINTABLE }] } })],
  ["BR-42 BR-CO-23", "all", line({ adjustments: [discount("discount")], netMinor: "9900" })],
  ["BR-44 BR-CO-24", "all", line({ adjustments: [discount("charge")], netMinor: "10100" })],
  ["BR-33 BR-CO-21 BR-38 BR-CO-22", "all", adjusted(sound, UNPRINTABLE)],
  ["BR-55", "all", credited(sound, null)],
  ["BR-57", "all", shippedTo({ country: null })],
  ["BR-61", "all", soundInvoice(paidBy({ iban: null }))],
  ["CII-SR-470", "cii xrechnung-cii", soundInvoice(paidBy({ iban: null }))],
  ["BR-CO-09", "all", to({ vatId: "QQ12345678" })],
  ["BR-CO-25", "all", soundInvoice({ dates: { ...sound.dates, due: null } })],
  ["BR-CO-26", "all", from({ vatId: null, taxNumber: "29/815/08155" })],
  ["BR-CO-26", "all", taxed(from({ vatId: null, taxNumber: null }), "O", "0", reason(null))],
  ["BR-DEC-15", "all", accounted(sound, "KWD")],
  ["UBL-DT-01", IN_UBL, accounted(sound, "KWD")],
  ["UBL-DT-01", IN_UBL, soundInvoice({ currency: "KWD" })],
  ["BR-CL-05", "all", accounted(sound, "BGN")],
  ["BR-CL-03 BR-CL-04", "all", soundInvoice({ currency: "BGN" })],
  [
    "BR-DEC-01 BR-DEC-05 BR-DEC-09 BR-DEC-10 BR-DEC-11 BR-DEC-12 BR-DEC-13 BR-DEC-14 BR-DEC-18 " +
      "BR-DEC-19 BR-DEC-20 BR-DEC-23 BR-CO-10 BR-CO-11 BR-CO-12 BR-CO-13 BR-CO-14 " +
      "BR-CO-15 BR-S-08",
    "all",
    adjusted(soundInvoice({ currency: "KWD" })),
  ],
  ["BR-DEC-16 BR-CO-16", "all", summed({ prepaidMinor: "1" })],
  ["BR-DEC-16 BR-CO-16", "all", summed({ deposits: [{ ...DEPOSIT, totalMinor: "1" }] })],
  ["BR-DEC-02 BR-DEC-06", "all", shared(adjusted(soundInvoice({ currency: "KWD" })))],
  ["BR-DEC-25 BR-DEC-28", "all", sharedOnLine()],
  ["BR-DEC-17 BR-CO-16", "all", summed({ roundingMinor: "-1" })],
  ["BR-CL-11", "all", to({ legalId: { scheme: "9999", value: "1" } })],
  ["BR-CL-14", "all", to(addressWith("UK", {}))],
  ["BR-CL-14", "all", from(addressWith("ZZ", {}))],
  ["BR-CL-14", "all", shippedTo({ country: "EL" })],
  ["BR-CL-14", "cii xrechnung-cii", to(addressWith("SS", {}))],
  ["BR-CL-22", "all", taxed(sound, "E", "0", reason("VATEX-FOO"))],
  ["BR-CL-23", "all", line({ unitCode: "PCS" })],
  ["BR-CL-24", "all", beside({ type: "text/plain" })],
  ["BR-CL-25", "all", to({ electronicAddress: { scheme: "VAT", value: "1" } })],
  ["BR-O-11 BR-O-12", "all", mixed()],
  ["BR-IC-11", "all", supply({ dates: { ...sound.dates, period: null } })],
  ["BR-IC-12", "all", supply({ shipTo: null })],
  ["BR-E-10", "all", taxed(sound, "E", "0", reason(null, UNPRINTABLE))],
  ["BR-AF-05 BR-AF-06 BR-AF-07", "all", adjusted(taxed(sound, "L", "0"))],
  ["BR-S-05 BR-S-06 BR-S-07", "all", adjusted(taxed(sound, "S", "0"))],
];

function represented(country: string, vatId: string, more = {}, model = sound): DocumentModel {
  const whole = { name: "Representative", vatId, ...addressWith(country, {}) };
  return { ...model, taxRepresentative: { ...whole, ...more } };
}

/** Percentages that give the amounts, so that their bases are said. */
function shared(model: DocumentModel): DocumentModel {
  const adjustments = model.totals.adjustments.map((one) => ({ ...one, percent: "5" }));
  return { ...model, totals: { ...model.totals, adjustments } };
}

function sharedOnLine(): DocumentModel {
  const adjustments = (["discount", "charge"] as const).map((kind) => {
    return { kind, reason: "Loyalty", percent: "5", amountMinor: "5000" };
  });
  const whole = soundInvoice({ currency: "KWD" });
  const priced = { unitPrice: "100", amountMinor: "100000", netMinor: "100000", adjustments };
  return { ...whole, lines: whole.lines.map((own) => ({ ...own, ...priced })) };
}

function discount(kind: "discount" | "charge") {
  return { kind, reason: UNPRINTABLE, percent: null, amountMinor: "100" };
}

function mixed(): DocumentModel {
  const { totals } = taxed(sound, "O", "0", reason(null));
  return { ...sound, totals: { ...sound.totals, taxes: [...sound.totals.taxes, ...totals.taxes] } };
}

function supply(more: Partial<DocumentModel>): DocumentModel {
  const shipTo = { name: "Store", ...addressWith("FR", {}) };
  return taxed(soundBetween("DE", "FR", { shipTo, ...more }), "K", "0", reason("VATEX-EU-IC"));
}

/** By the name that a category has in its rules: who lacks an id. */
const CATEGORIES = (
  [
    ["BR-S", "S", "19"],
    ["BR-Z", "Z", "0"],
    ["BR-E", "E", "0"],
    ["BR-AE", "AE", "0"],
    ["BR-IC", "K", "0"],
    ["BR-G", "G", "0"],
    ["BR-AF", "L", "7"],
    ["BR-AG", "M", "4"],
  ] as const
).flatMap(([rule, category, percent]): Broken[] => {
  const exempt = ["S", "Z", "L", "M"].includes(category) ? null : reason(null);
  const legalId = { scheme: null, value: "HRB 1" };
  const of = (model: DocumentModel) => adjusted(taxed(model, category, percent, exempt));
  return [
    [`${rule}-02 ${rule}-03 ${rule}-04`, "all", of(from({ ...unnamed, legalId }))],
    ...(category === "AE" || category === "K"
      ? [[`${rule}-02 ${rule}-03 ${rule}-04`, "all", of(to(unnamed))] as Broken]
      : []),
  ];
});

const GERMAN: Broken[] = (
  [
    ["1", soundInvoice({ payment: null })],
    ["1", credited(soundInvoice({ payment: null }))],
    ["2 5 6 7", from({ contactName: null, phone: null, email: null })],
    ["5", from({ contactName: null })],
    ["6", from({ phone: null })],
    ["7", from({ email: null })],
    ["3", from(addressWith("DE", { city: null }))],
    ["4", from(addressWith("DE", { postalCode: null }))],
    ["8", to(addressWith("DE", { city: null }))],
    ["9", to(addressWith("DE", { postalCode: null }))],
    ["10", shippedTo({ city: null })],
    ["11", shippedTo({ postalCode: null })],
    ["15", soundInvoice({ references: { ...sound.references, buyerReference: null } })],
    ["16", from({ ...unnamed, legalId: { scheme: null, value: "HRB 1" } })],
    ["18", soundInvoice({ terms: "#SKONTO#TAGE=7#PROZENT=2#" })],
    ["18", soundInvoice({ terms: "Payable at once\n#1 in hosting" })],
    ["22", beside({}, { name: "A.PDF" })],
    ["23-a", soundInvoice(paidBy({ iban: null }))],
    ["30", soundInvoice(debited({ creditorId: null }))],
    ["31", soundInvoice(debited({ iban: null }))],
  ] as const
).flatMap(([numbers, model]): Broken[] => {
  const each = (name: (n: string) => string) => numbers.split(" ").map(name).join(" ");
  const padded = (n: string) => `DE-R-${n.replace("-a", "").padStart(3, "0")}`;
  const peppol = (n: string) => (n.endsWith("-a") ? `${padded(n)}-1` : padded(n));
  return [
    [each((n) => `BR-DE-${n}`), "xrechnung-cii xrechnung-ubl", model],
    [each(peppol), "ubl peppol", model],
  ];
});

const unreachable = { electronicAddress: null };
const TAKEN_OVER = "xrechnung-cii xrechnung-ubl ubl peppol";
const at = (scheme: string, value: string) => to({ electronicAddress: { scheme, value } });
const exempted = (category: "E" | "AE", code: string) => taxed(sound, category, "0", reason(code));

const PEPPOL: Broken[] = [
  ["PEPPOL-EN16931-R010", TAKEN_OVER, to(unreachable)],
  ["PEPPOL-EN16931-R020", TAKEN_OVER, from(unreachable)],
  ["PEPPOL-EN16931-R061", TAKEN_OVER, soundInvoice(debited({ reference: "" }))],
  [
    "PEPPOL-EN16931-R003",
    "ubl peppol",
    soundInvoice({ references: { ...sound.references, buyerReference: null } }),
  ],
  ["PEPPOL-EN16931-CL007", "ubl peppol", soundInvoice({ currency: "XCG" })],
  ["PEPPOL-EN16931-CL001", "ubl peppol", beside({ type: "text/plain" })],
  ["BR-TMP-2", "xrechnung-cii xrechnung-ubl", beside({ type: null, url: "files.example/a.pdf" })],
  ["PEPPOL-EN16931-CL008", "ubl peppol", at("EM", "a@b.example")],
  ["PEPPOL-COMMON-R040", "ubl peppol", at("0088", "4012345000001")],
  ["PEPPOL-COMMON-R041", "ubl peppol", at("0192", "995525829")],
  ["PEPPOL-COMMON-R042", "ubl peppol", at("0184", "1234567")],
  ["PEPPOL-COMMON-R043", "ubl peppol", at("0208", "0123456788")],
  ["PEPPOL-COMMON-R049", "ubl peppol", at("0007", "5560360794")],
  ["PEPPOL-COMMON-R050", "ubl peppol", at("0151", "51824753557")],
  ["PEPPOL-COMMON-R040", "ubl peppol", to({ legalId: { scheme: "0088", value: "12" } })],
  ["PEPPOL-COMMON-R040", "ubl peppol", from({ identifiers: [{ scheme: "0088", value: "12" }] })],
  ["PEPPOL-EN16931-P0104", "ubl peppol", exempted("E", "VATEX-EU-G")],
  ["PEPPOL-EN16931-P0105", "ubl peppol", exempted("E", "VATEX-EU-O")],
  ["PEPPOL-EN16931-P0106", "ubl peppol", exempted("AE", "VATEX-EU-IC")],
  ["PEPPOL-EN16931-P0107", "ubl peppol", exempted("E", "VATEX-EU-AE")],
  ["PEPPOL-EN16931-P0108", "ubl peppol", exempted("AE", "VATEX-EU-D")],
  ["PEPPOL-EN16931-P0109", "ubl peppol", exempted("AE", "VATEX-EU-F")],
  ["PEPPOL-EN16931-P0110", "ubl peppol", exempted("AE", "VATEX-EU-I")],
  ["PEPPOL-EN16931-P0111", "ubl peppol", exempted("AE", "VATEX-EU-J")],
];

type Change = Parameters<typeof partyIn>[1];
const selling = (country: string, more: Change, rest: Partial<DocumentModel> = {}) =>
  soundBetween(country, "FR", { seller: partyIn(country, more), ...rest });
const within = (country: string, more: Partial<DocumentModel>) =>
  soundBetween(country, country, more);
const unlisted = { electronicAddress: { scheme: "9957", value: "FR83404833048" } };
const number = { scheme: null, value: "S-1" };
const legal = (scheme: string | null, value: string) => ({ legalId: { scheme, value } });
const streetless = (country: string) => addressWith(country, { lines: [] });

const NATIONAL: Broken[] = (
  [
    ["DK-R-002", selling("DK", { legalId: null })],
    ["DK-R-014", selling("DK", legal("0002", "12345674"))],
    ["DK-R-005", within("DK", paidBy({ meansCode: "68", iban: null }))],
    ["DK-R-006", within("DK", paidBy({ meansCode: "30", bic: null }))],
    ["DK-R-007", within("DK", debited({ iban: null }, "49"))],
    ["DK-R-013", within("DK", { seller: partyIn("DK", { identifiers: [number] }) })],
    ["DK-R-013", within("DK", { buyer: partyIn("DK", { customerNumber: "K-1" }) })],
    ["DK-R-004", coded(within("DK", {}), "ZZZ")],
    ["DK-R-016", negative(credited(within("DK", {})))],
    ["IT-R-001", selling("IT", { taxNumber: "123" })],
    ["IT-R-002", selling("IT", streetless("IT"))],
    ["IT-R-003", selling("IT", addressWith("IT", { city: null }))],
    ["IT-R-004", selling("IT", addressWith("IT", { postalCode: null }))],
    ["IT-R-004", selling("IT", addressWith("DE", { postalCode: null }))],
    ["NL-R-001", credited(selling("NL", {}), null)],
    ["NL-R-002", selling("NL", streetless("NL"))],
    ["NL-R-003", selling("NL", legal(null, "12345678"))],
    ["NL-R-004", within("NL", { buyer: partyIn("NL", streetless("NL")) })],
    ["NL-R-005", within("NL", { buyer: partyIn("NL", legal(null, "1")) })],
    ["NL-R-006", represented("NL", "NL123456782B12", streetless("NL"), selling("NL", {}))],
    ["NL-R-009", ordered(selling("NL", {}))],
    ["NL-R-007", selling("NL", {}, { payment: null })],
    ["NL-R-008", within("NL", paidBy({ meansCode: "68", iban: null }))],
    ["NO-R-001", selling("NO", { vatId: "NO995525828" })],
    ["NO-R-001", selling("NO", { vatId: "NO995525829MVA" })],
    ["SE-R-001", selling("SE", { vatId: "SE5560360793" })],
    ["SE-R-002", selling("SE", { vatId: "SE55603607930X" })],
    ["SE-R-003 SE-R-004 SE-R-013", selling("SE", legal(null, "556036-0793"))],
    ["SE-R-013", selling("SE", legal(null, "5560360794"))],
    ["SE-R-005", selling("SE", { taxNumber: "123" })],
    ["SE-R-006", taxed(selling("SE", {}), "S", "19")],
    ["GR-R-001-1 GR-R-004-1", selling("GR", {})],
    ["GR-R-003", selling("GR", { vatId: "EL094259217" })],
    ["GR-R-006", within("GR", { buyer: partyIn("GR", { vatId: null }) })],
    ["GR-R-009", selling("GR", { electronicAddress: { scheme: "9933", value: "094259217" } })],
    ["GR-R-010", within("GR", { buyer: partyIn("GR", unlisted) })],
    ["IS-R-002", selling("IS", legal(null, "1"))],
    ["IS-R-003", selling("IS", streetless("IS"))],
    ["IS-R-004", within("IS", { buyer: partyIn("IS", { legalId: null }) })],
    ["IS-R-005", within("IS", { buyer: partyIn("IS", streetless("IS")) })],
  ] as const
).map(([rules, model]) => [rules, "ubl peppol", model]);

function coded(model: DocumentModel, reasonCode: string): DocumentModel {
  const whole = adjusted(model);
  const adjustments = whole.totals.adjustments.map((one) => ({ ...one, reasonCode }));
  return { ...whole, totals: { ...whole.totals, adjustments } };
}

function ordered(model: DocumentModel): DocumentModel {
  const lines = model.lines.map((own) => ({ ...own, particulars: { orderLine: "1" } }));
  return { ...model, lines };
}

function negative(model: DocumentModel): DocumentModel {
  return { ...model, totals: { ...model.totals, totalMinor: "-100" } };
}

const rulesOf = (model: DocumentModel, format: EInvoiceFormat) =>
  missingFields(model, format).map(({ rule }) => rule);

describe("a document that lacks nothing", () => {
  it.each(E_INVOICE_FORMATS)("is complete as %s", (format) => {
    expect(missingFields(sound, format)).toEqual([]);
    expect(missingFields(credited(sound), format)).toEqual([]);
    expect(missingFields(adjusted(sound), format)).toEqual([]);
    expect(missingFields(supply({}), format)).toEqual([]);
    expect(missingFields(soundInvoice(debited({})), format)).toEqual([]);
  });

  it.each(["DK", "IT", "NL", "NO", "SE", "IS", "FR"])(
    "is complete in Peppol from %s",
    (country) => {
      expect(missingFields(soundBetween(country, "DE"), "peppol")).toEqual([]);
      expect(missingFields(soundBetween(country, country), "peppol")).toEqual([]);
    },
  );

  it("may have its seller's tax answered for by another", () => {
    const legalId = { scheme: null, value: "HRB 1" };
    const unknown = represented("DE", "DE123456788", {}, from({ ...unnamed, legalId }));
    for (const format of E_INVOICE_FORMATS) expect(missingFields(unknown, format)).toEqual([]);
  });

  it("may be of an order of which only the seller's number is known", () => {
    const references = { ...sound.references, buyerReference: null, purchaseOrder: null };
    const of = { ...references, further: { salesOrder: "SO-1" } };
    const abroad = { buyer: partyIn("FR", { name: "Buyer" }) };
    const known = soundInvoice({ ...abroad, references: of });
    expect(missingFields(known, "peppol")).toEqual([]);
    expect(rulesOf(soundInvoice({ ...abroad, references }), "peppol")).toEqual([
      "PEPPOL-EN16931-R003",
    ]);
  });

  it("may have files beside it, and links of one name", () => {
    const link = { type: null, url: "https://files.example/1" };
    const filed = beside({}, { name: "b.pdf" }, link, link);
    for (const format of E_INVOICE_FORMATS) expect(missingFields(filed, format)).toEqual([]);
  });

  it("outside VAT names the seller by its registration", () => {
    const registered = from({ legalId: { scheme: null, value: "HRB 1" } });
    const outside = taxed(registered, "O", "0", reason("VATEX-EU-O"));
    for (const format of E_INVOICE_FORMATS) expect(missingFields(outside, format)).toEqual([]);
  });
});

describe("what breaks a rule", () => {
  const all = [...NORM, ...CATEGORIES, ...GERMAN, ...PEPPOL, ...NATIONAL];
  it.each(all)("%s is a gap of %s", (rules, formats, model) => {
    const naming = formats === "all" ? E_INVOICE_FORMATS : formats.split(" ");
    for (const format of E_INVOICE_FORMATS) {
      const named = rulesOf(model, format).filter((rule) => rules.split(" ").includes(rule));
      const expected = naming.includes(format) ? rules.split(" ") : [];
      expect([format, named.toSorted()]).toEqual([format, expected.toSorted()]);
    }
  });

  it("sends to the customer for a reference that its next invoices need too", () => {
    const none = soundInvoice({ references: { ...sound.references, buyerReference: null } });
    const asked = missingFields(none, "xrechnung-ubl").find(({ rule }) => rule === "BR-DE-15");
    expect(asked?.remedy).toContain("for later ones with the customer (buyer_reference)");
  });

  it("says what it asks for and what to do, where", () => {
    for (const [, , model] of all) {
      for (const { field, detail, remedy } of missingFields(model, "peppol")) {
        expect(field).toMatch(/^[a-z0-9_.]+$/);
        expect(detail).toMatch(/^\S.*[^.]$/);
        expect(remedy).toMatch(/^[A-Z].*\.$/);
      }
    }
  });
});
