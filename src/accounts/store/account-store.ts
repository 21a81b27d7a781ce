/** What requests need to know of tenants that are named: their clock, and budgets of recording. */
import { sql } from "drizzle-orm";
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

/** May stand before recording, and names up to a thousand tenants at once: rendered once. */
const ACCOUNTS = renderedSql<"names">(sql`
  SELECT named.value AS name, ${tenants.id} AS tenantId, ${tenants.name} AS tenantName,
         ${tenants.mode} AS mode, ${tenants.operator} AS operator,
         ${tenants.testClockMs} AS testClockMs,
         ${limitSql("events_per_minute", sql`${tenants.id}`)} AS eventsPerMinute,
         ${limitSql("metric_names", sql`${tenants.id}`)} AS metricNames,
         ${fullAtSql(sql`${tenants.id}`)} AS fullAt
  FROM json_each(${sql.placeholder("names")}) AS named
  JOIN ${tenants} ON ${tenants.id} = named.value OR ${tenants.externalId} = named.value`);

/** The tenants that are named by id or external id, by that name. One query. */
export async function readAccounts(
  db: D1Database,
  names: readonly string[],
): Promise<Map<string, Account>> {
  type Row = Omit<Account, "operator"> & { name: string; operator: number };
  const { results } = await ACCOUNTS(db, { names: JSON.stringify(names) }).all<Row>();
  return new Map(
    results.map(({ name, operator, ...row }) => [name, { ...row, operator: operator === 1 }]),
  );
}
