/** The period that runs now. */
import { Problem } from "../../core/errors.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Version, Versions } from "../plan/version.ts";
import { type Subscription, subscriptionsOf, versionsOf } from "../subscription/store.ts";
import {
  type BillingPeriod,
  billingPeriodAt,
  endOf,
  planSegmentAt,
} from "../subscription/timeline.ts";
import { activeAt } from "./terms.ts";

/** A tenant and its time. */
export type Reader = { tenantId: string; nowMs: number };

export type Current = {
  subscription: Subscription;
  versions: Versions;
  /** The plan's version that holds now. */
  version: Version;
  period: BillingPeriod;
};

/** The subscription and period that run now. Errors: 404 `subscription.none`. */
export async function currentPeriod(env: Env, reader: Reader): Promise<Current> {
  const [subscription, versions] = await subscribedNow(env, reader);
  return periodOf(reader, subscription, versions);
}

/** The subscription that runs now, with its versions. Errors: 404 `subscription.none`. */
export function subscribedNow(env: Env, reader: Reader): Promise<[Subscription, Versions]> {
  return Promise.all([
    currentSubscription(env, reader),
    versionsOf(env.DB, reader.tenantId, reader.nowMs),
  ]);
}

function none(): Problem {
  return new Problem("subscription.none", "No active subscription found");
}

/** The subscription that runs now. Errors: 404 `subscription.none`. */
async function currentSubscription(env: Env, { tenantId, nowMs }: Reader): Promise<Subscription> {
  const subscription = activeAt(await subscriptionsOf(env.DB, tenantId, nowMs), nowMs);
  if (!subscription) throw none();
  return subscription;
}

/** The period of a subscription that runs now. Errors: 404 `subscription.none`. */
export function periodOf(
  { nowMs }: Pick<Reader, "nowMs">,
  subscription: Subscription,
  versions: Versions,
): Current {
  const { billingSchedule, log } = subscription;
  const period = billingPeriodAt(billingSchedule, endOf(log), nowMs);
  const version = versions.get(planSegmentAt(log, nowMs)?.versionId ?? "");
  if (!period || !version) throw none();
  return { subscription, versions, version, period };
}
