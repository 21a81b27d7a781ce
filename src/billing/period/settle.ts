/**
 * Late usage and voids of closed periods: each settles f(now) − f(billed so far), where f is the
 * period's net, coupons included. More becomes an adjustment line, less a credit note; the
 * differences telescope.
 */
import { auditRow } from "../../accounts/audit/audit.ts";
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { moneyText } from "../../core/money.ts";
import { quantityText } from "../../core/quantity.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { labelsFor } from "../../documents/language/registry.ts";
import { finalizeStatements } from "../../documents/lifecycle/finalize.ts";
import { isPossible, statusAfterCredit } from "../../documents/lifecycle/transition.ts";
import { creditBeside } from "../../documents/model/credit-note.ts";
import type { LineTax, Parties } from "../../documents/model/party.ts";
import { fitTogether, totalsOf } from "../../documents/model/totals.ts";
import { readParties, tenantCustomerId } from "../../documents/party/party-store.ts";
import { changeInvoiceStatus } from "../../documents/reminder/remind.ts";
import { keepLeft, readLeft } from "../../documents/store/left-store.ts";
import { chargedOf } from "../../documents/store/row.ts";
import { readDocument, readDocumentOfAnyKind } from "../../documents/store/store.ts";
import type { Count } from "../../metering/counter/terms.ts";
import type { LineTuple } from "../../metering/event/line.ts";
import { correctedSince } from "../../metering/import/correction.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { afterCoupons } from "../credit/discount.ts";
import { readVersions } from "../plan/plan-store.ts";
import type { Versions } from "../plan/version.ts";
import { readSubscription, type Subscription } from "../subscription/store.ts";
import { type BillingSchedule, billingPeriod, endOf } from "../subscription/timeline.ts";
import { ledgerCounts, metricsOf } from "./counted.ts";
import { adjustmentContent, type SettledPart } from "./invoice.ts";
import type { Moment } from "./moment.ts";
import { type Metrics, type StatementLine, statementOf, sumOf } from "./statement.ts";
import {
  type ClosedPeriod,
  insertSettlement,
  lastClosed,
  type Settled,
  settledPeriods,
} from "./store.ts";
import { TERMS_BACK_MS, windowOf } from "./terms.ts";

const ENGLISH = labelsFor("en").billing;

export const SUBSCRIPTION_SETTLE = "subscription.settle";

/** A closed period whose usage now comes to something else than what was billed of it. */
export type Difference = SettledPart & {
  period: ClosedPeriod;
  seq: number;
  counts: Count[];
  usageMinor: bigint;
  differenceMinor: bigint;
  line: StatementLine;
};

export type Settling = {
  subscription: Subscription;
  versions: Versions;
  metrics: Metrics;
  /** The last closing, since which something may have come. */
  before: ClosedPeriod | null;
};

/** Every difference that is not settled yet, oldest period first. */
export async function differencesOf(env: Env, settling: Settling): Promise<Difference[]> {
  const { subscription, before } = settling;
  if (!before) return [];
  const { tenant, id } = subscription.row;
  // Late events reach TERMS_BACK_MS back from the last closing; voids and imports for ever.
  const corrected = await correctedSince(env.DB, tenant, before.upToSeq);
  const sinceMs = corrected ? Number.MIN_SAFE_INTEGER : before.closedMs - TERMS_BACK_MS;
  const found: Difference[] = [];
  for (const { period, settled } of await settledPeriods(env.DB, id, sinceMs)) {
    const difference = await differenceOf(env, settling, period, settled);
    if (difference) found.push(difference);
  }
  return found;
}

