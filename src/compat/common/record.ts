/** Records what foreign events became, each for whose it is: one call of each tenant's meter. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { Problem } from "../../core/errors.ts";
import type { Mapped } from "../../metering/intake/foreign.ts";
import type { Result } from "../../metering/intake/format.ts";
import { recordForeign } from "../../metering/intake/intake.ts";
import { atOnce, MAX_BATCH_TENANTS } from "../../metering/record/tenants.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Whose } from "./whose.ts";

/** What a foreign event became, and whose it is or why it is not recorded for anybody. */
export type Addressed = { event: Mapped; whose: Whose | Problem };

export type Recorded = {
  /** In the order of what was asked. */
  results: Result[];
  /**
   * Why a tenant could record nothing just now (429 over its events a minute, 503), the first such
   * problem; null where nothing is worth sending again. What was recorded counts once.
   */
  postponed: Problem | null;
};

/** One tenant's events, with their positions in the request. */
type Share = { recorder: Actor; events: Mapped[]; positions: number[] };

/**
 * Records foreign events; what one tenant is refused is the answer to its events alone. Errors: 413
 * for events of more than 1,000 tenants.
 */
export async function recordAddressed(env: Env, asked: readonly Addressed[]): Promise<Recorded> {
  const results: Result[] = new Array(asked.length);
  const shares = sharesOf(asked, results);
  if (shares.length > MAX_BATCH_TENANTS) {
    const detail = `a request is of at most ${MAX_BATCH_TENANTS} tenants, this of ${shares.length}`;
    throw new Problem("request.too_large", `${detail}; send it in parts`);
  }
  let postponed: Problem | null = null;
  await atOnce(shares, async ({ recorder, events, positions }) => {
    try {
      const own = await recordForeign(env, recorder, events);
      for (const [i, result] of own.entries()) results[positions[i] ?? 0] = result;
    } catch (error) {
      const problem = error instanceof Problem ? error : failed(recorder, error);
      postponed ??= problem;
      for (const [i, { at }] of events.entries()) {
        results[positions[i] ?? 0] = refusedFor(problem, at);
      }
    }
  });
  return { results, postponed };
}

/** The events by tenant; those that nobody may record go to `results`. */
function sharesOf(asked: readonly Addressed[], results: Result[]): Share[] {
  const shares = new Map<string, Share>();
  for (const [position, { event, whose }] of asked.entries()) {
    if (whose instanceof Problem) {
      results[position] = refusedFor(whose, event.at);
      continue;
    }
    const { actor: recorder, userId } = whose;
    let share = shares.get(recorder.tenantId);
    if (!share) {
      share = { recorder, events: [], positions: [] };
      shares.set(recorder.tenantId, share);
    }
    share.events.push(ofUser(event, userId));
    share.positions.push(position);
  }
  return [...shares.values()];
}

function ofUser(event: Mapped, userId: string | null): Mapped {
  if (!("item" in event)) return event;
  const { user_id: _, ...item } = event.item;
  return { at: event.at, item: userId === null ? item : { ...item, user_id: userId } };
}

function refusedFor({ code, message: detail }: Problem, at: string): Result {
  return { at, outcome: { outcome: "refused", id: null, code, detail } };
}

/** Whatever broke, the same events may be sent again: what was recorded counts once. */
function failed({ tenantId, requestId }: Actor, error: unknown): Problem {
  const what = { at: "recordAddressed", tenantId, requestId, error: String(error) };
  console.error(JSON.stringify(what));
  const detail = "recording for this tenant failed; send the events again";
  return new Problem("service.busy", detail, { retryAfterSeconds: 1 });
}
