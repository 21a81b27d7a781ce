/** Whose usage a caller may read. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { isConfinedIn, mayDo } from "../../accounts/actor/confinement.ts";
import { Problem } from "../../core/errors.ts";

/** The user whose usage is read: the key's own, where it has one. Errors: 403 for another's. */
export function userOf(actor: Actor, asked: string | undefined): string | null {
  const isOwn = isConfinedIn("usage", actor.confinement);
  if (isOwn && actor.userId === null) {
    throw new Problem("auth.forbidden", "this key sees its own user's usage, and has no user");
  }
  if (actor.userId === null || mayDo(actor, "usage.for_others")) {
    return asked ?? actor.userId;
  }
  if (asked !== undefined && asked !== actor.userId) {
    throw new Problem("auth.forbidden", "this key reads only its own user's usage");
  }
  return actor.userId;
}

/** True where the caller reads everybody's usage unless it asks for one user's. */
export function readsAll(actor: Actor): boolean {
  return userOf(actor, undefined) === null;
}
