/**
 * What a tenant's budgets are, as SQL. Text, since it stands before the first event of an isolate:
 * rendering it from declared columns would take that one some milliseconds. Each `tenant` is an id
 * as SQL.
 */
import { type BudgetName, budgetNamed } from "../../core/budget.ts";
import { OPERATOR_TENANT } from "./tenant-store.ts";

/** The budget whose value stands with its tenant. */
export const PER_MINUTE: BudgetName = "events_per_minute";

/** What the operator set of `events_per_minute`. */
export function perMinuteText(tenant: string): string {
  return `(SELECT budget_holder.events_per_minute FROM tenants AS budget_holder
    WHERE budget_holder.id = ${tenant})`;
}

/** What the operator set of another budget, whose name is SQL. */
export function setNamedText(name: string, tenant: string): string {
  return `(SELECT tenant_budgets.value FROM tenant_budgets
    WHERE tenant_budgets.tenant = ${tenant} AND tenant_budgets.budget = ${name})`;
}

/** What the version grants that holds at the tenant's time, of a budget whose name is SQL. */
export function grantedText(name: string, tenant: string): string {
  return `(SELECT granted_budgets.budgets ->> ${name} FROM granted_budgets
    WHERE granted_budgets.tenant = ${tenant} AND granted_budgets.from_ms <= coalesce(
      (SELECT budget_holder.test_clock_ms FROM tenants AS budget_holder
        WHERE budget_holder.id = ${tenant}), unixepoch('subsec') * 1000)
    ORDER BY granted_budgets.from_ms DESC, granted_budgets.subscription DESC LIMIT 1)`;
}

/**
 * A tenant's limit: what the operator set, else what the version grants that holds at the tenant's
 * time, else the default; NULL for none.
 */
export function limitText(name: BudgetName, tenant: string): string {
  const { limit, sparesOperator } = budgetNamed(name);
  const given = name === PER_MINUTE ? perMinuteText(tenant) : setNamedText(`'${name}'`, tenant);
  const standard = sparesOperator
    ? `iif(${tenant} = '${OPERATOR_TENANT}', NULL, ${limit})`
    : `${limit}`;
  return `coalesce(${given}, ${grantedText(`'${name}'`, tenant)}, ${standard})`;
}

/** How much a tenant has: the count that triggers keep. */
export function keptText(name: BudgetName, tenant: string): string {
  return `coalesce((SELECT budget_use.used FROM budget_use
    WHERE budget_use.tenant = ${tenant} AND budget_use.budget = '${name}'), 0)`;
}

/**
 * Where a tenant stores more than it may, that limit, else NULL: what `allow` refuses writes by,
 * also those that leave nothing behind but their audit entry.
 */
export function fullAtText(tenant: string): string {
  const limit = limitText("stored_bytes", tenant);
  return `iif(${keptText("stored_bytes", tenant)} > ${limit}, ${limit}, NULL)`;
}
