/** What a customer has used: the running period, and those that are closed. */
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { metricsOf } from "../../billing/period/counted.ts";
import { DEFAULT_MODEL } from "../../billing/price/registry.ts";
import { type Live, livePeriod } from "../../billing/usage/live.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import { rulesFor } from "../../metering/intake/rule-store.ts";
import { lacking } from "./errors.ts";
import { queryOf, type Route } from "./route.ts";
import { showUsage, type Used } from "./usage.ts";
import { uuidOf } from "./uuid.ts";
import { tenantCalled } from "./whose.ts";

type Call = Context<AppEnv>;

/** The tenant of a customer. Errors: 404 where the query names another one's subscription. */
async function readerOf(c: Call, id: string): Promise<Actor> {
  const actor = allow(c, "usage.read", "tenants");
  const reader = await tenantCalled(c.env, actor, id, "customer");
  const named = queryOf(c).get("external_subscription_id");
  if (named === null || named === "") return reader;
  const other = await tenantCalled(c.env, actor, named, "subscription");
  if (other.tenantId !== reader.tenantId) throw lacking("subscription");
  return reader;
}

/** Errors: 405 `no_active_subscription`. */
async function currentUsage(c: Call, id: string): Promise<Response> {
  const reader = await readerOf(c, id);
  const live = await livePeriod(c.env, reader);
  const used = await usedIn(c, reader, live);
  const { period, version, subscription } = live;
  const code = queryOf(c).get("billable_metric_code");
  const usage = showUsage({
    startMs: period.startMs,
    endMs: period.endMs,
    currency: subscription.row.currency,
    versionId: version.id,
    used: code ? used.filter(({ usage: { metric } }) => metric === code) : used,
  });
  return c.json({ customer_usage: usage });
}

/** What the plan prices, each with its usage so far. */
async function usedIn(c: Call, reader: Actor, live: Live): Promise<Used[]> {
  const [metrics, rules] = await Promise.all([
    metricsOf(c.env, reader.tenantId),
    rulesFor(c.env, reader),
  ]);
  const { version, statement, counted, period } = live;
  const models = new Map(version.offers.map(({ price }) => [price.metric, price.model]));
  const events = new Map(
    counted.counts
      .filter(({ untilMs }) => untilMs === period.endMs)
      .map((count) => [count.metric, count.events]),
  );
  return statement.usage.map((usage) => ({
    usage,
    model: models.get(usage.metric) ?? DEFAULT_MODEL,
    events: events.get(usage.metric) ?? 0,
    aggregation: metrics.get(usage.metric)?.aggregation ?? null,
    billable: billableOf(rules, usage.metric),
  }));
}

/** The rule of a metric as its billable metric. */
function billableOf(rules: readonly UsageRule[], metric: string): Used["billable"] {
  const rule = rules.find((one) => one.metric === metric);
  return rule ? { uuid: uuidOf(rule.id), name: rule.name || metric } : null;
}

export const usageRoutes: readonly Route[] = [
  { method: "GET", path: /^\/customers\/(.+)\/current_usage$/, answer: currentUsage },
];
