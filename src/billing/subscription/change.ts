/** Changing and ending subscriptions: one more entry in the log, then the meter is told. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { commit, insist } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { unschedule } from "../../platform/queue/due.ts";
import { announce } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { closeDue, PERIOD_CLOSE, scheduleClose } from "../period/close.ts";
import { pushTerms, termsChanged } from "../period/push.ts";
import type { Version, Versions } from "../period/terms.ts";
import { readVersions } from "../plan/plan-store.ts";
import { sameStructure } from "../price/price.ts";
import {
  insertChange,
  lastClosed,
  readSubscription,
  type Subscription,
  updateSubscription,
} from "../store/store.ts";
import { basePriceOf, findPlan } from "./subscribe.ts";
import {
  anchorMsOf,
  billingPeriod,
  billingPeriodAt,
  type Change,
  cycleAt,
  endOf,
  firstNumber,
  standing,
  stretchAt,
  zonesOf,
} from "./timeline.ts";

export type When = "now" | "period_end";

export type ChangeInput = {
  plan: string | null;
  planVersion: number | null;
  basePrice: number | string | null;
  seats: number | null;
  when: When;
};

/**
 * Another plan, price or number of seats, now or from the next cycle on. What changes nothing is a
 * no-op. Errors: 404, 409 where it has ended or was changed at the same time, 422.
 */
export async function changeSubscription(
  env: Env,
  actor: Actor,
  id: string,
  input: ChangeInput,
): Promise<Subscription> {
  const { subscription, nowMs } = await openSubscription(env, id);
  const { log, row } = subscription;
  const current = stretchAt(log, Math.max(nowMs, row.startMs));
  if (!current) throw notFound("subscription");
  const offered = input.plan === null ? null : await findPlan(env, input.plan, input.planVersion);
  const versionId = offered?.version.id ?? current.versionId;
  const versions = await readVersions(env.DB, [...log.map((c) => c.versionId), versionId]);
  const [from, to] = [versions.get(current.versionId), versions.get(versionId)];
  if (!from || !to) throw notFound("plan version");
  if (to.currency !== row.currency) {
    throw invalidField("/plan", `is in ${to.currency}; the subscription is in ${row.currency}`);
  }
  if (offered && offered.version.taxInclusive !== row.taxInclusive) {
    const other = row.taxInclusive
      ? "hold the tax, those of the plan do not"
      : "do not hold the tax";
    throw invalidField("/plan", `cannot follow: the subscription's prices ${other}`);
  }
  const keepsPrice = input.basePrice === null && (!offered || from.planId === to.planId);
  const basePriceMinor = keepsPrice
    ? current.basePriceMinor
    : priceFor(input.basePrice, subscription, offered, current.basePriceMinor, row.currency);
  const seats = input.seats ?? current.seats;
  const atMs = input.when === "now" ? startOf(subscription, nowMs) : cycleEnd(subscription, nowMs);
  if (atMs >= (endOf(log) ?? Number.POSITIVE_INFINITY)) {
    throw invalidField("/when", "is now: the subscription ends with the period");
  }
  const holding = stretchAt(log, atMs);
  const next = { versionId, basePriceMinor, seats };
  if (holding && isSame(holding, next)) return subscription;
  if (input.when === "now") insistBlendable(from, to);
  const kind = to.id !== from.id ? "plan" : seats !== current.seats ? "seats" : "price";
  const change: Change = { seq: log.length + 1, kind, atMs, ...next };
  const detail = { plan: to.planCode, version: to.version, at: timeText(atMs) };
  await append(env, actor, { subscription, versions, change, nowMs }, [
    announceChange(env.DB, { row, change, planCode: to.planCode, nowMs }),
    auditRow(
      env.DB,
      actor,
      { action: "subscription.changed", target: row.id, detail },
      actor.realMs,
    ),
  ]);
  return readAgain(env, id);
}

