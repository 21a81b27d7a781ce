/** /v1/billing/meters: usage rules as meters, and what they counted. */
import type { Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import {
  changeRule,
  createRule,
  ruleScopesOf,
  usageRuleOf,
} from "../../billing/correction/usage-rule.ts";
import { Problem } from "../../core/errors.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import { listRules } from "../../metering/intake/rule-store.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { invalid, noSuch } from "./error.ts";
import { PAGE_PARAMS, pageAmong, pageAsked } from "./list.ts";
import { displayNameGiven, meterGiven, meterIdOf, ruleIdOf, showMeter } from "./meter.ts";
import { choiceOf, insistKnown } from "./param.ts";
import { paramsIn } from "./request.ts";
import { showSummary, summariesAsked, summariesOf, summaryId } from "./summary.ts";

const PATH = "/v1/billing/meters";
/** More than those that hold for a tenant can be. */
const ALL = 1_000;
const STATUSES = ["active", "inactive"] as const;

/** Gives an application the routes of meters. */
export function routeMeters(app: Hono<AppEnv>): void {
  app.post(PATH, async (c) => {
    const actor = allow(c, "metrics.write");
    const given = meterGiven(await paramsIn(c));
    const [same] = await rulesOf(c.env, actor, given.eventType);
    if (same) {
      const named = `A meter with event name "${given.eventType}"`;
      const message = `${named} already exists: ${meterIdOf(same)}.`;
      throw invalid(message, { param: "event_name", code: "resource_already_exists" });
    }
    return c.json(shown(actor, await createRule(c.env, actor, given)));
  });

  app.get(PATH, async (c) => {
    const actor = allow(c, "usage.read", "tenants");
    const params = await paramsIn(c);
    insistKnown(params, [...PAGE_PARAMS, "status"]);
    const status = choiceOf(params, "status", STATUSES);
    const rules = await rulesOf(c.env, actor);
    const asked = rules.filter(
      ({ active }) => status === undefined || STATUSES[active ? 0 : 1] === status,
    );
    const how = { idOf: meterIdOf, show: (rule: UsageRule) => shown(actor, rule) };
    return c.json(pageAmong(PATH, pageAsked(params), asked.reverse(), how));
  });

  app.get(`${PATH}/:id`, async (c) => {
    const actor = allow(c, "usage.read", "tenants");
    insistKnown(await paramsIn(c), []);
    return c.json(shown(actor, await named(c, actor)));
  });

  app.post(`${PATH}/:id`, async (c) => {
    const actor = allow(c, "metrics.write");
    const name = displayNameGiven(await paramsIn(c));
    const rule = await named(c, actor);
    if (name === undefined || name === rule.name) return c.json(shown(actor, rule));
    return c.json(shown(actor, await changeRule(c.env, actor, rule.id, { name })));
  });

  for (const [act, active] of [
    ["deactivate", false],
    ["reactivate", true],
  ] as const) {
    app.post(`${PATH}/:id/${act}`, async (c) => {
      const actor = allow(c, "metrics.write");
      insistKnown(await paramsIn(c), []);
      const rule = await named(c, actor);
      if (rule.active === active) return c.json(shown(actor, rule));
      return c.json(shown(actor, await changeRule(c.env, actor, rule.id, { active })));
    });
  }

  app.get(`${PATH}/:id/event_summaries`, async (c) => {
    const actor = allow(c, "usage.read", "tenants");
    const params = await paramsIn(c);
    const asked = summariesAsked(params);
    const page = pageAsked(params);
    const rule = await named(c, actor);
    const summaries = await summariesOf(c.env, actor, rule, asked);
    const url = `${PATH}/${meterIdOf(rule)}/event_summaries`;
    const live = actor.mode === "live";
    return c.json(
      pageAmong(url, page, summaries, {
        idOf: (summary) => summaryId(rule, asked, summary),
        show: (summary) => showSummary(rule, asked, summary, live),
      }),
    );
  });
}

/** The rules that hold for the actor, in the order in which they were made. */
function rulesOf(env: Env, actor: Actor, eventType?: string): Promise<UsageRule[]> {
  return listRules(env.DB, { scopes: ruleScopesOf(actor), eventType }, ALL);
}

async function named(c: Context<AppEnv>, actor: Actor): Promise<UsageRule> {
  const id = c.req.param("id") ?? "";
  try {
    return await usageRuleOf(c.env, actor, ruleIdOf(id));
  } catch (error) {
    const isUnknown = error instanceof Problem && error.status === 404;
    throw isUnknown ? noSuch("meter", id) : error;
  }
}

function shown({ mode }: Actor, rule: UsageRule) {
  return showMeter(rule, mode === "live");
}

/** A meter that a request made or changed, by its rule's id, as it was answered. */
export async function answeredMeter(env: Env, actor: Actor, ruleId: string) {
  return shown(actor, await usageRuleOf(env, actor, ruleId));
}
