/**
 * From a statement to the document that bills it. Pure. A statement that takes more back than it
 * bills becomes a credit note; one whose every line is zero becomes none.
 */
import { minorOf, moneyText } from "../../core/money.ts";
import { dateText } from "../../core/period.ts";
import {
  contentFor,
  type DocumentContent,
  type LineContent,
  lineFor,
} from "../../documents/model/content.ts";
import type { DayRange } from "../../documents/model/model.ts";
import type { LineTax, Parties } from "../../documents/model/party.ts";
import type { Versions } from "../plan/version.ts";
import { type BillingPeriod, type BillingSchedule, zoneAt } from "../subscription/timeline.ts";
import type { Statement, StatementLine } from "./statement.ts";
import { detailText, lineName, metricText, unitText, type Words, wordsFor } from "./wording.ts";

export type Billed = {
  billingSchedule: BillingSchedule;
  period: BillingPeriod;
  statement: Pick<Statement, "lines" | "netMinor">;
  versions: Versions;
  parties: Parties;
  /** The last event that the counts hold. */
  upToSeq: number;
  /** What comes off before tax: coupons, then granted credit. */
  discounts: readonly { reason: string; amountMinor: bigint }[];
  /** What is known of lines of earlier periods, which may be carried and have late usage too. */
  settled: ReadonlyMap<StatementLine, SettledPart>;
};

/** Of an earlier period that a line settles: its tax, and the events since it was billed. */
export type SettledPart = { tax: LineTax | null; afterSeq: number; upToSeq: number };

/** The document of a closing, or null where a statement without a number is enough. */
export function contentOf(billed: Billed, finalizeZero: boolean): DocumentContent | null {
  const { billingSchedule, period, statement, parties } = billed;
  const { lines, netMinor } = statement;
  if (!finalizeZero && lines.every(({ amountMinor }) => amountMinor === "0")) return null;
  const metered = period.kind === "regular" && period.endMs > period.startMs;
  if (lines.length === 0 && !metered) return null;
  const credit = netMinor < 0n;
  const shown = lines.length > 0 ? lines : [emptyLine(billed)];
  return contentFor(parties, {
    kind: credit ? "credit_note" : "invoice",
    currency: billingSchedule.currency,
    taxInclusive: billingSchedule.taxInclusive ?? false,
    ...referencesOf(billingSchedule),
    period: spanOf(shown, billingSchedule),
    lines: shown.map((line) => contentLine(line, billed, credit)),
    adjustments: billed.discounts.map((discount) => ({
      kind: "discount",
      percent: null,
      ...discount,
    })),
    reason: credit ? "Unused fees" : null,
    subscriptionId: billingSchedule.id,
    billingPeriodId: period.id,
  });
}

/** What the subscription's documents refer to, where that is not what the customer's do. */
function referencesOf({ buyerReference, purchaseOrder }: BillingSchedule) {
  return {
    ...(buyerReference ? { buyerReference } : {}),
    ...(purchaseOrder ? { purchaseOrder } : {}),
  };
}

/** The days that lines are for, in the subscription's zone, both inclusive. */
function spanOf(lines: readonly StatementLine[], billingSchedule: BillingSchedule): DayRange {
  const fromMs = Math.min(...lines.map((line) => line.fromMs));
  const toMs = Math.max(...lines.map((line) => line.toMs));
  const lastMs = Math.max(fromMs, toMs - 1);
  const day = (atMs: number) => dateText(atMs, zoneAt(billingSchedule, atMs));
  return { start: day(fromMs), end: day(lastMs) };
}

function emptyLine({ period, versions }: Billed): StatementLine {
  const version = [...versions.values()].at(-1);
  return {
    kind: "base",
    metric: null,
    versionId: version?.id ?? "",
    name: version?.planName ?? "",
    detail: null,
    quantity: "1",
    unit: null,
    unitPrice: "0",
    flatFee: "0",
    amountMinor: "0",
    fromMs: period.startMs,
    toMs: period.endMs,
    tier: null,
    settles: null,
    arithmetic: "0",
  };
}

