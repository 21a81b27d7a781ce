/**
 * How full the ledgers are: their tenants, which triggers of `tenants` count, and the size of their
 * databases when they were seen last. A new tenant gets the emptiest. Owns the table `ledgers`.
 */
import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { HOUR_MS } from "../../core/time.ts";
import type { Env } from "../runtime/env.ts";
import type { Jurisdiction } from "../runtime/jurisdiction.ts";
import { orm } from "./db.ts";
import { jurisdictionOf, ledgersOf } from "./ledger.ts";
import { columnNames, renderedSql } from "./sql.ts";
import { ledgerMoves, ledgers } from "./table.ts";

/** What a tenant counts for before its usage is seen, so that new ones are spread. */
const TENANT_BYTES = 1_000_000;

/** A ledger that is bound, with what is known of it. */
export type Ledger = typeof ledgers.$inferSelect;

/** All ledgers that are bound, by number. */
export async function listLedgers(env: Env): Promise<Ledger[]> {
  const rows = await orm(env.DB).select().from(ledgers);
  const seen = new Map(rows.map((row) => [row.ledger, row]));
  return ledgersOf(env).map(
    (ledger) => seen.get(ledger) ?? { ledger, tenants: 0, bytes: 0, seenMs: 0 },
  );
}

/**
 * The ledger of a new tenant, as SQL for the statement that writes it: of those that are kept in a
 * jurisdiction, or where the control database is, the one of the fewest bytes, a megabyte for each
 * tenant added. Each statement counts those before it, so tenants that are made at the same moment
 * are spread. Null: there is no such ledger.
 */
export function emptiestLedger(env: Env, asked: Jurisdiction | null = null): SQL<number> | null {
  const wanted = asked ?? jurisdictionOf(env, 0);
  const there = ledgersOf(env).filter((ledger) => jurisdictionOf(env, ledger) === wanted);
  if (there.length === 0) return null;
  const { ledger, tenants, bytes } = ledgers;
  const weight = sql`coalesce(${bytes} + ${tenants} * ${TENANT_BYTES}, 0)`;
  return sql<number>`(SELECT bound.value FROM json_each(${JSON.stringify(there)}) AS bound
    LEFT JOIN ${ledgers} ON ${ledger} = bound.value ORDER BY ${weight}, bound.value LIMIT 1)`;
}

/** True while a tenant is being moved to another ledger: its segments stay as they are. */
export async function isMoving(db: D1Database, tenant: string): Promise<boolean> {
  const open = and(eq(ledgerMoves.tenant, tenant), isNull(ledgerMoves.switchedMs));
  const rows = await orm(db).select({ id: ledgerMoves.id }).from(ledgerMoves).where(open);
  return rows.length > 0;
}

/** How often a tenant's usage was moved, and whether that is under way. */
export async function homeNow(
  db: D1Database,
  tenant: string,
): Promise<{ epoch: number; isMoving: boolean }> {
  // Of its moves: the tables of accounts are above this one.
  const { epoch, switchedMs } = ledgerMoves;
  const [last] = await orm(db)
    .select({ epoch, switchedMs })
    .from(ledgerMoves)
    .where(eq(ledgerMoves.tenant, tenant))
    .orderBy(desc(epoch))
    .limit(1);
  return { epoch: last?.epoch ?? 0, isMoving: last !== undefined && last.switchedMs === null };
}

/** How large a ledger's database is. */
export type LedgerSize = Pick<Ledger, "ledger" | "bytes">;

/** A size that is the same is noted again after this. */
const NOTED_AGAIN_MS = HOUR_MS;

const NOTE_SIZES = renderedSql<"sizes" | "nowMs">(sql`
  INSERT INTO ${ledgers} (${columnNames(ledgers.ledger, ledgers.bytes, ledgers.seenMs)})
  SELECT value->>0, value->>1, ${sql.placeholder("nowMs")}
  FROM json_each(${sql.placeholder("sizes")}) WHERE 1
  ON CONFLICT (${columnNames(ledgers.ledger)})
  DO UPDATE SET bytes = excluded.bytes, seen_ms = excluded.seen_ms
  WHERE excluded.bytes <> ${ledgers.bytes}
    OR excluded.seen_ms >= ${ledgers.seenMs} + ${NOTED_AGAIN_MS}`);

/** Notes how large ledgers are: what is as it was is written once an hour. */
export async function noteSizes(
  db: D1Database,
  sizes: readonly LedgerSize[],
  nowMs: number,
): Promise<void> {
  const rows = sizes.map(({ ledger, bytes }) => [ledger, bytes]);
  await NOTE_SIZES(db, { sizes: JSON.stringify(rows), nowMs }).run();
}
