/** Rows of the terms that a tenant's meter should have, and of those that it was last given. */
import { and, eq, lt, max, type SQL, sql } from "drizzle-orm";
import type { Window } from "../../metering/counter/terms.ts";
import { orm, statement } from "../../platform/db/db.ts";
import { type Subscription, subscriptionQueries, withLogs } from "../subscription/store.ts";
import { meterTerms } from "./table.ts";

export type TermsState = {
  subscriptions: Subscription[];
  epoch: number;
  pushedEpoch: number;
  pushed: Window[];
};

/** All that terms are made of, as one consistent read. */
export async function readTermsState(
  db: D1Database,
  tenant: string,
  sinceMs: number,
): Promise<TermsState> {
  const queries = orm(db);
  const [rows, log, [state]] = await queries.batch([
    ...subscriptionQueries(db, tenant, sinceMs),
    queries.select().from(meterTerms).where(eq(meterTerms.tenant, tenant)),
  ]);
  return {
    subscriptions: withLogs(rows, log),
    epoch: state?.epoch ?? 0,
    pushedEpoch: state?.pushedEpoch ?? 0,
    pushed: state ? (state.pushed as Window[]) : [],
  };
}

/** Counts the epoch up: part of every batch that changes what terms are made of. */
export function bumpTerms(db: D1Database, tenant: string): D1PreparedStatement {
  const next = sql`${meterTerms.epoch} + 1`;
  const query = orm(db)
    .insert(meterTerms)
    .values({ tenant, epoch: 1 })
    .onConflictDoUpdate({ target: meterTerms.tenant, set: { epoch: next } });
  return statement(db, query);
}

/** The condition that a tenant's epoch is `epoch`; 0 for one that never had terms. */
export function isEpoch(db: D1Database, tenant: string, epoch: number): SQL {
  const last = orm(db)
    .select({ epoch: max(meterTerms.epoch) })
    .from(meterTerms)
    .where(eq(meterTerms.tenant, tenant));
  return sql`coalesce(${last}, 0) = ${epoch}`;
}

/** Forgets what the meter was given, so that the next push gives it everything. */
export function forgetPushed(db: D1Database, tenant: string): D1PreparedStatement {
  const nothing = { pushedEpoch: 0, pushed: [] };
  return statement(
    db,
    orm(db).update(meterTerms).set(nothing).where(eq(meterTerms.tenant, tenant)),
  );
}

/** Notes that the meter was given the terms of `epoch`, with these windows. */
export function markPushed(
  db: D1Database,
  tenant: string,
  epoch: number,
  windows: readonly Window[],
): D1PreparedStatement {
  const query = orm(db)
    .update(meterTerms)
    .set({ pushedEpoch: epoch, pushed: windows })
    .where(and(eq(meterTerms.tenant, tenant), lt(meterTerms.pushedEpoch, epoch)));
  return statement(db, query);
}
