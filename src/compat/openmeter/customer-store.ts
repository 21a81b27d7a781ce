/** A tenant's customers, as OpenMeter's API asks for them. */
import { and, asc, eq, inArray, or, type SQL, sql } from "drizzle-orm";
import { keptUse } from "../../accounts/store/budget-store.ts";
import { tenants } from "../../accounts/store/table.ts";
import { OPERATOR_TENANT } from "../../accounts/store/tenant-store.ts";
import { type CustomerRow, customers } from "../../documents/store/table.ts";
import { eachOf, orm } from "../../platform/db/db.ts";
import { foreignEntries } from "../common/table.ts";

const { tenant, kind, name } = foreignEntries;

/** Customers that were deleted by this API are kept for their documents, and not shown. */
const NOT_DELETED = sql`NOT EXISTS (SELECT 1 FROM ${foreignEntries}
  WHERE ${tenant} = ${customers.tenant} AND ${kind} = 'gone' AND ${name} = ${customers.id})`;

/**
 * Customers by the names that they were asked by: key, id, or with the operator the external id or
 * id of the tenant that one is.
 */
export async function customersNamed(
  db: D1Database,
  owner: string,
  names: readonly string[],
): Promise<Map<string, CustomerRow>> {
  const { id, reference, linkedTenant } = customers;
  const wanted = eachOf(names);
  const rows = await orm(db)
    .select({ row: customers, externalId: tenants.externalId })
    .from(customers)
    .leftJoin(tenants, eq(tenants.id, linkedTenant))
    .where(and(eq(customers.tenant, owner), NOT_DELETED, isNamed(owner, wanted)));
  const found = new Map<string, CustomerRow>();
  for (const asked of names) {
    const match =
      rows.find(({ row }) => row.reference === asked) ??
      rows.find(({ row }) => row.id === asked) ??
      rows.find(({ externalId }) => externalId === asked) ??
      rows.find(({ row }) => row.linkedTenant === asked);
    if (match) found.set(asked, match.row);
  }
  return found;

  function isNamed(of: string, among: SQL): SQL | undefined {
    const own = [inArray(reference, among), inArray(id, among)];
    if (of !== OPERATOR_TENANT) return or(...own);
    const tenantIds = sql`(SELECT ${tenants.id} FROM ${tenants}
      WHERE ${tenants.externalId} IN ${among} OR ${tenants.id} IN ${among})`;
    return or(...own, inArray(linkedTenant, tenantIds));
  }
}

/** At most `limit` customers in the order of their ids, behind the first `offset`. */
export function pageOfCustomers(
  db: D1Database,
  owner: string,
  { offset, limit }: { offset: number; limit: number },
): Promise<CustomerRow[]> {
  return orm(db)
    .select()
    .from(customers)
    .where(and(eq(customers.tenant, owner), NOT_DELETED))
    .orderBy(asc(customers.id))
    .limit(limit)
    .offset(offset);
}

/** How many customers a tenant has, without those that were deleted by this API. */
export async function countCustomers(db: D1Database, owner: string): Promise<number> {
  const deleted = sql`(SELECT count(*) FROM ${foreignEntries}
    WHERE ${tenant} = ${owner} AND ${kind} = 'gone')`;
  const [row] = await orm(db).all<{ n: number }>(
    sql`SELECT ${keptUse("customers", sql`${owner}`)} - ${deleted} AS n`,
  );
  return row?.n ?? 0;
}