/** The event of a change that was appended to a subscription's log. */
export function announceChange(
  db: Env["DB"],
  of: { row: Subscription["row"]; change: Change; planCode: string; nowMs: number },
) {
  const { row, change, planCode, nowMs } = of;
  return announce(db, {
    id: `${row.id}:changed:${change.seq}`,
    tenant: row.tenant,
    type: "subscription.changed",
    atMs: nowMs,
    body: { subscription_id: row.id, plan: planCode, effective_at: timeText(change.atMs) },
  });
}

type Priced = Pick<Change, "versionId" | "basePriceMinor" | "seats">;

function isSame(a: Priced, b: Priced): boolean {
  return (
    a.versionId === b.versionId && a.basePriceMinor === b.basePriceMinor && a.seats === b.seats
  );
}

/** The given price, else the new plan's own, else the one so far. */
function priceFor(
  given: number | string | null,
  { row }: Subscription,
  offered: Awaited<ReturnType<typeof findPlan>> | null,
  soFar: bigint,
  currency: string,
): bigint {
  const { baseMonthMinor = null, baseYearMinor = null } = offered?.version ?? {};
  const own = row.cycle === "year" ? baseYearMinor : baseMonthMinor;
  if (given === null) return own === null ? soFar : BigInt(own);
  return basePriceOf(given, row.cycle, { currency, baseMonthMinor, baseYearMinor });
}

/** One counter a period: both plans must price the same metrics by the same kind of tiers. */
function insistBlendable(from: Version, to: Version): void {
  const priceIn = (version: Version, metric: string) =>
    version.offers.find(({ price }) => price.metric === metric)?.price;
  const metrics = [...from.offers, ...to.offers].map(({ price }) => price.metric);
  for (const metric of metrics) {
    const [a, b] = [priceIn(from, metric), priceIn(to, metric)];
    if (a && b && sameStructure(a, b)) continue;
    throw invalidField("/when", `is period_end: the plans price ${metric} by different structures`);
  }
}

/** Ends a subscription. Errors: 404, 409 where it has ended or was changed at the same time. */
export async function cancelSubscription(
  env: Env,
  actor: Actor,
  id: string,
  when: When,
): Promise<Subscription> {
  const { subscription, nowMs } = await openSubscription(env, id);
  const { row, log } = subscription;
  const atMs = when === "now" ? endNow(subscription, nowMs) : cycleEnd(subscription, nowMs);
  if (endOf(log) === atMs) return subscription;
  const holding = stretchAt(log, atMs) ?? stretchAt(log, row.startMs);
  if (!holding) throw notFound("subscription");
  const { versionId, basePriceMinor, seats } = holding;
  const change: Change = {
    seq: log.length + 1,
    kind: "end",
    atMs,
    versionId,
    basePriceMinor,
    seats,
  };
  const versions = await readVersions(
    env.DB,
    log.map((entry) => entry.versionId),
  );
  const detail = { at: timeText(atMs) };
  await append(env, actor, { subscription, versions, change, nowMs }, [
    updateSubscription(env.DB, row.id, { endMs: atMs, ...(when === "now" && { status: "ended" }) }),
    announce(env.DB, {
      id: `${row.id}:cancelled:${change.seq}`,
      tenant: row.tenant,
      type: "subscription.cancelled",
      atMs: nowMs,
      body: { subscription_id: row.id, ends_at: timeText(atMs) },
    }),
    auditRow(
      env.DB,
      actor,
      { action: "subscription.cancelled", target: row.id, detail },
      actor.realMs,
    ),
  ]);
  return readAgain(env, id);
}

/**
 * A subscription that still runs, and its tenant's time. Errors: 404, 409 where it has ended.
 */
