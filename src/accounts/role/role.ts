/**
 * Roles that a tenant puts together of permissions. Nobody grants what they have not: a role is
 * made, changed, given and removed only by whoever may do all that it allows, before and after.
 */
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor } from "../actor/actor.ts";
import { type Permission, ROLES, type Role, roleId } from "../actor/roles.ts";
import { auditRow } from "../audit/audit.ts";
import { forgetKeys } from "../guard/guard.ts";
import { insistKeyHolds } from "../store/key-store.ts";
import {
  deleteRole,
  type Holders,
  holdersOf,
  insertRole,
  insistUnused,
  ownRole,
  type RoleRow,
  readRole,
  replaceRole,
  updateRole,
} from "../store/role-store.ts";
import { insistMayGrant, insistUnconfined } from "./grant.ts";

export type RoleInput = {
  name: string;
  description: string | null;
  permissions: readonly Permission[];
};

/** A role with how many users and keys have it. */
export type HeldRole = RoleRow & Holders;

/**
 * The role of a name or id that somebody is given. Errors: 422 at `pointer` for one that there is
 * not, or 422 for `ingest` where it is for a person.
 */
export async function roleNamed(
  env: Env,
  { tenantId }: Pick<Actor, "tenantId">,
  named: string,
  pointer = "/role",
): Promise<Role> {
  const builtIn = ROLES.find((role) => role === named);
  if (builtIn !== undefined) return builtIn;
  const row = await readRole(env.DB, tenantId, named);
  if (row) return ownRole(row);
  throw invalidField(pointer, `is ${ROLES.join(", ")}, or the id of a role of your own`);
}

/** A tenant's own role with who has it. Errors: 404. */
export async function roleWithId(
  env: Env,
  { tenantId }: Pick<Actor, "tenantId">,
  id: string,
): Promise<HeldRole> {
  const [row, held] = await Promise.all([readRole(env.DB, tenantId, id), holdersOf(env.DB, [id])]);
  if (!row) throw notFound("role");
  return { ...row, ...(held.get(id) ?? { users: 0, keys: 0 }) };
}

/**
 * A new role of the actor's tenant. Errors: 403 for permissions that the actor has not, and by a
 * confined key; 409 for a name that is taken; 422; 429 `budget.reached`.
 */
export async function createRole(env: Env, actor: Actor, input: RoleInput): Promise<HeldRole> {
  insistUnconfined(actor);
  insistPossible(actor, input);
  const { realMs } = actor;
  const times = { createdMs: realMs, changedMs: realMs };
  const row = { id: makeId("rol", realMs), tenant: actor.tenantId, ...input, ...times };
  insistMayGrant(actor, ownRole(row));
  await written(
    input.name,
    [
      insistKeyHolds(env.DB, actor),
      ...insertRole(env.DB, actor, row),
      auditRow(env.DB, actor, { action: "role.created", target: row.id, detail: input }, realMs),
    ],
    env,
  );
  return { ...row, users: 0, keys: 0 };
}

/**
 * Changes a role for all that have it: sessions at once, keys within half a minute. Errors: 404;
 * 403 where the actor may not all that it allowed or will allow; 409; 422.
 */
export async function changeRole(
  env: Env,
  actor: Actor,
  id: string,
  change: { [Name in keyof RoleInput]?: RoleInput[Name] | undefined },
): Promise<HeldRole> {
  insistUnconfined(actor);
  const before = await roleWithId(env, actor, id);
  const { name = before.name, permissions = before.permissions } = change;
  const { description = before.description } = change;
  const input = { name, description, permissions };
  insistPossible(actor, input);
  // Later than the state before it, also within one millisecond.
  const changedMs = Math.max(actor.realMs, before.changedMs + 1);
  const { users, keys, ...row } = { ...before, ...input, changedMs };
  insistMayGrant(actor, ownRole(before));
  insistMayGrant(actor, ownRole(row));
  await written(
    name,
    [
      insistKeyHolds(env.DB, actor),
      updateRole(env.DB, before, row),
      insistChanged(env.DB),
      auditRow(env.DB, actor, { action: "role.changed", target: id, detail: input }, actor.realMs),
    ],
    env,
  );
  forgetKeys(actor.tenantId);
  return { ...row, users, keys };
}

/**
 * Removes a role; whoever has it gets `replacement`. Errors: 404; 403 for either beyond the actor's
 * own; 409 `members.role_in_use` where somebody has it and no replacement is named; 422.
 */
export async function removeRole(
  env: Env,
  actor: Actor,
  id: string,
  replacement: string | undefined,
): Promise<void> {
  insistUnconfined(actor);
  const row = await roleWithId(env, actor, id);
  insistMayGrant(actor, ownRole(row));
  const next =
    replacement === undefined ? null : await roleNamed(env, actor, replacement, "/replacement");
  if (next !== null) insistReplaces(actor, row, next);
  const detail = { name: row.name, ...(next === null ? {} : { replacement: roleId(next) }) };
  await commit(env.DB, [
    insistKeyHolds(env.DB, actor),
    ...(next === null ? [insistUnused(env.DB, id)] : []),
    // Those that were removed or revoked had it, too.
    ...replaceRole(env.DB, id, next ?? "viewer"),
    deleteRole(env.DB, row),
    insistChanged(env.DB),
    auditRow(env.DB, actor, { action: "role.removed", target: id, detail }, actor.realMs),
  ]);
  forgetKeys(actor.tenantId);
}

function insistReplaces(actor: Actor, row: HeldRole, next: Role): void {
  if (roleId(next) === row.id) throw invalidField("/replacement", "is another role");
  if (next === "owner") throw invalidField("/replacement", "makes no owners: give that by itself");
  if (next === "ingest" && row.users > 0) {
    throw invalidField("/replacement", "is for keys alone, and users have this role");
  }
  insistMayGrant(actor, next);
}

/** Errors: 422 for a name or permissions that a role of this tenant cannot have. */
function insistPossible({ operator }: Actor, { name, permissions }: RoleInput): void {
  if (ROLES.some((role) => role === name.toLowerCase())) {
    throw invalidField("/name", "is the name of a role that every tenant has");
  }
  for (const [place, permission] of permissions.entries()) {
    if (operator || !permission.startsWith("operator.")) continue;
    throw invalidField(`/permissions/${place}`, "is the operator's alone");
  }
}

async function written(name: string, statements: D1PreparedStatement[], env: Env): Promise<void> {
  try {
    await commit(env.DB, statements);
  } catch (error) {
    if (!isUniqueViolation(error, "roles")) throw error;
    throw new Problem("resource.conflict", `a role is called ${name} already; choose another name`);
  }
}
