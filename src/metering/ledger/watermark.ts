/** How far the ledger is: the tables `usage_watermarks`, `usage_frozen` and its parts. */
import { frozenPart } from "../counter/frozen.ts";
import type { Count, Frozen } from "../counter/terms.ts";

// Text, and built once: an object that wakes waits for these.
const READ_MARKS = `
  SELECT up_to AS upTo, series_up_to AS seriesUpTo,
    (SELECT json_group_array(window_id) FROM usage_frozen WHERE tenant = ?1) AS frozen
  FROM usage_watermarks WHERE tenant = ?1`;
const KEEP_FROZEN = "INSERT OR IGNORE INTO usage_frozen (tenant, window_id, body) VALUES (?, ?, ?)";
const KEEP_PART = `
  INSERT OR IGNORE INTO usage_frozen_parts (tenant, window_id, part, body) VALUES (?, ?, ?, ?)`;
const READ_FROZEN = "SELECT body FROM usage_frozen WHERE tenant = ? AND window_id = ?";
const READ_PARTS =
  "SELECT body FROM usage_frozen_parts WHERE tenant = ? AND window_id = ? ORDER BY part";

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

/** Keeps what a window was frozen with, by its `frozenRows`; the first time counts. */
export function frozenStatements(
  db: D1Database,
  tenant: string,
  windowId: string,
  rows: readonly string[],
): D1PreparedStatement[] {
  return rows.map((body, part) =>
    part === 0
      ? db.prepare(KEEP_FROZEN).bind(tenant, windowId, body)
      : db.prepare(KEEP_PART).bind(tenant, windowId, part, body),
  );
}

/** What a window of a tenant was frozen with, or null. */
export async function readFrozen(
  db: D1Database,
  tenant: string,
  windowId: string,
): Promise<Frozen | null> {
  const [heads, parts] = await db.batch<{ body: string }>([
    db.prepare(READ_FROZEN).bind(tenant, windowId),
    db.prepare(READ_PARTS).bind(tenant, windowId),
  ]);
  const head = heads?.results[0];
  if (!head) return null;
  const { upToSeq, counts } = frozenPart(head.body);
  const more = (parts?.results ?? []).flatMap(({ body }) => JSON.parse(body) as Count[]);
  return { upToSeq, counts: [...counts, ...more] };
}
