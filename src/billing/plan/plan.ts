/** Plans: what the operator offers. Editing makes a new version, which rolls out at boundaries. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { type FieldError, invalidField, notFound, Problem } from "../../core/errors.ts";
import { minorOf } from "../../core/money.ts";
import type { Interval } from "../../core/period.ts";
import { HOUR_MS, MINUTE_MS } from "../../core/time.ts";
import { DEFAULT_THRESHOLDS } from "../../metering/counter/limit.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { schedule, unschedule } from "../../platform/queue/due.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Offer } from "../period/terms.ts";
import { type PriceInput, parsePrice } from "../price/price.ts";
import { readSubscription, subscribersOf } from "../store/store.ts";
import { append } from "../subscription/change.ts";
import {
  type BaseTiming,
  type Change,
  cycleAt,
  endOf,
  standing,
  stretchAt,
} from "../subscription/timeline.ts";
import {
  insertPlan,
  insertVersion,
  type Plan,
  type PlanVersion,
  readPlan,
  readPlanVersion,
  readVersion,
  readVersions,
  updatePlan,
} from "./plan-store.ts";

export const PLAN_ROLLOUT = "plan.rollout";
const MAX_AMOUNT_MINOR = 10n ** 12n;
const ROLLOUT_BATCH = 50;

export type VersionInput = {
  currency: string;
  baseTiming: BaseTiming | null;
  usageInterval: Interval | null;
  baseMonth: number | string | null;
  baseYear: number | string | null;
  minimum: number | string | null;
  leastInvoice: number | string | null;
  graceHours: number | null;
  finalizeZero: boolean;
  /** Null: as the plan's other versions, or without tax. */
  taxInclusive: boolean | null;
  prices: (PriceInput & {
    hard_limit?: boolean | undefined;
    alert_thresholds?: number[] | undefined;
  })[];
};

/** Creates a plan with its first version. Errors: 409 for a code that is taken, 422. */
export async function createPlan(
  env: Env,
  actor: Actor,
  given: { code: string; name: string; description: string },
  input: VersionInput,
): Promise<Plan> {
  const plan = { ...given, id: makeId("pln", actor.realMs), createdMs: actor.realMs };
  const row: Plan = { ...plan, archivedMs: null };
  const { version, offers } = versionFrom(input, plan.id, 1, actor.realMs);
  try {
    await commit(env.DB, [
      insertPlan(env.DB, row),
      ...insertVersion(env.DB, version, offers),
      auditRow(env.DB, actor, { action: "plan.created", target: plan.id }, actor.realMs),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "plans")) throw error;
    throw new Problem("resource.conflict", `the plan ${given.code} exists`);
  }
  return row;
}

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
  // The due row goes on where this stops.
  await rolloutVersion(env, version.id, actor.realMs).catch((error: unknown) =>
    console.warn(JSON.stringify({ at: "rollout", version: version.id, error: String(error) })),
  );
  return { plan, version };
}

/** Renames or archives a plan; those who have it keep it. Errors: 404. */
export async function changePlan(
  env: Env,
  actor: Actor,
  name: string,
  change: { name?: string; description?: string; archived?: boolean },
): Promise<Plan> {
  const plan = await readPlan(env.DB, name);
  if (!plan) throw notFound("plan");
  const { archived, ...rest } = change;
  const archivedMs = archived ? (plan.archivedMs ?? actor.realMs) : null;
  const set = { ...rest, ...(archived === undefined ? {} : { archivedMs }) };
  if (Object.keys(set).length === 0) return plan;
  await commit(env.DB, [
    updatePlan(env.DB, plan.id, set),
    auditRow(
      env.DB,
      actor,
      { action: "plan.changed", target: plan.id, detail: change },
      actor.realMs,
    ),
  ]);
  return { ...plan, ...set };
}

function versionFrom(
  input: VersionInput,
  planId: string,
  version: number,
  createdMs: number,
): { version: PlanVersion; offers: Offer[] } {
  const { currency } = input;
  const amount = (value: number | string | null, pointer: string): number | null => {
    if (value === null) return null;
    const minor = minorOf(value, currency);
    if (minor === null || minor > MAX_AMOUNT_MINOR) {
      throw invalidField(pointer, `is an amount in ${currency}`);
    }
    return Number(minor);
  };
  return {
    version: {
      id: makeId("plv", createdMs),
      planId,
      version,
      currency,
      baseTiming: input.baseTiming,
      usageInterval: input.usageInterval,
      baseMonthMinor: amount(input.baseMonth, "/base_price_monthly"),
      baseYearMinor: amount(input.baseYear, "/base_price_yearly"),
      minimumMinor: amount(input.minimum, "/minimum_commitment") ?? 0,
      leastInvoiceMinor: amount(input.leastInvoice, "/minimum_invoice") ?? 0,
      graceMs: Math.round((input.graceHours ?? 1) * HOUR_MS),
      finalizeZero: input.finalizeZero,
      taxInclusive: input.taxInclusive ?? false,
      createdMs,
    },
    offers: offersFrom(input),
  };
}

/** The offers of prices as they are sent. Errors: 422 naming every wrong field. */
export function offersFrom({
  prices,
  currency,
}: Pick<VersionInput, "prices" | "currency">): Offer[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  const offers = prices.flatMap((input, i): Offer[] => {
    const at = `/prices/${i}`;
    const { hard_limit: hard = false, alert_thresholds = DEFAULT_THRESHOLDS, ...price } = input;
    const parsed = parsePrice(price, at, currency);
    if (seen.has(input.metric_name)) {
      errors.push({ pointer: `${at}/metric_name`, detail: "has one price a version" });
    }
    seen.add(input.metric_name);
    if (!parsed.ok) {
      errors.push(...parsed.errors);
      return [];
    }
    const thresholds = [...new Set(alert_thresholds)].sort((a, b) => a - b);
    return [{ price: parsed.price, hard, thresholds }];
  });
  const [first] = errors;
  if (first) throw new Problem("request.invalid", `${first.pointer}: ${first.detail}`, { errors });
  return offers;
}

/** Gives a version to everyone on its plan, from their next boundary on. Safe to repeat. */
export async function rolloutVersion(env: Env, versionId: string, realMs: number): Promise<void> {
  const version = await readVersion(env.DB, versionId);
  if (!version) return;
  for (let after: string | null = null; ; ) {
    const ids = await subscribersOf(env.DB, version.planId, { after, limit: ROLLOUT_BATCH });
    for (const id of ids) await takeOver(env, id, version, realMs);
    after = ids.at(-1) ?? null;
    if (ids.length < ROLLOUT_BATCH) break;
  }
  await unschedule(env.DB, PLAN_ROLLOUT, versionId).run();
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
  const { course, log, row } = subscription;
  const last = standing(log).at(-1);
  const versions = await readVersions(
    env.DB,
    log.map((entry) => entry.versionId),
  );
  const held = last && versions.get(last.versionId);
  if (!last || !held || held.planId !== version.planId || held.version >= version.version) return;
  const { nowMs } = await tenantClock(env.DB, row.tenant);
  const anchorMs = course.trialEndMs ?? course.startMs;
  const boundary = nowMs < anchorMs ? anchorMs : cycleAt(course, nowMs)?.endMs;
  if (boundary === undefined) return;
  const atMs = Math.max(boundary, last.atMs);
  const { basePriceMinor, seats } = stretchAt(log, atMs) ?? last;
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
