/**
 * Invoices as Stripe's clients read them. Pure. Amounts are integers of minor units, decimals are
 * text, and every field that a client's types do not call optional is there, null where it says
 * nothing here.
 */
import Big from "big.js";
import { decimalText, scaledInteger } from "../../core/decimal.ts";
import { exponentOf, RATE_DECIMALS } from "../../core/money.ts";
import { startOfDay } from "../../core/period.ts";
import { DAY_MS, SECOND_MS } from "../../core/time.ts";
import { KINDS, kindOfId } from "../../documents/kind/registry.ts";
import type { TaxGroup } from "../../documents/model/model.ts";
import { askedMinor, type Document, openMinor, prepaidOf } from "../../documents/store/row.ts";
import type { DocumentRow, LineRow } from "../../documents/store/table.ts";
import { showAddress } from "./customer.ts";
import { secondsOf } from "./event.ts";

/** Lines that an invoice brings with it; the others are asked for. */
export const EMBEDDED_LINES = 10;

/** An invoice with what its answer shows beside its row. */
export type Shown = {
  document: Document;
  /** The id by which the caller knows its customer. */
  customer: string;
  accountName: string;
  accountCountry: string | null;
  /** Where its PDF opens without a key; null for a draft. */
  pdfUrl: string | null;
  /** When its last payment was booked. */
  paidMs: number | null;
};

