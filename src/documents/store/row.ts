/** Pure. A document as it is stored: from its content to rows and back, and what is open of it. */
import { KINDS } from "../kind/registry.ts";
import type { DocumentContent, LineContent } from "../model/content.ts";
import { type Charged, chargedBy } from "../model/left.ts";
import type { DayRange } from "../model/model.ts";
import type { BuyerSnapshot, Parties } from "../model/party.ts";
import {
  depositedBy,
  inSteps,
  PLAIN_SETTLEMENT,
  type Settlement,
  storedSettlement,
} from "../model/settlement.ts";
import type { LineTotals, Totals } from "../model/totals.ts";
import { searchText } from "./search.ts";
import type { DocumentRow, LineRow } from "./table.ts";

/** A document as it is listed, with the name that its customer has today. */
export type Listed = DocumentRow & { customerName: string };

/** A document as lists show it: without what no list shows, which can be large. */
export type Summary = Pick<DocumentRow, SummaryColumn> & {
  customerName: string;
  /** Of a final document, where the summary was read as one. */
  sellerName?: string | null;
  buyer?: BuyerSnapshot | null;
};
/** The columns of a summary. */
export const SUMMARY_COLUMNS = [
  "id",
  "kind",
  "issuer",
  "scope",
  "customerId",
  "status",
  "number",
  "issueDate",
  "timeZone",
  "dueDate",
  "validUntil",
  "currency",
  "purchaseOrder",
  "netMinor",
  "taxMinor",
  "totalMinor",
  "prepaidMinor",
  "paidMinor",
  "creditedMinor",
  "depositedMinor",
  "roundingStepMinor",
  "originId",
  "subscriptionId",
  "createdMs",
  "updatedMs",
  "finalizedMs",
] as const satisfies readonly (keyof DocumentRow)[];
type SummaryColumn = (typeof SUMMARY_COLUMNS)[number];

export type Document = Listed & { lines: LineRow[] };

/** A document that is being written: its content with what was computed from it. */
export type Written = {
  id: string;
  parties: Parties;
  content: DocumentContent;
  totals: Totals;
  nowMs: number;
  /** The user who drafted it, or what it was made of; nobody unless given. */
  createdBy?: string | null;
};

/** The rows of a new draft. */
export function draftOf(written: Written): Document {
  const { id, parties, content, totals, nowMs, createdBy = null } = written;
  const { lines, period, adjustments, prepaidMinor, settlement, ...plain } = content;
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
    createdBy,
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
    roundingStepMinor: Number(settlement.roundingStepMinor),
    depositedMinor: Number(depositedBy(settlement.deposits)),
    settlement: storedSettlement(settlement),
    search: searchTextOf(parties.customer, content),
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
export function searchTextOf(
  customer: Pick<Parties["customer"], "name" | "reference">,
  content: DocumentContent,
): string {
  return searchText([
    customer.name,
    customer.reference,
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
    settlement: settlementOf(document),
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

/** The amounts of an invoice that decide what it asks for. */
export type Asking = Pick<
  DocumentRow,
  "totalMinor" | "creditedMinor" | "prepaidMinor" | "depositedMinor" | "roundingStepMinor"
>;

/**
 * Purchased credit that pays for an invoice: what credit notes leave of the invoice asks for it
 * before anything else, and what they leave no room for is given back.
 */
export function prepaidOf(row: Asking): number {
  return Math.max(0, Math.min(row.prepaidMinor, row.totalMinor - row.creditedMinor));
}

/** How a stored document is settled. */
export function settlementOf(row: DocumentRow): Settlement {
  const { settlement: stored, roundingStepMinor } = row;
  return {
    purpose: stored?.purpose ?? null,
    roundingStepMinor: BigInt(roundingStepMinor ?? 0),
    roundingMinor: BigInt(stored?.roundingMinor ?? 0),
    cashDiscounts: stored?.cashDiscounts ?? [],
    deposits: stored?.deposits ?? [],
  };
}

/** Deposits that an invoice takes off; crediting all of it frees them. */
export function depositedOf(row: Asking): number {
  return isCreditedWhole(row) ? 0 : (row.depositedMinor ?? 0);
}

/**
 * How a credit note of an invoice is settled: all of them together give back what was to be paid,
 * in its steps, and the one that credits the rest takes back the deposits that were taken off.
 */
export function creditSettlement(invoice: Document, creditedMinor: number): Settlement {
  const after = { ...invoice, creditedMinor };
  const deposits = isCreditedWhole(after) ? settlementOf(invoice).deposits : [];
  const roundingMinor = BigInt(roundingOf(invoice) - roundingOf(after));
  return { ...PLAIN_SETTLEMENT, roundingMinor, deposits };
}

/** Whether credit notes give back all of an invoice. */
export function isCreditedWhole(row: Pick<DocumentRow, "totalMinor" | "creditedMinor">): boolean {
  return row.totalMinor > 0 && row.creditedMinor === row.totalMinor;
}

/** What is left of an invoice without what paid it before: never below 0, and not in steps. */
function unroundedMinor(row: Asking): number {
  const rest = row.totalMinor - row.creditedMinor - prepaidOf(row) - depositedOf(row);
  return Math.max(0, rest);
}

/**
 * What an invoice asks its customer to pay: total − credited − prepaid − deposits, never below 0,
 * in whole steps where it is paid so.
 */
export function askedMinor(row: Asking): number {
  return inSteps(unroundedMinor(row), row.roundingStepMinor ?? 0);
}

/** What rounding adds to what is left of an invoice; below 0 what it takes off (BT-114). */
export function roundingOf(row: Asking): number {
  return askedMinor(row) - unroundedMinor(row);
}

/** What is still to be paid of an invoice, never below 0: what is beyond is its customer's. */
export function openMinor(
  row: Asking & Pick<DocumentRow, "kind" | "status" | "paidMinor">,
): bigint {
  if (!KINDS[row.kind].owed || row.status === "void") return 0n;
  return BigInt(Math.max(0, askedMinor(row) - row.paidMinor));
}
