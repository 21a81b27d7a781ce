/**
 * What is kept of requests with an Idempotency-Key (other than recording, which has an identity of
 * its own): their first answer, for a day. Owns the tables `idempotency` and `idempotency_days`,
 * whose rows are begun by platform/db/once.ts in a request's own batch.
 */
import { and, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { Problem } from "../../core/errors.ts";
import { DAY_MS, MINUTE_MS } from "../../core/time.ts";
import { orm, statement } from "../db/db.ts";
import { type Claim, countKey, dayOf, type Essentials } from "../db/once.ts";
import { type Asked, anyRow } from "../db/sql.ts";
import { idempotency, idempotencyDays } from "../db/table.ts";

const KEEP_MS = DAY_MS;
/** How long a request whose change is written may take to answer; then its answer is made again. */
const ANSWER_MS = MINUTE_MS;
/** Keys of a tenant in a day, and characters of answers that are kept for them. */
export const MAX_KEYS_A_DAY = 100_000;
export const MAX_KEPT_A_DAY = 50_000_000;
/** Characters of an answer that is kept, sealed: a longer one is made again. */
export const MAX_KEPT_LENGTH = 256_000;

/** Who asked under which key. */
type Named = Pick<Claim, "caller" | "key">;

/** An answer as it is kept; its body is sealed. */
export type Stored = { status: number; body: string };

/** What is known of a request that was done: its answer, or what the answer shows, sealed. */
export type Done = { answer: Stored } | { essentials: string };

function isNamed({ caller, key }: Named) {
  return and(eq(idempotency.caller, caller), eq(idempotency.key, key));
}

/**
 * What a request under the same key came to; null where none was done, so that this one may run.
 * Errors: 422 `idempotency.key_reused` where the key named another request, 409
 * `idempotency.in_progress` where the first one's answer is on its way, 429
 * `idempotency.too_many` where the tenant used up its keys of the day.
 */
export async function findDone(db: D1Database, claim: Claim): Promise<Done | null> {
  const queries = orm(db);
  const { tenant, day, used } = idempotencyDays;
  const [[row], [today]] = await queries.batch([
    queries.select().from(idempotency).where(isNamed(claim)),
    queries
      .select({ used })
      .from(idempotencyDays)
      .where(and(eq(day, dayOf(claim.nowMs)), eq(tenant, claim.tenant))),
  ]);
  if (!row || row.createdMs < claim.nowMs - KEEP_MS) {
    if (row) await forget(db, claim, eq(idempotency.createdMs, row.createdMs));
    if ((today?.used ?? 0) >= MAX_KEYS_A_DAY) throw tooMany(claim.nowMs);
    return null;
  }
  if (row.fingerprint !== claim.fingerprint) {
    throw new Problem("idempotency.key_reused", "use a new Idempotency-Key for a new request");
  }
  const { status, body, essentials } = row;
  if (status !== null && body !== null) return { answer: { status, body } };
  if (status === null && claim.nowMs < row.createdMs + ANSWER_MS) throw inProgress();
  if (essentials !== null) return { essentials };
  // Claimed by an earlier version, before its change: it broke off, and may be tried again.
  await forget(db, claim, isNull(idempotency.essentials));
  return null;
}

async function forget(db: D1Database, claim: Claim, still: SQL): Promise<void> {
  await orm(db)
    .delete(idempotency)
    .where(and(isNamed(claim), still));
}

/** The Problem of a request whose first run has yet to answer. */
export function inProgress(): Problem {
  return new Problem("idempotency.in_progress", "the first request still runs; ask again soon", {
    retryAfterSeconds: 1,
  });
}

function tooMany(nowMs: number): Problem {
  const left = (dayOf(nowMs) + 1) * DAY_MS - nowMs;
  return new Problem(
    "idempotency.too_many",
    `${MAX_KEYS_A_DAY} Idempotency-Keys were used today; send the request without one, or tomorrow`,
    { retryAfterSeconds: Math.ceil(left / 1_000) },
  );
}

/** Reads the essentials of a request that was done. */
export function essentialsFrom(text: string): Essentials {
  return JSON.parse(text) as Essentials;
}

/**
 * Keeps the answer for whoever asks again. One that is too long, or beyond what is kept in a day,
 * is made again instead. A request that changed nothing has its row only from here.
 */
export async function keepAnswer(db: D1Database, claim: Claim, answer: Stored): Promise<void> {
  const { status, body } = answer;
  if (body.length > MAX_KEPT_LENGTH) return endUnkept(db, claim, status);
  const row = claim.written ? fill(db, claim, answer) : insert(db, claim, answer);
  const counted = claim.written ? [] : [countKey(db, claim)];
  await db.batch([...counted, countLength(db, claim, body.length), row]);
  if (claim.written) await endUnkept(db, claim, status);
}

/** Says that a request which changed something has ended, where its answer was not kept. */
export async function endUnkept(db: D1Database, claim: Claim, status: number): Promise<void> {
  await orm(db)
    .update(idempotency)
    .set({ status })
    .where(and(isNamed(claim), isNull(idempotency.status)));
}

/** Counts characters to a tenant's day, while there is room for them. */
function countLength(db: D1Database, { tenant, nowMs }: Claim, length: number) {
  const { keptLength } = idempotencyDays;
  const query = orm(db)
    .update(idempotencyDays)
    .set({ keptLength: sql`${keptLength} + ${length}` })
    .where(
      and(
        eq(idempotencyDays.day, dayOf(nowMs)),
        eq(idempotencyDays.tenant, tenant),
        sql`${keptLength} + ${length} <= ${MAX_KEPT_A_DAY}`,
      ),
    );
  return statement(db, query);
}

const THERE_WAS_ROOM = sql`changes() = 1`;

function fill(db: D1Database, claim: Claim, answer: Stored): D1PreparedStatement {
  const still = and(isNamed(claim), isNull(idempotency.status), THERE_WAS_ROOM);
  return statement(db, orm(db).update(idempotency).set(answer).where(still));
}

function insert(db: D1Database, claim: Claim, { status, body }: Stored): D1PreparedStatement {
  const { caller, key, fingerprint, nowMs } = claim;
  const row = sql`SELECT ${caller}, ${key}, ${fingerprint}, ${nowMs}, ${status}, ${body}, NULL
    WHERE ${THERE_WAS_ROOM}`;
  return statement(db, orm(db).insert(idempotency).select(row).onConflictDoNothing());
}

/** Whether answers are past their day, or days before `today` are counted. */
export function anyOldKeys(nowMs: Asked, today: Asked): SQL {
  const { createdMs } = idempotency;
  const answer = anyRow(sql`FROM ${idempotency} WHERE ${createdMs} < ${nowMs} - ${KEEP_MS}`);
  const day = anyRow(sql`FROM ${idempotencyDays} WHERE ${idempotencyDays.day} < ${today}`);
  return sql`(${answer} OR ${day})`;
}

/** Drops answers past their day, and the counts of days that are over. */
export async function sweepKeys(db: D1Database, nowMs: number): Promise<void> {
  const { createdMs } = idempotency;
  await orm(db)
    .delete(idempotency)
    .where(lt(createdMs, nowMs - KEEP_MS));
  await orm(db)
    .delete(idempotencyDays)
    .where(lt(idempotencyDays.day, dayOf(nowMs)));
}
