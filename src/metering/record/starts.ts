/**
 * What meters may have to know of the ledger before they answer, read by one query for many, or
 * beside whose key it is: a meter that nobody asked lately starts from its storage, and would ask
 * the ledger itself, with its callers waiting.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { bearerOf } from "../../accounts/actor/key-text.ts";
import { guardBy } from "../../accounts/guard/guard.ts";
import type { Question } from "../../accounts/guard/question.ts";
import { evictOldest } from "../../core/recent.ts";
import { SECOND_MS } from "../../core/time.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import {
  readStarts,
  type StartRow,
  startOfHash,
  startOfName,
  startOfRow,
} from "../ledger/watermark.ts";
import type { SeenStart } from "../meter/meter.ts";

/** Asked by the guard of a route that records, so that the first event waits for one read alone. */
export const START_BESIDE: Question = { ofKey: startOfHash, ofName: startOfName };

/** The guard of the product's own routes that record. */
export const recordingGuard = guardBy(bearerOf, { dated: true, question: START_BESIDE });

/** What was read of a tenant beside whose key it is; nothing where that was another's. */
export function seenBeside(tenantId: string, beside: Actor["beside"]): SeenStart | undefined {
  if (!beside) return undefined;
  const row = beside.row as StartRow;
  const start = row.tenant === tenantId ? startOfRow(row) : null;
  return start === null ? undefined : { ...start, readMs: beside.readMs };
}

/** An object that was asked within so long is there still. */
const AWAKE_MS = 10 * SECOND_MS;
/** Fewer ask by themselves, at once. */
const MANY = 4;
const MAX_ASKED = 10_000;

/** When this instance of the Worker last had meters asked by a batch over tenants. */
const askedMs = new Map<string, number>();

/**
 * What the ledger has of those of the tenants whose meters may be starting; of nobody where these
 * are few, or where the ledger does not answer: then each meter asks for itself.
 */
export async function startsOf(
  env: Env,
  tenants: readonly string[],
): Promise<ReadonlyMap<string, SeenStart>> {
  const readMs = Date.now();
  const resting = tenants.filter((tenant) => readMs - (askedMs.get(tenant) ?? 0) > AWAKE_MS);
  evictOldest(askedMs, MAX_ASKED - tenants.length);
  for (const tenant of tenants) askedMs.set(tenant, readMs);
  if (resting.length < MANY) return new Map();
  try {
    const starts = await readStarts(env, resting);
    return new Map([...starts].map(([tenant, start]) => [tenant, { ...start, readMs }]));
  } catch (error) {
    logWarning({ at: "startsOf", error });
    return new Map();
  }
}