/** The end of a day in a zone, its last second: only then is what is due on it late. */
export function endOfDay(day: string, timeZone: string): number | null {
  const start = startOfDay(nextDay(day), timeZone);
  return start === null ? null : start / SECOND_MS - 1;
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

function dayStart(day: string, timeZone: string): number | null {
  const start = startOfDay(day, timeZone);
  return start === null ? null : start / SECOND_MS;
}

/** An invoice as it is answered, with its first lines. */
export function showInvoice(shown: Shown) {
  const { document, pdfUrl } = shown;
  const { branding, fields, timeZone } = document;
  const created = secondsOf(document.createdMs);
  const finalized = document.finalizedMs === null ? null : secondsOf(document.finalizedMs);
  const period = periodOf(document, document, created);
  return {
    id: document.id,
    object: "invoice",
    ...NOT_HERE,
    ...partiesOf(shown),
    ...amountsOf(document),
    billing_reason: reasonOf(document),
    created,
    custom_fields:
      fields.length === 0 ? null : fields.map(({ label, value }) => ({ name: label, value })),
    description: document.memo,
    due_date: document.dueDate === null ? null : endOfDay(document.dueDate, timeZone),
    effective_at: finalized,
    footer: branding?.footer ?? null,
    hosted_invoice_url: pdfUrl,
    invoice_pdf: pdfUrl,
    lines: {
      object: "list",
      data: document.lines.slice(0, EMBEDDED_LINES).map((line) => showLine(document, line)),
      has_more: document.lines.length > EMBEDDED_LINES,
      url: `/v1/invoices/${document.id}/lines`,
    },
    livemode: document.scope === "",
    number: document.number,
    parent: parentOf(document),
    period_end: period.end,
    period_start: period.start,
    // One that is overdue is open: the stored status knows no day.
    status: document.status,
    status_transitions: {
      finalized_at: finalized,
      marked_uncollectible_at: null,
      paid_at: paidAt(document, shown.paidMs),
      voided_at: document.status === "void" ? secondsOf(document.updatedMs) : null,
    },
  };
}

/** What an invoice has with Stripe and none has here. */
const NOT_HERE = {
  account_tax_ids: null,
  amount_overpaid: 0,
  amount_shipping: 0,
  application: null,
  attempt_count: 0,
  attempted: false,
  auto_advance: false,
  automatic_tax: {
    disabled_reason: null,
    enabled: false,
    liability: null,
    provider: null,
    status: null,
  },
  automatically_finalizes_at: null,
  collection_method: "send_invoice",
  customer_account: null,
  customer_shipping: null,
  customer_tax_exempt: null,
  default_payment_method: null,
  default_source: null,
  default_tax_rates: [],
  discounts: [],
  from_invoice: null,
  issuer: { type: "self" },
  last_finalization_error: null,
  latest_revision: null,
  metadata: {},
  next_payment_attempt: null,
  on_behalf_of: null,
  payment_settings: {
    default_mandate: null,
    payment_method_options: null,
    payment_method_types: null,
  },
  receipt_number: null,
  rendering: null,
  shipping_cost: null,
  shipping_details: null,
  statement_descriptor: null,
  test_clock: null,
  webhooks_delivered_at: null,
};

/** Who issued it and whom it is for: as they were when it became final, or as they are. */
function partiesOf({ document, customer, accountName, accountCountry }: Shown) {
  const { buyer, seller } = document;
  return {
    account_country: seller?.party.address.country ?? accountCountry,
    account_name: seller?.party.name ?? accountName,
    customer,
    customer_address: buyer ? showAddress(buyer.party.address) : null,
    customer_email: buyer?.email ?? null,
    customer_name: buyer?.party.name ?? document.customerName,
    customer_phone: buyer?.party.phone ?? null,
  };
}

/** Its amounts, in minor units. */
function amountsOf(document: Document) {
  const { totals, taxInclusive, id, number, currency, netMinor, totalMinor } = document;
  const prepaid = prepaidOf(document);
  const discounts = totals.adjustments.filter(({ kind }) => kind === "discount");
  return {
    amount_due: askedMinor(document),
    amount_paid: document.paidMinor,
    amount_remaining: Number(openMinor(document)),
    currency: currency.toLowerCase(),
    ending_balance: number === null ? null : 0,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: document.creditedMinor,
    // What was paid in advance, as a balance of the customer's that the invoice takes.
    starting_balance: prepaid === 0 ? 0 : -prepaid,
    subtotal: Number(totals.subtotalMinor),
    subtotal_excluding_tax: taxInclusive ? null : Number(totals.subtotalMinor),
    total: totalMinor,
    total_discount_amounts: discounts.map(({ amountMinor }, i) => ({
      amount: Number(amountMinor),
      discount: `di_${tailOf(id)}_${i + 1}`,
    })),
    total_excluding_tax: netMinor,
    total_pretax_credit_amounts: [],
    total_taxes: totals.taxes.map((group) => showTax(group, taxInclusive)),
  };
}

function paidAt(document: DocumentRow, paidMs: number | null): number | null {
  if (document.status !== "paid") return null;
  const ms = paidMs ?? document.finalizedMs;
  return ms === null ? null : secondsOf(ms);
}

/** Stripe knows invoices of quotes, and none of proforma invoices. */
function isOfQuote(originId: string | null): boolean {
  const kind = kindOfId(originId ?? "");
  return kind !== null && KINDS[kind].asOrigin === "precedingQuote";
}

function reasonOf({ subscriptionId, originId }: DocumentRow): string {
  if (subscriptionId !== null) return "subscription_cycle";
  return isOfQuote(originId) ? "quote_accept" : "manual";
}

function parentOf({ subscriptionId, originId }: DocumentRow) {
  if (subscriptionId !== null) {
    return {
      quote_details: null,
      subscription_details: { metadata: null, subscription: subscriptionId },
      type: "subscription_details",
    };
  }
  if (!isOfQuote(originId)) return null;
  return { quote_details: { quote: originId }, subscription_details: null, type: "quote_details" };
}

/** What stands behind an id's prefix. */
function tailOf(id: string): string {
  return id.slice(id.indexOf("_") + 1);
}

type Spanned = { periodStart: string | null; periodEnd: string | null };

/** The days of a line or invoice as instants, the end exclusive; else of what holds it. */
function periodOf(
  { periodStart, periodEnd }: Spanned,
  { timeZone }: Pick<DocumentRow, "timeZone">,
  otherwise: number,
): { start: number; end: number } {
  if (periodStart === null || periodEnd === null) return { start: otherwise, end: otherwise };
  return {
    start: dayStart(periodStart, timeZone) ?? otherwise,
    end: dayStart(nextDay(periodEnd), timeZone) ?? otherwise,
  };
}

const TAXABILITY: Record<TaxGroup["category"], string> = {
  S: "standard_rated",
  Z: "zero_rated",
  E: "product_exempt",
  AE: "reverse_charge",
  K: "not_subject_to_tax",
  G: "not_subject_to_tax",
  O: "not_subject_to_tax",
  L: "standard_rated",
  M: "standard_rated",
};

function showTax({ taxMinor, baseMinor, category }: TaxGroup, inclusive: boolean) {
  return {
    amount: Number(taxMinor),
    tax_behavior: inclusive ? "inclusive" : "exclusive",
    tax_rate_details: null,
    taxability_reason: TAXABILITY[category],
    taxable_amount: Number(baseMinor),
    type: "tax_rate_details",
  };
}

/** The id of an invoice's line. */
function lineId(document: Pick<DocumentRow, "id">, { position }: LineRow): string {
  return `il_${tailOf(document.id)}_${position}`;
}

/** The position of the line of an invoice that an id names; null for any other id. */
export function positionIn(document: Pick<DocumentRow, "id">, id: string): number | null {
  const start = `il_${tailOf(document.id)}_`;
  const position = id.startsWith(start) ? id.slice(start.length) : "";
  return /^[1-9]\d{0,5}$/.test(position) ? Number(position) : null;
}

/** A line as it is answered; its price is in minor units, as text. */
export function showLine(document: DocumentRow, line: LineRow) {
  const { currency, subscriptionId } = document;
  const id = lineId(document, line);
  const proration = line.kind === PRORATION;
  const spanned = line.periodStart === null ? document : line;
  return {
    id,
    object: "line_item",
    amount: line.amountMinor,
    currency: currency.toLowerCase(),
    description: line.name,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: document.id,
    livemode: document.scope === "",
    metadata: {},
    parent: {
      invoice_item_details: {
        invoice_item: id,
        proration,
        proration_details: null,
        subscription: subscriptionId,
      },
      subscription_item_details: null,
      type: "invoice_item_details",
    },
    period: periodOf(spanned, document, secondsOf(document.createdMs)),
    pretax_credit_amounts: [],
    pricing: {
      type: "price_details",
      unit_amount_decimal: minorText(line.unitPrice, currency),
    },
    quantity: wholeOf(line.quantity),
    quantity_decimal: new Big(line.quantity).toFixed(),
    subscription: subscriptionId,
    subtotal: line.amountMinor,
    taxes: null,
  };
}

const PRORATION: LineRow["kind"] = "proration";

/** A price in units as exact text in minor units: 0.015 USD is `1.5`. */
export function minorText(units: string, currency: string): string {
  const scaled = scaledInteger(units, RATE_DECIMALS + 6);
  if (!scaled.ok) throw new RangeError(`${units} is no price`);
  return decimalText(scaled.value, RATE_DECIMALS + 6 - exponentOf(currency));
}

/** A quantity as an integer, null where it is none. */
function wholeOf(quantity: string): number | null {
  const scaled = scaledInteger(quantity, 0);
  const value = scaled.ok ? Number(scaled.value) : Number.NaN;
  return Number.isSafeInteger(value) ? value : null;
}
