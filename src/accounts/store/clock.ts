/** A tenant's time: real for live tenants, for test tenants the time to which it was set. */
import { and, eq, inArray, isNotNull, type SQL, sql } from "drizzle-orm";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import type { TenantMode } from "../actor/actor.ts";
import { tenants } from "./table.ts";

/**
 * The time of a tenant. Errors: RangeError for an id that names none, since callers hold ids that
 * they read from rows.
 */
export async function tenantClock(
  db: D1Database,
  tenantId: string,
): Promise<{ nowMs: number; mode: TenantMode }> {
  const [row] = await orm(db)
    .select({ mode: tenants.mode, testClockMs: tenants.testClockMs })
    .from(tenants)
    .where(eq(tenants.id, tenantId));
  if (!row) throw new RangeError(`no tenant ${tenantId}`);
  return { nowMs: row.testClockMs ?? Date.now(), mode: row.mode };
}

/** The query of the test clock of a tenant, given as SQL: no row where there is none such. */
export function selectTestClock(db: D1Database, tenantId: SQL) {
  return orm(db)
    .select({ testClockMs: tenants.testClockMs })
    .from(tenants)
    .where(eq(tenants.id, tenantId));
}

/** The times of several tenants, by their ids; unknown ones are left out. */
export async function tenantClocks(
  db: D1Database,
  tenantIds: readonly string[],
): Promise<Map<string, number>> {
  if (tenantIds.length === 0) return new Map();
  const rows = await orm(db)
    .select({ id: tenants.id, testClockMs: tenants.testClockMs })
    .from(tenants)
    .where(inArray(tenants.id, eachOf(tenantIds)));
  return new Map(rows.map(({ id, testClockMs }) => [id, testClockMs ?? Date.now()]));
}

/** Moves a test tenant's clock to `toMs`; a clock that is already past it stays. */
export function moveTestClock(db: D1Database, tenantId: string, toMs: number): D1PreparedStatement {
  const query = orm(db)
    .update(tenants)
    .set({ testClockMs: sql`max(${tenants.testClockMs}, ${toMs})` })
    .where(and(eq(tenants.id, tenantId), eq(tenants.mode, "test")));
  return statement(db, query);
}

/** True of a tenant whose erasure has begun. */
export async function isErased(db: D1Database, tenant: string): Promise<boolean> {
  const rows = await orm(db)
    .select({ id: tenants.id })
    .from(tenants)
    .where(and(eq(tenants.id, tenant), isNotNull(tenants.erasedMs)));
  return rows.length > 0;
}
