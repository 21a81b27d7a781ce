/** Invoices as Lago's clients read them: amounts are minor units. Pure. */
import { exactNumber } from "../../core/decimal.ts";
import { timeText } from "../../core/time.ts";
import type { StoredStatus } from "../../documents/kind/status.ts";
import { type Document, type Listed, openMinor, prepaidOf } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import type { LineRow } from "../../documents/store/table.ts";
import { uuidNamed, uuidOf } from "./uuid.ts";

/** What Lago says of an invoice's status, and of its payment. */
const STANDS: Readonly<Partial<Record<StoredStatus, readonly [string, string]>>> = {
  draft: ["draft", "pending"],
  open: ["finalized", "pending"],
  paid: ["finalized", "succeeded"],
  void: ["voided", "pending"],
};

/** The stored statuses that Lago's filters name; all of them where a filter is empty. */
export function statusesAsked(
  statuses: readonly string[],
  payments: readonly string[],
): StoredStatus[] {
  const asked = Object.entries(STANDS).filter(([, [status, payment]]) => {
    const isAsked = statuses.length === 0 || statuses.includes(status);
    return isAsked && (payments.length === 0 || payments.includes(payment));
  });
  return asked.map(([stored]) => stored as StoredStatus);
}

/** What an invoice is shown with beside its own row. */
export type Beside = {
  /** Its customer, as Lago shows one. */
  customer: object;
  /** An address that opens its PDF without a key; null for a draft. */
  fileUrl: string | null;
  nowMs: number;
};

/** An invoice without its lines. */
export function showInvoice(row: Listed, { customer, fileUrl, nowMs }: Beside) {
  const [status, payment] = STANDS[row.status] ?? ["finalized", "pending"];
  const discounts = row.totals.adjustments
    .filter(({ kind }) => kind === "discount")
    .reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n);
  return {
    lago_id: uuidOf(row.id),
    billing_entity_code: null,
    sequential_id: row.sequence,
    number: row.number ?? "",
    purchase_order_number: row.purchaseOrder,
    issuing_date: row.issueDate ?? timeText(row.createdMs).slice(0, "2026-01-01".length),
    payment_due_date: row.dueDate,
    payment_overdue: statusAt(row, nowMs) === "overdue",
    payment_dispute_lost_at: null,
    net_payment_term: row.paymentTermsDays,
    invoice_type: row.subscriptionId === null ? "one_off" : "subscription",
    status,
    payment_status: payment,
    currency: row.currency,
    fees_amount_cents: Number(row.totals.subtotalMinor),
    coupons_amount_cents: Number(discounts),
    credit_notes_amount_cents: 0,
    sub_total_excluding_taxes_amount_cents: row.netMinor,
    taxes_amount_cents: row.taxMinor,
    sub_total_including_taxes_amount_cents: row.totalMinor,
    prepaid_credit_amount_cents: prepaidOf(row),
    progressive_billing_credit_amount_cents: 0,
    total_amount_cents: row.totalMinor - prepaidOf(row),
    total_paid_amount_cents: row.paidMinor,
    total_due_amount_cents: Number(openMinor(row)),
    total_offsetted_credit_note_amount_cents: row.creditedMinor,
    version_number: 4,
    self_billed: false,
    file_url: fileUrl,
    created_at: timeText(row.createdMs),
    updated_at: timeText(row.updatedMs),
    voided_at: status === "voided" ? timeText(row.updatedMs) : null,
    customer,
    metadata: [],
    applied_taxes: row.totals.taxes.map((group) => ({
      tax_rate: exactNumber(group.percent),
      tax_name: group.name ?? group.category,
      tax_code: group.category,
      amount_cents: Number(group.taxMinor),
      fees_amount_cents: Number(group.baseMinor),
      amount_currency: row.currency,
    })),
  };
}

/** An invoice with its lines as fees. */
export function showInvoiceWithFees(document: Document, beside: Beside) {
  const fees = document.lines.map((line) => showFee(line, document));
  return { ...showInvoice(document, beside), fees };
}

function showFee(line: LineRow, { id, currency, status }: Document) {
  const [, payment] = STANDS[status] ?? ["", "pending"];
  return {
    lago_id: uuidNamed(id, String(line.position)),
    lago_invoice_id: uuidOf(id),
    amount_cents: line.netMinor,
    amount_currency: currency,
    sub_total_excluding_taxes_amount_cents: line.netMinor,
    taxes_rate: exactNumber(line.tax.percent),
    units: line.quantity,
    precise_unit_amount: line.unitPrice,
    pay_in_advance: false,
    invoiceable: true,
    from_date: line.periodStart,
    to_date: line.periodEnd,
    payment_status: payment,
    description: line.description ?? line.detail,
    item: { type: "charge", code: line.groupName ?? line.name, name: line.name },
  };
}
