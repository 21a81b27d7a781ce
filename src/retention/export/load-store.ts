/** Tenants that are being read back: the table `tenant_loads`. */
import { eq } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import { tenantLoads } from "./table.ts";

/** True while a tenant is being read back. */
export async function isLoading(db: D1Database, tenant: string): Promise<boolean> {
  const [row] = await orm(db).select().from(tenantLoads).where(eq(tenantLoads.tenant, tenant));
  return row !== undefined;
}

/** Notes that a tenant is being read back. */
export function startLoad(db: D1Database, tenant: string, startedMs: number): D1PreparedStatement {
  const query = orm(db).insert(tenantLoads).values({ tenant, startedMs }).onConflictDoNothing();
  return statement(db, query);
}

/** Notes that all of it is there. */
export function endLoad(db: D1Database, tenant: string): D1PreparedStatement {
  return statement(db, orm(db).delete(tenantLoads).where(eq(tenantLoads.tenant, tenant)));
}
