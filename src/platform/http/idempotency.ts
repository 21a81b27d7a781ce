/**
 * Idempotency-Key on writes other than recording (which has an identity of its own): the first
 * answer is kept for a day and given again. Owns the table `idempotency`.
 */
import { Problem } from "../../core/errors.ts";
import { DAY_MS, MINUTE_MS } from "../../core/time.ts";

/** How long an answer is kept, and how long a request may run before another takes it over. */
const KEEP_MS = DAY_MS;
const TAKE_OVER_MS = MINUTE_MS;

/** `caller` is the API key's id: an answer is given again only to the key that got it. */
export type Named = { caller: string; key: string };
export type Stored = { status: number; body: string };
type Row = { fingerprint: string; createdMs: number; status: number | null; body: string | null };

/**
 * Claims a key for a request, or returns the answer it had.
 * Errors: 422 `idempotency.key_reused` where the key named another request, 409
 * `idempotency.in_progress` while the first one runs.
 */
export async function claimKey(
  db: D1Database,
  claim: Named & { fingerprint: string; nowMs: number },
): Promise<Stored | null> {
  const { caller, key, fingerprint, nowMs } = claim;
  const taken = await db
    .prepare(
      `INSERT INTO idempotency (caller, key, fingerprint, created_ms) VALUES (?1, ?2, ?3, ?4)
       ON CONFLICT (caller, key) DO UPDATE
         SET fingerprint = ?3, created_ms = ?4, status = NULL, body = NULL
         WHERE created_ms < ?5 OR (status IS NULL AND created_ms < ?6 AND fingerprint = ?3)`,
    )
    .bind(caller, key, fingerprint, nowMs, nowMs - KEEP_MS, nowMs - TAKE_OVER_MS)
    .run();
  if (taken.meta.changes > 0) return null;
  const row = await db
    .prepare(
      `SELECT fingerprint, created_ms AS createdMs, status, body FROM idempotency
       WHERE caller = ? AND key = ?`,
    )
    .bind(caller, key)
    .first<Row>();
  if (row && row.fingerprint !== fingerprint) {
    throw new Problem("idempotency.key_reused", "use a new Idempotency-Key for a new request");
  }
  if (row?.status === null || row?.status === undefined || row.body === null) {
    throw new Problem("idempotency.in_progress", "the first request still runs; ask again soon", {
      retryAfterSeconds: 1,
    });
  }
  return { status: row.status, body: row.body };
}

/** Keeps the answer for whoever asks again. */
export async function keepAnswer(db: D1Database, at: Named, answer: Stored): Promise<void> {
  await db
    .prepare("UPDATE idempotency SET status = ?, body = ? WHERE caller = ? AND key = ?")
    .bind(answer.status, answer.body, at.caller, at.key)
    .run();
}

/** Frees a key whose request failed on our side, so that it can be tried again. */
export async function releaseKey(db: D1Database, at: Named): Promise<void> {
  await db
    .prepare("DELETE FROM idempotency WHERE caller = ? AND key = ?")
    .bind(at.caller, at.key)
    .run();
}

/** Drops answers past their day. */
export async function sweepKeys(db: D1Database, nowMs: number): Promise<void> {
  await db
    .prepare("DELETE FROM idempotency WHERE created_ms < ?")
    .bind(nowMs - KEEP_MS)
    .run();
}