/** What a closed period would settle, with events counted that only an import holds yet. */
export async function differenceOf(
  env: Env,
  { subscription, versions, metrics }: Pick<Settling, "subscription" | "versions" | "metrics">,
  closed: ClosedPeriod,
  settled: readonly Settled[],
  imported: readonly LineTuple[] = [],
): Promise<Difference | null> {
  const { billingSchedule, log, row } = subscription;
  const period = billingPeriod(billingSchedule, endOf(log), closed.number);
  if (!period) return null;
  const { counts, upToSeq } = await ledgerCounts(env, row.tenant, windowOf(log, period), imported);
  const { usageMinor } = statementOf({
    billingSchedule,
    log,
    versions,
    period,
    counts,
    metrics,
    ahead: null,
  });
  const last = settled.at(-1);
  const net = netOf(closed);
  const billedMinor = net(last ? BigInt(last.usageMinor) : closed.usageMinor);
  const nowMinor = net(usageMinor);
  const differenceMinor = nowMinor - billedMinor;
  if (differenceMinor === 0n) return null;
  const earlier = (last?.counts as Count[] | undefined) ?? closed.counts;
  const change = { billedMinor, nowMinor, earlier, counts };
  return {
    period: closed,
    seq: settled.length + 1,
    counts,
    usageMinor,
    differenceMinor,
    line: adjustmentLine(closed, change),
    tax: await taxOf(env, closed),
    afterSeq: last?.upToSeq ?? closed.upToSeq,
    upToSeq,
  };
}

/** What a closed period comes to with so much usage: its base, less the coupons that it had. */
function netOf({ lines, usageMinor, coupons }: ClosedPeriod): (usage: bigint) => bigint {
  const baseMinor = sumOf(lines.filter(({ settles }) => settles === null)) - usageMinor;
  return (usage) => afterCoupons(coupons, baseMinor + usage);
}

type Change = {
  billedMinor: bigint;
  nowMinor: bigint;
  earlier: readonly Count[];
  counts: readonly Count[];
};

function adjustmentLine(closed: ClosedPeriod, change: Change): StatementLine {
  const { billedMinor, nowMinor } = change;
  const { currency } = closed;
  const difference = nowMinor - billedMinor;
  const text = (minor: bigint) => moneyText(minor, currency);
  const magnitude = text(difference < 0n ? -difference : difference);
  return {
    kind: "adjustment",
    metric: null,
    versionId: closed.lines.at(-1)?.versionId ?? "",
    name: difference > 0n ? ENGLISH.late : ENGLISH.takenBack,
    detail: { kind: "counts", changed: changedCounts(closed, change) },
    quantity: difference > 0n ? "1" : "-1",
    unit: null,
    unitPrice: magnitude,
    flatFee: "0",
    amountMinor: difference.toString(),
    fromMs: closed.startMs,
    toMs: closed.endMs,
    tier: null,
    settles: closed.id,
    arithmetic: `${text(nowMinor)} − ${text(billedMinor)} = ${text(difference)}`,
  };
}

/** Which counters changed, and how. */
function changedCounts({ endMs }: ClosedPeriod, { earlier, counts }: Change) {
  const valueIn = (among: readonly Count[], metric: string) =>
    BigInt(among.find((c) => c.metric === metric && c.untilMs === endMs)?.valueMicro ?? 0);
  const metrics = new Set([...earlier, ...counts].map(({ metric }) => metric));
  return [...metrics]
    .map((metric) => ({ metric, was: valueIn(earlier, metric), is: valueIn(counts, metric) }))
    .filter(({ was, is }) => was !== is)
    .map(({ metric, was, is }) => ({ metric, was: quantityText(was), is: quantityText(is) }));
}

async function taxOf(env: Env, { documentId }: ClosedPeriod): Promise<LineTax | null> {
  if (documentId === null) return null;
  const document = await readDocumentOfAnyKind(env.DB, OPERATOR_TENANT, documentId);
  return document?.lines[0]?.tax ?? null;
}

/** The positive differences whose taxes fit together: a closing's own document bills these. */
export function besideOf(differences: readonly Difference[], parties: Parties): Difference[] {
  const taxes = [parties.customer.tax ?? parties.issuer.tax];
  const beside: Difference[] = [];
  for (const difference of differences) {
    const { tax, differenceMinor } = difference;
    if (differenceMinor < 0n) continue;
    if (tax !== null && !taxes.every((other) => fitTogether(other, tax))) continue;
    beside.push(difference);
    if (tax !== null) taxes.push(tax);
  }
  return beside;
}

