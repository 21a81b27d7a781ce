/** What Peppol asks of sellers of some countries, beside Germany's. Pure. */
import type { AddressFacts, Facts, Text } from "./facts.ts";
import { buyerCountry, has, num, type Rule, rules, sellerCountry, taxed } from "./rule.ts";
import { isNorwegian, isSwedish } from "./rules-peppol.ts";
import { all, text } from "./tree.ts";

type Row = [id: string, says: string, holds: Rule["holds"]];

/** Rules that hold for everybody for whom they do not count. */
const where = (counts: (facts: Facts) => boolean, rows: Row[]): Rule[] =>
  rules(rows).map((rule) => ({ ...rule, holds: (f) => !counts(f) || rule.holds(f) }));

/** The country that a VAT id begins with, else that of the address. */
const taxCountry = (vatId: Text, address: AddressFacts | null) =>
  (vatId?.slice(0, 2) || address?.country) ?? "";
const sellerTaxCountry = ({ seller, taxRepresentative }: Facts) =>
  taxCountry(seller.vatId ?? taxRepresentative?.vatId ?? null, seller.address);
const buyerTaxCountry = ({ buyer }: Facts) => taxCountry(buyer.vatId, buyer.address);

const from = (country: string) => (facts: Facts) => sellerCountry(facts) === country;
const within = (country: string) => (facts: Facts) =>
  sellerCountry(facts) === country && buyerCountry(facts) === country;
const isWhole = (address: AddressFacts | null) =>
  !address || (has(address.line) && has(address.city) && has(address.postCode));
const scheme = (facts: Facts, side: "seller" | "buyer") => facts[side].legalId?.scheme ?? "";

const DENMARK = [
  ...where(from("DK"), [
    ["DK-R-002", "names its CVR number", ({ seller }) => has(seller.legalId?.value)],
    [
      "DK-R-014",
      "whose scheme is 0184",
      (f) => f.seller.legalId === null || scheme(f, "seller") === "0184",
    ],
  ]),
  ...where(within("DK"), [
    [
      "DK-R-005",
      "is paid in a way that Danes pay",
      (f) =>
        f.root.name === "CreditNote" ||
        f.payments.every(({ code }) =>
          ["1", "10", "31", "42", "48", "49", "50", "58", "59", "93", "97"].includes(code ?? ""),
        ),
    ],
    [
      "DK-R-006",
      "an account has its registration number",
      (f) =>
        f.root.name === "CreditNote" ||
        f.payments.every(
          ({ code, account, bank }) =>
            !["31", "42"].includes(code ?? "") || (has(account) && has(bank)),
        ),
    ],
    [
      "DK-R-007",
      "a direct debit has its mandate and its account",
      (f) =>
        f.root.name === "CreditNote" ||
        f.payments.every(
          ({ code, mandate, debited }) => code !== "49" || (has(mandate) && has(debited)),
        ),
    ],
    [
      "DK-R-013",
      "a party's id has a scheme",
      (f) => [f.seller, f.buyer].every(({ ids }) => ids.every((id) => has(id.scheme))),
    ],
    [
      "DK-R-016",
      "no credit note is below 0",
      (f) => f.root.name === "Invoice" || num(f.sums.due).gte(0),
    ],
  ]),
];

const ITALY = where(
  (f) => sellerTaxCountry(f) === "IT",
  [
    [
      "IT-R-001",
      "a tax number has 11 to 16 characters",
      ({ seller }) => seller.taxNumber === null || /^[A-Z0-9]{11,16}$/.test(seller.taxNumber),
    ],
    ["IT-R-002", "has the seller's street", ({ seller }) => has(seller.address?.line)],
    ["IT-R-003", "the seller's city", ({ seller }) => has(seller.address?.city)],
    ["IT-R-004", "the seller's post code", ({ seller }) => has(seller.address?.postCode)],
  ],
);

