/** What requests need to know of tenants that are named: their clock, and budgets of recording. */
import { type SQL, sql } from "drizzle-orm";
import { renderedSql } from "../../platform/db/sql.ts";
import { fullAtSql, limitSql } from "./budget-store.ts";
import type { KeyHolder } from "./key-store.ts";
import { tenants } from "./table.ts";

/** What the guard needs of a tenant whose own key it does not have. */
export type Account = Pick<
  KeyHolder,
  | "tenantId"
  | "tenantName"
  | "mode"
  | "operator"
  | "testClockMs"
  | "eventsPerMinute"
  | "metricNames"
  | "fullAt"
>;

/** What of a tenant is an account, each beside the name by which it was asked for. */
const COLUMNS = sql`named.value AS name, ${tenants.id} AS tenantId, ${tenants.name} AS tenantName,
         ${tenants.mode} AS mode, ${tenants.operator} AS operator,
         ${tenants.testClockMs} AS testClockMs,
         ${limitSql("events_per_minute", sql`${tenants.id}`)} AS eventsPerMinute,
         ${limitSql("metric_names", sql`${tenants.id}`)} AS metricNames,
         ${fullAtSql(sql`${tenants.id}`)} AS fullAt`;

/**
 * What reads the accounts of names in one query. `isNamed` is SQL that says which tenant
 * `named.value` stands for. May stand before recording, for thousands of names: rendered once.
 */
export function accountsBy(isNamed: SQL) {
  const query = renderedSql<"names">(sql`
    SELECT ${COLUMNS} FROM json_each(${sql.placeholder("names")}) AS named
    JOIN ${tenants} ON ${isNamed}`);
  return async (db: D1Database, names: readonly string[]): Promise<Map<string, Account>> => {
    type Row = Omit<Account, "operator"> & { name: string; operator: number };
    const { results } = await query(db, { names: JSON.stringify(names) }).all<Row>();
    return new Map(
      results.map(({ name, operator, ...row }) => [name, { ...row, operator: operator === 1 }]),
    );
  };
}

/** The tenants that are named by id or external id, by that name. One query. */
export const readAccounts = accountsBy(
  sql`${tenants.id} = named.value OR ${tenants.externalId} = named.value`,
);
