/** The queries of an invocation, of which the platform allows 1,000, in all databases together. */
import type { Env } from "../runtime/env.ts";
import { ledgersOf } from "./ledger.ts";

/** Once so many were asked, nothing new is begun: one piece of work may ask as many again. */
const MOST_BEFORE_NEXT = 500;

type Bound = Pick<Env, "DB" | `LEDGER_${number}`>;

/**
 * The environment with databases that count, and whether an invocation that asked through them may
 * begin more work. Statements are counted as they are prepared, which are as many as are run, or
 * more.
 */
export function countingQueries<E extends Bound>(env: E): { env: E; hasRoom: () => boolean } {
  let count = 0;
  const counting = (db: D1Database): D1Database => {
    const counted: Partial<D1Database> = {
      prepare: (query) => {
        count++;
        return db.prepare(query);
      },
      batch: (statements) => db.batch(statements),
    };
    return counted as D1Database;
  };
  const ledgers = ledgersOf(env).flatMap((ledger) => {
    const bound = env[`LEDGER_${ledger}`];
    return bound ? [[`LEDGER_${ledger}`, counting(bound)] as const] : [];
  });
  const counted = { ...env, ...Object.fromEntries(ledgers), DB: counting(env.DB) };
  return { env: counted, hasRoom: () => count < MOST_BEFORE_NEXT };
}