const isDutchScheme = (code: string) => code === "0106" || code === "0190";
const NETHERLANDS = [
  ...where(from("NL"), [
    [
      "NL-R-001",
      "a credit note names its invoice",
      (f) => f.root.name === "Invoice" || has(f.preceding[0]?.number),
    ],
    ["NL-R-002", "has the seller's whole address", ({ seller }) => isWhole(seller.address)],
    [
      "NL-R-003",
      "the seller's number is of KvK or OIN",
      (f) => f.seller.legalId === null || isDutchScheme(scheme(f, "seller")),
    ],
    [
      "NL-R-006",
      "a Dutch representative has a whole address",
      ({ taxRepresentative: r }) => r?.address?.country !== "NL" || isWhole(r.address),
    ],
    [
      "NL-R-007",
      "what is to be paid says how",
      (f) => f.root.name === "CreditNote" || num(f.sums.due).lte(0) || f.payments.length > 0,
    ],
    [
      "NL-R-009",
      "a line of an order is one of the order that it names",
      (f) => has(f.order) || f.lines.every(({ orderLine }) => orderLine === null),
    ],
  ]),
  ...where(within("NL"), [
    ["NL-R-004", "has the buyer's whole address", ({ buyer }) => isWhole(buyer.address)],
    [
      "NL-R-005",
      "the buyer's number is of KvK or OIN",
      (f) => f.buyer.legalId === null || isDutchScheme(scheme(f, "buyer")),
    ],
    [
      "NL-R-008",
      "is paid in a way that the Dutch pay",
      (f) =>
        f.payments.every(({ code }) => ["30", "48", "49", "57", "58", "59"].includes(code ?? "")),
    ],
  ]),
];

const hasSwedishVat = (f: Facts) => from("SE")(f) && (f.seller.vatId ?? "").startsWith("SE");
const SWEDEN = [
  ...where(hasSwedishVat, [
    ["SE-R-001", "a VAT id has 14 characters", ({ seller }) => seller.vatId?.length === 14],
    ["SE-R-002", "12 of them digits", ({ seller }) => /^..\d+$/.test(seller.vatId ?? "")],
    [
      "SE-R-006",
      "the rates are Sweden's",
      (f) =>
        [...taxed(f), ...f.taxes].every(
          ({ category, rate }) =>
            category !== "S" || [25, 12, 6].some((known) => num(rate).eq(known)),
        ),
    ],
  ]),
  ...where(
    (f) => from("SE")(f) && f.seller.legalId !== null,
    [
      ["SE-R-003", "a number of digits", ({ seller }) => /^\d+$/.test(seller.legalId?.value ?? "")],
      ["SE-R-004", "ten of them", ({ seller }) => seller.legalId?.value.length === 10],
      ["SE-R-013", "with its check digit", ({ seller }) => isSwedish(seller.legalId?.value ?? "")],
      [
        "SE-R-005",
        "beside a VAT id stands only the approval for F-tax",
        ({ seller }) =>
          seller.taxNumber === null || seller.taxNumber.toUpperCase() === "GODKÄND FÖR F-SKATT",
      ],
    ],
  ),
];

const NORWAY = where(
  (f) => sellerTaxCountry(f) === "NO",
  [
    [
      "NO-R-001",
      "a VAT id is an organisation number and MVA",
      ({ seller: { vatId } }) =>
        !vatId?.startsWith("NO") || (/^NO\d{9}MVA$/.test(vatId) && isNorwegian(vatId.slice(2, 11))),
    ],
  ],
);

