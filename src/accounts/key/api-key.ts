/** API keys: made once, shown once, confined and rotated, revoked for ever. */
import { type ApiVersion, keptVersion } from "../../core/api-version.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { makeId, randomToken, sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Actor, RequestLimits, TenantMode } from "../actor/actor.ts";
import {
  type Bounds,
  beyond,
  type Confinement,
  confinementOf,
  hasEnded,
  inherited,
  keptOf,
  UNCONFINED,
} from "../actor/confinement.ts";
import { KEY_SECRET_BYTES, keyHint, keyText } from "../actor/key-text.ts";
import { may, mayHave, type Role, roleId, roleName } from "../actor/roles.ts";
import { auditRow } from "../audit/audit.ts";
import { forgetKeys } from "../guard/guard.ts";
import { insistMayGrant } from "../role/grant.ts";
import { insistCustomers } from "../role/seen-customers.ts";
import { insistRoom } from "../store/budget-store.ts";
import {
  type ApiKey,
  endExpired,
  handOverKey,
  insertKey,
  insistKeyHolds,
  insistOwnerKey,
  readKey,
  replaceKey,
  revokeKey,
  updateKey,
} from "../store/key-store.ts";
import { findTenants } from "../store/tenant-store.ts";
import { insistUserRole, readUser, type User } from "../store/user-store.ts";

export type KeyInput = {
  name: string;
  role: Role;
  userId: string | null;
  /** What is asked for; the key is confined to no less than whoever makes it. */
  confinement: Confinement;
  /** Requests a minute that it may send at most; null for as many as its tenant may. */
  limits?: KeyLimits;
  /** The version of the API that its requests are in unless they name one. */
  apiVersion: ApiVersion;
};

type KeyLimits = RequestLimits["key"];
const UNLIMITED: KeyLimits = { reads: null, writes: null };

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
    confinement: keptOf(input.confinement),
    expiresMs: input.confinement.endsMs,
    lastUsedMs: null,
    replacedBy: null,
    readsPerMinute: input.limits?.reads ?? null,
    writesPerMinute: input.limits?.writes ?? null,
    apiVersion: input.apiVersion,
  };
  return { key, row };
}

/**
 * One more key of the actor's tenant, which ends with whoever makes it and is confined to no less.
 * Errors: 403 for what the actor may not give, or in the name of an owner unless by an owner; 422
 * for an unknown user, a role that would allow more than the user's own, or a confinement that
 * names what it cannot; 429 `budget.reached`.
 */
export async function createKey(
  env: Env,
  actor: Actor,
  input: KeyInput,
): Promise<{ key: string; row: ApiKey }> {
  const { tenants } = input.confinement;
  const ids = tenants && (await idsOf(env, actor, tenants));
  for (const rows of input.confinement.rows ?? [])
    await insistCustomers(env.DB, actor.tenantId, rows);
  const asked = { ...input, confinement: { ...input.confinement, tenants: ids } };
  const confinement = inherited(asked, makerBounds(actor));
  insistConfinable(actor, { ...input, confinement });
  const limits = withinLimits(actor, input.limits ?? UNLIMITED);
  return addKey(env, actor, { ...input, confinement, limits }, null);
}

/**
 * Makes a key with the name, role, user and confinement of another one, which ends `overlapMs`
 * later, or at its own end where that is earlier. Errors: 404; 403 as for making one; 409 for a key
 * that has ended or was rotated before; 429 `budget.reached`.
 */
export async function rotateKey(
  env: Env,
  actor: Actor,
  id: string,
  overlapMs: number,
): Promise<{ key: string; row: ApiKey }> {
  const old = await readKey(env.DB, actor.tenantId, id);
  if (!old) throw notFound("API key");
  if (endOf(old, actor.realMs) !== null) throw new Problem(ENDED.code, ENDED.detail);
  if (old.replacedBy !== null) {
    const detail = `the key was rotated before, to ${old.replacedBy}; rotate that one`;
    throw new Problem("resource.conflict", detail);
  }
  const endsMs = Math.min(old.expiresMs ?? Number.MAX_SAFE_INTEGER, actor.realMs + overlapMs);
  const confinement = boundsOf(old).confinement;
  const limits = withinLimits(actor, limitsIn(old));
  const apiVersion = keptVersion(old.apiVersion);
  const { name, role, userId } = old;
  const input = { name, role, userId, confinement, limits, apiVersion };
  const made = await addKey(env, actor, input, { old, endsMs });
  forgetKeys(actor.tenantId);
  return made;
}

