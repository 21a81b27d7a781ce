/** XRechnung 3.0, whose rules Peppol has between two German parties (DE-R for BR-DE). Pure. */
import type { Facts } from "./facts.ts";
import { buyerCountry, has, type Rule, rules, sellerCountry, taxed } from "./rule.ts";

const DISCOUNT = /^#SKONTO#TAGE=\d+#PROZENT=\d+\.\d\d#(?:BASISBETRAG=-?\d+\.\d\d#)?$/;

/** Each line of the terms that begins with # is a discount, and a line end follows the last. */
function discountsHold({ terms }: Facts): boolean {
  const lines = (terms ?? "").split(/\r?\n/);
  const from = lines.findLastIndex((line) => line.trim().startsWith("#"));
  if (from < 0) return true;
  const marked = lines.filter((line) => line.trim().startsWith("#"));
  return marked.every((line) => DISCOUNT.test(line.trim())) && from < lines.length - 1;
}

const accountOf = (text: string | null) => (text ?? "").replaceAll(/\s/g, "");

/** ISO 13616: the check digits of an IBAN. */
function isAccount(text: string | null): boolean {
  const iban = accountOf(text);
  if (!/^[A-Z]{2}\d\d[A-Za-z0-9]{1,30}$/.test(iban)) return false;
  const digits = [...(iban.slice(4) + iban.slice(0, 4))].map((one) => Number.parseInt(one, 36));
  return BigInt(digits.join("")) % 97n === 1n;
}

const TAXED = new Set(["S", "Z", "E", "AE", "K", "G", "L", "M"]);
const isUnique = (some: string[]) => new Set(some).size === some.length;
const namesOf = ({ attachments }: Facts) =>
  attachments.flatMap(({ file }) => (file?.name ? [file.name.toLowerCase()] : []));
const paidBy = ({ payments }: Facts, codes: string[]) =>
  payments.filter(({ code }) => codes.includes(code ?? ""));
const mandates = ({ payments }: Facts) => payments.filter(({ hasMandate }) => hasMandate);

/** UNTDID 1001, as far as German programs read it. */
const KNOWN_TYPES = new Set("326 380 381 384 389 875 876 877".split(" "));

/** The rules that XRechnung and Peppol share, by the number that they have in both. */
const SHARED: [number: string, says: string, holds: Rule["holds"]][] = [
  ["1", "says how to pay", (f) => f.payments.length > 0],
  ["2", "has the seller's contact", (f) => f.seller.contact !== null],
  ["3", "the seller's city", (f) => !f.seller.address || has(f.seller.address.city)],
  ["4", "the seller's post code", (f) => !f.seller.address || has(f.seller.address.postCode)],
  ["5", "whom to ask for", ({ seller: { contact } }) => !contact || has(contact.name)],
  ["6", "where to call", ({ seller: { contact } }) => !contact || has(contact.phone)],
  ["7", "where to write", ({ seller: { contact } }) => !contact || has(contact.email)],
  ["8", "the buyer's city", (f) => !f.buyer.address || has(f.buyer.address.city)],
  ["9", "the buyer's post code", (f) => !f.buyer.address || has(f.buyer.address.postCode)],
  ["10", "the city that it went to", ({ delivery: d }) => !d.address || has(d.address.city)],
  ["11", "its post code", ({ delivery: d }) => !d.address || has(d.address.postCode)],
  ["14", "each tax has a rate, 0 too", (f) => f.taxes.every(({ rate }) => has(rate))],
  ["15", "the buyer's reference", (f) => has(f.buyerReference)],
  [
    "16",
    "what is taxed has the seller's ids, or who stands for it",
    (f) =>
      !taxed(f).some(({ category }) => TAXED.has(category ?? "")) ||
      has(f.seller.vatId) ||
      has(f.seller.taxNumber) ||
      f.taxRepresentative !== null,
  ],
  ["17", "is of a type that German programs know", (f) => KNOWN_TYPES.has(f.type ?? "")],
  ["18", "cash discounts have the form that programs read", discountsHold],
  [
    "19",
    "a SEPA transfer goes to an IBAN",
    (f) => paidBy(f, ["58"]).every(({ account }) => isAccount(account)),
  ],
  [
    "20",
    "a SEPA debit comes from an IBAN",
    (f) => paidBy(f, ["59"]).every(({ debited }) => isAccount(debited)),
  ],
  ["22", "no two files have one name", (f) => isUnique(namesOf(f))],
  ["23-a", "a transfer has its account", (f) => paidBy(f, ["30", "58"]).every((p) => p.hasAccount)],
  [
    "23-b",
    "and neither card nor mandate",
    (f) => paidBy(f, ["30", "58"]).every((p) => !p.hasCard && !p.hasMandate),
  ],
  ["25-a", "a debit has its mandate", (f) => paidBy(f, ["59"]).every((p) => p.hasMandate)],
  [
    "25-b",
    "and neither card nor account",
    (f) => paidBy(f, ["59"]).every((p) => !p.hasCard && !p.hasAccount),
  ],
  ["30", "a debit names its creditor", (f) => mandates(f).length === 0 || has(f.creditorId)],
  [
    "31",
    "and the account that is debited",
    (f) => mandates(f).every(({ debited }) => has(debited)),
  ],
];

const PEPPOL_NUMBERS: Readonly<Record<string, string>> = {
  "23-a": "023-1",
  "23-b": "023-2",
  "25-a": "025-1",
  "25-b": "025-2",
};

/** XRechnung 3.0, in either syntax. */
export const XRECHNUNG: Rule[] = [
  ...rules(SHARED.map(([number, says, holds]) => [`BR-DE-${number}`, says, holds])),
  ...rules([
    [
      "BR-DE-27",
      "a number to call has three digits",
      ({ seller }) => !seller.contact?.phone || /(?:\d\D*){3}/.test(seller.contact.phone),
    ],
    [
      "BR-DE-28",
      "an address to write to has one @, with a name and a domain",
      ({ seller }) =>
        !seller.contact?.email ||
        /^[^@\s.][^@\s]*[^@\s.]@[^@\s.]+(\.[^@\s.]+)+$/.test(seller.contact.email),
    ],
    [
      "BR-TMP-2",
      "a file that lies elsewhere has its whole address",
      (f) =>
        f.attachments.every(({ uri }) => uri === null || /^[a-z][a-z0-9+.-]*:\/\/\S+$/i.test(uri)),
    ],
    ["PEPPOL-EN16931-R001", "names its process", (f) => has(f.process)],
  ]),
];

const isGerman = (facts: Facts) => sellerCountry(facts) === "DE" && buyerCountry(facts) === "DE";

/** The same between two German parties in Peppol. */
export const GERMANY: Rule[] = SHARED.map(([number, says, holds]) => ({
  id: `DE-R-${PEPPOL_NUMBERS[number] ?? number.padStart(3, "0")}`,
  says,
  holds: (facts) => !isGerman(facts) || holds(facts),
}));
