/**
 * Who may correct usage that is billed. What a plan prices for a tenant is corrected by the
 * operator, or by the tenant where the version that holds for it grants that.
 */

import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { limitsOf } from "../../accounts/store/budget-store.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { otherTenant } from "../../accounts/tenant/tenant.ts";
import { BUDGETS } from "../../core/budget.ts";
import { Problem } from "../../core/errors.ts";
import { listMetrics, type Metric, UNDECLARED } from "../../metering/catalogue/catalogue.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readVersion, readVersions } from "../plan/plan-store.ts";
import type { CorrectionAct } from "../plan/version.ts";
import { type Subscription, subscriptionsOf } from "../subscription/store.ts";
import { planSegmentAt } from "../subscription/timeline.ts";

const EVER = Number.MIN_SAFE_INTEGER;

const WORDS: Readonly<Record<CorrectionAct, string>> = {
  void: "take its events back",
  declare: "declare how it counts",
  import: "import or take back its older usage",
};

/**
 * Refuses an act where one of the metrics that it concerns is priced by any version that the tenant
 * has, had or will have, unless the version that holds now grants the act. `metricsOf` is asked
 * only where that decides. Errors: 403 `usage.billed`.
 */
export async function insistMay(
  env: Env,
  actor: Actor,
  act: CorrectionAct,
  metricsOf: () => Promise<readonly string[]>,
): Promise<void> {
  if (actor.operator) return;
  const subscriptions = await subscriptionsOf(env.DB, actor.tenantId, EVER);
  const holding = holdingVersionId(subscriptions, actor.nowMs);
  if (holding === null) return;
  const granted = (await readVersion(env.DB, holding))?.tenantMay ?? [];
  if (granted.includes(act)) return;
  const priced = new Set(await pricedMetrics(env, subscriptions));
  const metric = (await metricsOf()).find((name) => priced.has(name));
  if (metric === undefined) return;
  throw new Problem(
    "usage.billed",
    `${metric} is priced by your plan, so only the operator may ${WORDS[act]}; ` +
      "ask the operator to do it, or for a plan that lets you",
  );
}

/** The metrics that a subscription prices, each as it counts for the tenant, by name. */
export async function countedMetrics(env: Env, subscription: Subscription): Promise<Metric[]> {
  const priced = new Set(await pricedMetrics(env, [subscription]));
  const known = await listMetrics(env.DB, subscription.row.tenant);
  const declared = new Set(known.map(({ name }) => name));
  const undeclared = [...priced].filter((name) => !declared.has(name));
  return [
    ...known.filter(({ name }) => priced.has(name)),
    ...undeclared.map((name) => ({ ...UNDECLARED, name })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The metrics that any version in the logs of some subscriptions prices. */
async function pricedMetrics(env: Env, subscriptions: readonly Subscription[]): Promise<string[]> {
  const ids = subscriptions.flatMap(({ log }) => log.map(({ versionId }) => versionId));
  const versions = [...(await readVersions(env.DB, ids)).values()];
  const names = versions.flatMap(({ offers }) => offers.map(({ price }) => price.metric));
  return [...new Set(names)];
}

/** The version that holds at an instant; after an end the last one, before a start the first. */
function holdingVersionId(subscriptions: readonly Subscription[], atMs: number): string | null {
  const begun = subscriptions.filter(({ billingSchedule }) => billingSchedule.startMs <= atMs);
  const { log } = begun.at(-1) ?? subscriptions[0] ?? { log: [] };
  return (planSegmentAt(log, atMs) ?? log.at(begun.length > 0 ? -1 : 0))?.versionId ?? null;
}

/**
 * Whose usage is corrected, as the actor: its own tenant's, or for the operator that of the tenant
 * it names by its id or external id, at that tenant's time. Errors: 404.
 */
export async function actorFor(env: Env, actor: Actor, named: string | undefined): Promise<Actor> {
  const tenant = await otherTenant(env, actor, named);
  if (!tenant) return actor;
  const { id: tenantId, name: tenantName } = tenant;
  const [{ nowMs, mode }, limits] = await Promise.all([
    tenantClock(env.DB, tenantId),
    limitsOf(env.DB, { tenantId }),
  ]);
  const eventsPerMinute = limits.events_per_minute.limit;
  const metricNames = limits.metric_names.limit ?? BUDGETS.metric_names.limit;
  return {
    ...actor,
    tenantId,
    tenantName,
    mode,
    nowMs,
    userId: null,
    eventsPerMinute,
    metricNames,
  };
}

/** Logs with the operator what it does to another tenant's usage; that tenant's log has it too. */
export async function logForOperator(
  env: Env,
  author: Actor,
  actor: Actor,
  entry: { action: string; target: string },
): Promise<void> {
  if (author.tenantId !== OPERATOR_TENANT || actor.tenantId === author.tenantId) return;
  const detail = { tenant: actor.tenantId };
  await auditRow(env.DB, author, { ...entry, detail }, author.realMs).run();
}
