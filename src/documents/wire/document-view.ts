/** Pure. What callers read of documents and their lines: rows to JSON, and the schemas. */
import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { DOCUMENT_KINDS } from "../kind/registry.ts";
import { type Document, openMinor, rangeOf, type Summary } from "../store/row.ts";
import { statusAt } from "../store/status.ts";
import type { LineRow } from "../store/table.ts";
import {
  attachmentsView,
  lineParticularsView,
  referencesView,
  showAttachments,
  showLineParticulars,
  showReferences,
} from "./particular-view.ts";
import {
  exemptionView,
  languageView,
  partyView,
  showParty,
  showTax,
  taxView,
} from "./party-view.ts";
import { settlementView, showSettlement } from "./settlement-view.ts";

const text = z.string();
const number = z.number();
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable();

const range = orNull(z.object({ start: text, end: text }));
const adjustmentView = z.object({
  kind: z.enum(["discount", "charge"]),
  reason: text,
  percent: orNull(number),
  amount: number,
  reason_code: orNull(text),
});

const lineView = z
  .object({
    position: number,
    kind: text,
    name: text,
    description: orNull(text),
    detail: orNull(text),
    group: orNull(text),
    classification: orNull(z.object({ scheme: text, code: text })),
    quantity: number,
    unit_code: text,
    unit: orNull(text),
    unit_price: number,
    adjustments: z.array(adjustmentView),
    period: range,
    tax: taxView,
    amount: number,
    net: number,
    ...lineParticularsView,
  })
  .openapi("Line");

function showLine(row: LineRow, currency: string): z.infer<typeof lineView> {
  return {
    position: row.position,
    kind: row.kind,
    name: row.name,
    description: row.description,
    detail: row.detail,
    group: row.groupName,
    classification: row.classification,
    quantity: exactNumber(row.quantity),
    unit_code: row.unitCode,
    unit: row.unit,
    unit_price: exactNumber(row.unitPrice),
    adjustments: row.adjustments.map((adjustment) => ({
      kind: adjustment.kind,
      reason: adjustment.reason,
      percent: adjustment.percent === null ? null : exactNumber(adjustment.percent),
      amount: moneyJson(BigInt(adjustment.amountMinor), currency),
      reason_code: adjustment.reasonCode ?? null,
    })),
    period: rangeOf(row.periodStart, row.periodEnd),
    tax: showTax(row.tax),
    amount: moneyJson(BigInt(row.amountMinor), currency),
    net: moneyJson(BigInt(row.netMinor), currency),
    ...showLineParticulars(row.particulars),
  };
}

const taxGroupView = z.object({
  category: text,
  percent: number,
  name: orNull(text),
  base: number,
  amount: number,
  components: z.array(z.object({ name: text, percent: number, amount: number })),
  exemption: exemptionView,
});

/** Without lines, as lists show it. */
export const documentSummary = z
  .object({
    id: text,
    kind: z.enum(DOCUMENT_KINDS),
    number: orNull(text),
    status: text,
    customer_id: text,
    customer_name: text,
    issue_date: orNull(text),
    due_date: orNull(text),
    valid_until: orNull(text),
    currency: text,
    net: number,
    tax: number,
    total: number,
    prepaid: number,
    paid: number,
    credited: number,
    amount_due: number,
    purchase_order: orNull(text),
    subscription_id: orNull(text),
    origin_id: orNull(text).openapi({
      description: "an invoice's quote or proforma invoice, a credit note's invoice",
    }),
    created_at: text,
    updated_at: text,
    finalized_at: orNull(text),
  })
  .openapi("DocumentSummary");

export const documentView = documentSummary.extend({
  language: languageView,
  tax_inclusive: z.boolean(),
  payment_terms_days: orNull(number),
  delivery_date: orNull(text),
  period: range,
  buyer_reference: orNull(text),
  memo: orNull(text),
  notes: orNull(text),
  terms: orNull(text),
  reason: orNull(text),
  fields: z.array(z.object({ label: text, value: text })),
  seller: orNull(partyView),
  buyer: orNull(partyView),
  lines: z.array(lineView),
  subtotal: number,
  adjustments: z.array(adjustmentView),
  taxes: z.array(taxGroupView),
  billing_period_id: orNull(text),
  ...settlementView,
  references: referencesView,
  attachments: attachmentsView,
});

/** A document without its lines, in units of its currency; overdue and expired as of `nowMs`. */
export function showSummary(row: Summary, nowMs: number): z.infer<typeof documentSummary> {
  const money = (minor: number) => moneyJson(BigInt(minor), row.currency);
  return {
    id: row.id,
    kind: row.kind,
    number: row.number,
    status: statusAt(row, nowMs),
    customer_id: row.customerId,
    customer_name: row.buyer?.party.name ?? row.customerName,
    issue_date: row.issueDate,
    due_date: row.dueDate,
    valid_until: row.validUntil,
    currency: row.currency,
    net: money(row.netMinor),
    tax: money(row.taxMinor),
    total: money(row.totalMinor),
    prepaid: money(row.prepaidMinor),
    paid: money(row.paidMinor),
    credited: money(row.creditedMinor),
    amount_due: moneyJson(openMinor(row), row.currency),
    purchase_order: row.purchaseOrder,
    subscription_id: row.subscriptionId,
    origin_id: row.originId,
    created_at: timeText(row.createdMs),
    updated_at: timeText(row.updatedMs),
    finalized_at: row.finalizedMs === null ? null : timeText(row.finalizedMs),
  };
}

/** A document with its lines and totals; overdue and expired as of `nowMs`. */
export function showDocument(document: Document, nowMs: number): z.infer<typeof documentView> {
  const money = (minor: string | number) => moneyJson(BigInt(minor), document.currency);
  return {
    ...showSummary(document, nowMs),
    language: document.language,
    tax_inclusive: document.taxInclusive,
    payment_terms_days: document.paymentTermsDays,
    delivery_date: document.deliveryDate,
    period: rangeOf(document.periodStart, document.periodEnd),
    buyer_reference: document.buyerReference,
    memo: document.memo,
    notes: document.notes,
    terms: document.terms,
    reason: document.reason,
    fields: document.fields,
    seller: document.seller && showParty(document.seller.party),
    buyer: document.buyer && showParty(document.buyer.party),
    lines: document.lines.map((line) => showLine(line, document.currency)),
    subtotal: money(document.totals.subtotalMinor),
    adjustments: document.totals.adjustments.map((adjustment) => ({
      kind: adjustment.kind,
      reason: adjustment.reason,
      percent: adjustment.percent === null ? null : exactNumber(adjustment.percent),
      amount: money(adjustment.amountMinor),
      reason_code: adjustment.reasonCode ?? null,
    })),
    taxes: document.totals.taxes.map((group) => ({
      category: group.category,
      percent: exactNumber(group.percent),
      name: group.name,
      base: money(group.baseMinor),
      amount: money(group.taxMinor),
      components: group.components.map(({ name, percent, taxMinor }) => ({
        name,
        percent: exactNumber(percent),
        amount: money(taxMinor),
      })),
      exemption: group.exemption,
    })),
    billing_period_id: document.billingPeriodId,
    ...showSettlement(document),
    references: showReferences(document.particulars),
    attachments: showAttachments(document.particulars),
  };
}
