/** Whose usage a caller may read. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { isConfinedIn, mayDo } from "../../accounts/actor/confinement.ts";
import { Problem } from "../../core/errors.ts";

/**
 * The user whose usage is read: who is asked for, else the key's own user, where it has one; null
 * for everybody's, which is what a person who may read it is shown in the dashboard. Errors: 403
 * for another's.
 */
export function userOf(actor: Actor, asked: string | undefined): string | null {
  if (isConfinedIn("usage", actor.confinement) && actor.userId === null) {
    throw new Problem("auth.forbidden", "this key sees its own user's usage, and has no user");
  }
  if (mayReadAll(actor)) return asked ?? (actor.sessionId === undefined ? actor.userId : null);
  if (asked !== undefined && asked !== actor.userId) {
    throw new Problem("auth.forbidden", "this key reads only its own user's usage");
  }
  return actor.userId;
}

function mayReadAll(actor: Actor): boolean {
  if (isConfinedIn("usage", actor.confinement)) return false;
  return actor.userId === null || mayDo(actor, "usage.for_others");
}

/** True where the caller reads everybody's usage unless it asks for one user's. */
export function readsAll(actor: Actor): boolean {
  return userOf(actor, undefined) === null;
}

/**
 * Refuses who may read only its own user's usage what shows everybody's. Errors: 403
 * `auth.forbidden`, which says what to read instead.
 */
export function insistMayReadAll(actor: Actor): void {
  if (mayReadAll(actor)) return;
  const detail =
    "this key reads only its own user's usage, and this is everybody's: " +
    "list your own at /api/usage/events";
  throw new Problem("auth.forbidden", detail);
}
