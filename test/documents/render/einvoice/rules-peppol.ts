/** Peppol BIS Billing 3.0, beside the norm. Pure. */
import { isAttachmentType } from "../../../../src/documents/code/attachment-type.ts";
import { isPeppolCurrency } from "../../../../src/documents/code/currency.ts";
import { isPeppolType } from "../../../../src/documents/code/document-type.ts";
import { isPeppolScheme } from "../../../../src/documents/code/eas.ts";
import type { Facts, Text } from "./facts.ts";
import { buyerCountry, has, num, type Rule, rules, sellerCountry } from "./rule.ts";
import { all, first, text } from "./tree.ts";

const PROCESS = /^urn:fdc:peppol\.eu:2017:poacc:billing:\d\d:1\.0$/;
const GUIDELINE = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0";

const totals = (facts: Facts, parts: boolean) =>
  all(facts.root, "cac:TaxTotal").filter(
    (one) => (first(one, "cac:TaxSubtotal") !== null) === parts,
  );
const everyAdjustment = (facts: Facts) => [
  ...facts.adjustments,
  ...facts.lines.flatMap(({ adjustments }) => adjustments),
];
const prices = ({ lines }: Facts) => lines.filter(({ gross }) => gross !== null);
/** Reason codes that belong to one category. */
const REASONS: [rule: string, code: string, category: string][] = [
  ["P0104", "VATEX-EU-G", "G"],
  ["P0105", "VATEX-EU-O", "O"],
  ["P0106", "VATEX-EU-IC", "K"],
  ["P0107", "VATEX-EU-AE", "AE"],
  ["P0108", "VATEX-EU-D", "E"],
  ["P0109", "VATEX-EU-F", "E"],
  ["P0110", "VATEX-EU-I", "E"],
  ["P0111", "VATEX-EU-J", "E"],
];

const sign = (amount: Text) => num(amount).s * (num(amount).eq(0) ? 0 : 1);

const BILLING = rules([
  ["R001", "names its process", (f) => has(f.process)],
  [
    "R002",
    "has one note, or more between two German parties",
    (f) => f.notes.length <= 1 || (sellerCountry(f) === "DE" && buyerCountry(f) === "DE"),
  ],
  ["R003", "has a reference of the buyer's, or an order", (f) => has(f.buyerReference ?? f.order)],
  ["R004", "says that it is a Peppol invoice", (f) => f.guideline?.startsWith(GUIDELINE) ?? false],
  ["R005", "the seller's currency is another", (f) => f.taxCurrency !== f.currency],
  ["R007", "names a process as Peppol does", (f) => !f.process || PROCESS.test(f.process)],
  [
    "R008",
    "no element is empty",
    (f) => f.elements.every(({ children, text: own }) => children.length > 0 || has(own)),
  ],
  ["R010", "has the buyer's electronic address", (f) => has(f.buyer.endpoint?.value)],
  ["R020", "has the seller's electronic address", (f) => has(f.seller.endpoint?.value)],
  [
    "R040",
    "a percentage gives the amount",
    (f) =>
      everyAdjustment(f).every(
        ({ amount, base, percent }) =>
          base === null ||
          percent === null ||
          num(base).times(num(percent)).div(100).minus(num(amount)).abs().lte("0.02"),
      ),
  ],
  [
    "R041",
    "a percentage says of what",
    (f) => everyAdjustment(f).every(({ base, percent }) => percent === null || base !== null),
  ],
  [
    "R042",
    "what a part is of comes with the percentage",
    (f) => everyAdjustment(f).every(({ base, percent }) => base === null || percent !== null),
  ],
  [
    "R043",
    "a charge or not a charge",
    (f) => everyAdjustment(f).every(({ charge }) => charge === "true" || charge === "false"),
  ],
  [
    "R044",
    "a price has no charge of its own",
    (f) =>
      f.elements
        .flatMap((one) => (one.name === "cac:Price" ? all(one, "cac:AllowanceCharge") : []))
        .every((one) => text(one, "cbc:ChargeIndicator") === "false"),
  ],
  [
    "R046",
    "the price is the gross price without its discount",
    (f) =>
      prices(f).every(({ gross, priceDiscount, price }) =>
        num(gross).minus(num(priceDiscount)).eq(num(price)),
      ),
  ],
  [
    "R051",
    "every amount is in its currency, but for the tax in the seller's",
    (f) =>
      f.elements.every(
        ({ attributes: { currencyID = f.currency } }) =>
          currencyID === f.currency || (f.taxCurrency !== null && currencyID === f.taxCurrency),
      ),
  ],
  ["R053", "the taxes stand in one total", (f) => totals(f, true).length === 1],
  [
    "R054",
    "the tax in the seller's currency is one, where there is one",
    (f) => totals(f, false).length === (f.taxCurrency === null ? 0 : 1),
  ],
  [
    "R055",
    "and both have one sign",
    ({ sums, taxCurrency }) =>
      taxCurrency === null || sign(sums.tax) * sign(sums.accountingTax) >= 0,
  ],
  [
    "R061",
    "a debit names its mandate",
    (f) => f.payments.every((p) => !["49", "59"].includes(p.code ?? "") || has(p.mandate)),
  ],
  ["R080", "belongs to one project", (f) => f.projects <= 1],
  ["R100", "a line bills one object", (f) => f.lines.every(({ objects }) => objects.length <= 1)],
  [
    "R101",
    "what a line refers to is an object",
    (f) => f.lines.every(({ objects }) => objects.every((type) => type === "130")),
  ],
  [
    "R110",
    "no line begins before the whole",
    ({ period, lines }) =>
      !period?.start ||
      lines.every((one) => !one.period?.start || one.period.start >= (period.start ?? "")),
  ],
  [
    "R111",
    "nor ends after it",
    ({ period, lines }) =>
      !period?.end ||
      lines.every((one) => !one.period?.end || one.period.end <= (period.end ?? "")),
  ],
  [
    "R121",
    "a price is of more than nothing",
    (f) => f.lines.every(({ baseQuantity }) => baseQuantity === null || num(baseQuantity).gt(0)),
  ],
  [
    "R130",
    "and of the unit that is billed",
    (f) => f.lines.every(({ unit, baseUnit }) => baseUnit === null || baseUnit === unit),
  ],
  [
    "CL001",
    "files are of Peppol's media types",
    (f) => f.attachments.every(({ file }) => !file || isAttachmentType(file.type ?? "")),
  ],
  ["CL007", "its currency is one of Peppol's", (f) => isPeppolCurrency(f.currency ?? "")],
  [
    "CL008",
    "electronic addresses are of Peppol's schemes",
    (f) =>
      [f.seller, f.buyer].every(
        ({ endpoint }) => !endpoint || isPeppolScheme(endpoint.scheme ?? ""),
      ),
  ],
  ["P0100", "its type is one of this process", (f) => isPeppolType(f.type ?? "")],
  [
    "P0112",
    "a part or a correction is an invoice between two German parties",
    (f) =>
      !["326", "384"].includes(f.type ?? "") ||
      (sellerCountry(f) === "DE" && buyerCountry(f) === "DE"),
  ],
  ...REASONS.map(([rule, code, category]): [string, string, Rule["holds"]] => [
    rule,
    `${code} is a reason of ${category}`,
    (f) => f.taxes.every((tax) => tax.reasonCode !== code || tax.category === category),
  ]),
]).map((rule) => ({ ...rule, id: `PEPPOL-EN16931-${rule.id}` }));

