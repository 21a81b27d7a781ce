/** Who may give and take roles. */
import { Problem } from "../../core/errors.ts";
import type { Actor } from "../actor/actor.ts";
import { mayGrant, type Role, roleName } from "../actor/roles.ts";

/** Refuses a key that is confined: people are not. Errors: 403 `auth.forbidden`. */
export function insistUnconfined({ confinement }: Actor): void {
  if (confinement === null) return;
  const detail =
    "whoever is confined, and a key with an end, makes and changes no users and no roles";
  throw new Problem("auth.forbidden", detail);
}

/** Refuses who may neither give nor take `role`. Errors: 403 `auth.forbidden`. */
export function insistMayGrant(actor: Actor, role: Role): void {
  if (mayGrant(actor.role, role)) return;
  const detail =
    `the role ${roleName(actor.role)} may not make or end the role ${roleName(role)}: ` +
    "nobody grants what they have not";
  throw new Problem("auth.forbidden", detail);
}