/** What of a key can be changed; what is missing stays. */
export type KeyChange = { name?: string; limits: Partial<KeyLimits>; apiVersion?: ApiVersion };

/**
 * Changes what a key is called, and how many requests a minute it may send; known everywhere within
 * 30 s. Errors: 404; 403 as for making one; 409 for a key that has ended; 422 for a limit above
 * that of the key which asks.
 */
export async function changeKey(
  env: Env,
  actor: Actor,
  id: string,
  change: KeyChange,
): Promise<ApiKey> {
  const row = await readKey(env.DB, actor.tenantId, id);
  if (!row) throw notFound("API key");
  insistMayGive(actor, boundsOf(row));
  const limits = { ...limitsIn(row), ...withinLimits(actor, change.limits) };
  const next = {
    name: change.name ?? row.name,
    readsPerMinute: limits.reads,
    writesPerMinute: limits.writes,
    apiVersion: change.apiVersion ?? row.apiVersion,
  };
  const detail = {
    name: next.name,
    reads_per_minute: limits.reads,
    writes_per_minute: limits.writes,
    api_version: keptVersion(next.apiVersion),
  };
  await commit(env.DB, [
    insistKeyHolds(env.DB, actor),
    updateKey(env.DB, row, { ...next, atMs: actor.realMs }),
    insistChanged(env.DB, ENDED),
    auditRow(env.DB, actor, { action: "key.changed", target: id, detail }, actor.realMs),
  ]);
  forgetKeys(actor.tenantId);
  return { ...row, ...next };
}

function limitsIn({ readsPerMinute, writesPerMinute }: ApiKey): KeyLimits {
  return { reads: readsPerMinute, writes: writesPerMinute };
}

/** `asked`, where the actor's key has a limit no more than that. Errors: 422 for more. */
function withinLimits<Asked extends Partial<KeyLimits>>({ limits }: Actor, asked: Asked): Asked {
  const given = Object.entries(asked).map(([kind, limit]) => {
    const own = limits?.key[kind as keyof KeyLimits] ?? null;
    if (own === null || (limit !== null && limit <= own)) return [kind, limit];
    if (limit === null) return [kind, own];
    throw invalidField(`/${kind}_per_minute`, `is at most ${own}, your own key's limit`);
  });
  return Object.fromEntries(given) as Asked;
}

/** When a key ended, or null for one that has not. */
export function endOf(
  { revokedMs, expiresMs }: Pick<ApiKey, "revokedMs" | "expiresMs">,
  realMs: number,
): number | null {
  return revokedMs ?? (hasEnded({ endsMs: expiresMs }, realMs) ? expiresMs : null);
}

const ENDED = { code: "resource.conflict", detail: "the key has ended" } as const;

/** Checks and writes a key; one that is `replaced` by it ends. */
async function addKey(
  env: Env,
  actor: Actor,
  input: KeyInput,
  replaced: { old: ApiKey; endsMs: number } | null,
): Promise<{ key: string; row: ApiKey }> {
  insistMayGive(actor, input);
  const user = input.userId === null ? null : await readUser(env.DB, actor.tenantId, input.userId);
  if (input.userId !== null && !user) {
    throw invalidField("/user_id", "is no user of this tenant");
  }
  if (user) insistMayGrant(actor, user.role);
  if (user && !mayHave(user.role, input.role)) {
    throw invalidField("/role", `allows more than the user's own role, ${roleName(user.role)}`);
  }
  const tenant = { id: actor.tenantId, mode: actor.mode, operator: actor.operator };
  const maker = await makerOf(env, actor);
  const made = { ...input, madeBy: maker?.id ?? null };
  const { key, row } = await makeKey(tenant, made, actor.realMs);
  await commit(env.DB, [
    // Before what may end the actor's own key.
    ...insistMaker(env, actor, maker),
    ...(user ? [insistUserRole(env.DB, user)] : []),
    insertKey(env.DB, row),
    ...(replaced ? endReplaced(env, replaced, row, actor.realMs) : []),
    endExpired(env.DB, actor.tenantId, actor.realMs),
    insistRoom(env.DB, actor, "api_keys"),
    auditRow(env.DB, actor, entryOf(row, key, replaced), actor.realMs),
  ]);
  return { key, row };
}

