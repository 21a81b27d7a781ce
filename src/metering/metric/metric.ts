/** Declaring a metric: the catalogue in D1 first, then the meter. */
import { and, eq } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { budgetOf, budgetReached } from "../../accounts/store/budget-store.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { commit, orm } from "../../platform/db/db.ts";
import type { Store } from "../../platform/db/ledger.ts";
import { schedule, unschedule } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { AGGREGATION_NAMES, AGGREGATIONS } from "../aggregation/registry.ts";
import {
  counterOfMetric,
  declareStatements,
  isStandard,
  knownMetricsOf,
  type Metric,
  raisedVersion,
  readCatalogue,
  readMetric,
  setStrict,
  UNDECLARED,
} from "../catalogue/catalogue.ts";
import { rollupTenant } from "../ledger/table.ts";
import { drained, meterOf } from "../meter/meter.ts";

export type MetricChange = Partial<Omit<Metric, "name" | "standard">>;

/** Due kind: the catalogue changed, and a crash may have kept the meter from being told. */
export const METRICS_PUSH = "metrics.push";

/**
 * Declares or changes a tenant's metric. How it aggregates is fixed by its first event.
 * Errors: 409 for a standard metric or a changed aggregation; 422 for a property that is missing or
 * that the aggregation does not count; 429 `budget.reached`.
 */
export async function declareMetric(
  env: Env,
  actor: Actor,
  name: string,
  given: MetricChange,
): Promise<Metric> {
  if (isStandard(name)) {
    throw new Problem("resource.conflict", `${name} is a standard metric; choose another name`);
  }
  const { tenantId: tenant } = actor;
  const store = await drained(env, tenant);
  const known = await readMetric(env.DB, tenant, name);
  const { standard: _, ...held } = known ?? UNDECLARED;
  const metric: Omit<Metric, "standard"> = { ...held, ...given, name };
  const { needsProperty } = AGGREGATIONS[metric.aggregation];
  if ((needsProperty !== null) !== (metric.property !== null)) {
    const names = AGGREGATION_NAMES.filter((name) => AGGREGATIONS[name].needsProperty !== null);
    const only = names.join(" or ");
    throw invalidField("/property", `is given for the aggregation ${only}, and only for it`);
  }
  const recounts = metric.aggregation !== held.aggregation || metric.property !== held.property;
  if (recounts && (await hasUsage(store, tenant, name))) {
    throw new Problem("resource.conflict", `${name} has usage; its aggregation stays as it is`);
  }
  await writeMetrics(env, actor, [{ metric, change: given }]);
  return { ...metric, standard: false };
}

/**
 * Declares those of some metrics that the tenant does not have, by one batch; one that it has,
 * declared or used, stays as it is. Errors: 429 `budget.reached`.
 */
export async function declareNewMetrics(
  env: Env,
  actor: Actor,
  wanted: readonly Omit<Metric, "standard">[],
): Promise<void> {
  const { tenantId: tenant } = actor;
  await meterOf(env, tenant).drain(tenant);
  const names = wanted.map(({ name }) => name);
  const known = (await knownMetricsOf(env.DB, [[tenant, names]])).get(tenant);
  const missing = wanted.filter(({ name }) => !known?.has(name) && !isStandard(name));
  const declarations = missing.map(({ name, ...change }) => ({
    metric: { name, ...change },
    change,
  }));
  if (declarations.length > 0) await writeMetrics(env, actor, declarations);
}

/** A metric as it is to be, and what of it was said. */
type Declaration = { metric: Omit<Metric, "standard">; change: MetricChange };

async function writeMetrics(
  env: Env,
  actor: Actor,
  declarations: readonly Declaration[],
): Promise<void> {
  const { tenantId: tenant } = actor;
  const most = (await budgetOf(env.DB, actor, "metric_names")) ?? Number.POSITIVE_INFINITY;
  for (const { metric } of declarations) {
    if (!(await meterOf(env, tenant).claimMetric(tenant, metric.name, most))) {
      throw budgetReached("metric_names", most);
    }
  }
  const results = await commit(env.DB, [
    ...declarations.flatMap(({ metric }) => declareStatements(env.DB, tenant, metric, actor.nowMs)),
    schedulePush(env, actor),
    ...declarations.map(({ metric, change }) =>
      auditRow(
        env.DB,
        actor,
        { action: "metric.declare", target: metric.name, detail: change },
        actor.realMs,
      ),
    ),
  ]);
  const changes = declarations.map(({ metric }, i) => ({
    version: raisedVersion(results[2 * i + 1]),
    counter: counterOfMetric(metric),
  }));
  if (await meterOf(env, tenant).applyChanges(tenant, changes)) {
    await unschedule(env.DB, METRICS_PUSH, tenant).run();
  } else await pushMetrics(env, tenant);
}

/**
 * Has the tenant's meter refuse metrics that nobody declared and no plan prices, or take them with
 * a warning. What was recorded under such names stays.
 */
export async function setStrictMetrics(env: Env, actor: Actor, strict: boolean): Promise<void> {
  const { tenantId: tenant } = actor;
  await commit(env.DB, [
    setStrict(env.DB, tenant, strict),
    schedulePush(env, actor),
    auditRow(
      env.DB,
      actor,
      { action: "metrics.strict", target: tenant, detail: { strict } },
      actor.realMs,
    ),
  ]);
  await pushMetrics(env, tenant);
}

function schedulePush(env: Env, { tenantId: tenant, mode, nowMs: atMs }: Actor) {
  const clock = mode === "test" ? "test" : "real";
  return schedule(env.DB, { tenant, atMs, clock, kind: METRICS_PUSH, ref: tenant });
}

async function hasUsage({ DB }: Store, tenant: string, name: string): Promise<boolean> {
  const rows = await orm(DB)
    .select({ metric: rollupTenant.metric })
    .from(rollupTenant)
    .where(and(eq(rollupTenant.tenant, tenant), eq(rollupTenant.metric, name)))
    .limit(1);
  return rows.length > 0;
}

/** Tells the meter the catalogue as D1 has it; run again it changes nothing. */
export async function pushMetrics(env: Env, tenant: string): Promise<void> {
  const { version, counters, strict } = await readCatalogue(env.DB, tenant);
  await meterOf(env, tenant).applyMetrics(tenant, version, counters, strict);
  await unschedule(env.DB, METRICS_PUSH, tenant).run();
}
