/** What a meter's parts are lent by its object. */
import type { Env } from "../../platform/runtime/env.ts";
import type { Home } from "./home.ts";

/** What the shell lends the drainer: its transaction, its batches, its alarm. */
export type Shell = {
  env: Env;
  home: Home;
  transact<T>(work: () => T): T;
  /** One batch of the tenant's ledger. */
  commitToLedger(statements: D1PreparedStatement[]): Promise<D1Result[]>;
  waitUntil(work: Promise<unknown>): void;
  wakeAt(atMs: number): void;
  /** Lets go of all memory: the next call finds a new object, made from storage. */
  restart(why: string): void;
};