const digitsOf = (value: string) => [...value].map(Number);
/** The digits with weights, from the last to the first. */
const weighted = (value: string, weight: (place: number) => number) =>
  digitsOf(value)
    .reverse()
    .reduce((total, digit, place) => total + digit * weight(place), 0);
const isGln = (value: string) =>
  /^\d+$/.test(value) && weighted(value, (place) => (place % 2 === 0 ? 1 : 3)) % 10 === 0;
/** A Norwegian organisation number: nine digits, modulo 11. */
export const isNorwegian = (value: string) =>
  /^\d{9}$/.test(value) &&
  weighted(value, (place) => (place === 0 ? 1 : ((place - 1) % 6) + 2)) % 11 === 0;
const isBelgian = (value: string) =>
  /^\d{10}$/.test(value) && 97 - (Number(value.slice(0, 8)) % 97) === Number(value.slice(8));
/** A Swedish organisation number: ten digits, by Luhn. */
export const isSwedish = (value: string) =>
  /^\d{10}$/.test(value) &&
  digitsOf(value)
    .map((digit, i) => (i % 2 === 0 ? digit * 2 : digit))
    .reduce((total, one) => total + (one > 9 ? one - 9 : one), 0) %
    10 ===
    0;
const AUSTRALIAN = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
const isAustralian = (value: string) =>
  /^\d{11}$/.test(value) &&
  digitsOf(value).reduce(
    (total, digit, i) => total + (digit - (i === 0 ? 1 : 0)) * (AUSTRALIAN[i] ?? 0),
    0,
  ) %
    89 ===
    0;

/** Identifiers whose form their scheme says, wherever they stand. */
const FORMS: [rule: string, scheme: string, says: string, holds: (value: string) => boolean][] = [
  ["R040", "0088", "a GLN has its check digit", isGln],
  ["R041", "0192", "a Norwegian number has its check digit", isNorwegian],
  ["R042", "0184", "a Danish number has eight digits", (value) => /^(?:DK)?\d{8}$/.test(value)],
  ["R043", "0208", "a Belgian number has its check digits", isBelgian],
  ["R049", "0007", "a Swedish number has its check digit", isSwedish],
  ["R050", "0151", "an Australian number has its check digits", isAustralian],
];

const COMMON: Rule[] = FORMS.map(([rule, scheme, says, holds]) => ({
  id: `PEPPOL-COMMON-${rule}`,
  says,
  holds: ({ elements }) =>
    elements.every(({ attributes, text: own }) => attributes.schemeID !== scheme || holds(own)),
}));

export const PEPPOL: Rule[] = [...BILLING, ...COMMON];
