/** API keys: made once, shown once, revoked for ever. */
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { makeId, randomToken, sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor, TenantMode } from "../actor/actor.ts";
import { KEY_SECRET_BYTES, keyHint, keyText } from "../actor/key-text.ts";
import { mayGrant, type Role, rolesWithin } from "../actor/roles.ts";
import { auditRow } from "../audit/audit.ts";
import { forgetKeys } from "../guard/guard.ts";
import { insistRoom } from "../store/budget-store.ts";
import {
  type ApiKey,
  handOverKey,
  insertKey,
  insistKeyHolds,
  insistOwnerKey,
  readKey,
  revokeKey,
} from "../store/key-store.ts";
import { insistUserRole, readUser, type User } from "../store/user-store.ts";

export type KeyInput = { name: string; role: Role; userId: string | null };

/** `madeBy`: the user with whom it ends, or null for a key of the tenant itself. */
type Made = KeyInput & { madeBy: string | null };

/** A fresh key of a tenant, and the row that remembers it by its hash. */
export async function makeKey(
  tenant: { id: string; mode: TenantMode; operator: boolean },
  input: Made,
  realMs: number,
): Promise<{ key: string; row: ApiKey }> {
  const key = keyText(tenant, randomToken(KEY_SECRET_BYTES));
  const row: ApiKey = {
    id: makeId("key", realMs),
    tenant: tenant.id,
    userId: input.userId,
    name: input.name,
    hint: keyHint(key),
    hash: await sha256Hex(key),
    role: input.role,
    createdMs: realMs,
    revokedMs: null,
    madeBy: input.madeBy,
  };
  return { key, row };
}

/**
 * One more key of the actor's tenant, which ends with whoever makes it. Errors: 403 for a role that
 * the actor may not give, or in the name of an owner unless by an owner; 422 for an unknown user or
 * a role that would allow more than the user's own; 429 `budget.reached`.
 */
export async function createKey(
  env: Env,
  actor: Actor,
  input: KeyInput,
): Promise<{ key: string; row: ApiKey }> {
  insistMayGrant(actor, input.role);
  const user = input.userId === null ? null : await readUser(env.DB, actor.tenantId, input.userId);
  if (input.userId !== null && !user) {
    throw invalidField("/user_id", "is no user of this tenant");
  }
  if (user) insistMayGrant(actor, user.role);
  if (user && !rolesWithin(user.role).includes(input.role)) {
    throw invalidField("/role", `allows more than the user's own role, ${user.role}`);
  }
  const tenant = { id: actor.tenantId, mode: actor.mode, operator: actor.operator };
  const maker = await makerOf(env, actor);
  const made = { ...input, madeBy: maker?.id ?? null };
  const { key, row } = await makeKey(tenant, made, actor.realMs);
  const detail = { name: row.name, role: row.role, user_id: row.userId };
  const answer = { shown: { key } };
  const entry = { action: "key.created", target: row.id, detail, answer };
  await commit(env.DB, [
    insertKey(env.DB, row),
    insistRoom(env.DB, actor, "api_keys"),
    ...(user ? [insistUserRole(env.DB, user)] : []),
    ...insistMaker(env, actor, maker),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return { key, row };
}

/** With whom what the actor makes ends: its user, or for a key of no user whoever made that key. */
async function makerOf(env: Env, { tenantId, keyId, userId }: Actor): Promise<User | null> {
  const id = userId ?? (await readKey(env.DB, tenantId, keyId))?.madeBy ?? null;
  if (id === null) return null;
  const maker = await readUser(env.DB, tenantId, id);
  if (!maker) throw new Problem("resource.conflict", "the user whose key this is was removed");
  return maker;
}

/** Refuses a batch where the actor, or the user whom it acts for, changed meanwhile. */
function insistMaker(env: Env, actor: Actor, maker: User | null): D1PreparedStatement[] {
  return [
    insistKeyHolds(env.DB, actor),
    ...(maker === null ? [] : [insistUserRole(env.DB, maker)]),
  ];
}

/**
 * Hands a key over to the actor: it ends with the actor's user instead of whoever made it. Errors:
 * 404; 403 as for making one; 409 for a key that has ended.
 */
export async function takeOverKey(env: Env, actor: Actor, id: string): Promise<ApiKey> {
  const row = await readKey(env.DB, actor.tenantId, id);
  if (!row) throw notFound("API key");
  insistMayGrant(actor, row.role);
  const maker = await makerOf(env, actor);
  const madeBy = maker?.id ?? null;
  const entry = { action: "key.taken_over", target: id, detail: { from: row.madeBy, to: madeBy } };
  await commit(env.DB, [
    handOverKey(env.DB, row, madeBy),
    insistChanged(env.DB, { code: "resource.conflict", detail: "the key has ended" }),
    ...insistMaker(env, actor, maker),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return { ...row, madeBy };
}

/**
 * Ends a key at once here, within 30 s everywhere; ending it again changes nothing.
 * Errors: 403 for an owner's key, unless by an owner; 409 `members.last_owner`.
 */
export async function endKey(env: Env, actor: Actor, id: string): Promise<ApiKey> {
  const row = await readKey(env.DB, actor.tenantId, id);
  if (!row) throw notFound("API key");
  if (row.revokedMs !== null) return row;
  insistMayGrant(actor, row.role);
  await commit(env.DB, [
    revokeKey(env.DB, row, actor.realMs),
    insistChanged(env.DB),
    insistOwnerKey(env.DB, actor.tenantId),
    auditRow(env.DB, actor, { action: "key.revoked", target: id }, actor.realMs),
  ]);
  forgetKeys(actor.tenantId);
  return { ...row, revokedMs: actor.realMs };
}

/** Refuses who may neither give nor take `role`. Errors: 403 `auth.forbidden`. */
export function insistMayGrant(actor: Actor, role: Role): void {
  if (mayGrant(actor.role, role)) return;
  throw new Problem(
    "auth.forbidden",
    `a key with the role ${actor.role} may not make or end an ${role}`,
  );
}
