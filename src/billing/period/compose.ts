/** Composing what a closing writes, without writing it: the closing and its preview share it. */
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import type { Parties } from "../../documents/model/party.ts";
import { totalsOf } from "../../documents/model/totals.ts";
import { readParties, tenantCustomerId } from "../../documents/party/party-store.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logError } from "../../platform/runtime/log.ts";
import { balancesOf, couponsOf } from "../credit/credit-store.ts";
import {
  type Balance,
  type Coupon,
  type Discount,
  discountsOf,
  type Spent,
  spend,
} from "../credit/discount.ts";
import type { Versions } from "../plan/version.ts";
import type { Subscription } from "../subscription/store.ts";
import { type BillingPeriod, planSegmentEnding } from "../subscription/timeline.ts";
import { type Counted, metricsOf } from "./counted.ts";
import { contentOf, type SettledPart, wordsOf } from "./invoice.ts";
import { besideOf, type Difference, differencesOf } from "./settle.ts";
import {
  type Metrics,
  type Statement,
  type StatementLine,
  statementOf,
  sumOf,
} from "./statement.ts";
import { type ClosedPeriod, carriedPeriods } from "./store.ts";

/** A period that is not closed, with all that decides what it bills. */
export type OpenPeriod = {
  subscription: Subscription;
  versions: Versions;
  period: BillingPeriod;
  before: ClosedPeriod | null;
};

/** The statement of an open period over given counts. */
export function statementFor(open: OpenPeriod, counted: Counted, metrics: Metrics): Statement {
  const { subscription, versions, period, before } = open;
  const { billingSchedule, log } = subscription;
  const { counts } = counted;
  return statementOf({
    billingSchedule,
    log,
    versions,
    period,
    counts,
    metrics,
    ahead: before?.ahead ?? null,
  });
}

/**
 * The statement and the document of a closing, with the differences it settles, `beside` on its own
 * document and `apart` on theirs, and the discounts and credit that it spends. `settles` false
 * leaves the differences out; `unsettled` says that some may be left.
 */
export async function composeClosing(
  env: Env,
  open: OpenPeriod,
  counted: Counted,
  nowMs: number,
  settles = true,
) {
  const { subscription, versions, period, before } = open;
  const { row } = subscription;
  const customer = tenantCustomerId(OPERATOR_TENANT, row.tenant);
  const { currency } = subscription.billingSchedule;
  const balances = (kind: "granted" | "purchased") =>
    balancesOf(env.DB, { tenant: row.tenant, kind, currency, nowMs });
  const [metrics, parties, carried, coupons, granted, purchased] = await Promise.all([
    metricsOf(env, row.tenant),
    readParties(env.DB, { tenantId: OPERATOR_TENANT }, customer),
    carriedPeriods(env.DB, row.id),
    couponsOf(env.DB, row.id),
    balances("granted"),
    balances("purchased"),
  ]);
  const own = statementFor(open, counted, metrics);
  const settling = { subscription, versions, metrics, before };
  const { differences, more: unsettled } = settles
    ? await differencesOf(env, settling)
    : { differences: [], more: true };
  const beside = besideOf(differences, parties);
  const apart = differences.filter((difference) => !beside.includes(difference));
  const lines = [...own.lines, ...beside.map(({ line }) => line)];
  const statement = { ...own, lines, netMinor: sumOf(lines) };
  const taken = { coupons, granted, purchased };
  const parts = { own, beside, carried, parties, taken, upToSeq: counted.upToSeq };
  const document = composeDocument(open, parts);
  const { least, netMinor } = document;
  const isInvoice = document.content !== null && KINDS[document.content.kind].owed;
  const tooLittle = isInvoice && netMinor < least;
  if (!tooLittle || period.last || differences.length > 0) {
    return { ...document, statement, parties, beside, apart, carried, unsettled };
  }
  const none = { content: null, totals: null, discounts: [], spent: [], carried: [] };
  return { ...none, statement, parties, beside, apart, unsettled };
}

