/** Changing a subscription's plan, price or seats. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { invalidField, notFound } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { ownBasePrice } from "../plan/cycle.ts";
import { basePriceOf, findPlan } from "../plan/offered.ts";
import { readVersions } from "../plan/plan-store.ts";
import type { Version } from "../plan/version.ts";
import { sameStructure } from "../price/price.ts";
import type { Subscription } from "../subscription/store.ts";
import { type Change, endOf, planSegmentAt } from "../subscription/timeline.ts";
import {
  announceChange,
  append,
  cycleEnd,
  openSubscription,
  readAgain,
  type When,
} from "./append.ts";

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
  const { subscription, nowMs } = await openSubscription(env, actor, id);
  const { log, row } = subscription;
  const current = planSegmentAt(log, Math.max(nowMs, row.startMs));
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
  const holding = planSegmentAt(log, atMs);
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
  const own = offered && ownBasePrice(offered.version, row.cycle);
  if (given === null) return own === null ? soFar : BigInt(own);
  return basePriceOf(given, own, currency);
}

/** Throws unless both versions price the same metrics by structures whose bounds can be blended. */
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

/** The instant from which a change made now holds: never before the subscription itself. */
function startOf({ row }: Subscription, nowMs: number): number {
  return Math.max(nowMs, row.startMs);
}
