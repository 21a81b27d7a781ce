/** A tenant's budgets with what is used of each, and setting them. */
import { type SQL, sql } from "drizzle-orm";
import type { Actor } from "../accounts/actor/actor.ts";
import { auditRow } from "../accounts/audit/audit.ts";
import { forgetKeys } from "../accounts/guard/guard.ts";
import { forgetRefusals } from "../accounts/guard/refusals.ts";
import {
  keptUse,
  type Limit,
  limitsOf,
  setBudgets,
  type Whose,
} from "../accounts/store/budget-store.ts";
import { usedThisHour } from "../accounts/store/hourly-store.ts";
import { countRoles } from "../accounts/store/role-store.ts";
import { reachedTenant } from "../accounts/tenant/tenant.ts";
import { BUDGET_NAMES, type BudgetName } from "../core/budget.ts";
import { endpointsOf } from "../delivery/webhook/store.ts";
import { countItems } from "../documents/item/item-store.ts";
import { countRecurring } from "../documents/recurring/recurring-store.ts";
import { countRules, ruleScopeSql } from "../metering/intake/rule-store.ts";
import { type MeterUse, meterOf } from "../metering/meter/meter.ts";
import { commit, orm } from "../platform/db/db.ts";
import type { Env } from "../platform/runtime/env.ts";

/** Where what is used of each budget is known; null where nothing is kept of it. */
type Counted = { inDatabase: (tenant: SQL) => SQL<number> } | { inMeter: keyof MeterUse } | null;

const COUNTED: Readonly<Record<BudgetName, Counted>> = {
  events_per_minute: null,
  reads_per_minute: null,
  writes_per_minute: null,
  metric_names: { inMeter: "metricNames" },
  usage_rules: { inDatabase: (tenant) => countRules(ruleScopeSql(tenant)) },
  live_sockets: { inMeter: "liveSockets" },
  api_keys: { inDatabase: (tenant) => keptUse("api_keys", tenant) },
  users: { inDatabase: (tenant) => keptUse("users", tenant) },
  roles: { inDatabase: (tenant) => countRoles(tenant) },
  customers: { inDatabase: (tenant) => keptUse("customers", tenant) },
  items: { inDatabase: (tenant) => countItems(tenant) },
  recurring_invoices: { inDatabase: (tenant) => countRecurring(tenant) },
  open_imports: { inDatabase: (tenant) => keptUse("open_imports", tenant) },
  stored_bytes: { inDatabase: (tenant) => keptUse("stored_bytes", tenant) },
  webhook_endpoints: { inDatabase: (tenant) => endpointsOf(tenant) },
  endpoints_per_host: null,
  webhook_requests_per_hour: {
    inDatabase: (tenant) => usedThisHour("webhook_requests_per_hour", tenant),
  },
  challenges_per_hour: { inDatabase: (tenant) => usedThisHour("challenges_per_hour", tenant) },
  deliveries_in_flight: null,
  exports_per_hour: { inDatabase: (tenant) => usedThisHour("exports_per_hour", tenant) },
  erasures_per_hour: { inDatabase: (tenant) => usedThisHour("erasures_per_hour", tenant) },
  emails_per_hour: { inDatabase: (tenant) => usedThisHour("emails_per_hour", tenant) },
};

/** Who may have set a limit. */
export const SOURCES = ["operator", "plan", "default"] as const satisfies Limit["source"][];

/** A budget of a tenant: `limit` and `used` in its unit; null for no limit, and not counted. */
export type TenantBudget = Limit & { name: BudgetName; used: number | null };

/** All budgets of a tenant, in the order of their list. */
export async function budgetsOf(env: Env, whose: Whose): Promise<TenantBudget[]> {
  const [limits, used] = await Promise.all([limitsOf(env.DB, whose), usedOf(env, whose)]);
  return BUDGET_NAMES.map((name) => ({ ...limits[name], name, used: used[name] ?? null }));
}

async function usedOf(env: Env, whose: Whose): Promise<Partial<Record<BudgetName, number>>> {
  const [used, meter] = await Promise.all([usedInDatabase(env.DB, whose), usedInMeter(env, whose)]);
  for (const name of BUDGET_NAMES) {
    const counted = COUNTED[name];
    if (meter && counted && "inMeter" in counted) used[name] = meter[counted.inMeter];
  }
  return used;
}

async function usedInDatabase(db: D1Database, { tenantId }: Whose) {
  const counts = BUDGET_NAMES.flatMap((name) => {
    const counted = COUNTED[name];
    if (!counted || !("inDatabase" in counted)) return [];
    return [sql`${counted.inDatabase(sql`${tenantId}`)} AS ${sql.identifier(name)}`];
  });
  const [row] = await orm(db).all<Partial<Record<BudgetName, number>>>(
    sql`SELECT ${sql.join(counts, sql`, `)}`,
  );
  return row ?? {};
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
 * Sets budgets of a tenant, by its id or external id; those that are missing stay. What it has
 * beyond a lower limit stays, and it gets nothing more. Its keys know within half a minute.
 * Errors: 404.
 */
export async function changeBudgets(
  env: Env,
  actor: Actor,
  named: string,
  change: BudgetChange,
): Promise<TenantBudget[]> {
  const { id: tenantId } = await reachedTenant(env, actor, named);
  const entry = { action: "tenant.budgets_changed", target: tenantId, detail: change };
  await commit(env.DB, [
    ...setBudgets(env.DB, { tenantId }, change),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  forgetKeys(tenantId);
  forgetRefusals(tenantId);
  return budgetsOf(env, { tenantId });
}