/** The row that settles a difference by a document. */
export function settlementRow(
  env: Env,
  difference: Difference,
  documentId: string,
  atMs: number,
): D1PreparedStatement {
  const { period, seq, counts, upToSeq, usageMinor, differenceMinor } = difference;
  return insertSettlement(env.DB, {
    periodId: period.id,
    seq,
    atMs,
    upToSeq,
    counts,
    usageMinor: Number(usageMinor),
    differenceMinor: Number(differenceMinor),
    documentId,
  });
}

type Billing = { billingSchedule: BillingSchedule; parties: Parties; versions: Versions };

/** A document of its own for one difference: a credit note where it is negative. */
export async function ownDocument(
  env: Env,
  billing: Billing,
  difference: Difference,
  nowMs: number,
): Promise<D1PreparedStatement[]> {
  const { parties } = billing;
  const { period, seq, differenceMinor } = difference;
  const credit = differenceMinor < 0n;
  const origin = credit ? await originOf(env, difference, billing) : null;
  const content = adjustmentContent(billing, difference, origin?.id ?? null);
  const id = makeId(KINDS[content.kind].idPrefix, nowMs);
  return [
    ...finalizeStatements(
      env.DB,
      { id, parties, content, nowMs },
      `${period.id}:settled:${seq}`,
      origin?.totals,
    ),
    settlementRow(env, difference, id, nowMs),
    ...(origin ? origin.statements(nowMs) : []),
  ];
}

/** The invoice that a credit note is set against, where enough is left at its tax. */
async function originOf(env: Env, difference: Difference, billing: Billing) {
  const { documentId } = difference.period;
  if (documentId === null) return null;
  // Null where the period's document is a credit note: there is no invoice to set it against.
  const document = await readDocument(env.DB, OPERATOR_TENANT, "invoice", documentId);
  if (!document || !isPossible("credit", document)) return null;
  const content = adjustmentContent(billing, difference, document.id);
  const left = await readLeft(env.DB, document);
  const credit = creditBeside(chargedOf(document), left, { content, totals: totalsOf(content) });
  if (!credit) return null;
  const { totals } = credit;
  const creditedMinor = document.creditedMinor + Number(totals.totalMinor);
  const status = statusAfterCredit({ ...document, creditedMinor });
  return {
    id: document.id,
    totals,
    statements: (nowMs: number) => [
      ...changeInvoiceStatus(env.DB, document, { status, creditedMinor }, nowMs),
      keepLeft(env.DB, document.id, credit.left),
    ],
  };
}

/** Settles what came in after a subscription's last closing. Safe to repeat. */
export async function settleSubscription(
  env: Env,
  subscriptionId: string,
  { nowMs, realMs }: Moment,
): Promise<void> {
  const [subscription, before] = await Promise.all([
    readSubscription(env.DB, subscriptionId),
    lastClosed(env.DB, subscriptionId),
  ]);
  if (!subscription) return;
  const { tenant } = subscription.row;
  const [versions, metrics, parties] = await Promise.all([
    readVersions(
      env.DB,
      subscription.log.map(({ versionId }) => versionId),
    ),
    metricsOf(env, tenant),
    readParties(env.DB, OPERATOR_TENANT, tenantCustomerId(OPERATOR_TENANT, tenant)),
  ]);
  const system = { tenantId: OPERATOR_TENANT, keyId: "system", userId: null };
  for (const difference of await differencesOf(env, { subscription, versions, metrics, before })) {
    const entry = { action: "period.settled", target: subscriptionId };
    try {
      await commit(env.DB, [
        ...(await ownDocument(
          env,
          { billingSchedule: subscription.billingSchedule, parties, versions },
          difference,
          nowMs,
        )),
        auditRow(env.DB, system, { ...entry, detail: { period: difference.period.id } }, realMs),
      ]);
    } catch (error) {
      if (!isUniqueViolation(error, "settlements")) throw error;
    }
  }
}
