/** Rows of usage imports and their events. Owns `usage_imports` and `usage_import_events`. */
import { insist } from "../../platform/db/db.ts";

export const IMPORT_STATUSES = [
  "open",
  "committing",
  "committed",
  "reverting",
  "reverted",
] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

/** An import with how many of its events wait, count, were refused, and were taken back. */
export type Import = {
  id: string;
  tenant: string;
  name: string;
  status: ImportStatus;
  createdMs: number;
  staged: number;
  recorded: number;
  refused: number;
  voided: number;
};

const READ = `
SELECT i.id, i.tenant, i.name, i.status, i.created_ms AS createdMs,
       sum(e.id IS NOT NULL AND e.seq IS NULL AND e.refused IS NULL) AS staged,
       sum(e.seq IS NOT NULL AND e.voided = 0) AS recorded,
       sum(e.refused IS NOT NULL) AS refused, total(e.voided) AS voided
FROM usage_imports i LEFT JOIN usage_import_events e ON e.import_id = i.id
WHERE i.tenant = ?1`;

/** One import of a tenant, or null. */
export async function readImport(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<Import | null> {
  return db.prepare(`${READ} AND i.id = ?2 GROUP BY i.id`).bind(tenant, id).first<Import>();
}

/** A tenant's imports, newest first. */
export async function listImports(
  db: D1Database,
  tenant: string,
  slice: { before: string | null; limit: number },
): Promise<Import[]> {
  const { results } = await db
    .prepare(`${READ} AND i.id < ?2 GROUP BY i.id ORDER BY i.id DESC LIMIT ?3`)
    .bind(tenant, slice.before ?? "~", slice.limit)
    .all<Import>();
  return results;
}

/** A new import; a name that the tenant has used fails on `usage_imports`. */
export function insertImport(
  db: D1Database,
  row: Pick<Import, "id" | "tenant" | "name" | "createdMs">,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO usage_imports (id, tenant, name, status, created_ms)
       VALUES (?, ?, ?, 'open', ?)`,
    )
    .bind(row.id, row.tenant, row.name, row.createdMs);
}

/** Refuses the batch unless the import is in one of the states. */
export function insistStatus(
  db: D1Database,
  id: string,
  statuses: readonly ImportStatus[],
): D1PreparedStatement {
  const among = `(SELECT status FROM usage_imports WHERE id = ?)
    IN (SELECT value FROM json_each(?))`;
  return insist(db, among, [id, JSON.stringify(statuses)], {
    code: "resource.conflict",
    detail: `the import is not ${statuses.join(" or ")}`,
  });
}

/** Moves an import to another status. */
export function setImportStatus(
  db: D1Database,
  id: string,
  status: ImportStatus,
): D1PreparedStatement {
  return db.prepare("UPDATE usage_imports SET status = ?2 WHERE id = ?1").bind(id, status);
}

/** Adds items, each JSON text; the first one of an id stays. */
export function insertStaged(
  db: D1Database,
  importId: string,
  rows: readonly { id: string; item: string }[],
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO usage_import_events (import_id, id, item)
       SELECT ?1, value ->> 'id', value ->> 'item' FROM json_each(?2) WHERE true
       ON CONFLICT DO NOTHING`,
    )
    .bind(importId, JSON.stringify(rows));
}

/** Refuses the batch where the import holds more events than `most`. */
export function insistRoom(db: D1Database, importId: string, most: number): D1PreparedStatement {
  const room = "(SELECT count(*) FROM usage_import_events WHERE import_id = ?) <= ?";
  return insist(db, room, [importId, most], {
    code: "request.too_large",
    detail: `an import has at most ${most} events; name another one`,
  });
}

/** Items that were neither recorded nor refused, by their ids after `after`. */
export async function readStaged(
  db: D1Database,
  importId: string,
  slice: { after: string; limit: number },
): Promise<{ id: string; item: string }[]> {
  const { results } = await db
    .prepare(
      `SELECT id, item FROM usage_import_events
       WHERE import_id = ? AND id > ? AND seq IS NULL AND refused IS NULL ORDER BY id LIMIT ?`,
    )
    .bind(importId, slice.after, slice.limit)
    .all<{ id: string; item: string }>();
  return results;
}

export type Fate = { id: string; seq: number | null; refused: string | null };

/** Notes what became of items, and how far the import goes in the journal. */
export function markRecorded(
  db: D1Database,
  importId: string,
  fates: readonly Fate[],
): D1PreparedStatement[] {
  return [
    db
      .prepare(
        // Materialized: else every event of the import is compared with every fate.
        `WITH fate AS MATERIALIZED (
           SELECT value ->> 'id' AS item, value ->> 'seq' AS seq, value ->> 'refused' AS refused
           FROM json_each(?2))
         UPDATE usage_import_events SET seq = fate.seq, refused = fate.refused
         FROM fate WHERE import_id = ?1 AND id = fate.item`,
      )
      .bind(importId, JSON.stringify(fates)),
    db
      .prepare(
        `UPDATE usage_imports SET up_to_seq =
           (SELECT max(seq) FROM usage_import_events WHERE import_id = ?1) WHERE id = ?1`,
      )
      .bind(importId),
  ];
}

/** Recorded items that were not taken back, by their ids. */
export async function readRecorded(
  db: D1Database,
  importId: string,
  limit: number,
): Promise<{ id: string; seq: number }[]> {
  const { results } = await db
    .prepare(
      `SELECT id, seq FROM usage_import_events
       WHERE import_id = ? AND seq IS NOT NULL AND voided = 0 ORDER BY id LIMIT ?`,
    )
    .bind(importId, limit)
    .all<{ id: string; seq: number }>();
  return results;
}

/** Notes that a recorded item was taken back. */
export function markVoided(db: D1Database, importId: string, id: string): D1PreparedStatement {
  return db
    .prepare("UPDATE usage_import_events SET voided = 1 WHERE import_id = ? AND id = ?")
    .bind(importId, id);
}
