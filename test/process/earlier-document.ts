/**
 * What answers about documents and their parties say since version 0.1, field by field with the
 * value for what that version stored: each rule is a change that was made on purpose. What a rule
 * does not name is to be answered as it was then.
 */
import type { Story } from "../fixture/state.ts";

type Answer = Story["answers"][number];
type Rule = [pattern: RegExp, instead: string];

const PARTY = ',"identifiers":[],"legal_information":null';
const LINE =
  ',"base_quantity":null,"gross_price":null,"note":null,"seller_item_id":null' +
  ',"buyer_item_id":null,"standard_item_id":null,"origin_country":null,"attributes":[]' +
  ',"order_line":null,"accounting_reference":null,"object_id":null';

/** Where documents and whoever has their parties are answered. */
const WITH_PARTIES = /^\/api\/(?:invoices|quotes|credit-notes|customers|issuer|search)\b/;
const PARTY_RULES: Rule[] = [
  [/(?<="address":\{)(?="lines":)/g, '"street":null,"house_number":null,'],
  [/(?<="electronic_address":(?:null|\{"scheme":"EM","value":"[^"]*"\}))/g, PARTY],
];

const ONE_DOCUMENT = /^\/api\/(?:invoices|quotes|credit-notes)\/\w+$/;
const DOCUMENT_RULES: Rule[] = [
  [/(?<="amount":[-\d.]+,"net":[-\d.]+)(?=\})/g, LINE],
  [
    /(?<="kind":"(?:discount|charge)","reason":[^}]*,"amount":[-\d.]+)(?=\})/g,
    ',"reason_code":null',
  ],
];

const CUSTOMERS = /^\/api\/(?:customers|search)\b/;
const CUSTOMER: Rule = [
  /(?<="reference":(?:null|"REF-\d+"),)(?="tenant_id":)/g,
  '"customer_number":null,"buyer_reference":null,',
];

const SUBSCRIPTIONS = /^\/api\/subscriptions(?:\/\w+$|\?)/;
const SUBSCRIPTION: Rule = [
  /(?<="cancel_at":(?:null|"[^"]*"),)(?="current_period":)/g,
  '"buyer_reference":null,"purchase_order":null,',
];

const ISSUER: Rule = [/\}$/, ',"payee":null,"tax_representative":null}'];
/** Who has set no tax gives no reason of its own: each document has the one of its language. */
const NO_TAX: Rule = [
  /(?<="exemption":)\{"reason":"Not subject to tax","code":"VATEX-EU-O"\}(?=\},"number_formats")/,
  "null",
];

/** What a document lacks, and what to do: then it was told in fewer words. */
const COUNTRY = "the buyer has a country";
const TO_COUNTRY =
  "Enter the country of the customer's address with the customer " +
  "(address.country of the customer).";
const LEGAL_ID =
  "the seller has a legal registration, since nothing here is subject to VAT " +
  "and so no VAT id is sent";
const TO_LEGAL_ID =
  "Enter your registration in a company or tax register in your profile " +
  "(Settings, Profile; legal_id of PUT /api/issuer).";
const PEPPOL_ADDRESS = "such as a GLN (0088) or a VAT id (9930 in Germany)";

/** Of the operator's invoices: it named no registration, nor its tenants' countries. */
const WARNINGS = [
  ["BR-10", "buyer.address.country", COUNTRY, TO_COUNTRY],
  ["BR-11", "buyer.address.country", COUNTRY, TO_COUNTRY],
  ["BR-CO-26", "seller.legal_id", LEGAL_ID, TO_LEGAL_ID],
].map(([rule, field, detail, remedy]) => ({ format: "cii", rule, field, detail, remedy }));

/** What issuers read of their own documents, and nobody else. */
function ownView({ as, path, body }: Answer): { e_invoice: unknown; unreadable: unknown } {
  const isOperators = body.includes('"customer_id":"cus_ten_operator_');
  if (isOperators && as === "operator")
    return { e_invoice: { format: "cii", warnings: WARNINGS }, unreadable: [] };
  if (isOperators) return { e_invoice: null, unreadable: null };
  const isQuote = path.startsWith("/api/quotes/");
  return { e_invoice: isQuote ? null : { format: "cii", warnings: [] }, unreadable: [] };
}

