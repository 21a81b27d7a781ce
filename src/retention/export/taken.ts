/** What rows of an export would collide with in an installation that is in use. */
import { rowsOfValues } from "../../core/rows.ts";
import type { TableRow } from "./rows.ts";

/** Columns that no two rows of a table share, whosever they are. */
type Key = {
  table: string;
  columns: readonly string[];
  /** Where the two rows are one and the same, it has the same value. */
  same: string;
  /** What a row is called, and the column that names it. */
  words: string;
  named: string;
};

function key(table: string, columns: string[], words: string, named: string, same = "id"): Key {
  return { table, columns, same, words, named };
}

/** Those that the operator's rows, or another tenant's, may hold; test/schema finds others. */
export const SHARED_KEYS: readonly Key[] = [
  key("tenants", ["external_id"], "external id", "external_id"),
  key("external_ids", ["external_id"], "external id", "external_id", "tenant"),
  key("lago_subscriptions", ["external_id"], "subscription", "external_id", "tenant"),
  key("plans", ["code"], "plan", "code"),
  key("plan_versions", ["plan_id", "version"], "version of a plan", "version"),
  key("coupons", ["code"], "coupon", "code"),
  key("customers", ["tenant", "reference"], "customer reference", "reference"),
  key("customers", ["tenant", "linked_tenant"], "customer of the operator", "linked_tenant"),
  key("documents", ["issuer", "kind", "number", "scope"], "document number", "number"),
  key(
    "documents",
    ["issuer", "scope", "kind", "series_year", "sequence"],
    "document number",
    "number",
  ),
  key("documents", ["close_key"], "document of a period", "close_key"),
  key("payments", ["issuer", "source", "external_id"], "payment", "external_id"),
  key("balance_transactions", ["tenant", "external_id"], "balance entry", "external_id"),
];

/** Names that an answer holds at most. */
const SHOWN = 5;

/**
 * What the installation has that the rows would bring again, as words and names; one more than are
 * shown where there are more. The rows' tables are known to be those of an export.
 */
export async function takenBy(db: D1Database, rows: readonly TableRow[]): Promise<string[]> {
  const taken = new Set<string>();
  for (const [table, own] of Map.groupBy(rows, (one) => one.table)) {
    const shared = SHARED_KEYS.filter((one) => one.table === table);
    for (const one of [...shared, ...idOf(own)]) {
      for (const name of await held(db, one, own)) taken.add(`${one.words} ${name}`);
      if (taken.size > SHOWN) return [...taken];
    }
  }
  return [...taken];
}

/** Ids are no tenant's alone, either: two rows with one are the same where their owner is. */
function idOf(rows: readonly TableRow[]): Key[] {
  const [{ table, row } = { table: "", row: {} }] = rows;
  const owner = ["tenant", "issuer"].find((name) => name in row);
  return owner && "id" in row ? [key(table, ["id"], `id in ${table}`, "id", owner)] : [];
}

async function held(
  db: D1Database,
  { table, columns, same, named }: Key,
  rows: readonly TableRow[],
): Promise<string[]> {
  const read = [...columns, same, named];
  // A row without one of them, as a draft without a number, collides with none.
  const whole = rows.filter(({ row }) => columns.every((name) => row[name] != null));
  const lists = whole.map(({ row }) => read.map((name) => row[name] ?? null));
  const meets = columns.map((name, i) => `held.${name} = new.value->>${i}`).join(" AND ");
  const names: string[] = [];
  for (const some of rowsOfValues(lists)) {
    const { results } = await db
      .prepare(
        `SELECT new.value->>${read.length - 1} AS name
         FROM json_each(?1) new CROSS JOIN ${table} held ON ${meets}
         WHERE held.${same} IS NOT new.value->>${columns.length} LIMIT ${SHOWN + 1}`,
      )
      .bind(some)
      .all<{ name: string | number }>();
    names.push(...results.map(({ name }) => String(name)));
  }
  return names;
}

/** What a refusal says of them, and what is to be done. */
export function takenText(taken: readonly string[]): string {
  const more = taken.length > SHOWN ? " and more" : "";
  return (
    `this installation has ${taken.slice(0, SHOWN).join(", ")}${more} already, and the tenant ` +
    "would bring the same: nothing of these rows was kept. Change references, external ids and " +
    "codes here or where the tenant is now, and export it again; numbers of documents that were " +
    "issued and ids stay, so such a tenant goes into an installation that does not have them"
  );
}
