/** Pure. The words of a document in one language; the type sees to it that none is missing. */
import { type DocumentKind, KINDS, type TranslatedKind } from "../kind/registry.ts";
import type { ShownStatus } from "../kind/status.ts";

export type Labels = {
  /** What a kind and its number are called. */
  title: Record<TranslatedKind, string>;
  number: Record<TranslatedKind, string>;
  /** Where a draft has no number yet. */
  noNumber: string;
  issued: string;
  due: string;
  validUntil: string;
  delivered: string;
  period: string;
  purchaseOrder: string;
  buyerReference: string;
  precedingInvoice: string;
  quote: string;
  billTo: string;
  quoteFor: string;
  shipTo: string;
  vatId: string;
  taxNumber: string;
  companyNumber: string;
  /** The sentence under the parties: `{amount}` and `{date}` stand for themselves. */
  amountDue: string;
  amountDueBy: string;
  amountPaid: string;
  amountCredited: string;
  quoteTotal: string;
  quoteTotalUntil: string;
  payOnline: string;
  description: string;
  quantity: string;
  unitPrice: string;
  tax: string;
  amount: string;
  subtotal: string;
  /** What value added tax is called. */
  taxName: string;
  /** `{tax}`, `{rate}` and `{base}` stand for themselves. */
  taxOn: string;
  net: string;
  total: string;
  prepaid: string;
  paid: string;
  credited: string;
  dueTotal: string;
  taxIncluded: string;
  accountingTax: string;
  carriedForward: string;
  broughtForward: string;
  payByTransfer: string;
  payByDebit: string;
  beneficiary: string;
  iban: string;
  bic: string;
  bank: string;
  mandate: string;
  reference: string;
  scanToPay: string;
  notes: string;
  terms: string;
  usage: string;
  usagePeriod: string;
  continued: string;
  /** `{page}` and `{pages}` stand for themselves. */
  page: string;
  status: Record<ShownStatus, string>;
  watermark: Record<Watermark, string>;
  /** Why no tax is charged, where the document gives no reason of its own. */
  exemption: Record<UntaxedCategory, string>;
  /** What billing says of the lines that it makes; the braces hold names and figures. */
  billing: Record<BillingLabel, string>;
  /** What few documents say; the braces hold figures. */
  particulars: Record<ParticularLabel, string>;
  /** What a document comes to, beside its totals; the braces hold names and figures. */
  sums: Record<SumLabel, string>;
  /** A statement of account; `{date}`, `{from}`, `{to}` and `{days}` stand for themselves. */
  statement: Record<StatementLabel, string>;
  /** How a document stands, in one sentence: `{amount}` and `{date}` stand for themselves. */
  standing: Record<StandingLabel, string>;
  /** What is said of an amount that will be debited. */
  debit: Record<DebitLabel, string>;
  /** What stands under a code, by what it is scanned with. */
  scan: Record<"epc" | "upi" | "link", string>;
  /** Legal words that differ from `exemption`: of a category, or of one in an issuer's country. */
  reasons: Partial<Record<UntaxedCategory | `${UntaxedCategory}-${string}`, string>>;
  /** What taxes other than `taxName` are called, by kind or by an issuer's country. */
  taxes: Partial<Record<string, string>>;
  /** What the metrics are called that every tenant has, by their id. */
  metrics: Partial<Record<string, string>>;
};

export type ParticularLabel =
  | "customerNumber"
  | "salesOrder"
  | "contract"
  | "project"
  | "receivingAdvice"
  | "despatchAdvice"
  | "tender"
  | "invoicedObject"
  | "accountingReference"
  | "earlierInvoice"
  | "pricePer"
  | "grossPrice"
  | "sellerItem"
  | "buyerItem"
  | "standardItem"
  | "origin"
  | "orderLine"
  | "payee"
  | "representative"
  | "attachments";

export type SumLabel =
  | "reason"
  | "rounding"
  | "depositTitle"
  | "finalTitle"
  | "depositOf"
  | "depositTax"
  | "cashDiscount"
  | "discountBy";

/** What is printed across a page. */
export type Watermark = "draft" | "void" | "copy" | "paid";

/** Categories of UNCL5305 of which no tax is charged. */
export type UntaxedCategory = "Z" | "E" | "AE" | "K" | "G" | "O";

export type StandingLabel =
  | "void"
  | "nothing"
  | "dueOn"
  | "wasDue"
  | "debitOn"
  | "debit"
  | "fromCredit"
  | "credited"
  | "overpaid"
  | "favour"
  | "accepted"
  | "rejected"
  | "expired";

export type StatementLabel =
  | "title"
  | "period"
  | "day"
  | "opening"
  | "closing"
  | "balance"
  | "charges"
  | "credits"
  | "payment"
  | "refund"
  | "due"
  | "aging"
  | "current"
  | "days"
  | "over"
  | "held";

export type DebitLabel = "title" | "account" | "mandate" | "creditor" | "day";

export type BillingLabel =
  | "plan"
  | "planUnused"
  | "commitment"
  | "late"
  | "takenBack"
  | "used"
  | "usedSoFar"
  | "tierTo"
  | "tierAbove"
  | "committed"
  | "flatFee"
  | "credit";

/** What a language calls a kind and its number; the kind's own words where it brings them. */
export function kindWords(
  labels: Pick<Labels, "title" | "number">,
  kind: DocumentKind,
): { title: string; number: string } {
  const titles: Partial<Record<DocumentKind, string>> = labels.title;
  const numbers: Partial<Record<DocumentKind, string>> = labels.number;
  const { noun, words } = KINDS[kind];
  return {
    title: titles[kind] ?? words?.title ?? noun,
    number: numbers[kind] ?? words?.number ?? noun,
  };
}