/** A line as a credit note shows it. */
function reversed(line: StatementLine): StatementLine {
  const amountMinor = (-BigInt(line.amountMinor)).toString();
  const quantity = line.quantity.startsWith("-") ? line.quantity.slice(1) : `-${line.quantity}`;
  return { ...line, amountMinor, quantity };
}

const KINDS = {
  base: "base",
  base_credit: "proration",
  usage: "usage",
  commitment: "commitment",
  adjustment: "adjustment",
} as const satisfies Record<StatementLine["kind"], LineContent["kind"]>;

type Printed = Omit<Billed, "period" | "statement" | "discounts">;

/** How a line came to be, as its document stores it for `usage/explain.ts`. */
export type Explanation = {
  metric: string | null;
  plan: string | null;
  plan_version: number | null;
  tier: number | null;
  arithmetic: string;
  /** The time of the events, [from, to), and which of them were counted: (after_seq, up_to_seq]. */
  from: number;
  to: number;
  settles: string | null;
  after_seq: number;
  up_to_seq: number;
};

/** A line in the document's language; `credit` for a credit note, where its sign is reversed. */
function contentLine(
  stated: StatementLine,
  { billingSchedule, parties, versions, upToSeq, settled }: Printed,
  credit: boolean,
): LineContent {
  const version = versions.get(stated.versionId);
  const words = wordsOf(parties, billingSchedule.currency);
  const line = credit ? reversed(stated) : stated;
  const { metric, tier, arithmetic } = line;
  const amountMinor = BigInt(line.amountMinor);
  const fee = minorOf(line.flatFee, billingSchedule.currency) ?? 0n;
  const takesBack = line.quantity.startsWith("-");
  const whole = takesBack && fee !== 0n;
  const part = settled.get(stated);
  const explanation: Explanation = {
    metric,
    plan: version?.planCode ?? null,
    plan_version: version?.version ?? null,
    tier,
    arithmetic,
    from: line.fromMs,
    to: line.toMs,
    settles: line.settles,
    after_seq: part?.afterSeq ?? 0,
    up_to_seq: part?.upToSeq ?? upToSeq,
  };
  return lineFor(parties, {
    kind: KINDS[line.kind],
    name:
      line.kind === "usage"
        ? metricText(line, words)
        : lineName(stated, version?.planName ?? "", words.labels),
    detail: detailText(stated.detail, words),
    // A negative line can have no charge beside it, so its flat fee is part of its one amount.
    quantity: whole ? "-1" : line.quantity,
    unitPrice: whole ? moneyText(-amountMinor, billingSchedule.currency) : line.unitPrice,
    unit: whole ? null : unitText(line, words),
    adjustments:
      fee === 0n || takesBack
        ? []
        : [{ kind: "charge", reason: words.labels.flatFee, percent: null, amountMinor: fee }],
    period: spanOf([line], billingSchedule),
    ...(part?.tax ? { tax: part.tax } : {}),
    explanation,
  });
}

/** The words of a document to a customer, as `contentFor` gives it its language. */
export function wordsOf({ issuer, customer }: Parties, currency: string): Words {
  const language = customer.language ?? issuer.language;
  return wordsFor(language, customer.party.address.country, currency);
}

/** The document of one difference alone: a credit note where it is negative. */
export function adjustmentContent(
  { billingSchedule, parties, versions }: Pick<Billed, "billingSchedule" | "parties" | "versions">,
  settling: SettledPart & { period: { id: string }; line: StatementLine },
  originId: string | null,
): DocumentContent {
  const { line, period, upToSeq } = settling;
  const credit = line.amountMinor.startsWith("-");
  const settled = new Map([[line, settling]]);
  const printed = { billingSchedule, parties, versions, upToSeq, settled };
  return contentFor(parties, {
    kind: credit ? "credit_note" : "invoice",
    currency: billingSchedule.currency,
    taxInclusive: billingSchedule.taxInclusive ?? false,
    ...referencesOf(billingSchedule),
    period: spanOf([line], billingSchedule),
    lines: [contentLine(line, printed, credit)],
    originId,
    reason: credit ? "Usage that was billed was taken back" : null,
    subscriptionId: billingSchedule.id,
    billingPeriodId: period.id,
  });
}
