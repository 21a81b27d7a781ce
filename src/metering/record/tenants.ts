/**
 * Batches over tenants: items of one request that name whose usage they are. Each tenant's meter
 * gets one call; what is refused of one tenant is the answer to its items alone.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { accountsNamed, actAs } from "../../accounts/guard/acting.ts";
import { ofTenantsAlone } from "../../accounts/guard/guard.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { logError } from "../../platform/runtime/log.ts";
import { MAX_TENANT_NAME } from "../event/item.ts";
import { recordLater } from "./later.ts";
import {
  askChecked,
  type Checked,
  checkItems,
  idIn,
  laterOutcomes,
  type Outcome,
  outcomesOf,
  type Raw,
  type Recorder,
  type Refused,
  tenantIn,
} from "./record.ts";
import { startsOf } from "./starts.ts";

export const MAX_BATCH_TENANTS = 1_000;
/** Calls of one request that run at once: as many as a Worker has connections. */
const AT_ONCE = 6;

/** Items of a request, and how it names those that bring no id, by their position in it. */
export type Asked = {
  items: readonly Raw[];
  nameId: (position: number) => string | null;
  /** True where recording is left to the queue. */
  later: boolean;
};

/** One tenant's items, with their positions in the request. */
type Share = { recorder: Actor; raws: Raw[]; positions: number[] };

/** True where an item names a tenant. */
export function namesTenants(items: readonly Raw[]): boolean {
  return items.some((raw) => "value" in raw && tenantIn(raw.value) !== undefined);
}

/**
 * Records each item for the tenant that it names, and for the operator itself where it names none.
 * The outcomes stand in the order of the items. Errors: 413 for more than 1,000 tenants.
 */
export async function recordForTenants(
  env: Env,
  operator: Actor,
  { items, nameId, later }: Asked,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = new Array(items.length);
  const shares = await sharesOf(env, operator, items, outcomes);
  const starts = later
    ? null
    : await startsOf(
        env,
        shares.map(({ recorder }) => recorder.tenantId),
      );
  const record = async ({ recorder: actor, raws, positions }: Share) => {
    const recorder = { ...actor, seen: starts?.get(actor.tenantId) };
    const checked = await checkItems(recorder, raws, (index) => nameId(positions[index] ?? 0));
    const alone = checked.alone && items.length === 1;
    const own = await recordShare(env, recorder, { ...checked, alone }, later);
    for (const [index, outcome] of own.entries()) outcomes[positions[index] ?? 0] = outcome;
  };
  await atOnce(shares, record);
  return outcomes;
}

/** Does a work for each of some things, six of them at once. Throws what the first one throws. */
export async function atOnce<T>(
  things: readonly T[],
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const waiting = things.values();
  const worker = async () => {
    for (const thing of waiting) await work(thing);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** The items by tenant; those that are refused for what they name go to `outcomes`. */
async function sharesOf(
  env: Env,
  operator: Actor,
  items: readonly Raw[],
  outcomes: Outcome[],
): Promise<Share[]> {
  const recorders = await recordersOf(env, operator, items);
  const shares = new Map<string, Share>();
  for (const [position, raw] of items.entries()) {
    const name = nameIn(raw);
    const recorder = name instanceof Problem ? name : recorders.get(name);
    if (recorder === undefined) throw new Error("a tenant was not looked up");
    if (recorder instanceof Problem) {
      outcomes[position] = refusedFor(recorder, "value" in raw ? idIn(raw.value) : null);
      continue;
    }
    let share = shares.get(recorder.tenantId);
    if (!share) {
      share = { recorder, raws: [], positions: [] };
      shares.set(recorder.tenantId, share);
    }
    share.raws.push(withoutTenant(raw));
    share.positions.push(position);
  }
  return [...shares.values()];
}

/** Who records for each name that stands in the items, or why nobody does. */
function recordersOf(
  env: Env,
  operator: Actor,
  items: readonly Raw[],
): Promise<Map<string | undefined, Actor | Problem>> {
  const names = new Set<string>();
  for (const raw of items) {
    const name = nameIn(raw);
    if (typeof name === "string") names.add(name);
  }
  return recordersNamed(env, operator, names);
}

/**
 * Who records for each of some names, and under `undefined` for what names nobody, or why nobody
 * does. One query. Errors: 413 for more than 1,000 names.
 */
export async function recordersNamed(
  env: Env,
  operator: Actor,
  names: ReadonlySet<string>,
): Promise<Map<string | undefined, Actor | Problem>> {
  if (names.size > MAX_BATCH_TENANTS) {
    const detail = `a batch names at most ${MAX_BATCH_TENANTS} tenants, this one ${names.size}`;
    throw new Problem("request.too_large", detail);
  }
  const accounts = await accountsNamed(env.DB, names, operator.realMs);
  const own = reaches(operator, operator.tenantId) ? operator : ofTenantsAlone();
  const recorders = new Map<string | undefined, Actor | Problem>([[undefined, own]]);
  for (const name of names) recorders.set(name, actAs(operator, accounts.get(name)));
  return recorders;
}

/** The name of an item's tenant, undefined where it has none, or what is wrong with it. */
function nameIn(raw: Raw): string | undefined | Problem {
  const name = "value" in raw ? tenantIn(raw.value) : undefined;
  if (name === undefined) return undefined;
  const isName = typeof name === "string" && name !== "" && name.length <= MAX_TENANT_NAME;
  return isName ? name : invalidField("/tenant", "is a tenant's id or external id");
}

function withoutTenant(raw: Raw): Raw {
  if (!("value" in raw) || tenantIn(raw.value) === undefined) return raw;
  const { tenant, ...value } = raw.value as Record<string, unknown>;
  return { value };
}

/** What became of one tenant's items. Throws nothing: what fails is the answer to each of them. */
async function recordShare(
  env: Env,
  recorder: Actor & Recorder,
  checked: Checked,
  later: boolean,
): Promise<Outcome[]> {
  try {
    if (later) {
      await recordLater(env, recorder, checked);
      return laterOutcomes(checked);
    }
    const reply = await askChecked(env, recorder, checked);
    const outcomes = await outcomesOf(env, recorder, checked, reply);
    for (const outcome of outcomes) {
      if (outcome.outcome === "refused") continue;
      if (outcome.undeclared || outcome.alerts.length > 0) outcome.tenant = recorder.tenantId;
    }
    return outcomes;
  } catch (error) {
    const problem = error instanceof Problem ? error : failed(recorder, error);
    const outcomes = [...checked.outcomes];
    for (const [index, position] of checked.positions.entries()) {
      outcomes[position] = refusedFor(problem, checked.ids[index] ?? null);
    }
    return outcomes as Outcome[];
  }
}

/** Whatever broke, the same events may be sent again: what was recorded counts once. */
export function failed({ tenantId, requestId }: Actor, error: unknown): Problem {
  const what = { at: "recordForTenants", tenant: tenantId, request_id: requestId, error };
  logError(what);
  return new Problem("service.busy", "recording for this tenant failed; send the event again");
}

function refusedFor({ code, message: detail, extra }: Problem, id: string | null): Refused {
  const refused = { outcome: "refused", id, code, detail } as const;
  return extra.errors ? { ...refused, errors: extra.errors } : refused;
}
