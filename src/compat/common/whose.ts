/**
 * Whose usage a foreign id stands for. With a key of the operator it is a tenant, by external id,
 * id, or as one of the operator's customers; whatever it is not, and with a tenant's key always, it
 * is a user of the key's own tenant. It is never dropped, and never makes a tenant.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { accountsNamed, actAs, type Naming } from "../../accounts/guard/acting.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { MAX_TENANT_NAME } from "../../metering/event/item.ts";
import { foreignUser } from "../../metering/intake/foreign.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readForeign } from "./whose-store.ts";

/** A tenant, all of it where `userId` is null, else one of its users. */
export type Whose = { actor: Actor; userId: string | null };

const FOREIGN: Naming = { kind: "foreign:", read: readForeign };

/**
 * Whose each foreign id is, or why its usage is not the key's to touch: 404 for whoever is none of
 * the tenants that the key is confined to. One query at most.
 */
export async function whoseAre(
  env: Env,
  actor: Actor,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, Whose | Problem>> {
  const names = new Set(ids);
  const sought = actor.operator ? [...names].filter(mayName) : [];
  const accounts = await accountsNamed(env.DB, sought, actor.realMs, FOREIGN);
  const found = new Map<string, Whose | Problem>();
  for (const name of names) {
    const account = accounts.get(name);
    if (account === undefined || account.operator) {
      found.set(name, ownWhose(actor, name));
      continue;
    }
    const acting = actAs(actor, account);
    found.set(name, acting instanceof Problem ? acting : { actor: acting, userId: null });
  }
  return found;
}

function mayName(id: string): boolean {
  return id !== "" && id.length <= MAX_TENANT_NAME;
}

/** Whose one foreign id is. Errors: as `whoseAre` has them. */
export async function whoseIs(env: Env, actor: Actor, id: string): Promise<Whose> {
  const whose = (await whoseAre(env, actor, [id])).get(id);
  if (whose === undefined) throw new Error("a foreign id was not looked up");
  if (whose instanceof Problem) throw whose;
  return whose;
}

/**
 * A user of the key's own tenant. For a key that is confined to tenants whoever is none of them is
 * nobody, be it another tenant or no name at all.
 */
function ownWhose(actor: Actor, user: string): Whose | Problem {
  if (!reaches(actor, actor.tenantId)) return notFound("tenant");
  return { actor, userId: user === "" ? null : foreignUser(user) };
}
