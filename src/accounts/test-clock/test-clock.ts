/** Moving a test tenant's clock: forward only, running whatever becomes due on the way. */
import { invalidField, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor } from "../actor/actor.ts";
import { auditRow } from "../audit/audit.ts";

/**
 * What ran on the way, in time order, and what failed and is tried again later; `done` false: ask
 * for the same time again to go on.
 */
export type Advanced = {
  now: number;
  done: boolean;
  ran: Ran[];
  failed: Ran[];
};
type Ran = { kind: string; ref: string; at: number };

/** Moves the clock towards `toMs`; `schedule.ts` knows how. */
export type Advance = (env: Env, tenantId: string, toMs: number) => Promise<Advanced>;

/** A clock beyond this would schedule work that nobody can wait for. */
const LATEST_MS = Date.UTC(2100, 0, 1);

/**
 * Moves the actor's clock to `toMs`, as far as one call comes. Errors: 409 `clock.not_test`, 422
 * `clock.backwards`, or for a time beyond 2100.
 */
export async function moveClock(
  env: Env,
  actor: Actor,
  toMs: number,
  advance: Advance,
): Promise<Advanced> {
  insistTest(actor);
  if (!(toMs < LATEST_MS)) throw invalidField("/now", "is before 2100-01-01");
  if (toMs < actor.nowMs) {
    const detail = `the clock stands at ${timeText(actor.nowMs)} and only moves forward`;
    throw new Problem("clock.backwards", detail, { errors: [{ pointer: "/now", detail }] });
  }
  if (toMs > actor.nowMs) {
    const detail = { from: timeText(actor.nowMs), to: timeText(toMs) };
    const entry = { action: "clock.moved", target: actor.tenantId, detail };
    await commit(env.DB, [auditRow(env.DB, actor, entry, actor.realMs)]);
  }
  // Also where it stands there already: the last call may have left work of that very time.
  return advance(env, actor.tenantId, toMs);
}

/** Refuses live tenants. Errors: 409 `clock.not_test`. */
export function insistTest(actor: Actor): void {
  if (actor.mode === "test") return;
  throw new Problem("clock.not_test", "this tenant is live: its clock is real time");
}
