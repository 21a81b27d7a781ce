/** Versions of plans, and how each subscription takes them over at its next boundary. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { MINUTE_MS } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { dueId, schedule, unschedule } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import { type VersionInput, versionFrom } from "../plan/plan.ts";
import {
  insertVersion,
  type Plan,
  type PlanVersion,
  readPlan,
  readPlanVersion,
  readVersion,
  readVersions,
} from "../plan/plan-store.ts";
import { readSubscription, subscribersOf } from "../subscription/store.ts";
import {
  type Change,
  cycleAt,
  endOf,
  holdingChanges,
  planSegmentAt,
} from "../subscription/timeline.ts";
import { append } from "./append.ts";

export const PLAN_ROLLOUT = "plan.rollout";
/** Subscriptions of one step: each takes a dozen queries, of which an invocation has a thousand. */
export const ROLLOUT_BATCH = 50;

/**
 * Makes a plan's next version, which every subscription takes over at its next boundary. Errors:
 * 404, 409 where another version was made at the same time, 422.
 */
export async function createVersion(
  env: Env,
  actor: Actor,
  name: string,
  input: VersionInput,
): Promise<{ plan: Plan; version: PlanVersion }> {
  const plan = await readPlan(env.DB, name);
  if (!plan) throw notFound("plan");
  const newest = await readPlanVersion(env.DB, plan.id, null);
  if (newest && newest.currency !== input.currency) {
    throw invalidField("/currency", `stays ${newest.currency}; another currency is another plan`);
  }
  const taxInclusive = newest?.taxInclusive ?? input.taxInclusive;
  if (input.taxInclusive !== null && input.taxInclusive !== taxInclusive) {
    throw invalidField("/tax_inclusive", `stays ${taxInclusive}; otherwise it is another plan`);
  }
  const number = (newest?.version ?? 0) + 1;
  const { version, offers } = versionFrom(
    { ...input, taxInclusive },
    plan.id,
    number,
    actor.realMs,
  );
  const detail = { version: number };
  try {
    await commit(env.DB, [
      ...insertVersion(env.DB, version, offers),
      schedule(env.DB, {
        tenant: actor.tenantId,
        atMs: actor.realMs + MINUTE_MS,
        clock: "real",
        kind: PLAN_ROLLOUT,
        ref: version.id,
      }),
      auditRow(
        env.DB,
        actor,
        { action: "plan.version_created", target: plan.id, detail },
        actor.realMs,
      ),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "plan_versions")) throw error;
    throw new Problem("resource.conflict", "the plan was changed meanwhile; read it again");
  }
  // Where this fails, the due row continues the rollout.
  await rolloutVersion(env, version.id, actor.realMs).catch((error: unknown) =>
    logWarning({ at: "rollout", version: version.id, error }),
  );
  return { plan, version };
}

/**
 * Gives a version to those on its plan, some at a time, from their next boundary on; `ref` is the
 * version's id, and after a colon the last subscription that was looked at. Whoever is left has a
 * due row of their own, and a message that brings it up at once. Safe to repeat.
 */
export async function rolloutVersion(env: Env, ref: string, realMs: number): Promise<void> {
  const [versionId = "", after = null] = ref.split(":");
  const version = await readVersion(env.DB, versionId);
  if (!version) return;
  const ids = await subscribersOf(env.DB, version.planId, { after, limit: ROLLOUT_BATCH });
  for (const id of ids) await takeOver(env, id, version, realMs);
  const done = unschedule(env.DB, PLAN_ROLLOUT, ref);
  if (ids.length < ROLLOUT_BATCH) {
    await done.run();
    return;
  }
  const next = `${versionId}:${ids.at(-1)}`;
  const row = { tenant: OPERATOR_TENANT, atMs: realMs, clock: "real" as const };
  await commit(env.DB, [schedule(env.DB, { ...row, kind: PLAN_ROLLOUT, ref: next }), done]);
  await env.JOBS.send({ kind: "due", id: dueId(PLAN_ROLLOUT, next) });
}

/** Gives one subscription a version from its next boundary on, where it is on an older one. */
export async function takeOver(
  env: Env,
  subscriptionId: string,
  version: PlanVersion,
  realMs: number,
): Promise<void> {
  const subscription = await readSubscription(env.DB, subscriptionId);
  if (!subscription || endOf(subscription.log) !== null) return;
  const { billingSchedule, log, row } = subscription;
  const last = holdingChanges(log).at(-1);
  const versions = await readVersions(
    env.DB,
    log.map((entry) => entry.versionId),
  );
  const held = last && versions.get(last.versionId);
  if (!last || !held || held.planId !== version.planId || held.version >= version.version) return;
  const { nowMs } = await tenantClock(env.DB, row.tenant);
  const anchorMs = billingSchedule.trialEndMs ?? billingSchedule.startMs;
  const boundary = nowMs < anchorMs ? anchorMs : cycleAt(billingSchedule, nowMs)?.endMs;
  if (boundary === undefined) return;
  const atMs = Math.max(boundary, last.atMs);
  const { basePriceMinor, seats } = planSegmentAt(log, atMs) ?? last;
  const change: Change = {
    seq: log.length + 1,
    kind: "version",
    atMs,
    versionId: version.id,
    basePriceMinor,
    seats,
  };
  const more = [...versions, ...(await readVersions(env.DB, [version.id]))];
  await append(env, { realMs }, { subscription, versions: new Map(more), change, nowMs }, []);
}
