/** What callers read of documents and parties. Pure: rows to JSON, and the schemas of both. */

import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { byKind, DOCUMENT_KINDS, FORMATTED_KINDS } from "../kind/registry.ts";
import { type Address, LANGUAGES, type Party, TEMPLATES } from "../model/model.ts";
import {
  type Branding,
  type Customer,
  formatTextOf,
  type Issuer,
  type LineTax,
} from "../model/party.ts";
import { type Document, type Listed, openMinor, rangeOf } from "../store/row.ts";
import { statusAt } from "../store/status.ts";
import type { CustomerRow, LineRow, PaymentRow } from "../store/table.ts";

const text = z.string();
const orNull = <T extends z.ZodType>(schema: T) => schema.nullable();

const addressView = z.object({
  lines: z.array(text),
  city: orNull(text),
  postal_code: orNull(text),
  region: orNull(text),
  country: orNull(text),
});

const partyView = z
  .object({
    name: text,
    contact_name: orNull(text),
    address: addressView,
    email: orNull(text),
    phone: orNull(text),
    website: orNull(text),
    vat_id: orNull(text),
    tax_number: orNull(text),
    legal_id: orNull(z.object({ scheme: orNull(text), value: text })),
    electronic_address: orNull(z.object({ scheme: text, value: text })),
  })
  .openapi("Party");

function showAddress({ postalCode, ...rest }: Address): z.infer<typeof addressView> {
  return { ...rest, postal_code: postalCode };
}

function showParty(party: Party): z.infer<typeof partyView> {
  return {
    name: party.name,
    contact_name: party.contactName,
    address: showAddress(party.address),
    email: party.email,
    phone: party.phone,
    website: party.website,
    vat_id: party.vatId,
    tax_number: party.taxNumber,
    legal_id: party.legalId,
    electronic_address: party.electronicAddress,
  };
}

const number = z.number();
const exemptionView = orNull(z.object({ reason: text, code: orNull(text) }));
const taxView = z.object({
  category: text,
  percent: number,
  name: orNull(text),
  components: z.array(z.object({ name: text, percent: number })),
  exemption: exemptionView,
});

function showTax(tax: LineTax): z.infer<typeof taxView> {
  return {
    category: tax.category,
    percent: exactNumber(tax.percent),
    name: tax.name,
    components: tax.components.map(({ name, percent }) => ({
      name,
      percent: exactNumber(percent),
    })),
    exemption: tax.exemption,
  };
}

const language = z.enum(LANGUAGES);
const pageSize = orNull(z.enum(["a4", "letter"]));

export const issuerView = partyView
  .omit({ name: true })
  .extend({
    legal_name: text,
    bank: orNull(
      z.object({
        holder: orNull(text),
        iban: orNull(text),
        bic: orNull(text),
        name: orNull(text),
        account: z.array(z.object({ label: text, value: text })),
        upi: orNull(text),
      }),
    ),
    time_zone: text,
    currency: text,
    tax_currency: orNull(text),
    language,
    page_size: pageSize,
    payment_terms_days: number,
    tax: taxView,
    number_formats: z.object(byKind(FORMATTED_KINDS, () => text)),
    reminder_days: z.array(number),
    pay_url: orNull(text),
  })
  .openapi("Issuer");

export function showIssuer(issuer: Issuer): z.infer<typeof issuerView> {
  const { name, ...party } = showParty(issuer.party);
  return {
    legal_name: name,
    ...party,
    bank: issuer.bank,
    time_zone: issuer.timeZone,
    currency: issuer.currency,
    tax_currency: issuer.taxCurrency,
    language: issuer.language,
    page_size: issuer.pageSize,
    payment_terms_days: issuer.paymentTermsDays,
    tax: showTax(issuer.tax),
    number_formats: byKind(FORMATTED_KINDS, (kind) => formatTextOf(issuer, kind)),
    reminder_days: issuer.reminderDays,
    pay_url: issuer.payUrl,
  };
}

