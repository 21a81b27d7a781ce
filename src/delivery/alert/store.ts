/** Rows of alert routes. */
import { eq } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import type { AlertRoute } from "./alert-route.ts";
import { alertRoutes } from "./table.ts";

/** A tenant's routes of alerts, in the order in which they were written. */
export async function readAlertRoutes(db: D1Database, tenant: string): Promise<AlertRoute[]> {
  const [row] = await orm(db).select().from(alertRoutes).where(eq(alertRoutes.tenant, tenant));
  return row?.routes ?? [];
}

/** The statement that replaces a tenant's routes. */
export function writeAlertRoutes(
  db: D1Database,
  row: typeof alertRoutes.$inferInsert,
): D1PreparedStatement {
  const target = alertRoutes.tenant;
  const query = orm(db).insert(alertRoutes).values(row);
  return statement(db, query.onConflictDoUpdate({ target, set: row }));
}
