/**
 * Foreign events that name whose they are, sent with a key of the operator: each tenant's are
 * recorded by themselves, and what one is refused is the answer to its events alone.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { ERRORS, Problem } from "../../core/errors.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { startsOf } from "../record/starts.ts";
import { atOnce, failed, recordersNamed } from "../record/tenants.ts";
import type { Mapped } from "./foreign.ts";
import type { Result, Sent, Taken } from "./format.ts";
import { recordForeign } from "./intake.ts";
import type { UsageRule } from "./rule.ts";
import { ensureDeclaredAll } from "./rule-metric.ts";
import { rulesForAll } from "./rule-store.ts";

/** The names of tenants that stand in events. */
export function tenantsNamed(events: readonly Mapped[]): Set<string> {
  return new Set(events.flatMap((event) => tenantOf(event) ?? []));
}

function tenantOf(event: Mapped): string | undefined {
  return "item" in event ? event.tenant : undefined;
}

/** The refusal of events that name a tenant, though their key may name none. */
export function refusingNamed(events: readonly Mapped[]): readonly Mapped[] {
  return events.map((event) => {
    if (tenantOf(event) === undefined) return event;
    return { at: event.at, code: "auth.not_for_tenant", detail: NAMES_TENANT };
  });
}

const NAMES_TENANT =
  "an event names a tenant only with a key of the operator, and without BoxCost-Tenant";

export type Asked = {
  names: ReadonlySet<string>;
  /** Reads the request again, by the rules of whom its events name. */
  read: (by: Pick<Sent, "rules" | "rulesOf">) => Taken;
  taken: Taken;
  /** True where rules say what the events are. */
  ruled: boolean;
  /** True where recording is left to the queue. */
  later: boolean;
};

export type Recorded = {
  /** What became of each event, in their order. */
  results: Result[];
  /** Why some could not be recorded now, the first such problem; null where none is to be. */
  postponed: Problem | null;
};

type Share = {
  actor: Actor;
  rules: readonly UsageRule[];
  events: Mapped[];
  positions: number[];
};

type Recorders = ReadonlyMap<string | undefined, Actor | Problem>;

/** Records events that name tenants. Errors: 413 for more than 1,000 of them. */
export async function recordNamed(env: Env, operator: Actor, asked: Asked): Promise<Recorded> {
  const { names, read, ruled, later } = asked;
  const recorders = await recordersNamed(env, operator, names);
  const actors = [...recorders.values()].flatMap((one) => (one instanceof Problem ? [] : [one]));
  const rules = ruled ? await rulesForAll(env, actors) : new Map<string, readonly UsageRule[]>();
  const isRuled = [...rules.values()].some((own) => own.length > 0);
  const { events } = isRuled ? read(rulesBy(recorders, rules)) : asked.taken;
  const results: Result[] = new Array(events.length);
  const shares = sharesOf(recorders, rules, events, results);
  const ready = await ensureDeclaredAll(env, shares);
  const starts = later
    ? null
    : await startsOf(
        env,
        actors.map(({ tenantId }) => tenantId),
      );
  let postponed: Problem | null = null;
  const record = async ([share, own]: [Share, readonly Mapped[]]) => {
    const { actor, positions } = share;
    let recorded: Result[];
    try {
      const recorder = { ...actor, seen: starts?.get(actor.tenantId) };
      recorded = await recordForeign(env, recorder, own, later);
    } catch (error) {
      const problem = error instanceof Problem ? error : failed(actor, error);
      postponed ??= problem;
      recorded = own.map(({ at }) => refusedFor(problem, at));
    }
    for (const [i, result] of recorded.entries()) {
      results[positions[i] ?? 0] = ofTenant(result, actor);
    }
  };
  const work = shares.map((share, i): [Share, readonly Mapped[]] => [share, ready[i] ?? []]);
  await atOnce(work, record);
  return { results, postponed: postponed ?? waiting(results) };
}

/** The rules of whoever is named; none of who cannot be recorded for. */
function rulesBy(
  recorders: Recorders,
  rules: ReadonlyMap<string, readonly UsageRule[]>,
): Pick<Sent, "rules" | "rulesOf"> {
  const rulesOf = (name: string | undefined) => {
    const actor = recorders.get(name);
    return actor === undefined || actor instanceof Problem ? [] : (rules.get(actor.tenantId) ?? []);
  };
  return { rules: rulesOf(undefined), rulesOf };
}

/** The events by tenant; what nobody may record, or cannot be read, goes to `results`. */
function sharesOf(
  recorders: Recorders,
  rules: ReadonlyMap<string, readonly UsageRule[]>,
  events: readonly Mapped[],
  results: Result[],
): Share[] {
  const shares = new Map<string, Share>();
  for (const [position, event] of events.entries()) {
    if (!("item" in event)) {
      results[position] = refusedFor(event, event.at);
      continue;
    }
    const { tenant, ...own } = event;
    const actor = recorders.get(tenant);
    if (actor === undefined) throw new Error("a tenant was not looked up");
    if (actor instanceof Problem) {
      results[position] = refusedFor(actor, event.at);
      continue;
    }
    let share = shares.get(actor.tenantId);
    if (!share) {
      share = { actor, rules: rules.get(actor.tenantId) ?? [], events: [], positions: [] };
      shares.set(actor.tenantId, share);
    }
    share.events.push(own);
    share.positions.push(position);
  }
  return [...shares.values()];
}

type Why = Pick<Problem, "code"> & ({ message: string } | { detail: string });

function refusedFor(why: Why, at: string): Result {
  const detail = "detail" in why ? why.detail : why.message;
  return { at, outcome: { outcome: "refused", id: null, code: why.code, detail } };
}

/** Alerts and warnings of a batch over tenants say whose they are. */
function ofTenant(result: Result, { tenantId }: Actor): Result {
  const { at, outcome } = result;
  if (outcome.outcome === "refused") return result;
  if (outcome.alerts.length === 0 && !outcome.undeclared) return result;
  return { at, outcome: { ...outcome, tenant: tenantId } };
}

/** What is worth sending again of what was refused event by event. */
function waiting(results: readonly Result[]): Problem | null {
  for (const { outcome } of results) {
    if (outcome.outcome === "refused" && ERRORS[outcome.code].status === 503) {
      return new Problem(outcome.code, outcome.detail, { retryAfterSeconds: 1 });
    }
  }
  return null;
}
