/**
 * Making, changing and deleting usage rules. A rule decides what events are billed as, so one for a
 * metric, or for an event type of the name of a metric, that the tenant's plan prices is the
 * operator's, or the tenant's where its plan lets it declare metrics.
 */
import { sql } from "drizzle-orm";
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistBudget } from "../../accounts/store/budget-store.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { readMetric } from "../../metering/catalogue/catalogue.ts";
import {
  EVERY_TENANT,
  MAX_DIMENSIONS,
  metricOfRule,
  type UsageRule,
} from "../../metering/intake/rule.ts";
import { checkedRule, type RuleFields, type RuleInput } from "../../metering/intake/rule-input.ts";
import {
  countRules,
  countRulesOfType,
  deleteRuleRow,
  forgetRules,
  insertRule,
  listRules,
  readRule,
  updateRule,
} from "../../metering/intake/rule-store.ts";
import { declareMetric, type MetricChange } from "../../metering/metric/metric.ts";
import { commit, insist, insistChanged } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { insistMay } from "./permit.ts";

/** Rules of a scope for one event type. */
export const MAX_RULES_OF_TYPE = 20;
/** More than a scope can have. */
const ALL = 1_001;

/** Whose rules an actor makes: the operator's hold for every tenant, unless it acts for one. */
export function ruleScopeOf({ operator, tenantId }: Actor): string {
  return operator ? EVERY_TENANT : tenantId;
}

/** Whose rules an actor sees: those that hold for it. */
export function ruleScopesOf(actor: Actor): string[] {
  return [...new Set([ruleScopeOf(actor), EVERY_TENANT])];
}

/** True for the operator, and for its keys that act for a tenant. */
function isByOperator({ operator, actedBy }: Actor): boolean {
  return operator || actedBy !== undefined;
}

/** A rule that holds for the actor. Errors: 404. */
export async function usageRuleOf(env: Env, actor: Actor, id: string): Promise<UsageRule> {
  const rule = await readRule(env.DB, ruleScopesOf(actor), id);
  if (!rule) throw notFound("rule");
  return rule;
}

/**
 * Makes a rule: for every tenant with a key of the operator, for the tenant with its own key or one
 * that acts for it, whose metric is then declared there as the rule says it. Errors: 422 for what
 * it says; 403 `usage.billed`; 409 where there is a rule for the event type and metric, where there
 * are 20 for the type, and where the metric counts otherwise; 429 `budget.reached`.
 */
export async function createRule(env: Env, actor: Actor, input: RuleInput): Promise<UsageRule> {
  const { realMs } = actor;
  const rule: UsageRule = {
    ...checkedRule(input),
    id: makeId("rule", realMs),
    tenant: ruleScopeOf(actor),
    byOperator: isByOperator(actor),
    createdMs: realMs,
    updatedMs: realMs,
  };
  await insistMayRule(env, actor, [rule]);
  await declareAsRuled(env, actor, rule);
  await write(env, actor, rule, "usage_rule.create", [
    insertRule(env.DB, rule),
    insistBudget(env.DB, actor, "usage_rules", countRules(sql`${rule.tenant}`)),
  ]);
  return rule;
}

/**
 * Changes the given fields of a rule, which the actor's scope has. Errors: as `createRule`; 404;
 * 403 for a rule that the operator made; 409 where it was changed at the same time.
 */
export async function changeRule(
  env: Env,
  actor: Actor,
  id: string,
  change: Partial<RuleFields>,
): Promise<UsageRule> {
  const held = await ownRule(env, actor, id);
  const fields = checkedRule({ ...fieldsOf(held), ...withoutOldProperty(held, change) });
  const updatedMs = Math.max(actor.realMs, held.updatedMs + 1);
  const rule: UsageRule = { ...held, ...fields, byOperator: isByOperator(actor), updatedMs };
  await insistMayRule(env, actor, [held, rule]);
  await declareAsRuled(env, actor, rule);
  await write(env, actor, rule, "usage_rule.change", [
    updateRule(env.DB, held, rule),
    insistChanged(env.DB),
  ]);
  return rule;
}

/** Deletes a rule of the actor's scope. Errors: 404; 403 as `changeRule`. */
export async function deleteRule(env: Env, actor: Actor, id: string): Promise<void> {
  const rule = await ownRule(env, actor, id);
  await insistMayRule(env, actor, [rule]);
  await commit(env.DB, [
    deleteRuleRow(env.DB, rule),
    insistChanged(env.DB),
    auditOf(env, actor, rule, "usage_rule.delete"),
  ]);
  forgetRules(rule.tenant);
}

