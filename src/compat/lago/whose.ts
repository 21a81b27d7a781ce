/** Whose usage Lago's ids of customers and subscriptions stand for. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { readTenant } from "../../accounts/store/tenant-store.ts";
import { Problem } from "../../core/errors.ts";
import { evictOldest } from "../../core/recent.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type Whose, whoseAre } from "../common/whose.ts";
import { lacking } from "./errors.ts";
import { namedTenants } from "./name-store.ts";

const REMEMBERED = 10_000;

// A name stays its tenant's for good, so what was found holds.
const known = new Map<string, string>();

/**
 * Whose each id is: as every dialect has it, and with a key of the operator also by what
 * subscriptions are called. One query at most for names that an isolate has not met, and one for
 * those that are no tenant's.
 */
export async function subscribersOf(
  env: Env,
  actor: Actor,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Whose | Problem>> {
  const found = await whoseAre(env, actor, ids);
  if (!actor.operator) return found;
  const others = [...found.keys()].filter((id) => !isTenant(found.get(id)));
  const named = await tenantsCalled(env.DB, others);
  if (named.size === 0) return found;
  const tenants = await whoseAre(env, actor, new Set(named.values()));
  const whole = new Map(found);
  for (const [id, tenantId] of named) {
    const whose = tenants.get(tenantId);
    if (whose !== undefined) whole.set(id, whose);
  }
  return whole;
}

/** True for all of a tenant, false for one of its users and for what is refused. */
function isTenant(whose: Whose | Problem | undefined): boolean {
  return whose !== undefined && !(whose instanceof Problem) && whose.userId === null;
}

async function tenantsCalled(
  db: D1Database,
  names: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const asked: string[] = [];
  for (const name of names) {
    const tenant = known.get(name);
    if (tenant === undefined) asked.push(name);
    else found.set(name, tenant);
  }
  if (asked.length === 0) return found;
  for (const [name, tenant] of await namedTenants(db, asked)) {
    evictOldest(known, REMEMBERED);
    known.set(name, tenant);
    found.set(name, tenant);
  }
  return found;
}

/**
 * The tenant that an id of a customer or subscription stands for, as one that the actor may act
 * for: its own, where it names that. Errors: 404 `<resource>_not_found` for any other.
 */
export async function tenantCalled(
  env: Env,
  actor: Actor,
  id: string,
  resource: string,
): Promise<Actor> {
  if (!actor.operator) {
    if (await isOwnName(env, actor, id)) return actor;
    throw lacking(resource);
  }
  const whose = (await subscribersOf(env, actor, [id])).get(id);
  if (!whose || whose instanceof Problem || !isTenant(whose)) throw lacking(resource);
  return whose.actor;
}

/** True where a tenant names itself, or one of its subscriptions. */
async function isOwnName(env: Env, { tenantId }: Actor, id: string): Promise<boolean> {
  if (id === tenantId) return true;
  const tenant = await readTenant(env.DB, tenantId);
  if (tenant?.externalId === id) return true;
  return (await tenantsCalled(env.DB, [id])).get(id) === tenantId;
}
