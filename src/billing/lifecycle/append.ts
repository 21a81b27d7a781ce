/** Appending an entry to a subscription's log, with all that follows from it. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { commit, insist } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { unschedule } from "../../platform/queue/due.ts";
import { announce } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { closeDue, PERIOD_CLOSE, scheduleClose } from "../period/close.ts";
import { pushTerms, termsChanged } from "../period/push.ts";
import { lastClosed, noneClosedAfter } from "../period/store.ts";
import type { Versions } from "../plan/version.ts";
import { grantBudgets } from "../subscription/grant.ts";
import { insertChange, readSubscription, type Subscription } from "../subscription/store.ts";
import {
  anchorMsOf,
  type Change,
  cycleAt,
  endOf,
  holdingChanges,
  periodAfter,
  zonesOf,
} from "../subscription/timeline.ts";

export type When = "now" | "period_end";

type Appended = { subscription: Subscription; versions: Versions; change: Change; nowMs: number };

/**
 * Writes an entry of the log in one batch with `more`, pushes the new terms to the meter, and
 * closes what is due. Errors: 409 where the log or its periods changed meanwhile.
 */
export async function append(
  env: Env,
  author: Pick<Actor, "realMs">,
  { subscription, versions, change, nowMs }: Appended,
  more: D1PreparedStatement[],
): Promise<void> {
  const { row, billingSchedule, log } = subscription;
  const { DB } = env;
  const entries = [change, ...keptEnd(log, change)];
  const logAfter = [...log, ...entries];
  const scheduleAfter = { ...billingSchedule, zones: zonesOf(logAfter) };
  const after = { row, billingSchedule: scheduleAfter, log: logAfter };
  const before = await lastClosed(DB, row.id);
  const was = periodAfter(subscription, before);
  const is = periodAfter(after, before);
  const { mode } = await tenantClock(DB, row.tenant);
  try {
    await commit(DB, [
      insist(DB, noneClosedAfter(DB, row.id, change.atMs), {
        code: "resource.conflict",
        detail: "the period was closed meanwhile",
      }),
      ...entries.map((entry) => insertChange(DB, row.id, entry, nowMs)),
      ...grantBudgets(DB, row, logAfter),
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

/** An end that was asked for is appended again, because a change takes away what comes after it. */
function keptEnd(log: readonly Change[], change: Change): Change[] {
  const end = holdingChanges(log).at(-1);
  if (change.kind === "end" || change.kind === "zone") return [];
  if (end?.kind !== "end" || end.atMs <= change.atMs) return [];
  const { versionId, basePriceMinor, seats } = change;
  return [{ ...end, seq: change.seq + 1, versionId, basePriceMinor, seats }];
}

/** Announces a change that was appended to a subscription's log. */
export function announceChange(
  db: Env["DB"],
  changed: { row: Subscription["row"]; change: Change; planCode: string; nowMs: number },
) {
  const { row, change, planCode, nowMs } = changed;
  return announce(db, {
    id: `${row.id}:changed:${change.seq}`,
    tenant: row.tenant,
    type: "subscription.changed",
    atMs: nowMs,
    body: { subscription_id: row.id, plan: planCode, effective_at: timeText(change.atMs) },
  });
}

/**
 * A subscription that still runs, and its tenant's time. Errors: 404, also where the actor does not
 * reach the tenant; 409 where it has ended.
 */
export async function openSubscription(
  env: Env,
  actor: Actor,
  id: string,
): Promise<{ subscription: Subscription; nowMs: number }> {
  const subscription = await readSubscription(env.DB, id);
  if (!subscription || !reaches(actor, subscription.row.tenant)) throw notFound("subscription");
  const { nowMs } = await tenantClock(env.DB, subscription.row.tenant);
  const endMs = endOf(subscription.log);
  if (subscription.row.status === "ended" || (endMs !== null && endMs <= nowMs)) {
    throw new Problem("resource.conflict", "the subscription has ended");
  }
  return { subscription, nowMs };
}

/** A subscription as it is after a write. Errors: 404. */
export async function readAgain(env: Env, id: string): Promise<Subscription> {
  const subscription = await readSubscription(env.DB, id);
  if (!subscription) throw notFound("subscription");
  return subscription;
}

/** Where the cycle of the base fee, or the trial, ends. */
export function cycleEnd({ billingSchedule }: Subscription, nowMs: number): number {
  const anchorMs = anchorMsOf(billingSchedule);
  if (nowMs < anchorMs && billingSchedule.trialEndMs !== null) return anchorMs;
  const cycle = cycleAt(billingSchedule, Math.max(nowMs, anchorMs));
  if (!cycle) throw new RangeError(`no cycle of ${billingSchedule.id} at ${nowMs}`);
  return cycle.endMs;
}
