/** Rows of sessions and of links that begin one. */
import { insist, orm, statement } from "../../platform/db/db.ts";
import type { KeyHolder } from "../store/store.ts";
import { sessions, signInLinks } from "../store/table.ts";

export type SessionRow = typeof sessions.$inferSelect;
export type SignInLink = typeof signInLinks.$inferSelect;

/** A session with whom it stands for: the key, or the session itself where a user signed in. */
export type SessionHolder = KeyHolder &
  Pick<SessionRow, "id" | "hash" | "formToken" | "createdMs" | "rotatedMs"> & { name: string };

/**
 * The session of a token's hash, or null where it ended or its key or user did. The token before
 * the last rotation counts only where that was after `rotatedAfterMs`.
 */
export async function holderOfSession(
  db: D1Database,
  hash: string,
  at: { nowMs: number; rotatedAfterMs: number },
): Promise<SessionHolder | null> {
  return db
    .prepare(
      `SELECT s.id, s.hash, s.form_token AS formToken, s.created_ms AS createdMs,
              s.rotated_ms AS rotatedMs, coalesce(k.id, s.id) AS keyId,
              coalesce(k.role, u.role) AS role, coalesce(k.user_id, u.id) AS userId,
              coalesce(u.name, k.name) AS name, t.id AS tenantId, t.name AS tenantName, t.mode,
              t.operator, t.test_clock_ms AS testClockMs,
              t.events_per_minute AS eventsPerMinute
       FROM sessions s JOIN tenants t ON t.id = s.tenant
       LEFT JOIN api_keys k ON k.id = s.key_id
       LEFT JOIN users u ON u.id = s.user_id
       WHERE (s.hash = ?1 OR (s.previous_hash = ?1 AND s.rotated_ms > ?2)) AND s.expires_ms > ?3
         AND CASE WHEN s.key_id IS NULL THEN u.removed_ms IS NULL ELSE k.revoked_ms IS NULL END`,
    )
    .bind(hash, at.rotatedAfterMs, at.nowMs)
    .first<SessionHolder>();
}

export function insertSession(db: D1Database, row: SessionRow): D1PreparedStatement {
  return statement(db, orm(db).insert(sessions).values(row));
}

/** Replaces a session's token; changes nothing where another request was faster. */
export async function replaceToken(
  db: D1Database,
  { id, hash }: Pick<SessionRow, "id" | "hash">,
  next: { hash: string; rotatedMs: number; expiresMs: number },
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      `UPDATE sessions SET hash = ?3, previous_hash = ?2, rotated_ms = ?4, expires_ms = ?5
       WHERE id = ?1 AND hash = ?2`,
    )
    .bind(id, hash, next.hash, next.rotatedMs, next.expiresMs)
    .run();
  return meta.changes === 1;
}

export function deleteSession(db: D1Database, id: string): D1PreparedStatement {
  return db.prepare("DELETE FROM sessions WHERE id = ?").bind(id);
}

/** Drops what has ended. */
export function dropEnded(db: D1Database, nowMs: number): D1PreparedStatement[] {
  return [
    db.prepare("DELETE FROM sessions WHERE expires_ms <= ?").bind(nowMs),
    db.prepare("DELETE FROM sign_in_links WHERE expires_ms <= ?").bind(nowMs),
  ];
}

/** The users of an e-mail address, in whichever tenants. */
export async function usersByEmail(
  db: D1Database,
  email: string,
): Promise<{ userId: string; tenantId: string }[]> {
  const { results } = await db
    .prepare(
      `SELECT id AS userId, tenant AS tenantId FROM users
       WHERE email = ? AND removed_ms IS NULL ORDER BY id LIMIT 20`,
    )
    .bind(email)
    .all<{ userId: string; tenantId: string }>();
  return results;
}

/** Refuses a batch where a user had `most` links since a time. */
export function insistFewLinks(
  db: D1Database,
  userId: string,
  { sinceMs, most }: { sinceMs: number; most: number },
): D1PreparedStatement {
  const few = "(SELECT count(*) FROM sign_in_links WHERE user_id = ? AND created_ms > ?) < ?";
  const detail = "too many links were sent to this address; wait an hour";
  return insist(db, few, [userId, sinceMs, most], { code: "request.rate_limited", detail });
}

export function insertLink(db: D1Database, row: SignInLink): D1PreparedStatement {
  return statement(db, orm(db).insert(signInLinks).values(row));
}

/** Marks a link as used; changes nothing where it was used before or has ended. */
export function useLink(db: D1Database, hash: string, nowMs: number): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE sign_in_links SET used_ms = ?2
       WHERE hash = ?1 AND used_ms IS NULL AND expires_ms > ?2`,
    )
    .bind(hash, nowMs);
}

/** The user a live link is for, or null. */
export async function userOfLink(
  db: D1Database,
  hash: string,
  nowMs: number,
): Promise<{ userId: string; tenantId: string } | null> {
  return db
    .prepare(
      `SELECT u.id AS userId, u.tenant AS tenantId
       FROM sign_in_links l JOIN users u ON u.id = l.user_id
       WHERE l.hash = ?1 AND l.used_ms IS NULL AND l.expires_ms > ?2 AND u.removed_ms IS NULL`,
    )
    .bind(hash, nowMs)
    .first<{ userId: string; tenantId: string }>();
}
