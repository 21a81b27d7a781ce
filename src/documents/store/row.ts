/** Pure. A document as it is stored: from its content to rows and back, and what is open of it. */
import { KINDS } from "../kind/registry.ts";
import type { DocumentContent, LineContent } from "../model/content.ts";
import { type Charged, chargedBy } from "../model/left.ts";
import type { DayRange } from "../model/model.ts";
import type { Parties } from "../model/party.ts";
import type { LineTotals, Totals } from "../model/totals.ts";
import { searchText } from "./search.ts";
import type { DocumentRow, LineRow } from "./table.ts";

/** A document as it is listed, with the name that its customer has today. */
export type Listed = DocumentRow & { customerName: string };
export type Document = Listed & { lines: LineRow[] };

/** A document that is being written: its content with what was computed from it. */
export type Written = {
  id: string;
  parties: Parties;
  content: DocumentContent;
  totals: Totals;
  nowMs: number;
};

/** The rows of a new draft. */
export function draftOf({ id, parties, content, totals, nowMs }: Written): Document {
  const { lines, period, adjustments, prepaidMinor, ...plain } = content;
  return {
    id,
    issuer: parties.issuer.tenant,
    status: "draft",
    revision: 1,
    number: null,
    seriesYear: null,
    sequence: null,
    issueDate: null,
    seller: null,
    buyer: null,
    branding: null,
    paidMinor: 0,
    creditedMinor: 0,
    closeKey: null,
    createdMs: nowMs,
    updatedMs: nowMs,
    finalizedMs: null,
    issuedKey: null,
    ...plain,
    customerId: parties.customer.id,
    customerName: parties.customer.name,
    recipient: parties.customer.linkedTenant,
    scope: parties.scope,
    timeZone: parties.issuer.timeZone,
    periodStart: period?.start ?? null,
    periodEnd: period?.end ?? null,
    adjustments: adjustments.map((adjustment) => ({
      ...adjustment,
      amountMinor: adjustment.amountMinor?.toString() ?? null,
    })),
    totals: {
      subtotalMinor: totals.subtotalMinor.toString(),
      adjustments: totals.adjustments,
      taxes: totals.taxes,
      accountingTaxMinor: totals.accountingTaxMinor?.toString() ?? null,
    },
    netMinor: Number(totals.netMinor),
    taxMinor: Number(totals.taxMinor),
    totalMinor: Number(totals.totalMinor),
    prepaidMinor: Number(prepaidMinor),
    search: searchTextOf(parties, content),
    searchFolded: true,
    lines: lines.map((line, i) => lineRow(id, i + 1, line, totals.lines[i])),
  };
}

function lineRow(
  documentId: string,
  position: number,
  line: LineContent,
  computed: LineTotals | undefined,
): LineRow {
  const { group, period, ...plain } = line;
  return {
    documentId,
    position,
    ...plain,
    groupName: group?.name ?? null,
    groupDetail: group?.detail ?? null,
    periodStart: period?.start ?? null,
    periodEnd: period?.end ?? null,
    adjustments: computed?.adjustments ?? [],
    amountMinor: Number(computed?.amountMinor ?? 0n),
    netMinor: Number(computed?.netMinor ?? 0n),
  };
}

/** The text that is searched beside the number. */
function searchTextOf(parties: Parties, content: DocumentContent): string {
  return searchText([
    parties.customer.name,
    parties.customer.reference,
    content.purchaseOrder,
    content.buyerReference,
    content.memo,
    content.notes,
    ...content.lines.flatMap(({ name, description }) => [name, description]),
  ]);
}

/** The content of a stored document, as it was given. */
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
    usage: row.usage,
    lines: lines.map(lineContentOf),
    adjustments: adjustments.map((adjustment) => ({
      ...adjustment,
      amountMinor: adjustment.amountMinor === null ? null : BigInt(adjustment.amountMinor),
    })),
    prepaidMinor: BigInt(row.prepaidMinor),
    accounting: row.accounting,
    originId: row.originId,
    reason: row.reason,
    subscriptionId: row.subscriptionId,
    billingPeriodId: row.billingPeriodId,
    particulars: row.particulars,
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
    adjustments: row.adjustments.map(({ amountMinor, ...rest }) => ({
      ...rest,
      amountMinor: rest.percent === null ? BigInt(amountMinor) : null,
    })),
    period: rangeOf(row.periodStart, row.periodEnd),
    tax: row.tax,
    particulars: row.particulars,
    explanation: row.explanation,
  };
}

/** A final document with the amounts that it was issued with. */
export function chargedOf(document: Document): Charged {
  const { totals, lines, netMinor, taxMinor, totalMinor } = document;
  const { accountingTaxMinor } = totals;
  return chargedBy(contentOf(document), {
    lines: lines.map((line) => ({
      amountMinor: BigInt(line.amountMinor),
      netMinor: BigInt(line.netMinor),
      adjustments: line.adjustments,
    })),
    subtotalMinor: BigInt(totals.subtotalMinor),
    adjustments: totals.adjustments,
    netMinor: BigInt(netMinor),
    taxes: totals.taxes,
    taxMinor: BigInt(taxMinor),
    totalMinor: BigInt(totalMinor),
    accountingTaxMinor: accountingTaxMinor === null ? null : BigInt(accountingTaxMinor),
  });
}

/** A stored pair of days as a range. */
export function rangeOf(start: string | null, end: string | null): DayRange | null {
  return start === null || end === null ? null : { start, end };
}

/**
 * Purchased credit that pays for an invoice: what credit notes leave of the invoice asks for it
 * before anything else, and what they leave no room for is given back.
 */
export function prepaidOf(row: DocumentRow): number {
  return Math.max(0, Math.min(row.prepaidMinor, row.totalMinor - row.creditedMinor));
}

/** Whether credit notes give back all of an invoice. */
export function isCreditedWhole(row: Pick<DocumentRow, "totalMinor" | "creditedMinor">): boolean {
  return row.totalMinor > 0 && row.creditedMinor === row.totalMinor;
}

/** What an invoice asks its customer to pay: total − credited − prepaid, never below 0. */
export function askedMinor(row: DocumentRow): number {
  return Math.max(0, row.totalMinor - row.creditedMinor - prepaidOf(row));
}

/** What is still to be paid of an invoice, never below 0: what is beyond is its customer's. */
export function openMinor(row: DocumentRow): bigint {
  if (!KINDS[row.kind].owed || row.status === "void") return 0n;
  return BigInt(Math.max(0, askedMinor(row) - row.paidMinor));
}
