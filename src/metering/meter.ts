/** How the rest of the Worker reaches a tenant's meter. */
import type { Env } from "../platform/env.ts";
import type { Alert, Count, Counter, Seed, Terms } from "./terms.ts";

export type Counts = { epoch: number; counts: Count[]; alerts: Alert[] };
export type Frozen = { upToSeq: number; counts: Count[] };

/** The methods of the object that other features call. */
export interface Meter {
  /** Terms not above the current epoch are a no-op. Returns the alerts that the change fired. */
  applyTerms(tenant: string, terms: Terms, nowMs: number, seed?: Seed): Promise<Alert[]>;
  applyMetrics(tenant: string, version: number, counters: Counter[], seed?: Seed): Promise<void>;
  /** Live counts of the named windows, or of all it holds. */
  counts(tenant: string, nowMs: number, windowIds?: string[]): Promise<Counts>;
  /** Drains, then answers the window's counts; the same again each time it is asked. */
  freeze(tenant: string, windowId: string): Promise<Frozen>;
  /** Puts all it holds into the ledger. */
  drain(tenant: string): Promise<{ upToSeq: number }>;
}

/** The meter of a tenant. */
export function meterOf(env: Env, tenant: string): Meter {
  return env.METER.get(env.METER.idFromName(tenant)) as unknown as Meter;
}