const ICELAND = [
  ...where(from("IS"), [
    [
      "IS-R-002",
      "has the seller's kennitala",
      (f) => has(f.seller.legalId?.value) && scheme(f, "seller") === "0196",
    ],
    [
      "IS-R-003",
      "the seller's street and post code",
      ({ seller: { address } }) => has(address?.line) && has(address?.postCode),
    ],
    [
      "IS-R-006",
      "a claim has an account of 12 digits",
      (f) => f.payments.every(({ code, account }) => code !== "9" || account?.length === 12),
    ],
    [
      "IS-R-007",
      "so has a payment into an account",
      (f) => f.payments.every(({ code, account }) => code !== "42" || account?.length === 12),
    ],
  ]),
  ...where(within("IS"), [
    [
      "IS-R-004",
      "has the buyer's kennitala",
      (f) => has(f.buyer.legalId?.value) && scheme(f, "buyer") === "0196",
    ],
    [
      "IS-R-005",
      "the buyer's street and post code",
      ({ buyer: { address } }) => has(address?.line) && has(address?.postCode),
    ],
  ]),
];

/** A Greek tax number: nine digits, modulo 11. */
function isGreek(value: string): boolean {
  const sum = [...value.slice(0, 8)].reduce(
    (total, one, i) => total + Number(one) * 2 ** (8 - i),
    0,
  );
  return /^\d{9}$/.test(value) && (sum % 11) % 10 === Number(value[8]);
}

const isGreekVat = (id: Text) => (id ?? "").startsWith("EL") && isGreek((id ?? "").slice(2));
const isGreekSeller = (f: Facts) => ["GR", "EL"].includes(sellerTaxCountry(f));
const isGreekBuyer = (f: Facts) => ["GR", "EL"].includes(buyerTaxCountry(f));
const isGreekAddress = ({ endpoint }: Facts["buyer"]) =>
  endpoint?.scheme === "9933" && isGreek(endpoint.value);
const GREEK_TYPES = ["1.1", "1.6", "2.1", "2.4", "5.1", "5.2"];

/** TIN|day|branch|type|series|number, as the tax office numbers invoices. */
function isGreekNumber({ number, issued, seller, taxRepresentative }: Facts): boolean {
  const parts = (number ?? "").split("|");
  const [tin = "", day, branch = "", type = "", series = "", last = ""] = parts;
  const tins = [seller.vatId, taxRepresentative?.vatId].map((id) => id?.slice(2, 11));
  return (
    parts.length === 6 &&
    isGreek(tin) &&
    tins.includes(tin) &&
    day === issued?.split("-").reverse().join("/") &&
    /^\d+$/.test(branch) &&
    GREEK_TYPES.includes(type) &&
    series !== "" &&
    last !== ""
  );
}

const marks = ({ root }: Facts) =>
  all(root, "cac:AdditionalDocumentReference").filter(
    (one) => text(one, "cbc:DocumentDescription") === "##M.AR.K##",
  );

const GREECE = [
  ...where(isGreekSeller, [
    ["GR-R-001", "is numbered as the Greek tax office does", isGreekNumber],
    [
      "GR-R-003",
      "a VAT id is a Greek tax number",
      ({ seller }) => seller.vatId === null || isGreekVat(seller.vatId),
    ],
    ["GR-R-009", "is sent from a Greek tax number", ({ seller }) => isGreekAddress(seller)],
  ]),
  ...where(
    (f) => isGreekSeller(f) && from("GR")(f),
    [
      [
        "GR-R-004",
        "has the tax office's mark",
        (f) =>
          marks(f).length === 1 && /^[1-9]\d*$/.test(text(marks(f)[0] ?? null, "cbc:ID") ?? ""),
      ],
    ],
  ),
  ...where(
    (f) => isGreekSeller(f) && isGreekBuyer(f),
    [
      ["GR-R-006", "the buyer has a Greek tax number", ({ buyer }) => isGreekVat(buyer.vatId)],
      ["GR-R-010", "and is sent to by it", ({ buyer }) => isGreekAddress(buyer)],
    ],
  ),
];

export const NATIONAL: Rule[] = [
  ...DENMARK,
  ...ITALY,
  ...NETHERLANDS,
  ...SWEDEN,
  ...NORWAY,
  ...ICELAND,
  ...GREECE,
];