function fieldsOf(rule: UsageRule): RuleFields {
  const { id, tenant, byOperator, createdMs, updatedMs, ...fields } = rule;
  return fields;
}

/** A property follows from aggregation and path, where those change and nobody names it. */
function withoutOldProperty(held: UsageRule, change: Partial<RuleFields>): Partial<RuleFields> {
  const isOther = change.aggregation !== undefined && change.aggregation !== held.aggregation;
  return isOther && change.property === undefined ? { ...change, property: null } : change;
}

/** A rule that the actor may change. Errors: 404, 403. */
async function ownRule(env: Env, actor: Actor, id: string): Promise<UsageRule> {
  const rule = await usageRuleOf(env, actor, id);
  if (rule.tenant === ruleScopeOf(actor) && (isByOperator(actor) || !rule.byOperator)) return rule;
  const detail = isByOperator(actor)
    ? "this rule holds for every tenant: change it without BoxCost-Tenant"
    : "the operator made this rule; ask the operator to change it";
  throw new Problem("auth.forbidden", detail);
}

async function insistMayRule(env: Env, actor: Actor, rules: readonly UsageRule[]): Promise<void> {
  if (isByOperator(actor)) return;
  const named = rules.flatMap(({ metric, eventType }) => [metric, eventType]);
  await insistMay(env, actor, "declare", async () => named);
}

/**
 * Declares a rule's metric where it holds for one tenant; for every tenant that is done before each
 * one's first record. Errors: 409 where the metric, or another rule of it, counts otherwise.
 */
async function declareAsRuled(env: Env, actor: Actor, rule: UsageRule): Promise<void> {
  const { tenant, metric: name, aggregation, property } = rule;
  const others = await listRules(env.DB, { scopes: [tenant], metric: name }, ALL);
  const other = others.find((one) => one.id !== rule.id && !countsAlike(one, rule));
  if (other) throw countsOtherwise(rule, other, "by another rule");
  const held = await readMetric(env.DB, actor.tenantId, name);
  if (held?.standard && !countsAlike(held, rule)) throw countsOtherwise(rule, held, "everywhere");
  if (held?.standard || tenant === EVERY_TENANT) return;
  const wanted = metricOfRule(rule);
  const dimensions = [...new Set([...(held?.dimensions ?? []), ...wanted.dimensions])];
  const change: MetricChange = {
    aggregation,
    property,
    dimensions: dimensions.slice(0, MAX_DIMENSIONS),
    description: held?.description || wanted.description,
    unit: held?.unit || wanted.unit,
  };
  const isKnown = held !== null && countsAlike(held, rule);
  const same = isKnown && JSON.stringify({ ...held, ...change }) === JSON.stringify(held);
  if (!same) await declareMetric(env, onTheWay(actor), name, change);
}

type Counted = Pick<UsageRule, "aggregation" | "property">;

function countsAlike(one: Counted, other: Counted): boolean {
  return one.aggregation === other.aggregation && one.property === other.property;
}

function countsOtherwise({ metric }: UsageRule, as: Counted, where: string): Problem {
  const of = as.property === null ? "" : ` of ${as.property}`;
  const detail =
    `${metric} is counted as ${as.aggregation}${of} ${where}; ` +
    "make the rule with that, or for another metric";
  return new Problem("resource.conflict", detail);
}

/** Writes a rule, with what bounds rules of its type. Errors: 409. */
async function write(
  env: Env,
  actor: Actor,
  rule: UsageRule,
  action: string,
  statements: D1PreparedStatement[],
): Promise<void> {
  const { tenant, eventType, metric } = rule;
  const ofType = countRulesOfType(tenant, eventType);
  try {
    await commit(env.DB, [
      ...statements,
      insist(env.DB, sql`${ofType} <= ${MAX_RULES_OF_TYPE}`, {
        code: "resource.conflict",
        detail: `${eventType} has ${MAX_RULES_OF_TYPE} rules; delete one that is not used`,
      }),
      auditOf(env, actor, rule, action),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "usage_rules")) throw error;
    const detail = `there is a rule for ${eventType} and ${metric} already; change that one`;
    throw new Problem("resource.conflict", detail);
  }
  forgetRules(tenant);
}

function auditOf(env: Env, actor: Actor, rule: UsageRule, action: string): D1PreparedStatement {
  const { id: target, eventType, metric, active } = rule;
  const detail = { event_type: eventType, metric_name: metric, active };
  return auditRow(env.DB, actor, { action, target, detail }, actor.realMs);
}
