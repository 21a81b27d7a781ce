/** What requests need to know of tenants that are named: their clock, and budgets of recording. */
import { fullAtText, limitText } from "./budget-text.ts";
import type { KeyHolder } from "./key-store.ts";

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
> & {
  /** Its erasure has begun: only what the law has kept is left, for reading. */
  isErased: boolean;
};

/** SQL for the tenant, as `value`, with the id or external id that is the first of its values. */
export const TENANT_OF_NAME = "SELECT id AS value FROM tenants WHERE id = ?1 OR external_id = ?1";

/** What of a tenant is an account, each beside the name by which it was asked for. */
const COLUMNS = `named.value AS name, tenants.id AS tenantId, tenants.name AS tenantName,
    tenants.mode AS mode, tenants.operator AS operator, tenants.test_clock_ms AS testClockMs,
    ${limitText("events_per_minute", "tenants.id")} AS eventsPerMinute,
    ${limitText("metric_names", "tenants.id")} AS metricNames,
    ${fullAtText("tenants.id")} AS fullAt,
    tenants.erased_ms IS NOT NULL AS isErased`;

/**
 * What reads the accounts of names in one query. `isNamed` is SQL that says which of `tenants`
 * `named.value` stands for. Text, since it may stand before recording, for thousands of names.
 */
export function accountsBy(isNamed: string) {
  const query = `SELECT ${COLUMNS} FROM json_each(?) AS named JOIN tenants ON ${isNamed}`;
  return async (db: D1Database, names: readonly string[]): Promise<Map<string, Account>> => {
    type Row = Omit<Account, "operator" | "isErased"> & {
      name: string;
      operator: number;
      isErased: number;
    };
    const { results } = await db.prepare(query).bind(JSON.stringify(names)).all<Row>();
    return new Map(
      results.map(({ name, operator, isErased, ...row }) => [
        name,
        { ...row, operator: operator === 1, isErased: isErased === 1 },
      ]),
    );
  };
}

/** The tenants that are named by id or external id, by that name. One query. */
export const readAccounts = accountsBy(
  "tenants.id = named.value OR tenants.external_id = named.value",
);
