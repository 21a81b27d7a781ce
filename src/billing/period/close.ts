/**
 * Closing periods: freeze, rate, one atomic batch, push the new terms. The period's row is what
 * makes it happen once: running a close again, from two places, or after a crash at any step, gives
 * the same one invoice.
 */
import type { TenantMode } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { OPERATOR_TENANT, readTenant } from "../../accounts/store/tenant-store.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { finalizeStatements } from "../../documents/lifecycle/finalize.ts";
import { commit, insist } from "../../platform/db/db.ts";
import { databaseRefusal } from "../../platform/db/refusal.ts";
import { schedule, unschedule } from "../../platform/queue/due.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logError } from "../../platform/runtime/log.ts";
import { insertCouponUse, insertCreditUses } from "../credit/credit-store.ts";
import { readVersions } from "../plan/plan-store.ts";
import type { Versions } from "../plan/version.ts";
import {
  hasChanges,
  readSubscription,
  type Subscription,
  updateSubscription,
} from "../subscription/store.ts";
import {
  type BillingPeriod,
  billingPeriod,
  endOf,
  parsePeriodId,
  periodAfter,
  planSegmentEnding,
} from "../subscription/timeline.ts";
import { composeClosing, type OpenPeriod } from "./compose.ts";
import { type Counted, frozenCounts, ledgerCounts } from "./counted.ts";
import { type Drift, driftOf } from "./drift.ts";
import type { Moment } from "./moment.ts";
import { pushTerms, termsChanged } from "./push.ts";
import { ownDocuments, scheduleSettlement, settlementRow } from "./settle.ts";
import { billedCounts } from "./statement.ts";
import { billCarried, type ClosedPeriod, insertPeriod, lastClosed, readPeriod } from "./store.ts";
import { TERMS_BACK_MS, windowOf } from "./terms.ts";
import { withCharts } from "./usage-chart.ts";

export const PERIOD_CLOSE = "period.close";

/** A closing that failed so often leaves what late usage changed to a settlement of its own. */
const ATTEMPTS_AT_ALL = 2;
/** One that failed so often leaves its own usage to it too, where that cannot be billed. */
const ATTEMPTS_WITH_USAGE = 4;

/**
 * Closes a period, and those before it that are still open, in order. After `attempts` that failed
 * it leaves what may be the cause to due work of its own, so that no closing holds up those after
 * it. Errors: 404 for an id of no period, 409 where its end and grace have not passed.
 */
export async function closePeriod(
  env: Env,
  periodId: string,
  moment: Moment,
  attempts = 0,
): Promise<{ invoiceId: string | null }> {
  const parsed = parsePeriodId(periodId);
  if (!parsed) throw notFound("period");
  for (let lostRaces = 0; ; ) {
    const closed = await readPeriod(env.DB, periodId);
    if (closed) return { invoiceId: closed.documentId };
    const open = await nextOpen(env, parsed.subscriptionId);
    if (!open || open.period.number > parsed.number) {
      const meanwhile = await readPeriod(env.DB, periodId);
      if (meanwhile) return { invoiceId: meanwhile.documentId };
      throw notFound("period");
    }
    const dueMs = closesAt(open.subscription, open.versions, open.period);
    if (dueMs > moment.nowMs) {
      throw new Problem("period.open", `${open.period.id} closes at ${timeText(dueMs)}`);
    }
    if (await closeNext(env, open, moment, attempts)) continue;
    if (++lostRaces > MAX_LOST_RACES) throw busy(open);
  }
}

/**
 * Closings of one call. A start so far back as it may be is 14 months, but 58 weeks, and each is a
 * few dozens of an invocation's 1,000 queries: the rest have due rows, one after the other.
 */
const MOST_CLOSED = 16;

/** Closes the periods of a subscription that are due, oldest first, as many as one call may. */
export async function closeDue(env: Env, subscriptionId: string, moment: Moment): Promise<void> {
  for (let closed = 0, lostRaces = 0; closed < MOST_CLOSED; ) {
    const open = await nextOpen(env, subscriptionId);
    if (!open) return;
    if (closesAt(open.subscription, open.versions, open.period) > moment.nowMs) return;
    if (await closeNext(env, open, moment, 0)) closed++;
    else if (++lostRaces > MAX_LOST_RACES) throw busy(open);
  }
}

