/** A tenant's budgets with what is used of each, and setting them. */
import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../accounts/actor/actor.ts";
import { auditRow } from "../accounts/audit/audit.ts";
import { forgetKeys } from "../accounts/guard/guard.ts";
import {
  keptUse,
  type Limit,
  limitsOf,
  setBudgets,
  type Whose,
} from "../accounts/store/budget-store.ts";
import { usedThisHour } from "../accounts/store/hourly-store.ts";
import { readTenant } from "../accounts/store/tenant-store.ts";
import { BUDGET_NAMES, type BudgetName } from "../core/budget.ts";
import { notFound } from "../core/errors.ts";
import { endpointsOf } from "../delivery/webhook/store.ts";
import { type MeterUse, meterOf } from "../metering/meter/meter.ts";
import { commit } from "../platform/db/db.ts";
import { sqlStatement } from "../platform/db/sql.ts";
import type { Env } from "../platform/runtime/env.ts";

/** Where what is used of each budget is known; null where nothing is kept of it. */
type Counted = { inDatabase: (whose: Whose) => SQL<number> } | { inMeter: keyof MeterUse } | null;

const COUNTED: Readonly<Record<BudgetName, Counted>> = {
  events_per_minute: null,
  metric_names: { inMeter: "metricNames" },
  api_keys: { inDatabase: (whose) => keptUse("api_keys", whose) },
  users: { inDatabase: (whose) => keptUse("users", whose) },
  webhook_endpoints: { inDatabase: (whose) => endpointsOf(whose) },
  endpoints_per_host: null,
  challenges_per_hour: { inDatabase: (whose) => usedThisHour("challenges_per_hour", whose) },
  deliveries_in_flight: null,
  emails_per_hour: { inDatabase: (whose) => usedThisHour("emails_per_hour", whose) },
};

/** Who may have set a limit. */
export const SOURCES = ["operator", "plan", "default"] as const satisfies Limit["source"][];

/** A budget of a tenant: `limit` and `used` in its unit; null for no limit, and not counted. */
export type TenantBudget = Limit & { name: BudgetName; used: number | null };

/** All budgets of a tenant, in the order of their list. */
export async function budgetsOf(env: Env, whose: Whose): Promise<TenantBudget[]> {
  const [limits, used] = await Promise.all([limitsOf(env.DB, whose), usedOf(env, whose)]);
  return BUDGET_NAMES.map((name) => ({ ...limits[name], name, used: used.get(name) ?? null }));
}

async function usedOf(env: Env, whose: Whose): Promise<Map<BudgetName, number>> {
  const [rows, meter] = await Promise.all([usedInDatabase(env.DB, whose), usedInMeter(env, whose)]);
  const used = new Map(rows.map(({ name, used }) => [name, used]));
  for (const name of BUDGET_NAMES) {
    const counted = COUNTED[name];
    if (meter && counted && "inMeter" in counted) used.set(name, meter[counted.inMeter]);
  }
  return used;
}

async function usedInDatabase(db: D1Database, whose: Whose) {
  const counts = BUDGET_NAMES.flatMap((name) => {
    const counted = COUNTED[name];
    if (!counted || !("inDatabase" in counted)) return [];
    return [sql`SELECT ${name} AS name, ${counted.inDatabase(whose)} AS used`];
  });
  type Row = { name: BudgetName; used: number };
  // A statement each: D1 takes few terms of one UNION.
  const results = await db.batch<Row>(counts.map((count) => sqlStatement(db, count)));
  return results.flatMap(({ results: rows }) => rows);
}

/** Null where the meter cannot go on: the page of budgets shows the others. */
async function usedInMeter(env: Env, { tenantId }: Whose): Promise<MeterUse | null> {
  return meterOf(env, tenantId)
    .use(tenantId)
    .catch(() => null);
}

/** A change of a tenant's budgets by name; null takes back what was set. */
export type BudgetChange = { readonly [Name in BudgetName]?: number | null };

/**
 * Sets budgets of a tenant; those that are missing stay. What it has beyond a lower limit stays,
 * and it gets nothing more. Its keys know within half a minute. Errors: 404.
 */
export async function changeBudgets(
  env: Env,
  actor: Actor,
  tenantId: string,
  change: BudgetChange,
): Promise<TenantBudget[]> {
  if (!(await readTenant(env.DB, tenantId))) throw notFound("tenant");
  const entry = { action: "tenant.budgets_changed", target: tenantId, detail: change };
  await commit(env.DB, [
    ...setBudgets(env.DB, { tenantId }, change),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  forgetKeys(tenantId);
  return budgetsOf(env, { tenantId });
}
