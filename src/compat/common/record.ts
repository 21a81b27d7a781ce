/**
 * Records foreign events by the rules of whose they are: each becomes a usage event for every rule
 * of its type, and each tenant's meter is asked once.
 */
import type { Context } from "hono";
import type { Actor } from "../../accounts/actor/actor.ts";
import { ERRORS, type ErrorCode, Problem } from "../../core/errors.ts";
import type { Mapped } from "../../metering/intake/foreign.ts";
import { insistFew, MAX_FOREIGN_ITEMS, type Result } from "../../metering/intake/format.ts";
import { recordForeign } from "../../metering/intake/intake.ts";
import { itemsOf, type RuleEvent, rawItemOf, type UsageRule } from "../../metering/intake/rule.ts";
import { ensureDeclaredAll } from "../../metering/intake/rule-metric.ts";
import { rulesForAll } from "../../metering/intake/rule-store.ts";
import { atOnce, MAX_BATCH_TENANTS } from "../../metering/record/tenants.ts";
import { warningHeader } from "../../metering/record/warning.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logError } from "../../platform/runtime/log.ts";
import type { Whose } from "./whose.ts";

/** A foreign event that cannot be read, by its place in the request. */
export type Unreadable = { at: string; code: ErrorCode; detail: string };

/** A foreign event, and whose it is or why it is nobody's. Its `user` is `whose`'s. */
export type Told =
  | { event: Omit<RuleEvent, "user">; whose: Whose | Problem }
  | { event: Unreadable; whose: null };

export type Recorded = {
  /** Of each event in their order: what became of every usage event that it is. */
  results: Result[][];
  /**
   * Why some could not be recorded just now (429 over a tenant's events a minute, 503), the first
   * such problem; null where nothing is worth sending again. What was recorded counts once.
   */
  postponed: Problem | null;
};

/** What an event becomes for whose type there is no rule. */
export type Unruled = (event: RuleEvent) => Mapped;

/** One tenant's events, with their positions in the request. */
type Share = { actor: Actor; told: { event: RuleEvent; position: number }[] };
/** And as usage events, each with the position of the event that it is made of. */
type Ruled = { actor: Actor; rules: readonly UsageRule[]; events: Mapped[]; positions: number[] };

/**
 * Records foreign events; what one tenant is refused is the answer to its events alone. Errors: 413
 * for events of more than 1,000 tenants, or of more than 20,000 usage events.
 */
export async function recordEvents(
  env: Env,
  asked: readonly Told[],
  unruled: Unruled = rawItemOf,
): Promise<Recorded> {
  const results: Result[][] = asked.map(() => []);
  const shares = sharesOf(asked, results);
  const ruled = await ruledShares(env, shares, unruled);
  const ready = await ensureDeclaredAll(env, ruled);
  let postponed: Problem | null = null;
  await atOnce(
    ruled.map((share, i) => ({ ...share, events: ready[i] ?? [] })),
    async ({ actor, events, positions }) => {
      let own: Result[];
      try {
        own = await recordForeign(env, actor, events);
      } catch (error) {
        const problem = error instanceof Problem ? error : failed(actor, error);
        postponed ??= problem;
        own = events.map(({ at }) => refusedFor(problem, at));
      }
      for (const [i, result] of own.entries()) results[positions[i] ?? 0]?.push(result);
    },
  );
  return { results, postponed: postponed ?? waiting(results) };
}

/** The events by tenant; those that nobody may record go to `results`. */
function sharesOf(asked: readonly Told[], results: Result[][]): Share[] {
  const shares = new Map<string, Share>();
  for (const [position, { event, whose }] of asked.entries()) {
    if (whose === null) {
      results[position]?.push(refusedFor(new Problem(event.code, event.detail), event.at));
      continue;
    }
    if (whose instanceof Problem) {
      results[position]?.push(refusedFor(whose, event.at));
      continue;
    }
    const { actor, userId: user } = whose;
    let share = shares.get(actor.tenantId);
    if (!share) {
      share = { actor, told: [] };
      shares.set(actor.tenantId, share);
    }
    share.told.push({ event: { ...event, user }, position });
  }
  if (shares.size <= MAX_BATCH_TENANTS) return [...shares.values()];
  const detail = `a request is of at most ${MAX_BATCH_TENANTS} tenants, this one of ${shares.size}`;
  throw new Problem("request.too_large", `${detail}; send it in parts`);
}

async function ruledShares(env: Env, shares: readonly Share[], unruled: Unruled): Promise<Ruled[]> {
  const rulesOf = await rulesForAll(
    env,
    shares.map(({ actor }) => actor),
  );
  let count = 0;
  return shares.map(({ actor, told }) => {
    const rules = rulesOf.get(actor.tenantId) ?? [];
    const ruled: Ruled = { actor, rules, events: [], positions: [] };
    for (const { event, position } of told) {
      const items = itemsOf(rules, event);
      for (const item of items.length === 0 ? [unruled(event)] : items) {
        ruled.events.push(item);
        ruled.positions.push(position);
      }
    }
    count += ruled.events.length;
    insistFew(count, MAX_FOREIGN_ITEMS);
    return ruled;
  });
}

/** Says in a header what was recorded under names that nobody declared: bodies have no place. */
export function warn(c: Context, results: readonly Result[][]): void {
  const outcomes = results.flat().map(({ outcome }) => outcome);
  for (const [name, value] of Object.entries(warningHeader(outcomes))) c.header(name, value);
}

function refusedFor({ code, message: detail }: Problem, at: string): Result {
  return { at, outcome: { outcome: "refused", id: null, code, detail } };
}

/** What is worth sending again of what was refused event by event. */
function waiting(results: readonly Result[][]): Problem | null {
  for (const { outcome } of results.flat()) {
    if (outcome.outcome === "refused" && ERRORS[outcome.code].status === 503) {
      return new Problem(outcome.code, outcome.detail, { retryAfterSeconds: 1 });
    }
  }
  return null;
}

/** Whatever broke, the same events may be sent again: what was recorded counts once. */
function failed({ tenantId, requestId }: Actor, error: unknown): Problem {
  const what = { at: "recordEvents", tenant: tenantId, request_id: requestId, error };
  logError(what);
  const detail = "recording for this tenant failed; send the events again";
  return new Problem("service.busy", detail, { retryAfterSeconds: 1 });
}
