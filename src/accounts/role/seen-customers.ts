/** Whether the customers exist that a user or a key is to see. */
import { invalidField } from "../../core/errors.ts";
import type { Rows } from "../actor/confinement.ts";

// Text: the tables of documents are above this one.
const READ_THERE = `SELECT id FROM customers
  WHERE tenant = ?1 AND id IN (SELECT value FROM json_each(?2))`;

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
  const { results } = await db
    .prepare(READ_THERE)
    .bind(tenant, JSON.stringify(named))
    .all<{ id: string }>();
  const there = new Set(results.map(({ id }) => id));
  const place = named.findIndex((id) => !there.has(id) && !before?.customers?.includes(id));
  if (place >= 0) throw invalidField(`/customers/${place}`, "is no customer of this tenant");
}