type Lack = [pointer: string, detail: string];
const NUMBER: Lack = [
  "number",
  "a draft is no invoice yet (BR-02). Finalize the invoice: it gets its number then.",
];
const NO_PARTIES = "buyer.address.country, seller.vat_id";
const PARTIES: Lack[] = [
  ["buyer/address/country", `${COUNTRY} (BR-10, BR-11). ${TO_COUNTRY}`],
  ["seller/legal_id", `${LEGAL_ID} (BR-CO-26). ${TO_LEGAL_ID}`],
];
const ADDRESSES: Lack[] = [
  [
    "seller/electronic_address",
    "the seller has an electronic address (PEPPOL-EN16931-R020). Enter your electronic address " +
      "in your profile (Settings, Profile; electronic_address of PUT /api/issuer).",
  ],
  [
    "buyer/electronic_address",
    "the buyer has an electronic address (PEPPOL-EN16931-R010). Enter the customer's electronic " +
      "address with the customer (electronic_address of the customer).",
  ],
];
/** Peppol takes no e-mail address, which then was one. */
const SCHEMES: Lack[] = [
  [
    "seller/electronic_address/scheme",
    "the Peppol network delivers to no address of scheme EM (PEPPOL-EN16931-CL008). Enter your " +
      `address in Peppol, ${PEPPOL_ADDRESS} in your profile (Settings, Profile; ` +
      "electronic_address of PUT /api/issuer).",
  ],
  [
    "buyer/electronic_address/scheme",
    "the Peppol network delivers to no address of scheme EM (PEPPOL-EN16931-CL008). Enter the " +
      `customer's address in Peppol, ${PEPPOL_ADDRESS} with the customer (electronic_address of ` +
      "the customer).",
  ],
];
/** Of documents in German for a buyer in Germany. */
const LEITWEG: Lack = [
  "buyer_reference",
  "a buyer reference, which for authorities is their Leitweg-ID; an order is not enough " +
    "(DE-R-015). Enter the reference that the buyer gave you (Leitweg-ID) in the invoice, or " +
    "for later ones with the customer " +
    "(buyer_reference).",
];

const reference = (noun: string): Lack => [
  "buyer_reference",
  "a buyer reference or a purchase order (PEPPOL-EN16931-R003). Enter the buyer's reference or " +
    `order number in the ${noun} (buyer_reference or purchase_order).`,
];

/** What is lacking since, by what then was, and by the format. */
function lacksOf({ path, body }: Answer, language: string): Lack[] {
  const isPeppol = path.endsWith("=ubl");
  const noun = path.startsWith("/api/credit-notes/") ? "credit note" : "invoice";
  const then = /"detail":"missing: ([^"]+)"/.exec(body)?.[1];
  const known: Record<string, Lack[]> = {
    number: [NUMBER, ...(isPeppol ? SCHEMES : [])],
    [NO_PARTIES]: PARTIES,
    [`${NO_PARTIES}, buyer_reference, seller.electronic_address, buyer.electronic_address`]: [
      ...PARTIES,
      ...ADDRESSES,
      reference(noun),
    ],
    buyer_reference: [
      reference(noun),
      ...SCHEMES,
      ...(language === "de" && noun === "invoice" ? [LEITWEG] : []),
    ],
  };
  // The one that Peppol took then had all but addresses in the network.
  return then === undefined ? SCHEMES : (known[then] ?? []);
}

/** The problem that an e-invoice's request is answered with since. */
function incomplete(then: Answer, language: string): string {
  const isPeppol = then.path.endsWith("=ubl");
  const lacks = lacksOf(then, language);
  const fields = new Set(lacks.map(([pointer]) => pointer.replaceAll("/", ".")));
  const format = isPeppol ? "UBL (Peppol BIS Billing 3)" : "EN 16931 (CII, Factur-X, ZUGFeRD)";
  return JSON.stringify({
    type: "urn:boxcostpro:problem:einvoice.incomplete",
    title: "The document lacks what an e-invoice needs",
    status: 422,
    code: "einvoice.incomplete",
    detail: `${format} lacks ${[...fields].join(", ")}`,
    request_id: "any",
    errors: lacks.map(([pointer, detail]) => ({ pointer: `/${pointer}`, detail })),
  });
}

