/** Subscribing a tenant: one atomic batch, then the new terms are pushed to its meter. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistReach } from "../../accounts/guard/guard.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { findTenant, OPERATOR_TENANT, type Tenant } from "../../accounts/store/tenant-store.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import {
  type AnchorKind,
  fitsInto,
  INTERVALS,
  type Interval,
  isTimeZone,
  startOfDay,
} from "../../core/period.ts";
import { DAY_MS, parseTime, timeText } from "../../core/time.ts";
import { ensureTenantCustomer } from "../../documents/party/party-store.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { closeDue, scheduleClose } from "../period/close.ts";
import { pushTerms, termsChanged } from "../period/push.ts";
import { ownBasePrice } from "../plan/cycle.ts";
import { basePriceOf, findPlan } from "../plan/offered.ts";
import { readVersions, type VersionedPlan } from "../plan/plan-store.ts";
import type { BaseTiming } from "../plan/version.ts";
import { grantBudgets } from "../subscription/grant.ts";
import {
  endPast,
  insertChange,
  insertSubscription,
  readSubscription,
  type Subscription,
  type SubscriptionRow,
  subscriptionsOf,
} from "../subscription/store.ts";
import { billingPeriod, type Change, firstNumber } from "../subscription/timeline.ts";

/** How far from now a subscription may start. */
const START_RANGE_MS = 400 * DAY_MS;
export type SubscribeInput = {
  /** Its id or external id. */
  tenant: string;
  plan: string;
  planVersion: number | null;
  cycle: Interval;
  anchor: AnchorKind;
  timeZone: string;
  /** An RFC 3339 time, or a day that begins in the time zone; null: now. */
  start: string | null;
  trialEnd: string | null;
  basePrice: number | string | null;
  currency: string | null;
  seats: number;
  baseTiming: BaseTiming | null;
  /** What its invoices refer to, where that is not the customer's. */
  buyerReference?: string | null;
  purchaseOrder?: string | null;
};

/**
 * Creates the subscription of a tenant. Errors: 404 for an unknown tenant, 409
 * `subscription.exists`, 422 naming the wrong field.
 */
export async function createSubscription(
  env: Env,
  actor: Actor,
  input: SubscribeInput,
): Promise<Subscription> {
  const tenant = await findTenant(env.DB, input.tenant);
  if (!tenant) throw notFound("tenant");
  insistReach(actor, tenant.id);
  if (tenant.operator) throw invalidField("/tenant_id", "the operator subscribes to nothing");
  const offered = await findPlan(env, input.plan, input.planVersion);
  const { nowMs } = await tenantClock(env.DB, tenant.id);
  const { row, start } = draftSubscription({ ...input, tenant: tenant.id }, offered, nowMs);
  await insistAfterEarlier(env, row);
  await writeSubscription(env, actor, { tenant, offered, row, start, nowMs });
  await pushTerms(env, tenant.id, nowMs);
  await closeDue(env, row.id, { nowMs, realMs: actor.realMs });
  const made = await readSubscription(env.DB, row.id);
  if (!made) throw new Error(`subscription ${row.id} vanished`);
  return made;
}

