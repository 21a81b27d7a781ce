/**
 * Idempotency-Key on writes other than recording (which has an identity of its own): the first
 * answer is kept for a day and given again. Owns the table `idempotency`.
 */
import { and, eq, isNull, lt, sql } from "drizzle-orm";
import { Problem } from "../../core/errors.ts";
import { DAY_MS, MINUTE_MS } from "../../core/time.ts";
import { orm } from "../db/db.ts";
import { idempotency } from "../db/table.ts";

/** How long an answer is kept, and how long a request may run before another takes it over. */
const KEEP_MS = DAY_MS;
const TAKE_OVER_MS = MINUTE_MS;

/** `caller` is the API key's id: an answer is given again only to the key that got it. */
export type Named = { caller: string; key: string };
/** A request that runs under a key, by the time of its claim: a later one may take the key over. */
export type Claim = Named & { fingerprint: string; nowMs: number };
/** An answer as it is kept; its body is sealed. */
export type Stored = { status: number; body: string };

function isNamed({ caller, key }: Named) {
  return and(eq(idempotency.caller, caller), eq(idempotency.key, key));
}

/**
 * Claims a key for a request, or returns the answer it had.
 * Errors: 422 `idempotency.key_reused` where the key named another request, 409
 * `idempotency.in_progress` while the first one runs.
 */
export async function claimKey(db: D1Database, claim: Claim): Promise<Stored | null> {
  const { caller, key, fingerprint, nowMs } = claim;
  const { createdMs, status } = idempotency;
  const isOver = sql`${createdMs} < ${nowMs - KEEP_MS}`;
  const brokeOff = sql`${status} IS NULL AND ${createdMs} < ${nowMs - TAKE_OVER_MS}
    AND ${idempotency.fingerprint} = ${fingerprint}`;
  const taken = await orm(db)
    .insert(idempotency)
    .values({ caller, key, fingerprint, createdMs: nowMs })
    .onConflictDoUpdate({
      target: [idempotency.caller, idempotency.key],
      set: { fingerprint, createdMs: nowMs, status: null, body: null },
      setWhere: sql`${isOver} OR (${brokeOff})`,
    });
  if (taken.meta.changes > 0) return null;
  const [row] = await orm(db).select().from(idempotency).where(isNamed(claim));
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

/** The claim while it is still this request's: another that took it over answers for itself. */
function isStill(claim: Claim) {
  return and(isNamed(claim), eq(idempotency.createdMs, claim.nowMs), isNull(idempotency.status));
}

/** Keeps the answer for whoever asks again. */
export async function keepAnswer(db: D1Database, claim: Claim, answer: Stored): Promise<void> {
  const { status, body } = answer;
  await orm(db).update(idempotency).set({ status, body }).where(isStill(claim));
}

/** Frees a key whose request changed nothing, so that it can be tried again. */
export async function releaseKey(db: D1Database, claim: Claim): Promise<void> {
  await orm(db).delete(idempotency).where(isStill(claim));
}

/** Drops answers past their day. */
export async function sweepKeys(db: D1Database, nowMs: number): Promise<void> {
  await orm(db)
    .delete(idempotency)
    .where(lt(idempotency.createdMs, nowMs - KEEP_MS));
}
