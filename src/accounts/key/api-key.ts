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
import { type ApiKey, insertKey, insistOwnerKey, readKey, revokeKey } from "../store/key-store.ts";
import { insistUserRole, readUser } from "../store/user-store.ts";

export type KeyInput = { name: string; role: Role; userId: string | null };

/** A fresh key of a tenant, and the row that remembers it by its hash. */
export async function makeKey(
  tenant: { id: string; mode: TenantMode; operator: boolean },
  input: KeyInput,
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
  };
  return { key, row };
}

/**
 * One more key of the actor's tenant. Errors: 403 for a role the actor may not give, 422 for an
 * unknown user or a role that would allow more than the user's own.
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
  if (user && !rolesWithin(user.role).includes(input.role)) {
    throw invalidField("/role", `allows more than the user's own role, ${user.role}`);
  }
  const tenant = { id: actor.tenantId, mode: actor.mode, operator: actor.operator };
  const { key, row } = await makeKey(tenant, input, actor.realMs);
  const detail = { name: row.name, role: row.role, user_id: row.userId };
  await commit(env.DB, [
    insertKey(env.DB, row),
    ...(user ? [insistUserRole(env.DB, user)] : []),
    auditRow(env.DB, actor, { action: "key.created", target: row.id, detail }, actor.realMs),
  ]);
  return { key, row };
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