function draftSubscription(
  input: SubscribeInput,
  { version }: VersionedPlan,
  nowMs: number,
): { row: SubscriptionRow; start: Change } {
  const { cycle, anchor, timeZone, tenant } = input;
  if (!isTimeZone(timeZone))
    throw invalidField("/time_zone", "is an IANA time zone, such as Europe/Berlin");
  const currency = input.currency ?? version.currency;
  if (currency !== version.currency) {
    throw invalidField("/currency", `is ${version.currency}, as the plan's`);
  }
  const startMs = timeOf(input.start, timeZone, "/start_date") ?? nowMs;
  if (Math.abs(startMs - nowMs) > START_RANGE_MS) {
    throw invalidField("/start_date", "is at most 400 days from now");
  }
  const trialEndMs = timeOf(input.trialEnd, timeZone, "/trial_end");
  if (trialEndMs !== null && !(trialEndMs > startMs && trialEndMs - startMs < START_RANGE_MS)) {
    throw invalidField("/trial_end", "is after the start, by at most 400 days");
  }
  const row: SubscriptionRow = {
    id: makeId("sub", nowMs),
    tenant,
    status: "active",
    cycle,
    usageInterval: usageIntervalOf(version, cycle),
    baseTiming: input.baseTiming ?? version.baseTiming ?? usualTiming(cycle),
    anchor,
    timeZone,
    currency,
    startMs,
    trialEndMs,
    endMs: null,
    createdMs: nowMs,
    taxInclusive: version.taxInclusive,
    buyerReference: input.buyerReference ?? null,
    purchaseOrder: input.purchaseOrder ?? null,
  };
  const basePriceMinor = basePriceOf(
    input.basePrice,
    ownBasePrice(version, cycle),
    version.currency,
  );
  const { id: versionId } = version;
  const start: Change = {
    seq: 1,
    kind: "start",
    atMs: startMs,
    versionId,
    basePriceMinor,
    seats: input.seats,
  };
  return { row, start };
}

/** How often usage is billed: as the version says where that fits, else with the base price. */
function usageIntervalOf({ usageInterval }: VersionedPlan["version"], cycle: Interval): Interval {
  return usageInterval !== null && fitsInto(usageInterval, cycle) ? usageInterval : cycle;
}

/** Longer cycles than a month are paid in advance, unless plan or subscription say otherwise. */
function usualTiming(cycle: Interval): BaseTiming {
  return INTERVALS.indexOf(cycle) > INTERVALS.indexOf("month") ? "advance" : "arrears";
}

function timeOf(text: string | null, timeZone: string, pointer: string): number | null {
  if (text === null) return null;
  const atMs = parseTime(text) ?? startOfDay(text, timeZone);
  if (atMs === null) throw invalidField(pointer, "is an RFC 3339 time, or a day as 2026-01-31");
  return atMs;
}

async function insistAfterEarlier(env: Env, row: SubscriptionRow): Promise<void> {
  const earlier = await subscriptionsOf(env.DB, row.tenant, row.startMs);
  for (const { row: other } of earlier) {
    if (other.endMs === null) {
      throw new Problem("subscription.exists", `${other.id} is active; cancel or change it`);
    }
    if (other.endMs > row.startMs) {
      throw invalidField("/start_date", `is not before ${other.id} ends, ${timeText(other.endMs)}`);
    }
  }
}

type Made = {
  tenant: Tenant;
  offered: VersionedPlan;
  row: SubscriptionRow;
  start: Change;
  nowMs: number;
};

async function writeSubscription(env: Env, actor: Actor, made: Made): Promise<void> {
  const { tenant, offered, row, start, nowMs } = made;
  const { DB } = env;
  const versions = await readVersions(DB, [offered.version.id]);
  const first = billingPeriod(row, null, firstNumber(row));
  const subscription: Subscription = { row, billingSchedule: row, log: [start] };
  const closing: D1PreparedStatement[] = first
    ? [scheduleClose(env, subscription, versions, first, tenant.mode)]
    : [];
  const target = row.id;
  const detail = { tenant: tenant.id, plan: offered.plan.code, version: offered.version.version };
  try {
    await commit(DB, [
      ensureTenantCustomer(DB, OPERATOR_TENANT, tenant.id, tenant.name, nowMs),
      endPast(DB, tenant.id, row.startMs),
      insertSubscription(DB, row),
      insertChange(DB, row.id, start, nowMs),
      ...grantBudgets(DB, row, [start]),
      ...termsChanged(env, tenant.id, actor.realMs),
      ...closing,
      auditRow(DB, actor, { action: "subscription.created", target, detail }, actor.realMs),
      announce(DB, {
        id: `${row.id}:created`,
        tenant: tenant.id,
        type: "subscription.created",
        atMs: nowMs,
        body: { subscription_id: row.id, plan: offered.plan.code },
      }),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "subscriptions")) throw error;
    throw new Problem("subscription.exists", "the tenant has an active subscription already");
  }
}
