/** Who may give and take roles. */
import { Problem } from "../../core/errors.ts";
import type { Actor } from "../actor/actor.ts";
import { mayGrant, type Role, roleName } from "../actor/roles.ts";

/** Refuses a key that is confined: people are not. Errors: 403 `auth.forbidden`. */
export function insistUnconfined({ confinement }: Actor): void {
  if (confinement === null) return;
  const detail =
    "whoever is confined, and a key with an end, makes, changes and removes no users and no " +
    "roles: use a key that is confined to nothing and has no end";
  throw new Problem("auth.forbidden", detail);
}

/** Refuses who may neither give nor take `role`. Errors: 403 `auth.forbidden`. */
export function insistMayGrant(actor: Actor, role: Role): void {
  if (mayGrant(actor.role, role)) return;
  const who = role === "owner" ? "an owner" : "somebody whose role allows as much";
  const detail =
    `your role, ${roleName(actor.role)}, may neither give nor take the role ${roleName(role)}, ` +
    `nor change who has it: ask ${who}`;
  throw new Problem("auth.forbidden", detail);
}
