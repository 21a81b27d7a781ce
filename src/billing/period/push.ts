/** Pushing terms to a tenant's meter. A due row stays until the meter has them, so none is lost. */
import { Problem } from "../../core/errors.ts";
import { MINUTE_MS } from "../../core/time.ts";
import type { Terms, Window } from "../../metering/counter/terms.ts";
import { AHEAD_MS } from "../../metering/event/window.ts";
import { meterOf } from "../../metering/meter/meter.ts";
import { commit, insist } from "../../platform/db/db.ts";
import { schedule, unschedule } from "../../platform/queue/due.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readVersions } from "../plan/plan-store.ts";
import { TERMS_BACK_MS, termsOf } from "./terms.ts";
import { bumpTerms, forgetPushed, isEpoch, markPushed, readTermsState } from "./terms-store.ts";

export const TERMS_PUSH = "terms.push";

/**
 * Statements for every batch that changes what terms are made of: a new epoch, and the due row that
 * pushes it should the direct push fail.
 */
export function termsChanged(env: Env, tenant: string, realMs: number): D1PreparedStatement[] {
  const row = { tenant, atMs: realMs + MINUTE_MS, clock: "real" as const, ref: tenant };
  return [bumpTerms(env.DB, tenant), schedule(env.DB, { ...row, kind: TERMS_PUSH })];
}

/** Pushes the newest terms to the meter; `nowMs` is the tenant's time. Safe to repeat. */
export async function pushTerms(env: Env, tenant: string, nowMs: number): Promise<void> {
  for (;;) {
    const state = await readTermsState(env.DB, tenant, nowMs - TERMS_BACK_MS);
    if (state.epoch === state.pushedEpoch) return;
    const ids = state.subscriptions.flatMap(({ log }) => log.map((change) => change.versionId));
    const versions = await readVersions(env.DB, ids);
    const terms = termsOf(state.subscriptions, versions, state.epoch, nowMs);
    await applyToMeter(env, tenant, terms, state.pushed, nowMs);
    if (await dropDueRow(env, tenant, state.epoch)) return;
  }
}

/** Pushes the terms to a meter that was rebuilt and may have lost them. */
export async function pushTermsAgain(env: Env, tenant: string, nowMs: number): Promise<void> {
  await forgetPushed(env.DB, tenant).run();
  await pushTerms(env, tenant, nowMs);
}

async function applyToMeter(
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
  await meterOf(env, tenant).applyTerms(tenant, terms, nowMs, moved.length > 0);
  await markPushed(env.DB, tenant, terms.epoch, terms.windows).run();
}

function shapeOf({ id, startMs, endMs, cutsMs }: Window): string {
  return [id, startMs, endMs, ...cutsMs].join(" ");
}

/** Removes the due row; false where there are newer terms by now, so that it has to stay. */
async function dropDueRow(env: Env, tenant: string, epoch: number): Promise<boolean> {
  try {
    await commit(env.DB, [
      insist(env.DB, isEpoch(env.DB, tenant, epoch), {
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
