/**
 * Which databases there are for usage. Ledger 0 of every installation is the control database,
 * unless LEDGER_0 names another; further ones are bound as LEDGER_1, LEDGER_2 and so on. Which of
 * them is a tenant's stands in its row.
 */
import type { Env } from "../runtime/env.ts";
import {
  bucketOf,
  JURISDICTIONS,
  type Jurisdiction,
  ownJurisdiction,
} from "../runtime/jurisdiction.ts";

/** Where usage lies: rows in a ledger's database, bodies of older segments in R2. */
export type Store = Pick<Env, "DB" | "FILES">;

/** Which ledger a tenant's usage lies in, and how often it was moved. */
export type LedgerHome = { ledger: number; epoch: number };

type Bound = Pick<Env, "DB" | `LEDGER_${number}`>;

/** The database of a ledger. Errors: where none is bound under its number. */
export function ledgerDb(env: Bound, ledger: number): D1Database {
  const bound = env[`LEDGER_${ledger}`] ?? (ledger === 0 ? env.DB : undefined);
  if (bound) return bound;
  throw new Error(`ledger ${ledger} is not bound: LEDGER_${ledger} is missing in wrangler.toml`);
}

/** A tenant's ledger, with the files that its segments lie in. */
export function storeOf(env: Env, tenant: string, ledger: number): Store {
  return { DB: ledgerDb(env, ledger), FILES: bucketOf(env, tenant) };
}

/**
 * Where a ledger's database is kept, as LEDGER_JURISDICTIONS says (`1=eu 2=fedramp`), else where
 * the installation is; null: anywhere.
 */
export function jurisdictionOf(
  env: Pick<Env, "JURISDICTION" | "LEDGER_JURISDICTIONS">,
  ledger: number,
): Jurisdiction | null {
  const words = (env.LEDGER_JURISDICTIONS ?? "").split(/\s+/);
  const own = words.find((word) => word.startsWith(`${ledger}=`))?.slice(`${ledger}=`.length);
  const named = own ?? env.JURISDICTION;
  return JURISDICTIONS.find((one) => one === named) ?? null;
}

/** Where a tenant is kept: all of it by its id, one without such an id by its ledger alone. */
export function keptIn(env: Env, { id, ledger }: { id: string; ledger: number }) {
  return ownJurisdiction(id) ?? jurisdictionOf(env, ledger);
}

/** The numbers of the ledgers that are bound, from 0 on. */
export function ledgersOf(env: Bound): number[] {
  const further = Object.keys(env).flatMap((name) => /^LEDGER_(\d{1,3})$/.exec(name)?.[1] ?? []);
  return [...new Set([0, ...further.map(Number)])].sort((a, b) => a - b);
}
