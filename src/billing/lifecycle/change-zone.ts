/** Moving a subscription to another time zone, from its next boundary on. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { invalidField, notFound } from "../../core/errors.ts";
import { isTimeZone } from "../../core/period.ts";
import { timeText } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readVersions } from "../plan/plan-store.ts";
import type { Subscription } from "../subscription/store.ts";
import { type Change, endOf, planSegmentAt, zoneAt } from "../subscription/timeline.ts";
import { announceChange, append, cycleEnd, openSubscription, readAgain } from "./append.ts";

/**
 * The running cycle ends as it would have; from then on the local times of the anchor are those of
 * the new zone. Asking again before that replaces what was asked. Errors: 404, 409 where it has
 * ended or was changed at the same time, 422 for an unknown zone or where it ends before.
 */
export async function changeZone(
  env: Env,
  actor: Actor,
  id: string,
  timeZone: string,
): Promise<Subscription> {
  if (!isTimeZone(timeZone))
    throw invalidField("/time_zone", "is an IANA time zone, such as Europe/Berlin");
  const { subscription, nowMs } = await openSubscription(env, actor, id);
  const { row, log, billingSchedule } = subscription;
  const atMs = cycleEnd(subscription, nowMs);
  if (zoneAt(billingSchedule, atMs) === timeZone) return subscription;
  if (atMs >= (endOf(log) ?? Number.POSITIVE_INFINITY)) {
    throw invalidField("/time_zone", "cannot change: the subscription ends with its period");
  }
  const versions = await readVersions(
    env.DB,
    log.map(({ versionId }) => versionId),
  );
  const held = planSegmentAt(log, nowMs) ?? planSegmentAt(log, row.startMs);
  const version = held && versions.get(held.versionId);
  if (!held || !version) throw notFound("subscription");
  const { versionId, basePriceMinor, seats } = held;
  const terms = { versionId, basePriceMinor, seats };
  const change: Change = { seq: log.length + 1, kind: "zone", atMs, timeZone, ...terms };
  const detail = { time_zone: timeZone, at: timeText(atMs) };
  await append(env, actor, { subscription, versions, change, nowMs }, [
    announceChange(env.DB, { row, change, planCode: version.planCode, nowMs }),
    auditRow(
      env.DB,
      actor,
      { action: "subscription.zone_changed", target: row.id, detail },
      actor.realMs,
    ),
  ]);
  return readAgain(env, id);
}
