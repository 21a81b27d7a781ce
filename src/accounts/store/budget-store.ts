/** What a tenant's budgets are, and the condition that keeps a batch within one. */
import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { BUDGETS, type BudgetName, type BudgetValues, reachedText } from "../../core/budget.ts";
import { Problem } from "../../core/errors.ts";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import type { Actor } from "../actor/actor.ts";
import { budgetUse, tenantBudgets, tenants } from "./table.ts";

/** Whose budget is asked for. */
export type Whose = Pick<Actor, "tenantId">;

/** Budgets of which `budget_use` has a count, which triggers keep. */
export type KeptBudget = "api_keys" | "users";

/**
 * A tenant's limit as SQL: what the operator set, or the default; NULL for none. `tenant` is its id
 * as SQL.
 */
export function limitSql(name: BudgetName, tenant: SQL): SQL<number | null> {
  const { budget, tenant: owner, value } = tenantBudgets;
  const set =
    name === "events_per_minute"
      ? sql`(SELECT ${tenants.eventsPerMinute} FROM ${tenants} WHERE ${tenants.id} = ${tenant})`
      : sql`(SELECT ${value} FROM ${tenantBudgets}
          WHERE ${owner} = ${tenant} AND ${budget} = ${name})`;
  return sql`coalesce(${set}, ${BUDGETS[name].limit})`;
}

/** How much a tenant has, as SQL: the count that the triggers of its tables keep. */
export function keptUse(name: KeptBudget, { tenantId }: Whose): SQL<number> {
  const { tenant, budget, used } = budgetUse;
  return sql`coalesce((SELECT ${used} FROM ${budgetUse}
    WHERE ${tenant} = ${tenantId} AND ${budget} = ${name}), 0)`;
}

/** A tenant's limit now, or null for none. */
export async function budgetOf(
  db: D1Database,
  { tenantId }: Whose,
  name: BudgetName,
): Promise<number | null> {
  const [row] = await orm(db).all<{ value: number | null }>(
    sql`SELECT ${limitSql(name, sql`${tenantId}`)} AS value`,
  );
  return row?.value ?? null;
}

/**
 * Refuses a batch that leaves more than the tenant's budget: it stands after what it counts. `used`
 * is SQL that counts what there is then, on an index and no further than it must. Errors: 429
 * `budget.reached`.
 */
export function insistBudget(
  db: D1Database,
  whose: Whose,
  name: BudgetName,
  used: SQL<number>,
): D1PreparedStatement {
  const limit = limitSql(name, sql`${whose.tenantId}`);
  return insist(db, sql`coalesce(${used} <= ${limit}, 1)`, async () => {
    const most = (await budgetOf(db, whose, name)) ?? 0;
    return budgetReached(name, most);
  });
}

/** The problem of whoever is refused at a limit, with the budget's name and the limit. */
export function budgetReached(name: BudgetName, limit: number): Problem {
  return new Problem("budget.reached", reachedText(name, limit), {
    members: { budget: name, limit },
  });
}

/** What the operator set for a tenant, by name. */
export async function budgetsSet(db: D1Database, { tenantId }: Whose): Promise<BudgetValues> {
  const [rows, [tenant]] = await Promise.all([
    orm(db)
      .select({ budget: tenantBudgets.budget, value: tenantBudgets.value })
      .from(tenantBudgets)
      .where(eq(tenantBudgets.tenant, tenantId)),
    orm(db)
      .select({ eventsPerMinute: tenants.eventsPerMinute })
      .from(tenants)
      .where(eq(tenants.id, tenantId)),
  ]);
  const perMinute = tenant?.eventsPerMinute ?? null;
  return {
    ...Object.fromEntries(rows.map(({ budget, value }) => [budget, value])),
    ...(perMinute === null ? {} : { events_per_minute: perMinute }),
  };
}

/** The statements that set a tenant's budgets; null takes back what was set. */
export function setBudgets(
  db: D1Database,
  { tenantId }: Whose,
  change: { readonly [Name in BudgetName]?: number | null },
): D1PreparedStatement[] {
  const { events_per_minute: perMinute, ...others } = change;
  const entries = Object.entries(others) as [BudgetName, number | null][];
  const unset = entries.flatMap(([name, value]) => (value === null ? [name] : []));
  const set = entries.flatMap(([budget, value]) =>
    value === null ? [] : [{ tenant: tenantId, budget, value }],
  );
  return [
    ...(perMinute === undefined
      ? []
      : [
          statement(
            db,
            orm(db)
              .update(tenants)
              .set({ eventsPerMinute: perMinute })
              .where(eq(tenants.id, tenantId)),
          ),
        ]),
    statement(
      db,
      orm(db)
        .delete(tenantBudgets)
        .where(
          and(eq(tenantBudgets.tenant, tenantId), inArray(tenantBudgets.budget, eachOf(unset))),
        ),
    ),
    ...set.map((row) =>
      statement(
        db,
        orm(db)
          .insert(tenantBudgets)
          .values(row)
          .onConflictDoUpdate({
            target: [tenantBudgets.tenant, tenantBudgets.budget],
            set: { value: row.value },
          }),
      ),
    ),
  ];
}