/** How often others may be first before a closing gives up; its due row tries again later. */
const MAX_LOST_RACES = 10;

function busy({ period }: OpenPeriod): Problem {
  return new Problem("service.busy", `${period.id} is being closed or changed by others`);
}

/** The first period of a subscription that is not closed, or null where all are. */
export async function nextOpen(env: Env, subscriptionId: string): Promise<OpenPeriod | null> {
  const [subscription, before] = await Promise.all([
    readSubscription(env.DB, subscriptionId),
    lastClosed(env.DB, subscriptionId),
  ]);
  if (!subscription) return null;
  const period = periodAfter(subscription, before);
  if (!period) return null;
  const versions = await readVersions(
    env.DB,
    subscription.log.map(({ versionId }) => versionId),
  );
  return { subscription, versions, period, before };
}

/** When a period closes: its end, and for usage the grace of the version that ends it. */
function closesAt({ log }: Subscription, versions: Versions, period: BillingPeriod): number {
  if (period.kind !== "regular" || period.startMs === period.endMs) return period.endMs;
  const segment = planSegmentEnding(log, period);
  return period.endMs + (segment ? (versions.get(segment.versionId)?.graceMs ?? 0) : 0);
}

/** The due row of a period's closing, on the tenant's clock. */
export function scheduleClose(
  env: Env,
  subscription: Subscription,
  versions: Versions,
  period: BillingPeriod,
  mode: TenantMode,
): D1PreparedStatement {
  return schedule(env.DB, {
    tenant: subscription.row.tenant,
    atMs: closesAt(subscription, versions, period),
    clock: mode === "test" ? "test" : "real",
    kind: PERIOD_CLOSE,
    ref: period.id,
  });
}

/** False where another closing was first or something changed, so that the caller reads again. */
async function closeNext(
  env: Env,
  open: OpenPeriod,
  moment: Moment,
  attempts: number,
): Promise<boolean> {
  const { tenant } = open.subscription.row;
  await pushTerms(env, tenant, moment.nowMs);
  const counted = await frozenCounts(env, tenant, open, moment.nowMs);
  const statements = await statementsAfter(attempts, env, open, counted, moment);
  try {
    await commit(env.DB, statements);
  } catch (error) {
    if (isLostRace(error)) return false;
    throw error;
  }
  await pushTerms(env, tenant, moment.nowMs);
  return true;
}

/** As if nothing of a period were counted yet: its usage is then late, and settled as that is. */
const UNCOUNTED: Counted = { upToSeq: 0, counts: [] };

/**
 * The statements of a closing that failed `attempts` times. Usage that still cannot be billed, such
 * as one whose amount has too many digits, is left to a settlement, which is named to the operator
 * until its cause is mended: what else the period bills does not wait for that.
 */
async function statementsAfter(
  attempts: number,
  env: Env,
  open: OpenPeriod,
  counted: Counted,
  moment: Moment,
): Promise<D1PreparedStatement[]> {
  try {
    return await closingStatements(env, open, counted, moment, attempts < ATTEMPTS_AT_ALL);
  } catch (error) {
    if (attempts < ATTEMPTS_WITH_USAGE) throw error;
    logError({ at: "close", period: open.period.id, error });
    return closingStatements(env, open, UNCOUNTED, moment, false);
  }
}

/** Tables in which two closings at once write the same row. */
const CONTENDED = new Set(["periods", "documents", "settlements"]);

function isLostRace(error: unknown): boolean {
  if (error instanceof Problem) return error.code === "resource.conflict";
  const refusal = databaseRefusal(error);
  if (refusal?.kind === "duplicate") return CONTENDED.has(refusal.table);
  return refusal?.kind === "stale";
}

