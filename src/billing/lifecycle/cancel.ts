/** Ending a subscription, now or at its period's end. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { announce } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readVersions } from "../plan/plan-store.ts";
import { type Subscription, updateSubscription } from "../subscription/store.ts";
import { type Change, endOf, planSegmentAt } from "../subscription/timeline.ts";
import { append, cycleEnd, openSubscription, readAgain, type When } from "./append.ts";

/** Ends a subscription. Errors: 404, 409 where it has ended or was changed at the same time. */
export async function cancelSubscription(
  env: Env,
  actor: Actor,
  id: string,
  when: When,
): Promise<Subscription> {
  const { subscription, nowMs } = await openSubscription(env, actor, id);
  const { row, log } = subscription;
  const atMs = when === "now" ? endNow(subscription, nowMs) : cycleEnd(subscription, nowMs);
  if (endOf(log) === atMs) return subscription;
  const holding = planSegmentAt(log, atMs) ?? planSegmentAt(log, row.startMs);
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

/** Now, or the start where that is still to come: nothing at or after the end is billed. */
function endNow({ row }: Subscription, nowMs: number): number {
  return Math.max(nowMs, row.startMs);
}
