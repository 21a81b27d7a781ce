/**
 * What a document says before anything is computed or printed. Pure. Billing and the routes both
 * fill this one shape; totals, numbers and snapshots are added here, never taken from a caller.
 */
import type { DocumentKind } from "../kind/registry.ts";
import type { Language } from "../language/registry.ts";
import type { DayRange, UsageChart } from "./model.ts";
import type { DocumentParticulars, LineParticulars } from "./particulars.ts";
import type { LineTax, Parties } from "./party.ts";

/** By percent of what it stands on, or by amount; exactly one is given. */
export type AdjustmentInput = {
  kind: "discount" | "charge";
  reason: string;
  percent: string | null;
  amountMinor: bigint | null;
  /** UNTDID 5189 of a discount, 7161 of a charge; left out where none is given. */
  reasonCode?: string;
};

export const LINE_KINDS = [
  "item",
  "base",
  "usage",
  "proration",
  "adjustment",
  "commitment",
] as const;

export type LineContent = {
  kind: (typeof LINE_KINDS)[number];
  name: string;
  description: string | null;
  detail: string | null;
  group: { name: string; detail: string | null } | null;
  classification: { scheme: string; code: string } | null;
  /** Decimal text; a negative quantity takes back. */
  quantity: string;
  unitCode: string;
  unit: string | null;
  /** Decimal text of at most 12 places, 0 or more. */
  unitPrice: string;
  adjustments: AdjustmentInput[];
  period: DayRange | null;
  tax: LineTax;
  particulars: LineParticulars | null;
  /** How billing came to it; any JSON. */
  explanation: unknown;
};

export type Accounting = { currency: string; rate: string; date: string };

export type DocumentContent = {
  kind: DocumentKind;
  currency: string;
  language: Language;
  taxInclusive: boolean;
  dueDate: string | null;
  paymentTermsDays: number;
  validUntil: string | null;
  deliveryDate: string | null;
  period: DayRange | null;
  purchaseOrder: string | null;
  buyerReference: string | null;
  memo: string | null;
  notes: string | null;
  terms: string | null;
  fields: { label: string; value: string }[];
  lines: LineContent[];
  /** Charts of what the lines bill, a metric each, behind the closing texts. */
  usage: UsageChart[];
  adjustments: AdjustmentInput[];
  /** Purchased credit taken from what is due; at most the total. */
  prepaidMinor: bigint;
  accounting: Accounting | null;
  originId: string | null;
  reason: string | null;
  subscriptionId: string | null;
  billingPeriodId: string | null;
  particulars: DocumentParticulars | null;
};

/** A document's content: what is given, and for the rest what its parties have by default. */
export function contentFor(
  parties: Parties,
  given: Partial<DocumentContent> & Pick<DocumentContent, "kind" | "lines">,
): DocumentContent {
  const { issuer, customer, branding } = parties;
  return {
    currency: customer.currency ?? issuer.currency,
    language: customer.language ?? issuer.language,
    taxInclusive: false,
    dueDate: null,
    paymentTermsDays: customer.paymentTermsDays ?? issuer.paymentTermsDays,
    validUntil: null,
    deliveryDate: null,
    period: null,
    purchaseOrder: null,
    buyerReference: customer.particulars?.buyerReference ?? null,
    memo: null,
    notes: null,
    terms: branding.terms,
    fields: [],
    usage: [],
    adjustments: [],
    prepaidMinor: 0n,
    accounting: null,
    originId: null,
    reason: null,
    subscriptionId: null,
    billingPeriodId: null,
    particulars: null,
    ...given,
  };
}

/** A line: what is given, and for the rest a plain piece of goods with the parties' tax. */
export function lineFor(
  parties: Parties,
  given: Partial<LineContent> & Pick<LineContent, "name" | "quantity" | "unitPrice">,
): LineContent {
  return {
    kind: "item",
    description: null,
    detail: null,
    group: null,
    classification: null,
    unitCode: "C62",
    unit: null,
    adjustments: [],
    period: null,
    tax: parties.customer.tax ?? parties.issuer.tax,
    particulars: null,
    explanation: null,
    ...given,
  };
}
