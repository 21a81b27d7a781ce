/** The people of a tenant. Keys of a user, and those it made, never allow more than its role. */
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor } from "../actor/actor.ts";
import type { Rows } from "../actor/confinement.ts";
import { roleId } from "../actor/roles.ts";
import { auditRow } from "../audit/audit.ts";
import { forgetKeys } from "../guard/guard.ts";
import { insistMayGrant, insistUnconfined } from "../role/grant.ts";
import { roleNamed } from "../role/role.ts";
import { showRows } from "../role/rows.ts";
import { insistCustomers } from "../role/seen-customers.ts";
import { insistRoom } from "../store/budget-store.ts";
import {
  insistKeyHolds,
  insistOwnerKey,
  narrowKeysOf,
  revokeKeysMadeBy,
  revokeKeysOf,
} from "../store/key-store.ts";
import {
  insertUser,
  insistOwnerUser,
  type PersonRole,
  readUser,
  type User,
  updateUser,
} from "../store/user-store.ts";

/**
 * A new user of the actor's tenant. Errors: 403 for an owner, unless by an owner, and by a confined
 * key; 409 `members.email_taken`; 422 for a customer that there is not; 429 `budget.reached`.
 */
export async function createUser(
  env: Env,
  actor: Actor,
  input: { email: string; name: string; role: string; rows: Rows | null },
): Promise<User> {
  insistUnconfined(actor);
  const role = await personRole(env, actor, input.role);
  insistMayGrant(actor, role);
  insistConfinable(role, input.rows);
  await insistCustomers(env.DB, actor.tenantId, input.rows);
  const user: User = {
    id: makeId("usr", actor.realMs),
    tenant: actor.tenantId,
    email: input.email.toLowerCase(),
    name: input.name,
    role,
    createdMs: actor.realMs,
    removedMs: null,
    confinement: input.rows,
  };
  const detail = { email: user.email, role: roleId(role), ...seen(input.rows) };
  try {
    await commit(env.DB, [
      insistKeyHolds(env.DB, actor),
      insertUser(env.DB, user),
      insistRoom(env.DB, actor, "users"),
      auditRow(env.DB, actor, { action: "user.created", target: user.id, detail }, actor.realMs),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "users")) throw error;
    throw new Problem("members.email_taken", `${user.email} already belongs to a user`);
  }
  return user;
}

/** The role that a person is given, by its name or id. Errors: 422. */
async function personRole(env: Env, actor: Actor, named: string): Promise<PersonRole> {
  const role = await roleNamed(env, actor, named);
  if (role === "ingest") throw invalidField("/role", "ingest is for keys alone");
  return role;
}

/** Errors: 422 for an owner who would see only some rows: nobody could let others see again. */
function insistConfinable(role: PersonRole, rows: Rows | null): void {
  if (rows === null || role !== "owner") return;
  throw invalidField("/role", "sees everything as an owner: give another role, or all rows");
}

/** What the audit log says of the rows that a user sees; nothing of one that sees all. */
function seen(rows: Rows | null): Record<string, unknown> {
  return rows === null ? {} : showRows(rows);
}

/** A user of the actor's tenant. Errors: 404. */
export async function userOf(env: Env, actor: Actor, id: string): Promise<User> {
  const user = await readUser(env.DB, actor.tenantId, id);
  if (!user) throw notFound("user");
  return user;
}

/**
 * Changes a user's name or role, and narrows the keys of the user, and those that it made, which
 * would allow more. Errors: 404; 403 for making or unmaking an owner, unless by an owner, and by a
 * confined key; 409 `members.last_owner`; 422 for a customer that there is not and that it did not
 * see before.
 */
export async function changeUser(
  env: Env,
  actor: Actor,
  id: string,
  change: {
    name?: string | undefined;
    role?: string | undefined;
    /** Which rows it sees, by those that it saw before. */
    rows: (before: Rows | null) => Rows | null;
  },
): Promise<User> {
  insistUnconfined(actor);
  const user = await userOf(env, actor, id);
  const { name = user.name } = change;
  const role = change.role === undefined ? user.role : await personRole(env, actor, change.role);
  const isGiven = roleId(role) !== roleId(user.role);
  const confinement = change.rows(user.confinement);
  insistMayGrant(actor, user.role);
  insistMayGrant(actor, role);
  insistConfinable(role, confinement);
  await insistCustomers(env.DB, actor.tenantId, confinement, user.confinement);
  const isNarrowed = user.confinement === null && confinement !== null;
  const lostOwner = user.role === "owner" && role !== "owner";
  await commit(env.DB, [
    insistKeyHolds(env.DB, actor),
    updateUser(env.DB, user, { name, role, confinement }),
    insistChanged(env.DB),
    ...(!isGiven ? [] : narrowKeysOf(env.DB, id, { userRole: role, atMs: actor.realMs })),
    ...(isNarrowed ? [revokeKeysMadeBy(env.DB, id, actor.realMs)] : []),
    ...(isNarrowed && !lostOwner ? [insistOwnerKey(env.DB, actor.tenantId)] : []),
    ...(lostOwner ? insistOwners(env, actor) : []),
    auditRow(
      env.DB,
      actor,
      {
        action: "user.changed",
        target: id,
        detail: { name, role: roleId(role), ...seen(confinement) },
      },
      actor.realMs,
    ),
  ]);
  forgetKeys(actor.tenantId);
  return { ...user, name, role, confinement };
}

/**
 * Removes a user and revokes its keys: those that stand for it, and those that it made and nobody
 * took over. Errors: as `changeUser`.
 */
export async function removeUser(env: Env, actor: Actor, id: string): Promise<void> {
  insistUnconfined(actor);
  const user = await userOf(env, actor, id);
  insistMayGrant(actor, user.role);
  await commit(env.DB, [
    insistKeyHolds(env.DB, actor),
    updateUser(env.DB, user, { removedMs: actor.realMs }),
    insistChanged(env.DB),
    revokeKeysOf(env.DB, id, actor.realMs),
    ...(user.role === "owner" ? [insistOwnerUser(env.DB, actor.tenantId)] : []),
    insistOwnerKey(env.DB, actor.tenantId),
    auditRow(env.DB, actor, { action: "user.removed", target: id }, actor.realMs),
  ]);
  forgetKeys(actor.tenantId);
}

function insistOwners(env: Env, actor: Actor) {
  return [insistOwnerUser(env.DB, actor.tenantId), insistOwnerKey(env.DB, actor.tenantId)];
}
