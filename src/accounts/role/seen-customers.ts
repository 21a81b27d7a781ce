/** Whether the customers exist that a user or a key is to see. */
import { sql } from "drizzle-orm";
import { invalidField } from "../../core/errors.ts";
import { eachOf } from "../../platform/db/db.ts";
import { sqlStatement } from "../../platform/db/sql.ts";
import type { Rows } from "../actor/confinement.ts";

/**
 * Errors: 422 with a pointer to the first customer that the tenant does not have. One that was seen
 * `before` may be gone since: whoever saw nothing but that sees nothing.
 */
export async function insistCustomers(
  db: D1Database,
  tenant: string,
  asked: Rows | null,
  before: Rows | null = null,
): Promise<void> {
  const named = asked?.customers ?? null;
  if (named === null || named === before?.customers) return;
  // By its name: the tables of documents are above this one.
  const read = sql`SELECT id FROM customers
    WHERE tenant = ${tenant} AND id IN ${eachOf(named)}`;
  const { results } = await sqlStatement(db, read).all<{ id: string }>();
  const there = new Set(results.map(({ id }) => id));
  const place = named.findIndex((id) => !there.has(id) && !before?.customers?.includes(id));
  if (place >= 0) throw invalidField(`/customers/${place}`, "is no customer of this tenant");
}
