/** How far the ledger is: the tables `usage_watermarks` and `usage_frozen`. */
import type { Frozen } from "../counter/terms.ts";

// Text, and built once: an object that wakes waits for these.
const READ_MARKS = `
  SELECT up_to AS upTo, series_up_to AS seriesUpTo,
    (SELECT json_group_array(window_id) FROM usage_frozen WHERE tenant = ?1) AS frozen
  FROM usage_watermarks WHERE tenant = ?1`;
const KEEP_FROZEN = "INSERT OR IGNORE INTO usage_frozen (tenant, window_id, body) VALUES (?, ?, ?)";
const READ_FROZEN = `
  SELECT window_id AS windowId, body FROM usage_frozen
  WHERE tenant = ? AND window_id IN (SELECT value FROM json_each(?))`;

/** What the ledger has of a tenant's journal: how far, its series, and which windows are frozen. */
export type Watermarks = { upTo: number; seriesUpTo: number; frozenIds: string[] };

/** How far a tenant's ledger is; all zero where nothing was ever drained. */
export async function readWatermarks(db: D1Database, tenant: string): Promise<Watermarks> {
  const row = await db
    .prepare(READ_MARKS)
    .bind(tenant)
    .first<{ upTo: number; seriesUpTo: number; frozen: string }>();
  if (!row) return { upTo: 0, seriesUpTo: 0, frozenIds: [] };
  return { upTo: row.upTo, seriesUpTo: row.seriesUpTo, frozenIds: JSON.parse(row.frozen) };
}

/** Keeps what a window was frozen with; the first time counts. */
export function frozenStatement(
  db: D1Database,
  tenant: string,
  windowId: string,
  frozen: Frozen,
): D1PreparedStatement {
  return db.prepare(KEEP_FROZEN).bind(tenant, windowId, JSON.stringify(frozen));
}

/** What the given windows of a tenant were frozen with. */
export async function readFrozen(
  db: D1Database,
  tenant: string,
  windowIds: readonly string[],
): Promise<{ windowId: string; frozen: Frozen }[]> {
  const { results } = await db
    .prepare(READ_FROZEN)
    .bind(tenant, JSON.stringify(windowIds))
    .all<{ windowId: string; body: string }>();
  return results.map(({ windowId, body }) => ({ windowId, frozen: JSON.parse(body) as Frozen }));
}