/**
 * As `composeClosing` with what it settles, where all of that can be settled; else without it, as
 * the closing will be made, which leaves it to a settlement of its own.
 */
export async function composePreview(
  env: Env,
  open: OpenPeriod,
  counted: Counted,
  nowMs: number,
): ReturnType<typeof composeClosing> {
  try {
    return await composeClosing(env, open, counted, nowMs);
  } catch (error) {
    const failed = { at: "preview", period: open.period.id, error };
    logError(failed);
    return composeClosing(env, open, counted, nowMs, false);
  }
}

type DocumentParts = {
  own: Statement;
  beside: readonly Difference[];
  carried: readonly ClosedPeriod[];
  parties: Parties;
  /** Coupons, and credit of both kinds, of which it may take some. */
  taken: { coupons: readonly Coupon[]; granted: Balance[]; purchased: Balance[] };
  upToSeq: number;
};

function composeDocument(open: OpenPeriod, parts: DocumentParts) {
  const { subscription, versions, period } = open;
  const { billingSchedule, log } = subscription;
  const { own, beside, carried, parties, taken, upToSeq } = parts;
  // A carried line names its own period, because its events are those of that period.
  const earlier = new Map(
    carried.flatMap(({ id, upToSeq: to, lines }) =>
      lines.map((line) => [{ ...line, settles: id }, carriedPart(to)] as const),
    ),
  );
  const carriedLines = [...earlier.keys()];
  const lines = [...carriedLines, ...own.lines, ...beside.map(({ line }) => line)];
  const billed = sumOf(lines);
  const discounts = discountsOf(taken.coupons, own.netMinor + sumOf(carriedLines));
  const discounted = discounts.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const granted = spendCredit(taken.granted, billed - discounted);
  const settled = new Map<StatementLine, SettledPart>([
    ...earlier,
    ...beside.map((difference) => [difference.line, difference] as const),
  ]);
  const version = versions.get(planSegmentEnding(log, period)?.versionId ?? "");
  const statement = { lines, netMinor: billed };
  const { credit } = wordsOf(parties, billingSchedule.currency).labels;
  const reasons = [
    ...discounts.map(couponReason),
    ...granted.map(({ amountMinor }) => ({ reason: credit, amountMinor })),
  ];
  const content = contentOf(
    { billingSchedule, period, statement, versions, parties, upToSeq, settled, discounts: reasons },
    version?.finalizeZero === true,
  );
  const totals = content && totalsOf(content);
  if (totals) insistSame(KINDS[content.kind].credits, totals.subtotalMinor, billed);
  const due = totals && KINDS[content.kind].owed ? totals.totalMinor : 0n;
  const prepaid = spendCredit(taken.purchased, due);
  const prepaidMinor = prepaid.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  return {
    content: content && { ...content, prepaidMinor },
    totals,
    discounts,
    spent: [...granted, ...prepaid],
    netMinor: totals?.netMinor ?? 0n,
    least: version?.leastInvoiceMinor ?? 0n,
  };
}

/** A carried line is billed at today's tax, for the events that its closing counted. */
function carriedPart(upToSeq: number): SettledPart {
  return { tax: null, afterSeq: 0, upToSeq };
}

function couponReason({ coupon, amountMinor }: Discount) {
  const reason = coupon.percent === null ? coupon.name : `${coupon.name} (${coupon.percent} %)`;
  return { reason, amountMinor };
}

function spendCredit(balances: readonly Balance[], amountMinor: bigint): Spent[] {
  return amountMinor > 0n ? spend(balances, amountMinor) : [];
}

/** Throws where a document came to another sum than its statement: it must never be sent. */
function insistSame(credit: boolean, subtotalMinor: bigint, netMinor: bigint): void {
  if (subtotalMinor === (credit ? -netMinor : netMinor)) return;
  throw new Error(`the document says ${subtotalMinor}, the statement ${netMinor}`);
}
