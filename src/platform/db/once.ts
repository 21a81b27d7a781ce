/**
 * Doing a request with an Idempotency-Key once, whatever crashes and however long it takes: its
 * claim is a row in the batch of its own change, so a second run's batch is refused as a whole.
 * The claim names what the answer shows, so that an answer that was never kept can be made again.
 */
import { type SQL, sql } from "drizzle-orm";
import { DAY_MS } from "../../core/time.ts";
import { columnNames, sqlStatement } from "./sql.ts";
import { idempotency, idempotencyDays } from "./table.ts";

/** A request under a key. `caller` is the API key's id; times are real. */
export type Claim = {
  tenant: string;
  caller: string;
  key: string;
  fingerprint: string;
  nowMs: number;
  /** Seals what is kept, for the caller alone. */
  seal(text: string): Promise<string>;
  /** True once a batch of this request, and so its claim, was written. */
  written: boolean;
};

/**
 * What the answer shows: the id of what was made or changed, and what is shown only once or is
 * stored nowhere else. `status` is its own, where an operation has several.
 */
export type Essentials = { made: string; shown?: Record<string, unknown>; status?: number };

const carriers = new WeakMap<D1PreparedStatement, { claim: Claim; essentials: Essentials }>();

/** Has the batch that a statement stands in write the claim of its request. */
export function carryClaim(
  statement: D1PreparedStatement,
  claim: Claim,
  essentials: Essentials,
): D1PreparedStatement {
  carriers.set(statement, { claim, essentials });
  return statement;
}

/** A claim, and the statements with which its batch begins. */
export type Claimed = { claim: Claim; statements: D1PreparedStatement[] };

/**
 * The claim that one of a batch's statements carries, or null where none does, or where an
 * earlier batch of the same request wrote it. The claim stands first: a second run is refused for
 * being one, whatever else its batch would be refused for.
 */
export async function claimedBatch(
  db: D1Database,
  statements: readonly D1PreparedStatement[],
): Promise<Claimed | null> {
  const carried = statements.map((made) => carriers.get(made)).find((found) => found !== undefined);
  if (!carried || carried.claim.written) return null;
  const { claim, essentials } = carried;
  const sealed = await claim.seal(JSON.stringify(essentials));
  return {
    claim,
    statements: [insertClaim(db, claim, sealed), countKey(db, claim)],
  };
}

function insertClaim(db: D1Database, claim: Claim, essentials: string): D1PreparedStatement {
  const { caller, key, fingerprint, createdMs } = idempotency;
  const columns = columnNames(caller, key, fingerprint, createdMs, idempotency.essentials);
  const query = sql`INSERT INTO ${idempotency} (${columns})
    VALUES (${claim.caller}, ${claim.key}, ${claim.fingerprint}, ${claim.nowMs}, ${essentials})`;
  return sqlStatement(db, query);
}

/** The day, by real time, of which a tenant's keys are counted. */
export function dayOf(nowMs: number): number {
  return Math.floor(nowMs / DAY_MS);
}

/** The statement that counts one more key of a tenant's day. */
export function countKey(db: D1Database, claim: Claim): D1PreparedStatement {
  return sqlStatement(db, countedKey(claim));
}

function countedKey({ tenant, nowMs }: Claim): SQL {
  const { used, keptLength } = idempotencyDays;
  const columns = columnNames(idempotencyDays.tenant, idempotencyDays.day, used, keptLength);
  const key = columnNames(idempotencyDays.tenant, idempotencyDays.day);
  const count = columnNames(used);
  return sql`INSERT INTO ${idempotencyDays} (${columns}) VALUES (${tenant}, ${dayOf(nowMs)}, 1, 0)
    ON CONFLICT (${key}) DO UPDATE SET ${count} = ${count} + 1`;
}