export const brandingView = z
  .object({
    template: z.enum(TEMPLATES),
    accent: orNull(text),
    margin_pt: number,
    terms: orNull(text),
    footer: orNull(text),
    logo: orNull(text).openapi({ description: "its hash" }),
  })
  .openapi("Branding");

export function showBranding(branding: Branding): z.infer<typeof brandingView> {
  return {
    template: branding.template,
    accent: branding.accent,
    margin_pt: branding.marginPt,
    terms: branding.terms,
    footer: branding.footer,
    logo: branding.logoKey,
  };
}

export const customerView = partyView
  .extend({
    id: text,
    shipping: orNull(z.object({ name: text, address: addressView })),
    language: orNull(language),
    currency: orNull(text),
    tax: orNull(taxView),
    payment_terms_days: orNull(number),
    mandate: orNull(z.object({ reference: text, iban: orNull(text), creditor_id: orNull(text) })),
    reference: orNull(text),
    tenant_id: orNull(text).openapi({ description: "the tenant that this customer is" }),
    created_at: text,
    updated_at: text,
  })
  .openapi("Customer");

export function showCustomer(row: CustomerRow): z.infer<typeof customerView> {
  return {
    id: row.id,
    ...showParty(row.party),
    shipping: showShipTo(row.shipTo),
    language: row.language,
    currency: row.currency,
    tax: row.tax ? showTax(row.tax) : null,
    payment_terms_days: row.paymentTermsDays,
    mandate: row.mandate && {
      reference: row.mandate.reference,
      iban: row.mandate.iban,
      creditor_id: row.mandate.creditorId,
    },
    reference: row.reference,
    tenant_id: row.linkedTenant,
    created_at: timeText(row.createdMs),
    updated_at: timeText(row.updatedMs),
  };
}

function showShipTo(shipTo: Customer["shipTo"]) {
  return shipTo && { name: shipTo.name, address: showAddress(shipTo.address) };
}

const range = orNull(z.object({ start: text, end: text }));
const adjustmentView = z.object({
  kind: z.enum(["discount", "charge"]),
  reason: text,
  percent: orNull(number),
  amount: number,
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
    adjustments: row.adjustments.map((one) => ({
      kind: one.kind,
      reason: one.reason,
      percent: one.percent === null ? null : exactNumber(one.percent),
      amount: moneyJson(BigInt(one.amountMinor), currency),
    })),
    period: rangeOf(row.periodStart, row.periodEnd),
    tax: showTax(row.tax),
    amount: moneyJson(BigInt(row.amountMinor), currency),
    net: moneyJson(BigInt(row.netMinor), currency),
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
      description: "an invoice's quote, a credit note's invoice",
    }),
    created_at: text,
    updated_at: text,
    finalized_at: orNull(text),
  })
  .openapi("DocumentSummary");

export const documentView = documentSummary
  .extend({
    language,
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
  })
  .openapi("Document");

export function showSummary(row: Listed, nowMs: number): z.infer<typeof documentSummary> {
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
    adjustments: document.totals.adjustments.map((one) => ({
      kind: one.kind,
      reason: one.reason,
      percent: one.percent === null ? null : exactNumber(one.percent),
      amount: money(one.amountMinor),
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
  };
}

export const paymentView = z
  .object({
    id: text,
    invoice_id: text,
    amount: number,
    currency: text,
    paid_on: text,
    method: text,
    reference: orNull(text),
    note: orNull(text),
    external_id: orNull(text),
    created_at: text,
  })
  .openapi("Payment");

export function showPayment(row: PaymentRow): z.infer<typeof paymentView> {
  return {
    id: row.id,
    invoice_id: row.documentId,
    amount: moneyJson(BigInt(row.amountMinor), row.currency),
    currency: row.currency,
    paid_on: row.paidOn,
    method: row.method,
    reference: row.reference,
    note: row.note,
    external_id: row.externalId,
    created_at: timeText(row.createdMs),
  };
}
