/** Rows of money that no invoice took. */
import { and, desc, eq, exists, isNull, lt, notExists, sql } from "drizzle-orm";
import { insist, orm, statement } from "../../platform/db/db.ts";
import type { Provider } from "./registry.ts";
import { unmatchedMoney } from "./table.ts";

export type Unmatched = typeof unmatchedMoney.$inferSelect;

/** Rows that may wait for one tenant: more are refused, so that the provider sends them again. */
export const MAX_WAITING = 10_000;

/** What a tenant holds of a provider's payment or refund, waiting or settled, or null. */
export async function readHeld(
  db: D1Database,
  tenant: string,
  provider: Provider,
  reference: string,
): Promise<Unmatched | null> {
  const { tenant: owner, provider: from, reference: id } = unmatchedMoney;
  const [row] = await orm(db)
    .select()
    .from(unmatchedMoney)
    .where(and(eq(owner, tenant), eq(from, provider), eq(id, reference)));
  return row ?? null;
}

/** One row of a tenant, or null. */
export async function readUnmatched(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<Unmatched | null> {
  const [row] = await orm(db)
    .select()
    .from(unmatchedMoney)
    .where(and(eq(unmatchedMoney.tenant, tenant), eq(unmatchedMoney.id, id)));
  return row ?? null;
}

/** What waits, newest first. */
export async function listWaiting(
  db: D1Database,
  tenant: string,
  slice: { before: string | null; limit: number },
): Promise<Unmatched[]> {
  const { id, settledMs } = unmatchedMoney;
  const earlier = slice.before === null ? undefined : lt(id, slice.before);
  return orm(db)
    .select()
    .from(unmatchedMoney)
    .where(and(eq(unmatchedMoney.tenant, tenant), isNull(settledMs), earlier))
    .orderBy(desc(id))
    .limit(slice.limit);
}

/** True where a refund waits of which no status said yet whether it was made. */
export function isUnclear({ reason, settledMs }: Unmatched): boolean {
  return reason === "unclear_status" && settledMs === null;
}

/** Holds money once; a second row changes only what one of an unclear status says. */
export function holdMoney(db: D1Database, row: Unmatched): D1PreparedStatement[] {
  const waiting = orm(db).$count(
    unmatchedMoney,
    and(eq(unmatchedMoney.tenant, row.tenant), isNull(unmatchedMoney.settledMs)),
  );
  const { tenant, provider, reference, reason, settledMs } = unmatchedMoney;
  const clearer = {
    target: [tenant, provider, reference],
    set: { reason: row.reason, amountMinor: row.amountMinor, currency: row.currency },
    setWhere: sql`${eq(reason, "unclear_status")} AND ${isNull(settledMs)}`,
  };
  return [
    statement(db, orm(db).insert(unmatchedMoney).values(row).onConflictDoUpdate(clearer)),
    insist(db, sql`${waiting} <= ${MAX_WAITING}`, {
      code: "resource.conflict",
      detail: `${MAX_WAITING} payments wait to be assigned or dismissed already`,
    }),
  ];
}

/** Refuses the batch unless the row waits, and settles it. */
export function settleWaiting(
  db: D1Database,
  id: string,
  settled: { settledMs: number; paymentId: string | null },
): D1PreparedStatement[] {
  const waits = orm(db)
    .select({ id: unmatchedMoney.id })
    .from(unmatchedMoney)
    .where(and(eq(unmatchedMoney.id, id), isNull(unmatchedMoney.settledMs)));
  const update = orm(db).update(unmatchedMoney).set(settled).where(eq(unmatchedMoney.id, id));
  return [
    insist(db, exists(waits), {
      code: "resource.conflict",
      detail: "the money was assigned or dismissed already",
    }),
    statement(db, update),
  ];
}

/** A refund that failed counts from now on never, whether it waits or is still to come. */
export function endRefund(db: D1Database, row: Unmatched): D1PreparedStatement {
  const { tenant, provider, reference, settledMs } = unmatchedMoney;
  const set = { settledMs: sql`coalesce(${settledMs}, ${row.settledMs})` };
  const target = [tenant, provider, reference];
  return statement(
    db,
    orm(db).insert(unmatchedMoney).values(row).onConflictDoUpdate({ target, set }),
  );
}

/** Refuses the batch where something is held of a provider's payment or refund. */
export function insistNotHeld(
  db: D1Database,
  { tenant, provider, reference }: Pick<Unmatched, "tenant" | "provider" | "reference">,
): D1PreparedStatement {
  const held = orm(db)
    .select({ id: unmatchedMoney.id })
    .from(unmatchedMoney)
    .where(
      and(
        eq(unmatchedMoney.tenant, tenant),
        eq(unmatchedMoney.provider, provider),
        eq(unmatchedMoney.reference, reference),
      ),
    );
  return insist(db, notExists(held), {
    code: "document.changed",
    detail: "another event about the same money was taken meanwhile",
  });
}