export async function openSubscription(
  env: Env,
  id: string,
): Promise<{ subscription: Subscription; nowMs: number }> {
  const subscription = await readSubscription(env.DB, id);
  if (!subscription) throw notFound("subscription");
  const { nowMs } = await tenantClock(env.DB, subscription.row.tenant);
  const endMs = endOf(subscription.log);
  if (subscription.row.status === "ended" || (endMs !== null && endMs <= nowMs)) {
    throw new Problem("resource.conflict", "the subscription has ended");
  }
  return { subscription, nowMs };
}

export async function readAgain(env: Env, id: string): Promise<Subscription> {
  const subscription = await readSubscription(env.DB, id);
  if (!subscription) throw notFound("subscription");
  return subscription;
}

/** The instant from which a change made now holds: never before the subscription itself. */
function startOf({ row }: Subscription, nowMs: number): number {
  return Math.max(nowMs, row.startMs);
}

/** A subscription that has begun ends at least a millisecond into its period, which then closes. */
function endNow({ course, log, row }: Subscription, nowMs: number): number {
  const period = billingPeriodAt(course, endOf(log), nowMs);
  return Math.max(nowMs, (period ? period.startMs : row.startMs) + 1);
}

/** Where the cycle of the base fee, or the trial, ends. */
export function cycleEnd({ course }: Subscription, nowMs: number): number {
  const anchorMs = anchorMsOf(course);
  if (nowMs < anchorMs && course.trialEndMs !== null) return anchorMs;
  const cycle = cycleAt(course, Math.max(nowMs, anchorMs));
  if (!cycle) throw new RangeError(`no cycle of ${course.id} at ${nowMs}`);
  return cycle.endMs;
}

type Appended = { subscription: Subscription; versions: Versions; change: Change; nowMs: number };

/** Writes an entry of the log with all that goes with it, and tells the meter. */
export async function append(
  env: Env,
  author: Pick<Actor, "realMs">,
  { subscription, versions, change, nowMs }: Appended,
  more: D1PreparedStatement[],
): Promise<void> {
  const { row, course, log } = subscription;
  const { DB } = env;
  const entries = [change, ...keptEnd(log, change)];
  const logAfter = [...log, ...entries];
  const courseAfter = { ...course, zones: zonesOf(logAfter) };
  const after = { row, course: courseAfter, log: logAfter };
  const before = await lastClosed(DB, row.id);
  const number = before ? before.number + 1 : firstNumber(course);
  const was = billingPeriod(course, endOf(log), number);
  const is = billingPeriod(courseAfter, endOf(logAfter), number);
  const { mode } = await tenantClock(DB, row.tenant);
  const unclosed = "NOT EXISTS (SELECT 1 FROM periods WHERE subscription_id = ? AND end_ms > ?)";
  try {
    await commit(DB, [
      insist(DB, unclosed, [row.id, change.atMs], {
        code: "resource.conflict",
        detail: "the period was closed meanwhile",
      }),
      ...entries.map((entry) => insertChange(DB, row.id, entry, nowMs)),
      // The next closing moves with the end of its period.
      ...(is ? [scheduleClose(env, after, versions, is, mode)] : []),
      ...(was && !is ? [unschedule(DB, PERIOD_CLOSE, was.id)] : []),
      ...termsChanged(env, row.tenant, author.realMs),
      ...more,
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "subscription_changes")) throw error;
    throw new Problem("resource.conflict", "the subscription was changed meanwhile; read it again");
  }
  await pushTerms(env, row.tenant, nowMs);
  await closeDue(env, row.id, { nowMs, realMs: author.realMs });
}

/** A change takes away what was to come after it; an end that was asked for stands all the same. */
function keptEnd(log: readonly Change[], change: Change): Change[] {
  const end = standing(log).at(-1);
  if (change.kind === "end" || change.kind === "zone") return [];
  if (end?.kind !== "end" || end.atMs <= change.atMs) return [];
  const { versionId, basePriceMinor, seats } = change;
  return [{ ...end, seq: change.seq + 1, versionId, basePriceMinor, seats }];
}
