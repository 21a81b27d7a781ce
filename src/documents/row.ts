/** A stored document. Pure: what it says, and what is still open of it. */
import type { DocumentContent, LineContent } from "./content.ts";
import type { DayRange } from "./model.ts";
import type { DocumentRow, LineRow } from "./table.ts";

export type Document = DocumentRow & { lines: LineRow[] };

/** What a document says, as it was written. */
export function contentOf(document: Document): DocumentContent {
  const { lines, adjustments, periodStart, periodEnd, paymentTermsDays, ...row } = document;
  return {
    kind: row.kind,
    currency: row.currency,
    language: row.language,
    taxInclusive: row.taxInclusive,
    dueDate: row.dueDate,
    paymentTermsDays: paymentTermsDays ?? 0,
    validUntil: row.validUntil,
    deliveryDate: row.deliveryDate,
    period: rangeOf(periodStart, periodEnd),
    purchaseOrder: row.purchaseOrder,
    buyerReference: row.buyerReference,
    memo: row.memo,
    notes: row.notes,
    terms: row.terms,
    fields: row.fields,
    lines: lines.map(lineContentOf),
    adjustments: adjustments.map((one) => ({
      ...one,
      amountMinor: one.amountMinor === null ? null : BigInt(one.amountMinor),
    })),
    prepaidMinor: BigInt(row.prepaidMinor),
    accounting: row.accounting,
    originId: row.originId,
    reason: row.reason,
    subscriptionId: row.subscriptionId,
    billingPeriodId: row.billingPeriodId,
  };
}

function lineContentOf(row: LineRow): LineContent {
  return {
    kind: row.kind,
    name: row.name,
    description: row.description,
    detail: row.detail,
    group: row.groupName === null ? null : { name: row.groupName, detail: row.groupDetail },
    classification: row.classification,
    quantity: row.quantity,
    unitCode: row.unitCode,
    unit: row.unit,
    unitPrice: row.unitPrice,
    adjustments: row.adjustments.map(({ amountMinor, ...one }) => ({
      ...one,
      amountMinor: one.percent === null ? BigInt(amountMinor) : null,
    })),
    period: rangeOf(row.periodStart, row.periodEnd),
    tax: row.tax,
    explanation: row.explanation,
  };
}

/** A stored pair of days as a range. */
export function rangeOf(start: string | null, end: string | null): DayRange | null {
  return start === null || end === null ? null : { start, end };
}

/**
 * What is still to be paid of an invoice: total − prepaid − credited − paid. Below 0 where too much
 * was paid.
 */
export function openMinor(row: DocumentRow): bigint {
  if (row.kind !== "invoice" || row.status === "void") return 0n;
  return BigInt(row.totalMinor - row.prepaidMinor - row.creditedMinor - row.paidMinor);
}
