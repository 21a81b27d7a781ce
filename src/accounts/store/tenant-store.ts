/** Rows of tenants. Reads answer rows; writes are statements for a verb's batch. */
import { and, asc, eq, gt, inArray } from "drizzle-orm";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import type { Slice } from "../../platform/http/slice.ts";
import { tenants } from "./table.ts";

/** The tenant that owns plans and issues subscription invoices; its row comes with the schema. */
export const OPERATOR_TENANT = "ten_operator";

export type Tenant = typeof tenants.$inferSelect;

/** A tenant by its id, or null. */
export async function readTenant(db: D1Database, id: string): Promise<Tenant | null> {
  const [row] = await orm(db).select().from(tenants).where(eq(tenants.id, id));
  return row ?? null;
}

/** A slice of all tenants, or of those named in `among`, by id. */
export async function listTenants(
  db: D1Database,
  slice: Slice,
  among: readonly string[] | null = null,
): Promise<Tenant[]> {
  return orm(db)
    .select()
    .from(tenants)
    .where(
      and(
        slice.after === null ? undefined : gt(tenants.id, slice.after),
        among === null ? undefined : inArray(tenants.id, eachOf(among)),
      ),
    )
    .orderBy(asc(tenants.id))
    .limit(slice.limit);
}

/** The ids of all test tenants: reports leave them out. */
export async function testTenants(db: D1Database): Promise<string[]> {
  const rows = await orm(db)
    .select({ id: tenants.id })
    .from(tenants)
    .where(eq(tenants.mode, "test"));
  return rows.map(({ id }) => id);
}

/** Names by id, of those that there are. */
export async function tenantNames(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await orm(db)
    .select({ id: tenants.id, name: tenants.name })
    .from(tenants)
    .where(inArray(tenants.id, eachOf(ids)));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The statement that makes a tenant. */
export function insertTenant(db: D1Database, row: Tenant): D1PreparedStatement {
  return statement(db, orm(db).insert(tenants).values(row));
}

/** Fields that are not given stay as they are; null is no limit. */
export type TenantChange = { name?: string; eventsPerMinute?: number | null };

/** The statement that changes a tenant; `change` has at least one field. */
export function updateTenant(
  db: D1Database,
  id: string,
  change: TenantChange,
): D1PreparedStatement {
  return statement(db, orm(db).update(tenants).set(change).where(eq(tenants.id, id)));
}
