/** How a meter that starts learns how far its ledger is: from whoever calls it, or by asking. */
import { SECOND_MS } from "../../core/time.ts";
import { type LedgerHome, ledgerDb } from "../../platform/db/ledger.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readStart, readWatermarks, type Start } from "../ledger/watermark.ts";
import type { SeenStart } from "../meter/meter.ts";

/** How long what another has read of the ledger stands for what this object would read. */
const SEEN_MS = 30 * SECOND_MS;

/** A meter as its storage has it: whose, where its ledger was, and its last event. */
export type Stored = { tenant: string; home: LedgerHome; seq: number };

/** What its caller has seen of the ledger, where that may stand; else what the databases say. */
export async function startOf(env: Env, stored: Stored, seen?: SeenStart): Promise<Start> {
  const told = seen ? await toldOf(env, stored, seen) : null;
  return told ?? readStart(env, stored.tenant, stored.home);
}

/**
 * What was seen, with what the ledger says where that was not asked; null where it cannot stand.
 * Whoever is told of more than it has looks for itself: it has been restored.
 */
async function toldOf(
  env: Env,
  { tenant, home, seq }: Stored,
  seen: SeenStart,
): Promise<Start | null> {
  if (seen.home.epoch < home.epoch || Date.now() - seen.readMs > SEEN_MS) return null;
  if ("upTo" in seen) return seen.upTo <= seq ? seen : null;
  const marks = await readWatermarks(ledgerDb(env, seen.home.ledger), tenant);
  return marks.isFenced ? null : { ...seen, ...marks };
}
