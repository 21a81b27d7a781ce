/**
 * Late usage and voids of closed periods: each settles f(now) − f(billed so far), where f is the
 * period's net, coupons included. More becomes an adjustment line, less a credit note; so all
 * settlements of a period always add up to what its usage comes to in the end.
 */

import type { TenantMode } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { OPERATOR_TENANT, readTenant } from "../../accounts/store/tenant-store.ts";
import { moneyText } from "../../core/money.ts";
import { quantityText } from "../../core/quantity.ts";
import { settleInvoice } from "../../documents/balance/settle-invoice.ts";
import { settledBy } from "../../documents/balance/settled.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { labelsFor } from "../../documents/language/registry.ts";
import { announceVoid } from "../../documents/lifecycle/credit.ts";
import { finalizeStatements } from "../../documents/lifecycle/finalize.ts";
import { isPossible } from "../../documents/lifecycle/transition.ts";
import { creditBeside } from "../../documents/model/credit-note.ts";
import type { Left } from "../../documents/model/left.ts";
import type { LineTax, Parties } from "../../documents/model/party.ts";
import { fitTogether, type Totals, totalsOf } from "../../documents/model/totals.ts";
import { readParties, tenantCustomerId } from "../../documents/party/party-store.ts";
import { keepLeft, readLeft } from "../../documents/store/left-store.ts";
import { chargedOf, type Document } from "../../documents/store/row.ts";
import { readDocument, readDocumentOfAnyKind } from "../../documents/store/store.ts";
import { displayNameOf } from "../../metering/catalogue/display-name.ts";
import type { Count } from "../../metering/counter/terms.ts";
import type { LineTuple } from "../../metering/event/line.ts";
import { correctedSince } from "../../metering/import/correction.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { schedule } from "../../platform/queue/due.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { afterCoupons } from "../credit/discount.ts";
import { readVersions } from "../plan/plan-store.ts";
import type { Versions } from "../plan/version.ts";
import { readSubscription, type Subscription } from "../subscription/store.ts";
import { type BillingSchedule, billingPeriod, endOf } from "../subscription/timeline.ts";
import { ledgerCounts, metricsOf } from "./counted.ts";
import { adjustmentContent, type Explanation, type SettledPart } from "./invoice.ts";
import type { Moment } from "./moment.ts";
import {
  billedCounts,
  type Metrics,
  plainMetric,
  type StatementLine,
  statementOf,
  sumOf,
} from "./statement.ts";
import {
  billedTogether,
  type ClosedPeriod,
  insertSettlement,
  lastClosed,
  type Settled,
  settledPeriods,
} from "./store.ts";
import { TERMS_BACK_MS, windowOf } from "./terms.ts";
import type { ChangedCount } from "./wording.ts";

const ENGLISH = labelsFor("en").billing;

export const SUBSCRIPTION_SETTLE = "subscription.settle";

/** What a settlement outside a closing answers: a subscription's end, or what came in after it. */
export type SettlementCause = "end" | "late";

type Scheduled = {
  cause: SettlementCause;
  atMs: number;
  mode: TenantMode;
  /** The number of the period that a settlement before it came to. */
  after?: number | undefined;
};

/**
 * The due row of a settlement, on the tenant's clock. Each cause has a row of its own, so that
 * neither moves the other's time or takes it away.
 */
export function scheduleSettlement(
  env: Env,
  { id, tenant }: Pick<Subscription["row"], "id" | "tenant">,
  { cause, atMs, mode, after }: Scheduled,
): D1PreparedStatement {
  const clock = mode === "test" ? ("test" as const) : ("real" as const);
  const ref = cause === "end" ? id : [id, cause, ...(after === undefined ? [] : [after])].join(":");
  return schedule(env.DB, { tenant, atMs, clock, kind: SUBSCRIPTION_SETTLE, ref });
}

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

/** Closed periods that are looked at in one go: each is a few of an invocation's 1,000 queries. */
const MOST_LOOKED_AT = 60;
/** Differences that are settled in one go, a document each; what is left is settled after it. */
const MOST_SETTLED = 25;

/** Differences that are not settled yet, oldest period first; `more` where there may be others. */
export async function differencesOf(
  env: Env,
  settling: Settling,
): Promise<{ differences: Difference[]; more: boolean }> {
  const differences: Difference[] = [];
  const { found, more } = await settledSince(env, settling);
  for (const { period, settled } of found) {
    if (differences.length === MOST_SETTLED) return { differences, more: true };
    const difference = await differenceOf(env, settling, period, settled, differences);
    if (difference) differences.push(difference);
  }
  return { differences, more };
}

/** The closed periods in which something may have changed since the last closing. */
async function settledSince(env: Env, { subscription, before }: Settling) {
  if (!before) return { found: [], more: false };
  const { tenant, id } = subscription.row;
  // Late events reach TERMS_BACK_MS back from the last closing; voids and imports for ever.
  const corrected = await correctedSince(env.DB, tenant, before.upToSeq);
  const sinceMs = corrected ? Number.MIN_SAFE_INTEGER : before.closedMs - TERMS_BACK_MS;
  return settledPeriods(env.DB, id, { endedAfterMs: sinceMs }, MOST_LOOKED_AT);
}

