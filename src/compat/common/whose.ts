/**
 * Whose usage a foreign id stands for. With a key of the operator it is a tenant, by external id,
 * id, or as one of the operator's customers; whatever it is not, and with a tenant's key always, it
 * is a user of the key's own tenant. It is never dropped, and never makes a tenant.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { accountsNamed, actAs, type Naming } from "../../accounts/guard/acting.ts";
import { ofTenantsAlone } from "../../accounts/guard/guard.ts";
import { Problem } from "../../core/errors.ts";
import { MAX_TENANT_NAME } from "../../metering/event/item.ts";
import { foreignUser } from "../../metering/intake/foreign.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { readForeign } from "./whose-store.ts";

/** A tenant, all of it where `userId` is null, else one of its users. */
export type Whose = { actor: Actor; userId: string | null };

const FOREIGN: Naming = { kind: "foreign:", read: readForeign };

/**
 * Whose each foreign id is, or why its usage is not the key's to touch: 404 for a tenant that the
 * key is confined away from, 403 where a key confined to tenants names none. One query at most.
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

/** A user of the key's own tenant, or all of it where none is named. */
export function ownWhose(actor: Actor, user: string | null): Whose | Problem {
  if (!reaches(actor, actor.tenantId)) return ofTenantsAlone();
  return { actor, userId: user === null || user === "" ? null : foreignUser(user) };
}