function endReplaced(
  env: Env,
  { old, endsMs }: { old: ApiKey; endsMs: number },
  next: ApiKey,
  atMs: number,
): D1PreparedStatement[] {
  const detail = "the key has ended, or was changed or rotated at the same time; read it again";
  return [
    replaceKey(env.DB, old, { id: next.id, endsMs, atMs }),
    insistChanged(env.DB, { code: "resource.conflict", detail }),
  ];
}

/** What the audit log says of a new key: what it is confined to, too, where it is. */
function entryOf(row: ApiKey, key: string, replaced: { old: ApiKey; endsMs: number } | null) {
  const { confinement, expiresMs, readsPerMinute, writesPerMinute } = row;
  const detail = {
    name: row.name,
    role: roleId(row.role),
    user_id: row.userId,
    ...(confinement === null ? {} : { confinement }),
    ...(expiresMs === null ? {} : { expires_at: timeText(expiresMs) }),
    ...(readsPerMinute === null ? {} : { reads_per_minute: readsPerMinute }),
    ...(writesPerMinute === null ? {} : { writes_per_minute: writesPerMinute }),
    ...(replaced ? { replaces: replaced.old.id, old_ends_at: timeText(replaced.endsMs) } : {}),
  };
  const action = replaced ? "key.rotated" : "key.created";
  return { action, target: row.id, detail, answer: { shown: { key } } };
}

/** What the actor is confined to; a key of its own tenant is confined to that already. */
function makerBounds({ operator, confinement }: Actor): Confinement {
  const bounds = confinement ?? UNCONFINED;
  return operator ? bounds : { ...bounds, tenants: null };
}

function boundsOf({ role, confinement, expiresMs }: ApiKey): Bounds {
  return { role, confinement: confinementOf(confinement, expiresMs) ?? UNCONFINED };
}

/** Refuses a confinement that cannot be. Errors: 422 with a pointer to the first such part. */
function insistConfinable(
  actor: Actor,
  { role, confinement, userId }: Bounds & Pick<KeyInput, "userId">,
): void {
  const { permissions, endsMs, rows } = confinement;
  for (const { ownUsage, ownDocuments } of userId === null ? (rows ?? []) : []) {
    if (!ownUsage && !ownDocuments) continue;
    const at = ownUsage ? "/own_usage" : "/own_documents";
    throw invalidField(at, "needs a user_id: whose they are");
  }
  for (const [place, permission] of (permissions ?? []).entries()) {
    const at = `/permissions/${place}`;
    if (!may(role, permission)) throw invalidField(at, `is not of the role ${roleName(role)}`);
    if (permission.startsWith("operator.") && !actor.operator) {
      throw invalidField(at, "is the operator's alone");
    }
  }
  if (permissions?.length === 0) {
    throw invalidField("/role", "has none of the permissions to which your own key is confined");
  }
  if (hasEnded({ endsMs }, actor.realMs)) throw invalidField("/expires_at", "is in the future");
}

/** The ids of tenants that the operator names, each once. Errors: 422 for any that there is not. */
async function idsOf(env: Env, actor: Actor, names: readonly string[]): Promise<string[]> {
  if (!actor.operator) {
    throw invalidField("/tenants", "is for the operator's keys; yours is of one tenant as it is");
  }
  const found = await findTenants(env.DB, names);
  const ids = names.map((name, place) => {
    const tenant = found.get(name);
    if (tenant && !tenant.operator) return tenant.id;
    throw invalidField(`/tenants/${place}`, "is no tenant of the operator's");
  });
  return [...new Set(ids)];
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
  insistMayGive(actor, boundsOf(row));
  const maker = await makerOf(env, actor);
  const madeBy = maker?.id ?? null;
  const entry = { action: "key.taken_over", target: id, detail: { from: row.madeBy, to: madeBy } };
  await commit(env.DB, [
    handOverKey(env.DB, row, { madeBy, atMs: actor.realMs }),
    insistChanged(env.DB, ENDED),
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

/** Refuses a key that would allow more than the actor's own. Errors: 403 `auth.forbidden`. */
function insistMayGive(actor: Actor, bounds: Bounds): void {
  insistMayGrant(actor, bounds.role);
  const more = beyond(bounds, makerBounds(actor));
  if (more === null) return;
  const detail = `your key is confined, and may make no key that is less so: see its ${more}`;
  throw new Problem("auth.forbidden", detail);
}