/** What a story says of its documents: their languages, and which never had a number. */
export type Facts = { languages: Map<string, string>; unnumbered: Set<string> };

export function factsOf(story: Story): Facts {
  const languages = new Map<string, string>();
  const unnumbered = new Set<string>();
  for (const { path, body, status } of story.answers) {
    if (status !== 200 || !ONE_DOCUMENT.test(path)) continue;
    const { id, language, number } = JSON.parse(body);
    languages.set(id, language);
    if (number === null) unnumbered.add(id);
  }
  return { languages, unnumbered };
}

const idOf = (path: string) => /\b(?:inv|quo|crn)_\w+/.exec(path)?.[0] ?? "";

/** An answer of then with what answers about documents say since. */
export function withDocumentsSince(then: Answer, { languages }: Facts): Answer {
  const { path } = then;
  if (/\/xml\?format=ubl$/.test(path) || (then.status === 422 && /\/xml\?format=cii$/.test(path))) {
    const language = languages.get(idOf(path)) ?? "";
    const body = incomplete(then, language);
    return { ...then, status: 422, type: "application/problem+json", body };
  }
  if (then.status !== 200 || !/json/.test(then.type)) return then;
  const rules = [
    ...(WITH_PARTIES.test(path) ? PARTY_RULES : []),
    ...(ONE_DOCUMENT.test(path) ? DOCUMENT_RULES : []),
    ...(CUSTOMERS.test(path) ? [CUSTOMER] : []),
    ...(SUBSCRIPTIONS.test(path) ? [SUBSCRIPTION] : []),
    ...(path === "/api/issuer" ? [ISSUER] : []),
    ...(path === "/api/issuer" && then.as !== "operator" ? [NO_TAX] : []), // which had set its own
  ];
  const body = rules.reduce((text, [pattern, to]) => text.replace(pattern, to), then.body);
  if (!ONE_DOCUMENT.test(path)) return { ...then, body };
  const own = JSON.stringify(ownView(then)).slice(1);
  return { ...then, body: body.replace(/\}$/, `,"references":null,"attachments":[],${own}`) };
}

/**
 * An answer without what is of the day on which it is asked for. A preview is today's rendition in
 * today's words, and so is the PDF of what has no number. The ETag of a PDF is the hash of all that
 * its model can say: there is one, but another. The bytes of what was issued are those of then.
 */
export function withoutDay(answer: Answer, { unnumbered }: Facts): Answer {
  const { path, type } = answer;
  if (path.endsWith("/preview") && type === "text/html; charset=UTF-8") {
    return { ...answer, body: "today's rendition" };
  }
  if (type !== "application/pdf") return answer;
  const etag = answer.etag?.replace(/^"[0-9a-f]{64}"$/, "of its model") ?? null;
  return { ...answer, etag, ...(unnumbered.has(idOf(path)) ? { body: "today's pages" } : {}) };
}

/** The discounts of then, each of a percentage and what that is of. */
const PERCENTAGES = new RegExp(
  "<ram:CalculationPercent>(5|10)</ram:CalculationPercent>" +
    "<ram:BasisAmount>(?:900\\.00|752\\.02|42\\.06)</ram:BasisAmount>" +
    "(<ram:ActualAmount>[\\d.]+</ram:ActualAmount><ram:Reason>(?:Loyalty|Spring))(?=</ram:Reason>)",
  "g",
);

/**
 * CII as it was written then, which the PDF still carries: a percentage stood in its discount's
 * reason, as the document's language writes it, and not in elements of its own (BT-137, BT-138).
 */
export function asWrittenThen(xml: string, path: string, { languages }: Facts): string {
  const hasSpace = /^(?:de|es|fr|sv)$/.test(languages.get(idOf(path)) ?? "");
  return xml.replace(PERCENTAGES, `$2 $1${hasSpace ? "\u00a0" : ""}%`);
}
