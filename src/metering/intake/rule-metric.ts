/** Declaring the metrics of usage rules in a tenant, before what is counted by them is recorded. */
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { reachedText } from "../../core/budget.ts";
import { type ErrorCode, Problem } from "../../core/errors.ts";
import { evictOldest } from "../../core/recent.ts";
import { SECOND_MS } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { isStandard, knownMetricsOf } from "../catalogue/catalogue.ts";
import { declareNewMetrics } from "../metric/metric.ts";
import type { Mapped } from "./foreign.ts";
import { metricOfRule, rulesUsed, type UsageRule } from "./rule.ts";

const CACHE_TENANTS = 10_000;
/** For how long a tenant without room for a metric is not asked again. */
const FULL_MS = 30 * SECOND_MS;
/** Tenants that one request declares metrics in, at some queries each, and of them at once. */
const MOST_TENANTS = 50;
const AT_ONCE = 6;

/** By tenant the metrics that are known to be in its catalogue, where they stay. */
const declared = new Map<string, Set<string>>();
/** Tenants whose budget of metrics was reached, until when, in real time. */
const full = new Map<string, number>();

/** One tenant's part of a request: who records what, by which rules. */
export type RuledShare = {
  actor: Actor;
  rules: readonly UsageRule[];
  events: readonly Mapped[];
};

type Missing = { share: RuledShare; rules: UsageRule[] };
type Refused = { code: ErrorCode; detail: string };

/**
 * Declares in the actor's tenant the metrics by whose rules its events were counted, as the rules
 * say it; one that is there already, declared or used, stays as it is. An isolate asks once for a
 * tenant and metric. Answers the events, those refused for which there is no room for a metric.
 */
export async function ensureDeclared(
  env: Env,
  actor: Actor,
  rules: readonly UsageRule[],
  events: readonly Mapped[],
): Promise<readonly Mapped[]> {
  const [ready = []] = await ensureDeclaredAll(env, [{ actor, rules, events }]);
  return ready;
}

/**
 * As `ensureDeclared` for several tenants, with one query for all of them and a few more for each
 * that lacks a metric: for 50 of them a request, whose others are refused as `service.busy`, to be
 * sent again.
 */
export async function ensureDeclaredAll(
  env: Env,
  shares: readonly RuledShare[],
): Promise<(readonly Mapped[])[]> {
  const missing = await missingOf(env.DB, shares);
  if (missing.length === 0) return shares.map(({ events }) => events);
  const refused = new Map<RuledShare, Map<string, Refused>>();
  const waiting = missing.slice(0, MOST_TENANTS).values();
  const work = async () => {
    for (const one of waiting) refused.set(one.share, await declareMissing(env, one));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  for (const { share, rules } of missing.slice(MOST_TENANTS)) {
    refused.set(share, new Map(rules.map(({ metric }) => [metric, LATER])));
  }
  return shares.map((share) => refusing(share.events, refused.get(share)));
}

const LATER: Refused = {
  code: "service.busy",
  detail: "the metrics of many tenants are being declared; send the event again",
};

/** The rules whose metrics tenants lack, by one query for what is not known here. */
async function missingOf(db: D1Database, shares: readonly RuledShare[]): Promise<Missing[]> {
  const asked = shares.flatMap((share): Missing[] => {
    const seen = declared.get(share.actor.tenantId);
    const rules = rulesUsed(share.rules, share.events).filter(
      ({ metric }) => !isStandard(metric) && !seen?.has(metric),
    );
    return rules.length === 0 ? [] : [{ share, rules }];
  });
  if (asked.length === 0) return [];
  const names = asked.map(
    ({ share, rules }) => [share.actor.tenantId, rules.map(({ metric }) => metric)] as const,
  );
  const known = await knownMetricsOf(db, names);
  return asked.flatMap(({ share, rules }) => {
    const { tenantId } = share.actor;
    const there = known.get(tenantId);
    if (there) remember(tenantId, there);
    const missing = rules.filter(({ metric }) => !there?.has(metric));
    return missing.length === 0 ? [] : [{ share, rules: missing }];
  });
}

/** Declares a tenant's missing metrics; answers those for which there is no room, and why. */
async function declareMissing(env: Env, { share, rules }: Missing): Promise<Map<string, Refused>> {
  const { actor } = share;
  const refused = new Map<string, Refused>();
  if ((full.get(actor.tenantId) ?? 0) <= actor.realMs) {
    full.delete(actor.tenantId);
    if (await declares(env, actor, rules)) return refused;
  }
  const detail = reachedText("metric_names", actor.metricNames);
  for (const rule of rules) {
    const isDeclared = !full.has(actor.tenantId) && (await declares(env, actor, [rule]));
    if (isDeclared) continue;
    evictOldest(full, CACHE_TENANTS);
    full.set(actor.tenantId, actor.realMs + FULL_MS);
    refused.set(rule.metric, { code: "budget.reached", detail });
  }
  return refused;
}

/** Declares the metrics of some rules, false where there is no room for all of them. */
async function declares(env: Env, actor: Actor, rules: readonly UsageRule[]): Promise<boolean> {
  try {
    await declareNewMetrics(env, onTheWay(actor), rules.map(metricOfRule));
  } catch (error) {
    if (error instanceof Problem && error.code === "budget.reached") return false;
    throw error;
  }
  remember(
    actor.tenantId,
    rules.map(({ metric }) => metric),
  );
  return true;
}

/** The events, with those of metrics that are not there refused. */
function refusing(
  events: readonly Mapped[],
  refused: ReadonlyMap<string, Refused> | undefined,
): readonly Mapped[] {
  if (!refused || refused.size === 0) return events;
  return events.map((event) => {
    const why = "item" in event ? refused.get(event.item.metric_name) : undefined;
    return why ? { at: event.at, ...why } : event;
  });
}

function remember(tenant: string, names: Iterable<string>): void {
  let seen = declared.get(tenant);
  if (!seen) {
    evictOldest(declared, CACHE_TENANTS);
    seen = new Set();
    declared.set(tenant, seen);
  }
  for (const name of names) seen.add(name);
}
