/** Plans: what the operator offers. `lifecycle/rollout.ts` edits them, by new versions. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import type { BudgetValues } from "../../core/budget.ts";
import { type FieldError, invalidField, notFound, Problem } from "../../core/errors.ts";
import { minorOf } from "../../core/money.ts";
import type { Interval } from "../../core/period.ts";
import { HOUR_MS } from "../../core/time.ts";
import { DEFAULT_THRESHOLDS } from "../../metering/counter/limit.ts";
import { commit } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type PriceInput, parsePrice } from "../price/price.ts";
import type { CycleName } from "./cycle.ts";
import {
  insertPlan,
  insertVersion,
  type Plan,
  type PlanVersion,
  readPlan,
  updatePlan,
} from "./plan-store.ts";
import { type BaseTiming, CORRECTION_ACTS, type CorrectionAct, type Offer } from "./version.ts";

const MAX_AMOUNT_MINOR = 10n ** 12n;

export type VersionInput = {
  currency: string;
  baseTiming: BaseTiming | null;
  usageInterval: Interval | null;
  basePrices: Readonly<Record<CycleName, number | string | null>>;
  minimum: number | string | null;
  leastInvoice: number | string | null;
  graceHours: number | null;
  finalizeZero: boolean;
  /** Null: as the plan's other versions, or without tax. */
  taxInclusive: boolean | null;
  tenantMay: readonly CorrectionAct[];
  budgets: BudgetValues;
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

/** The row and the offers of a version. Errors: 422 naming every wrong field. */
export function versionFrom(
  input: VersionInput,
  planId: string,
  version: number,
  createdMs: number,
): { version: PlanVersion; offers: Offer[] } {
  const { currency, basePrices } = input;
  const amount = (value: number | string | null, pointer: string): number | null => {
    if (value === null) return null;
    const minor = minorOf(value, currency);
    if (minor === null || minor > MAX_AMOUNT_MINOR) {
      throw invalidField(pointer, `is an amount in ${currency}`);
    }
    return Number(minor);
  };
  const base = (cycle: CycleName) => amount(basePrices[cycle], `/base_price_${cycle}`);
  return {
    version: {
      id: makeId("plv", createdMs),
      planId,
      version,
      currency,
      baseTiming: input.baseTiming,
      usageInterval: input.usageInterval,
      baseWeekMinor: base("weekly"),
      baseMonthMinor: base("monthly"),
      baseQuarterMinor: base("quarterly"),
      baseHalfYearMinor: base("half_yearly"),
      baseYearMinor: base("yearly"),
      minimumMinor: amount(input.minimum, "/minimum_commitment") ?? 0,
      leastInvoiceMinor: amount(input.leastInvoice, "/minimum_invoice") ?? 0,
      graceMs: Math.round((input.graceHours ?? 1) * HOUR_MS),
      finalizeZero: input.finalizeZero,
      taxInclusive: input.taxInclusive ?? false,
      createdMs,
      tenantMay: CORRECTION_ACTS.filter((act) => input.tenantMay.includes(act)),
      budgets: input.budgets,
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