/**
 * What a closed period would settle beside those `found` in the same pass, with events counted that
 * only an import holds yet.
 */
export async function differenceOf(
  env: Env,
  { subscription, versions, metrics }: Pick<Settling, "subscription" | "versions" | "metrics">,
  closed: ClosedPeriod,
  settled: readonly Settled[],
  found: readonly Difference[],
  imported: readonly LineTuple[] = [],
): Promise<Difference | null> {
  const { billingSchedule, log, row } = subscription;
  const period = billingPeriod(billingSchedule, endOf(log), closed.number);
  if (!period) return null;
  const { counts, upToSeq } = await ledgerCounts(env, row.tenant, windowOf(log, period), imported);
  const statement = statementOf({
    billingSchedule,
    log,
    versions,
    period,
    counts,
    metrics,
    ahead: null,
  });
  const { usageMinor } = statement;
  const last = settled.at(-1);
  const net = await netOf(env, closed, found);
  const billedMinor = net(last ? BigInt(last.usageMinor) : closed.usageMinor);
  const nowMinor = net(usageMinor);
  const differenceMinor = nowMinor - billedMinor;
  if (differenceMinor === 0n) return null;
  // A row of the earlier version holds the counts of all metrics.
  const kept = (last?.counts as Count[] | undefined) ?? closed.counts;
  const earlier = billedCounts(kept, statement, closed.endMs);
  const now = billedCounts(counts, statement, closed.endMs);
  const change = { billedMinor, nowMinor, earlier, counts: now };
  return {
    period: closed,
    seq: settled.length + 1,
    counts: now,
    usageMinor,
    differenceMinor,
    line: adjustmentLine(closed, change, metrics),
    tax: await taxOf(env, closed),
    afterSeq: last?.upToSeq ?? closed.upToSeq,
    upToSeq,
  };
}

/**
 * What a closed period comes to with so much usage: its base, less the coupons of its document,
 * which lowered all that it billed: others' amounts that were carried to it stand as they are
 * settled, `found` in this pass or before.
 */
async function netOf(
  env: Env,
  closed: ClosedPeriod,
  found: readonly Difference[],
): Promise<(usage: bigint) => bigint> {
  const billed = closed.documentId === null ? [] : await billedTogether(env.DB, closed);
  const others = billed.filter(({ period }) => period.id !== closed.id);
  const coupons = [closed, ...others.map(({ period }) => period)].flatMap((one) => one.coupons);
  const besideMinor = others.reduce((sum, { period, settled }) => {
    const last = settled.at(-1);
    const usageMinor =
      found.find((difference) => difference.period.id === period.id)?.usageMinor ??
      (last ? BigInt(last.usageMinor) : period.usageMinor);
    return sum + baseOf(period) + usageMinor;
  }, baseOf(closed));
  return (usage) => afterCoupons(coupons, besideMinor + usage);
}

function baseOf({ lines, usageMinor }: ClosedPeriod): bigint {
  return sumOf(lines.filter(({ settles }) => settles === null)) - usageMinor;
}

type Change = {
  billedMinor: bigint;
  nowMinor: bigint;
  earlier: readonly Count[];
  counts: readonly Count[];
};

