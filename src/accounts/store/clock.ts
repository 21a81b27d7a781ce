/** A tenant's time: real for live tenants, standing where it was set for test tenants. */
import type { TenantMode } from "../actor/actor.ts";

/**
 * The time of a tenant. Errors: RangeError for an id that names none, since callers hold ids that
 * they read from rows.
 */
export async function tenantClock(
  db: D1Database,
  tenantId: string,
): Promise<{ nowMs: number; mode: TenantMode }> {
  const row = await db
    .prepare("SELECT mode, test_clock_ms AS testClockMs FROM tenants WHERE id = ?")
    .bind(tenantId)
    .first<{ mode: TenantMode; testClockMs: number | null }>();
  if (!row) throw new RangeError(`no tenant ${tenantId}`);
  return { nowMs: row.testClockMs ?? Date.now(), mode: row.mode };
}

/** Moves a test tenant's clock to `toMs`; a clock that is already past it stays. */
export function moveTestClock(db: D1Database, tenantId: string, toMs: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE tenants SET test_clock_ms = max(test_clock_ms, ?2)
       WHERE id = ?1 AND mode = 'test'`,
    )
    .bind(tenantId, toMs);
}
