/** Taking back an end that was asked for and has not come. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { notFound } from "../../core/errors.ts";
import { announce } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readPlanVersion, readVersions } from "../plan/plan-store.ts";
import { type Subscription, updateSubscription } from "../subscription/store.ts";
import { type Change, endOf, planSegmentAt } from "../subscription/timeline.ts";
import { append, openSubscription, readAgain } from "./append.ts";
import { takeOver } from "./rollout.ts";

/**
 * Lets a subscription that was to end go on as it is, on its plan's newest version from its next
 * boundary; one that was to go on anyway is left alone. Errors: 404, 409 where it has ended or was
 * changed at the same time.
 */
export async function resumeSubscription(
  env: Env,
  actor: Actor,
  id: string,
): Promise<Subscription> {
  const { subscription, nowMs } = await openSubscription(env, actor, id);
  const { row, log } = subscription;
  const endMs = endOf(log);
  if (endMs === null) return subscription;
  const held = planSegmentAt(log, endMs);
  const versions = await readVersions(
    env.DB,
    log.map(({ versionId }) => versionId),
  );
  const version = held && versions.get(held.versionId);
  if (!held || !version) throw notFound("subscription");
  const { versionId, basePriceMinor, seats } = held;
  const terms = { versionId, basePriceMinor, seats };
  const change: Change = { seq: log.length + 1, kind: "resume", atMs: endMs, ...terms };
  await append(env, actor, { subscription, versions, change, nowMs }, [
    updateSubscription(env.DB, row.id, { endMs: null }),
    announce(env.DB, {
      id: `${row.id}:resumed:${change.seq}`,
      tenant: row.tenant,
      type: "subscription.resumed",
      atMs: nowMs,
      body: { subscription_id: row.id, plan: version.planCode },
    }),
    auditRow(env.DB, actor, { action: "subscription.resumed", target: row.id }, actor.realMs),
  ]);
  // A subscription that is to end is left out of rollouts, so it takes the newest version over now.
  const newest = await readPlanVersion(env.DB, version.planId, null);
  if (newest) await takeOver(env, id, newest, actor.realMs);
  return readAgain(env, id);
}