async function closingStatements(
  env: Env,
  open: OpenPeriod,
  counted: Counted,
  { nowMs, realMs }: Moment,
  settles: boolean,
): Promise<D1PreparedStatement[]> {
  const { DB } = env;
  const { subscription, versions, period } = open;
  const { row, billingSchedule, log } = subscription;
  const composed = await composeClosing(env, open, counted, nowMs, settles);
  const { statement, parties, beside, apart, carried, discounts, spent } = composed;
  const { lines } = statement;
  const used = { tenant: row.tenant, billingSchedule, period, lines, counts: counted.counts };
  const content = composed.content && (await withCharts(env, composed.content, used));
  const documentId = content ? makeId(KINDS[content.kind].idPrefix, nowMs) : null;
  const closed: ClosedPeriod = {
    id: period.id,
    subscriptionId: row.id,
    tenant: row.tenant,
    number: period.number,
    kind: period.kind,
    startMs: period.startMs,
    endMs: period.endMs,
    closedMs: nowMs,
    upToSeq: counted.upToSeq,
    logLength: log.length,
    counts: billedCounts(counted.counts, statement, period.endMs),
    lines,
    drift: await closingDrift(env, open, counted),
    coupons: discounts.map(({ coupon }) => coupon),
    ahead: statement.ahead,
    currency: row.currency,
    netMinor: statement.netMinor,
    usageMinor: statement.usageMinor,
    documentId,
    tax: parties.customer.tax ?? parties.issuer.tax,
  };
  const settling = await ownDocuments(env, { billingSchedule, parties, versions }, apart, nowMs);
  const detail = { period: period.id, document: documentId };
  const system = { tenantId: OPERATOR_TENANT, keyId: "system", userId: null };
  return [
    insist(DB, hasChanges(DB, row.id, log.length), {
      code: "resource.conflict",
      detail: "the subscription was changed",
    }),
    ...insertPeriod(DB, closed),
    ...(content && documentId
      ? [
          ...finalizeStatements(DB, { id: documentId, parties, content, nowMs }, period.id),
          ...beside.map((difference) => settlementRow(env, difference, documentId, nowMs)),
          ...carried.map((earlier) => billCarried(DB, earlier.id, documentId)),
        ]
      : []),
    ...settling,
    ...discounts.map((discount) =>
      insertCouponUse(DB, { subscriptionId: row.id, periodId: period.id }, discount),
    ),
    ...insertCreditUses(DB, period.id, spent),
    announce(DB, {
      id: `${period.id}:closed`,
      tenant: row.tenant,
      type: "period.closed",
      atMs: nowMs,
      body: { subscription_id: row.id, period_id: period.id, invoice_id: documentId },
    }),
    auditRow(DB, system, { action: "period.closed", target: row.id, detail }, realMs),
    ...[...beside, ...apart].map((difference) => {
      const late = { period: difference.period.id };
      return auditRow(
        DB,
        system,
        { action: "period.settled", target: row.id, detail: late },
        realMs,
      );
    }),
    ...(await nextStatements(env, open, nowMs, composed.unsettled)),
    unschedule(DB, PERIOD_CLOSE, period.id),
    ...termsChanged(env, row.tenant, realMs),
  ];
}

/** Differences that a period's row keeps at most: one is enough to look into it. */
const MAX_DRIFT = 100;

/** Where the frozen counts differ from the ledger; null where more has come in since. */
async function closingDrift(
  env: Env,
  { subscription, period }: OpenPeriod,
  counted: Counted,
): Promise<Drift[] | null> {
  if (period.startMs === period.endMs) return [];
  const window = windowOf(subscription.log, period);
  const ledger = await ledgerCounts(env, subscription.row.tenant, window);
  if (ledger.upToSeq !== counted.upToSeq) return null;
  const drift = driftOf(counted.counts, ledger.counts);
  const shown = drift.slice(0, MAX_DRIFT);
  if (drift.length > 0) {
    const facts = { at: "drift", period: period.id, counters: drift.length, drift: shown };
    logError(facts);
  }
  return shown;
}

/** The next period's closing, or the subscription's end and its last settlement. */
async function nextStatements(
  env: Env,
  open: OpenPeriod,
  nowMs: number,
  unsettled: boolean,
): Promise<D1PreparedStatement[]> {
  const { subscription, versions, period } = open;
  const { row, billingSchedule, log } = subscription;
  const next = billingPeriod(billingSchedule, endOf(log), period.number + 1);
  const mode = (await readTenant(env.DB, row.tenant))?.mode ?? "live";
  const rest = { cause: "late", atMs: nowMs, mode } as const;
  const late = unsettled ? [scheduleSettlement(env, row, rest)] : [];
  if (next) return [...late, scheduleClose(env, subscription, versions, next, mode)];
  return [
    ...late,
    updateSubscription(env.DB, row.id, { status: "ended" }),
    scheduleSettlement(env, row, { cause: "end", atMs: nowMs + TERMS_BACK_MS, mode }),
  ];
}
