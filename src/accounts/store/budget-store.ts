/** What a tenant's budgets are, and the condition that keeps a batch within one. */
import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import { BUDGET_NAMES, type BudgetName, budgetNamed, reachedText } from "../../core/budget.ts";
import { Problem } from "../../core/errors.ts";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import type { Actor } from "../actor/actor.ts";
import {
  fullAtText,
  grantedText,
  keptText,
  limitText,
  PER_MINUTE,
  perMinuteText,
  setNamedText,
} from "./budget-text.ts";
import { budgetUse, tenantBudgets, tenants } from "./table.ts";
import { OPERATOR_TENANT as OPERATOR } from "./tenant-store.ts";

/** Whose budget is asked for. */
export type Whose = Pick<Actor, "tenantId">;

/** Budgets of which `budget_use` has a count, which triggers keep. */
export type KeptBudget = "api_keys" | "users" | "customers" | "open_imports" | "stored_bytes";

/** Where the tenant stands in a text, until its id takes the place. */
const TENANT = "\0";

/** SQL of a text in which `TENANT` stands for a tenant. */
function withTenant<T>(text: string, tenant: SQL): SQL<T> {
  const parts = text.split(TENANT).map((part) => sql.raw(part));
  return sql.join(parts, tenant) as SQL<T>;
}

/** A tenant's limit, as `limitText` has it. `tenant` is its id as SQL. */
export function limitSql(name: BudgetName, tenant: SQL): SQL<number | null> {
  return withTenant(limitText(name, TENANT), tenant);
}

/** How much a tenant has, as SQL: the count that triggers keep. `owner` is its id as SQL. */
export function keptUse(name: KeptBudget, owner: SQL): SQL<number> {
  return withTenant(keptText(name, TENANT), owner);
}

/** How much a tenant has of each of these. */
export async function keptUses<Name extends KeptBudget>(
  db: D1Database,
  { tenantId }: Whose,
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const { tenant, budget, used } = budgetUse;
  const rows = await orm(db)
    .select({ budget, used })
    .from(budgetUse)
    .where(and(eq(tenant, tenantId), inArray(budget, eachOf(names))));
  const found = new Map(rows.map((row) => [row.budget, row.used]));
  const uses = names.map((name) => [name, found.get(name) ?? 0]);
  return Object.fromEntries(uses) as Record<Name, number>;
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

/** Keeps a batch within a budget whose use triggers count. Errors: 429 `budget.reached`. */
export function insistRoom(db: D1Database, whose: Whose, name: KeptBudget): D1PreparedStatement {
  return insistBudget(db, whose, name, keptUse(name, sql`${whose.tenantId}`));
}

/** Where a tenant stores more than it may, that limit, else NULL. `tenant` is its id as SQL. */
export function fullAtSql(tenant: SQL): SQL<number | null> {
  return withTenant(fullAtText(TENANT), tenant);
}

/** Adds to what a tenant stores what no trigger sees, such as files. */
export function addStored(db: D1Database, { tenantId }: Whose, bytes: number): D1PreparedStatement {
  const row = { tenant: tenantId, budget: "stored_bytes", used: bytes } as const;
  const query = orm(db)
    .insert(budgetUse)
    .values(row)
    .onConflictDoUpdate({
      target: [budgetUse.tenant, budgetUse.budget],
      set: { used: sql`${budgetUse.used} + ${bytes}` },
    });
  return statement(db, query);
}

/** The problem of whoever is refused at a limit, with the budget's name and the limit. */
export function budgetReached(name: BudgetName, limit: number): Problem {
  return new Problem("budget.reached", reachedText(name, limit), {
    members: { budget: name, limit },
  });
}

/** A limit, and who set it: `default` where nobody did. */
export type Limit = { limit: number | null; source: "operator" | "plan" | "default" };

/** A tenant's limits by name. */
export async function limitsOf(
  db: D1Database,
  { tenantId }: Whose,
): Promise<Readonly<Record<BudgetName, Limit>>> {
  const name = "each_budget.value";
  const given = `iif(${name} = '${PER_MINUTE}', ${perMinuteText(TENANT)},
    ${setNamedText(name, TENANT)})`;
  const found = `${grantedText(name, TENANT)} AS granted, ${given} AS given`;
  type Row = { name: BudgetName; given: number | null; granted: number | null };
  const rows = await orm(db).all<Row>(sql`
    SELECT ${sql.raw(name)} AS name, ${withTenant(found, sql`${tenantId}`)}
    FROM json_each(${JSON.stringify(BUDGET_NAMES)}) AS each_budget`);
  return Object.fromEntries(
    rows.map(({ name, given, granted }): [BudgetName, Limit] => {
      if (given !== null) return [name, { limit: given, source: "operator" }];
      if (granted !== null) return [name, { limit: granted, source: "plan" }];
      const { limit, sparesOperator } = budgetNamed(name);
      const spared = sparesOperator && tenantId === OPERATOR;
      return [name, { limit: spared ? null : limit, source: "default" }];
    }),
  ) as Record<BudgetName, Limit>;
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
