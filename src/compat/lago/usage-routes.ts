/** What a customer has used: the running period, and those that are closed. */
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { metricsOf } from "../../billing/period/counted.ts";
import type { Metrics } from "../../billing/period/statement.ts";
import { type ClosedPeriod, countPeriods, listPeriods } from "../../billing/period/store.ts";
import { readVersions } from "../../billing/plan/plan-store.ts";
import type { Versions } from "../../billing/plan/version.ts";
import { DEFAULT_MODEL } from "../../billing/price/registry.ts";
import { livePeriod } from "../../billing/usage/live.ts";
import type { UsageRule } from "../../metering/intake/rule.ts";
import { rulesFor } from "../../metering/intake/rule-store.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { lacking } from "./errors.ts";
import { askedPage, metaOf, wholeIn } from "./page.ts";
import { queryOf, type Route } from "./route.ts";
import { type Closed, closedUsage, showUsage, type Used } from "./usage.ts";
import { uuidOf } from "./uuid.ts";
import { tenantCalled } from "./whose.ts";

type Call = Context<AppEnv>;

/** The tenant of a customer. Errors: 404 where the query names another one's subscription. */
async function readerOf(c: Call, actor: Actor, id: string): Promise<Actor> {
  const reader = await tenantCalled(c.env, actor, id, "customer");
  const named = queryOf(c).get("external_subscription_id");
  if (named === null || named === "") return reader;
  const other = await tenantCalled(c.env, actor, named, "subscription");
  if (other.tenantId !== reader.tenantId) throw lacking("subscription");
  return reader;
}

/** Errors: 405 `no_active_subscription`. */
async function currentUsage(c: Call, id: string): Promise<Response> {
  const reader = await readerOf(c, allow(c, "usage.read", "tenants"), id);
  const live = await livePeriod(c.env, reader);
  const { period, version, subscription, statement, counted } = live;
  const events = new Map(
    counted.counts
      .filter(({ untilMs }) => untilMs === period.endMs)
      .map((count) => [count.metric, count.events]),
  );
  const closed = statement.usage.map((usage) => ({
    usage,
    versionId: version.id,
    events: events.get(usage.metric) ?? 0,
  }));
  const known = await knownOf(c.env, reader);
  const { startMs, endMs } = period;
  const { currency } = subscription.row;
  const used = wantedOf(c, closed).map((one) => usedBy(one, live.versions, known));
  return c.json({
    customer_usage: showUsage({ startMs, endMs, currency, documentId: null, used }),
  });
}

/** Periods of one page: each may have thousands of lines. */
const MAX_PERIODS = 20;

/** What closed periods came to, newest first. */
async function pastUsage(c: Call, id: string): Promise<Response> {
  const reader = await readerOf(c, allow(c, "billing.read", "tenants"), id);
  const asked = askedPage(queryOf(c));
  const size = Math.min(asked.size, MAX_PERIODS);
  const page = { ...asked, size, offset: (asked.page - 1) * size };
  const most = wholeIn(queryOf(c), "periods_count") ?? Number.POSITIVE_INFINITY;
  const total = Math.min(await countPeriods(c.env.DB, reader.tenantId), most);
  const periods = await periodsOf(c.env, reader.tenantId, {
    offset: page.offset,
    size: Math.max(0, Math.min(size, total - page.offset)),
  });
  const ids = periods.flatMap(({ lines }) => lines.map(({ versionId }) => versionId));
  const [known, versions] = await Promise.all([
    knownOf(c.env, reader),
    readVersions(c.env.DB, ids),
  ]);
  const usage_periods = periods.map((period) => {
    const used = wantedOf(c, closedUsage(period)).map((one) => usedBy(one, versions, known));
    return showUsage({ ...period, used });
  });
  return c.json({ usage_periods, meta: metaOf(page, total) });
}

/** The periods of a page, in as many reads as their lines take. */
async function periodsOf(
  env: Env,
  tenant: string,
  { offset, size }: { offset: number; size: number },
): Promise<ClosedPeriod[]> {
  const found: ClosedPeriod[] = [];
  while (found.length < size) {
    const filter = { tenant, subscriptionId: null, before: null, offset: offset + found.length };
    const { periods } = await listPeriods(env.DB, filter, size - found.length);
    if (periods.length === 0) break;
    found.push(...periods);
  }
  return found;
}

/** All of it, or that of the metric that the query names. */
function wantedOf(c: Call, closed: readonly Closed[]): readonly Closed[] {
  const code = queryOf(c).get("billable_metric_code");
  return code ? closed.filter(({ usage }) => usage.metric === code) : closed;
}

/** What is known of a tenant's metrics, and the rules that count them. */
type Known = { metrics: Metrics; rules: readonly UsageRule[] };

async function knownOf(env: Env, reader: Actor): Promise<Known> {
  const [metrics, rules] = await Promise.all([
    metricsOf(env, reader.tenantId),
    rulesFor(env, reader),
  ]);
  return { metrics, rules };
}

function usedBy(closed: Closed, versions: Versions, { metrics, rules }: Known): Used {
  const { metric } = closed.usage;
  const offers = versions.get(closed.versionId)?.offers ?? [];
  const rule = rules.find((one) => one.metric === metric);
  return {
    ...closed,
    model: offers.find(({ price }) => price.metric === metric)?.price.model ?? DEFAULT_MODEL,
    aggregation: metrics.get(metric)?.aggregation ?? null,
    billable: rule ? { uuid: uuidOf(rule.id), name: rule.name || metric } : null,
  };
}

export const usageRoutes: readonly Route[] = [
  { method: "GET", path: /^\/customers\/(.+)\/current_usage$/, answer: currentUsage },
  { method: "GET", path: /^\/customers\/(.+)\/past_usage$/, answer: pastUsage },
];
