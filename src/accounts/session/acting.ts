/**
 * A session of the operator that acts for one of its tenants: what a key does by a header, as long
 * as the session has that tenant open. The row keeps it, so it ends with the session, and a form
 * token of its own goes with it: no form of before or after is taken for it.
 */
import { notFound, Problem } from "../../core/errors.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { randomToken } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor } from "../actor/actor.ts";
import { auditRow } from "../audit/audit.ts";
import { accountsNamed, actAs } from "../guard/acting.ts";
import { TOKEN_BYTES } from "./session.ts";
import { type SessionHolder, setActingFor } from "./session-store.ts";

type Acting = Pick<SessionHolder, "id" | "formToken">;

/**
 * Lets the operator's session act for a tenant from now on. `person` is whoever is signed in.
 * Errors: 404 for no tenant, and for whoever is not the operator; 403 `auth.not_for_tenant` for the
 * operator itself; 409 where the session acts already.
 */
export async function beginActing(
  env: Env,
  person: Actor,
  session: Acting,
  name: string,
): Promise<Actor> {
  const actor = await asTenant(env, person, name);
  const next = { actingFor: actor.tenantId, formToken: randomToken(TOKEN_BYTES) };
  await commit(env.DB, [
    setActingFor(env.DB, session, next),
    insistChanged(env.DB),
    auditRow(env.DB, actor, { action: "acting.begun", target: session.id }, person.realMs),
  ]);
  return actor;
}

/** Stops it; `actor` is the tenant for which the session acted. Errors: 409 as for beginning. */
export async function endActing(env: Env, actor: Actor, session: Acting): Promise<void> {
  await commit(env.DB, [
    setActingFor(env.DB, session, { actingFor: null, formToken: randomToken(TOKEN_BYTES) }),
    insistChanged(env.DB),
    auditRow(env.DB, actor, { action: "acting.ended", target: session.id }, actor.realMs),
  ]);
}

/** Who acts in a session: the tenant that it has open, else whoever is signed in. Errors: 404. */
export async function actorIn(
  env: Env,
  person: Actor,
  { actingFor }: Pick<SessionHolder, "actingFor">,
): Promise<Actor> {
  return actingFor === null ? person : asTenant(env, person, actingFor);
}

/** The person as a tenant, with the role that it has at the operator's. Errors: 403, 404. */
export async function asTenant(env: Env, person: Actor, name: string): Promise<Actor> {
  if (!person.operator) throw notFound("tenant");
  const found = await accountsNamed(env.DB, [name], person.realMs);
  const actor = actAs(person, found.get(name));
  if (actor instanceof Problem) throw actor;
  return actor;
}
