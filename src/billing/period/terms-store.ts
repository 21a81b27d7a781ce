/** Rows of the terms that a tenant's meter should have, and of those that it was last given. */
import type { Window } from "../../metering/counter/terms.ts";
import {
  type Subscription,
  subscriptionStatements,
  subscriptionsFrom,
} from "../subscription/store.ts";

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
  const [rows, log, terms] = await db.batch<never>([
    ...subscriptionStatements(db, tenant, sinceMs),
    db
      .prepare(
        "SELECT epoch, pushed_epoch AS pushedEpoch, pushed FROM meter_terms WHERE tenant = ?1",
      )
      .bind(tenant),
  ]);
  const [state] = (terms?.results ?? []) as {
    epoch: number;
    pushedEpoch: number;
    pushed: string;
  }[];
  return {
    subscriptions: subscriptionsFrom(rows, log),
    epoch: state?.epoch ?? 0,
    pushedEpoch: state?.pushedEpoch ?? 0,
    pushed: state ? (JSON.parse(state.pushed) as Window[]) : [],
  };
}

/** Counts the epoch up: part of every batch that changes what terms are made of. */
export function bumpTerms(db: D1Database, tenant: string): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO meter_terms (tenant, epoch) VALUES (?, 1)
       ON CONFLICT (tenant) DO UPDATE SET epoch = epoch + 1`,
    )
    .bind(tenant);
}

/** Forgets what the meter was given, so that the next push gives it everything. */
export function forgetPushed(db: D1Database, tenant: string): D1PreparedStatement {
  return db
    .prepare("UPDATE meter_terms SET pushed_epoch = 0, pushed = '[]' WHERE tenant = ?")
    .bind(tenant);
}

/** Notes that the meter was given the terms of `epoch`, with these windows. */
export function markPushed(
  db: D1Database,
  tenant: string,
  epoch: number,
  windows: readonly Window[],
): D1PreparedStatement {
  return db
    .prepare(
      `UPDATE meter_terms SET pushed_epoch = ?2, pushed = ?3
       WHERE tenant = ?1 AND pushed_epoch < ?2`,
    )
    .bind(tenant, epoch, JSON.stringify(windows));
}