function adjustmentLine(closed: ClosedPeriod, change: Change, metrics: Metrics): StatementLine {
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
    detail: { kind: "counts", changed: changedCounts(change, metrics) },
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

/** Which counters that are priced changed, and how. */
function changedCounts({ earlier, counts }: Change, all: Metrics): ChangedCount[] {
  const valuesOf = (among: readonly Count[]) =>
    new Map(among.map(({ metric, valueMicro }) => [metric, BigInt(valueMicro)]));
  const [before, after] = [valuesOf(earlier), valuesOf(counts)];
  const metrics = new Set([...before.keys(), ...after.keys()]);
  return [...metrics]
    .map((metric) => ({ metric, was: before.get(metric) ?? 0n, is: after.get(metric) ?? 0n }))
    .filter(({ was, is }) => was !== is)
    .map(({ metric, was, is }) => ({
      metric,
      name: displayNameOf(all.get(metric) ?? plainMetric(metric)),
      was: quantityText(was),
      is: quantityText(is),
    }));
}

/**
 * The tax of a period's own lines on the document that billed it; where it has none there, the tax
 * at its closing, which periods closed by the first version did not keep.
 */
async function taxOf(env: Env, { id, documentId, tax }: ClosedPeriod): Promise<LineTax | null> {
  if (documentId === null) return tax;
  const document = await readDocumentOfAnyKind(env.DB, { tenantId: OPERATOR_TENANT }, documentId);
  const settles = document?.billingPeriodId === id ? null : id;
  const own = document?.lines.find(
    ({ explanation }) => (explanation as Explanation | null)?.settles === settles,
  );
  return own?.tax ?? tax;
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

/**
 * The statements of one batch that give each difference a document of its own: a credit note where
 * it is negative. Several may take back from one invoice, whose status changes once, by them all.
 */
export async function ownDocuments(
  env: Env,
  billing: Billing,
  differences: readonly Difference[],
  nowMs: number,
): Promise<D1PreparedStatement[]> {
  const { parties } = billing;
  const statements: D1PreparedStatement[] = [];
  const origins = new Map<string, Origin & { noteId: string }>();
  for (const difference of differences) {
    const { period, seq, differenceMinor } = difference;
    const origin = differenceMinor < 0n ? await originOf(env, difference, billing, origins) : null;
    const content = adjustmentContent(billing, difference, origin?.document.id ?? null);
    const id = makeId(KINDS[content.kind].idPrefix, nowMs);
    const key = `${period.id}:settled:${seq}`;
    statements.push(
      ...finalizeStatements(env.DB, { id, parties, content, nowMs }, key, origin?.totals),
      settlementRow(env, difference, id, nowMs),
    );
    if (origin) origins.set(origin.document.id, { ...origin, noteId: id });
  }
  for (const { document, creditedMinor, left, noteId } of origins.values()) {
    const settled = settledBy(document, { creditedMinor });
    const cause = { kind: "credit_note", sourceId: noteId, nowMs, realMs: nowMs } as const;
    statements.push(
      ...settleInvoice(env.DB, document, settled, cause),
      keepLeft(env.DB, document.id, left),
    );
    if (settled.change.status !== "void") continue;
    statements.push(announceVoid(env.DB, document, noteId, nowMs));
  }
  return statements;
}

/** An invoice as it was read, and what the credit notes of this batch make of it. */
type Origin = {
  document: Document;
  creditedMinor: number;
  left: Left;
  /** Of the last credit note. */
  totals: Totals;
};

/** The invoice that a credit note is set against, where enough is left at its tax. */
async function originOf(
  env: Env,
  difference: Difference,
  billing: Billing,
  origins: ReadonlyMap<string, Origin>,
): Promise<Origin | null> {
  const { documentId } = difference.period;
  if (documentId === null) return null;
  const before = origins.get(documentId);
  // Null where the period's document is a credit note: there is no invoice to set it against.
  const document =
    before?.document ??
    (await readDocument(env.DB, { tenantId: OPERATOR_TENANT }, "invoice", documentId));
  if (!document) return null;
  const creditedBefore = before?.creditedMinor ?? document.creditedMinor;
  const { status } = settledBy(document, { creditedMinor: creditedBefore }).change;
  if (!isPossible("credit", { ...document, status })) return null;
  const content = adjustmentContent(billing, difference, document.id);
  const leftBefore = before?.left ?? (await readLeft(env.DB, document));
  const credit = creditBeside(chargedOf(document), leftBefore, {
    content,
    totals: totalsOf(content),
  });
  if (!credit) return null;
  const { totals, left } = credit;
  return { document, creditedMinor: creditedBefore + Number(totals.totalMinor), left, totals };
}

/**
 * Settles what closings do not; `ref` is that of `scheduleSettlement`. At the end it looks as far
 * back as a closing does, else at every period, as many as one go may; the rest has a settlement
 * after it. Safe to repeat. Errors: one that names each period that failed, after all others were
 * settled.
 */
export async function settleSubscription(
  env: Env,
  ref: string,
  { nowMs, realMs }: Moment,
): Promise<void> {
  const [subscriptionId = "", cause, after = "-1"] = ref.split(":");
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
    readParties(env.DB, { tenantId: OPERATOR_TENANT }, tenantCustomerId(OPERATOR_TENANT, tenant)),
  ]);
  const billing = { billingSchedule: subscription.billingSchedule, parties, versions };
  const system = { tenantId: OPERATOR_TENANT, keyId: "system", userId: null };
  const settling = { subscription, versions, metrics, before };
  const failures: string[] = [];
  const { found, more } =
    cause === undefined
      ? await settledSince(env, settling)
      : await settledPeriods(
          env.DB,
          subscriptionId,
          { afterNumber: Number(after) },
          MOST_LOOKED_AT,
        );
  let made = 0;
  let looked = 0;
  for (const { period, settled } of found) {
    if (made === MOST_SETTLED) break;
    looked++;
    const entry = { action: "period.settled", target: subscriptionId };
    try {
      const difference = await differenceOf(env, settling, period, settled, []);
      if (!difference) continue;
      await commit(env.DB, [
        ...(await ownDocuments(env, billing, [difference], nowMs)),
        auditRow(env.DB, system, { ...entry, detail: { period: period.id } }, realMs),
      ]);
      made++;
    } catch (error) {
      if (!isUniqueViolation(error, "settlements")) failures.push(`${period.id}: ${error}`);
    }
  }
  if (more || looked < found.length) {
    const last = cause === undefined ? undefined : found[looked - 1]?.period.number;
    const mode = (await readTenant(env.DB, tenant))?.mode ?? "live";
    const rest = { cause: "late", atMs: nowMs, mode, after: last } as const;
    await scheduleSettlement(env, subscription.row, rest).run();
  }
  if (failures.length > 0) throw new Error(failures.join("; "));
}
