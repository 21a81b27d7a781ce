/** Telling a tenant's meter its terms. A due row stays until it was told: nothing is forgotten. */
import { Problem } from "../../core/errors.ts";
import { MINUTE_MS } from "../../core/time.ts";
import type { Terms, Window } from "../../metering/counter/terms.ts";
import { AHEAD_MS } from "../../metering/event/window.ts";
import { meterOf } from "../../metering/meter/meter.ts";
import { seedFor } from "../../metering/meter/seed.ts";
import { commit, insist } from "../../platform/db/db.ts";
import { schedule, unschedule } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readVersions } from "../plan/plan-store.ts";
import { bumpTerms, forgetPushed, markPushed, readTermsState } from "../store/store.ts";
import { TERMS_BACK_MS, termsOf } from "./terms.ts";

export const TERMS_PUSH = "terms.push";

/** Part of every batch that changes what terms are made of: new terms, and the net under them. */
export function termsChanged(env: Env, tenant: string, realMs: number): D1PreparedStatement[] {
  const row = { tenant, atMs: realMs + MINUTE_MS, clock: "real" as const, ref: tenant };
  return [bumpTerms(env.DB, tenant), schedule(env.DB, { ...row, kind: TERMS_PUSH })];
}

/** Tells the meter the newest terms; `nowMs` is the tenant's time. Safe to repeat. */
export async function pushTerms(env: Env, tenant: string, nowMs: number): Promise<void> {
  for (;;) {
    const state = await readTermsState(env.DB, tenant, nowMs - TERMS_BACK_MS);
    if (state.epoch === state.pushedEpoch) return;
    const ids = state.subscriptions.flatMap(({ log }) => log.map((change) => change.versionId));
    const versions = await readVersions(env.DB, ids);
    const terms = termsOf(state.subscriptions, versions, state.epoch, nowMs);
    await tell(env, tenant, terms, state.pushed, nowMs);
    if (await settled(env, tenant, state.epoch)) return;
  }
}

/** Tells a meter that was rebuilt the terms it may have forgotten. */
export async function pushTermsAgain(env: Env, tenant: string, nowMs: number): Promise<void> {
  await forgetPushed(env.DB, tenant).run();
  await pushTerms(env, tenant, nowMs);
}

async function tell(
  env: Env,
  tenant: string,
  terms: Terms,
  pushed: readonly Window[],
  nowMs: number,
): Promise<void> {
  const known = new Set(pushed.map(shapeOf));
  // Events may be dated a little ahead: a window that begins so soon may hold some.
  const moved = terms.windows.filter(
    (window) => window.startMs <= nowMs + AHEAD_MS && !known.has(shapeOf(window)),
  );
  const seed = moved.length > 0 ? await seedFor(env, tenant, terms.windows) : undefined;
  await meterOf(env, tenant).applyTerms(tenant, terms, nowMs, seed);
  await markPushed(env.DB, tenant, terms.epoch, terms.windows).run();
}

function shapeOf({ id, startMs, endMs, cutsMs }: Window): string {
  return [id, startMs, endMs, ...cutsMs].join(" ");
}

/** Takes the net away unless there are newer terms by now. */
async function settled(env: Env, tenant: string, epoch: number): Promise<boolean> {
  const same = "coalesce((SELECT max(epoch) FROM meter_terms WHERE tenant = ?), 0) = ?";
  try {
    await commit(env.DB, [
      insist(env.DB, same, [tenant, epoch], {
        code: "resource.conflict",
        detail: "there are newer terms",
      }),
      unschedule(env.DB, TERMS_PUSH, tenant),
    ]);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
