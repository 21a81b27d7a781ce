/** Lago's billable metrics: the usage rules whose type of event is their metric. */
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import {
  changeRule,
  createRule,
  deleteRule,
  ruleScopeOf,
  ruleScopesOf,
} from "../../billing/correction/usage-rule.ts";
import { Problem } from "../../core/errors.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import { listRules } from "../../metering/intake/rule-store.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { invalid, lacking } from "./errors.ts";
import { fieldsOf, type MetricFields, readMetric, ruleOf, showMetric } from "./metric.ts";
import { askedPage, metaOf } from "./page.ts";
import { objectIn, queryOf, type Route } from "./route.ts";

type Call = Context<AppEnv>;

/** More than two scopes can have. */
const ALL = 2_001;

/** The rule of a code that holds for the actor, its own scope's before every tenant's; or null. */
async function metricCalled(env: Env, actor: Actor, code: string): Promise<UsageRule | null> {
  const filter = { scopes: ruleScopesOf(actor), eventType: code, metric: code };
  const found = await listRules(env.DB, filter, filter.scopes.length);
  const own = ruleScopeOf(actor);
  return found.find(({ tenant }) => tenant === own) ?? found[0] ?? null;
}

async function metricOf(env: Env, actor: Actor, code: string): Promise<UsageRule> {
  const rule = await metricCalled(env, actor, code);
  if (!rule) throw lacking("billable_metric");
  return rule;
}

/** The fields in a body. Errors: 422 for what is lacking, and for what would not be counted so. */
async function fieldsIn(c: Call, held: MetricFields | null): Promise<MetricFields> {
  const read = readMetric(await objectIn(c, "billable_metric"), held);
  if ("fields" in read) return read.fields;
  const detail =
    "the metric lacks what `error_details` names, or asks for what is not counted here: weighted " +
    "sums, recurring metrics, expressions and rounding";
  throw invalid(read.faults, detail);
}

async function create(c: Call): Promise<Response> {
  const actor = allow(c, "metrics.write");
  const fields = await fieldsIn(c, null);
  const held = await metricCalled(c.env, actor, fields.code);
  if (held && held.tenant === ruleScopeOf(actor)) {
    throw invalid({ code: ["value_already_exist"] }, "a billable metric has this code");
  }
  const rule = await counted(() => createRule(c.env, actor, ruleOf(fields)));
  return c.json({ billable_metric: showMetric(rule) });
}

async function change(c: Call, code: string): Promise<Response> {
  const actor = allow(c, "metrics.write");
  const held = await metricOf(c.env, actor, code);
  const fields = await fieldsIn(c, fieldsOf(held));
  if (fields.code !== code) {
    throw invalid({ code: ["value_is_invalid"] }, "a code stays: make another metric");
  }
  const rule = await counted(() => changeRule(c.env, actor, held.id, ruleOf(fields)));
  return c.json({ billable_metric: showMetric(rule) });
}

/** A rule that was written. Errors: 422 where its metric counts otherwise, or is too many. */
async function counted(write: () => Promise<UsageRule>): Promise<UsageRule> {
  try {
    return await write();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "resource.conflict") throw error;
    throw invalid({ aggregation_type: ["value_is_invalid"] }, error.message);
  }
}

async function remove(c: Call, code: string): Promise<Response> {
  const actor = allow(c, "metrics.write");
  const rule = await metricOf(c.env, actor, code);
  await deleteRule(c.env, actor, rule.id);
  return c.json({ billable_metric: showMetric(rule) });
}

async function findOne(c: Call, code: string): Promise<Response> {
  const actor = allow(c, "usage.read");
  return c.json({ billable_metric: showMetric(await metricOf(c.env, actor, code)) });
}

async function listAll(c: Call): Promise<Response> {
  const actor = allow(c, "usage.read");
  const page = askedPage(queryOf(c));
  const rules = await listRules(c.env.DB, { scopes: ruleScopesOf(actor) }, ALL);
  const all = rules.filter(({ eventType, metric }) => eventType === metric);
  const shown = all.slice(page.offset, page.offset + page.size);
  return c.json({ billable_metrics: shown.map(showMetric), meta: metaOf(page, all.length) });
}

export const metricRoutes: readonly Route[] = [
  { method: "POST", path: /^\/billable_metrics$/, answer: create },
  { method: "GET", path: /^\/billable_metrics$/, answer: listAll },
  { method: "GET", path: /^\/billable_metrics\/(.+)$/, answer: findOne },
  { method: "PUT", path: /^\/billable_metrics\/(.+)$/, answer: change },
  { method: "DELETE", path: /^\/billable_metrics\/(.+)$/, answer: remove },
];
