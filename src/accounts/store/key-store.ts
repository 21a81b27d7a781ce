/** Rows of API keys. Reads answer rows; writes are statements for a verb's batch. */
import {
  and,
  asc,
  desc,
  eq,
  exists,
  getTableColumns,
  gt,
  inArray,
  isNotNull,
  isNull,
  lte,
  not,
  notExists,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { type ApiVersion, keptVersion } from "../../core/api-version.ts";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import type { Slice } from "../../platform/http/slice.ts";
import type { Actor, RequestLimits, TenantMode } from "../actor/actor.ts";
import { type Confinement, confinementOf, type Rows } from "../actor/confinement.ts";
import { heldBack, type OwnRole, ROLES, type Role, roleLeft, USER_ROLES } from "../actor/roles.ts";
import { fullAtText, limitText } from "./budget-text.ts";
import { hasRole, ownRoleSql, roleColumns, roleHolds, roleOf } from "./role-store.ts";
import { apiKeys, users } from "./table.ts";

type Row = typeof apiKeys.$inferSelect;
export type ApiKey = Omit<Row, "role" | "ownRole"> & { role: Role };

const COLUMNS = { ...getTableColumns(apiKeys), own: ownRoleSql(apiKeys.ownRole) };

function keyOf({ own, ownRole, role, ...row }: Row & { own: string | null }): ApiKey {
  return { ...row, role: roleOf({ role, ownRole }, own) };
}

/** A tenant's key by its id, revoked ones too, or null. */
export async function readKey(db: D1Database, tenant: string, id: string): Promise<ApiKey | null> {
  const [row] = await orm(db)
    .select(COLUMNS)
    .from(apiKeys)
    .where(and(eq(apiKeys.tenant, tenant), eq(apiKeys.id, id)));
  return row ? keyOf(row) : null;
}

/** A slice of a tenant's keys by id, revoked ones too. */
export async function listKeys(db: D1Database, tenant: string, slice: Slice): Promise<ApiKey[]> {
  const rows = await orm(db)
    .select(COLUMNS)
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.tenant, tenant),
        slice.after === null ? undefined : gt(apiKeys.id, slice.after),
      ),
    )
    .orderBy(asc(apiKeys.id))
    .limit(slice.limit);
  return rows.map(keyOf);
}

/** A tenant's keys as people look for them: those that were not revoked first, newest first. */
export async function latestKeys(db: D1Database, tenant: string, most: number): Promise<ApiKey[]> {
  const rows = await orm(db)
    .select(COLUMNS)
    .from(apiKeys)
    .where(eq(apiKeys.tenant, tenant))
    .orderBy(isNotNull(apiKeys.revokedMs), desc(apiKeys.id))
    .limit(most);
  return rows.map(keyOf);
}

/** What some of a tenant's keys are called, by their ids. */
export async function keyNames(
  db: D1Database,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await orm(db)
    .select({ id: apiKeys.id, name: apiKeys.name })
    .from(apiKeys)
    .where(and(eq(apiKeys.tenant, tenant), inArray(apiKeys.id, eachOf(ids))));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The statement that makes a key. */
export function insertKey(
  db: D1Database,
  { role, ...row }: Omit<typeof apiKeys.$inferInsert, "role" | "ownRole"> & { role: Role },
): D1PreparedStatement {
  const values = { ...row, ...roleColumns(role) };
  return statement(db, orm(db).insert(apiKeys).values(values));
}

type KeyRef = Pick<ApiKey, "tenant" | "id">;

/** A key that was not revoked, and whose end has not come where `atMs` is given. */
function holding({ tenant, id }: KeyRef, atMs?: number) {
  const { expiresMs, revokedMs } = apiKeys;
  return and(
    eq(apiKeys.tenant, tenant),
    eq(apiKeys.id, id),
    isNull(revokedMs),
    atMs === undefined ? undefined : or(isNull(expiresMs), gt(expiresMs, atMs)),
  );
}

/** The statement that ends a key which was not revoked. */
export function revokeKey(db: D1Database, key: KeyRef, atMs: number): D1PreparedStatement {
  return statement(db, orm(db).update(apiKeys).set({ revokedMs: atMs }).where(holding(key)));
}

/** The statement that changes a key which has not ended. */
export function updateKey(
  db: D1Database,
  key: KeyRef,
  {
    atMs,
    ...set
  }: Pick<ApiKey, "name" | "readsPerMinute" | "writesPerMinute" | "apiVersion"> & { atMs: number },
): D1PreparedStatement {
  return statement(db, orm(db).update(apiKeys).set(set).where(holding(key, atMs)));
}

/** The statement that hands a key which has not ended to a user, or to the tenant itself. */
export function handOverKey(
  db: D1Database,
  key: KeyRef,
  { madeBy, atMs }: { madeBy: string | null; atMs: number },
): D1PreparedStatement {
  return statement(db, orm(db).update(apiKeys).set({ madeBy }).where(holding(key, atMs)));
}

/**
 * The statement that lets a key end once another has taken its place: changes nothing where it has
 * ended, was rotated before, or has another role than it had.
 */
export function replaceKey(
  db: D1Database,
  key: KeyRef & Pick<ApiKey, "role">,
  next: { id: string; endsMs: number; atMs: number },
): D1PreparedStatement {
  const query = orm(db)
    .update(apiKeys)
    .set({ replacedBy: next.id, expiresMs: next.endsMs })
    .where(and(holding(key, next.atMs), hasRole(apiKeys, key.role), isNull(apiKeys.replacedBy)));
  return statement(db, query);
}

/** The statement that writes down the end of a tenant's keys whose time came: they make room. */
export function endExpired(db: D1Database, tenant: string, atMs: number): D1PreparedStatement {
  const { expiresMs, revokedMs } = apiKeys;
  const query = orm(db)
    .update(apiKeys)
    .set({ revokedMs: sql`${expiresMs}` })
    .where(and(eq(apiKeys.tenant, tenant), isNull(revokedMs), lte(expiresMs, atMs)));
  return statement(db, query);
}

/** The statement that notes the use of a key, unless one since `sinceMs` is noted. */
export function noteKeyUse(
  db: D1Database,
  keyId: string,
  { atMs, sinceMs }: { atMs: number; sinceMs: number },
): D1PreparedStatement {
  return db.prepare(NOTE_USE).bind(keyId, atMs, sinceMs);
}

// Text, as what stands before the first event: it is asked right behind it.
const NOTE_USE = `UPDATE api_keys SET last_used_ms = ?2
  WHERE id = ?1 AND (last_used_ms IS NULL OR last_used_ms <= ?3)`;

/** Keys that have not ended and end with a user: those that stand for it, and those it made. */
function keysOf(userId: string) {
  const theirs = or(eq(apiKeys.userId, userId), eq(apiKeys.madeBy, userId));
  return and(theirs, isNull(apiKeys.revokedMs));
}

/** The statement that ends all keys of a user that is removed. */
export function revokeKeysOf(db: D1Database, userId: string, atMs: number): D1PreparedStatement {
  return statement(db, orm(db).update(apiKeys).set({ revokedMs: atMs }).where(keysOf(userId)));
}

/** The statement that ends the keys which a user made for others, or for the tenant itself. */
export function revokeKeysMadeBy(
  db: D1Database,
  userId: string,
  atMs: number,
): D1PreparedStatement {
  const others = sql`${apiKeys.userId} IS NOT ${userId}`;
  const made = and(eq(apiKeys.madeBy, userId), others, isNull(apiKeys.revokedMs));
  return statement(db, orm(db).update(apiKeys).set({ revokedMs: atMs }).where(made));
}

/**
 * The statements after which no key of a user, neither one that stands for it nor one that it made,
 * allows more than `userRole`: such a key takes a narrower role, or ends where none fits. Where the
 * key or the user has a role of the tenant's own, the guard allows what both do; only an owner's
 * key is one no more.
 */
export function narrowKeysOf(
  db: D1Database,
  userId: string,
  { userRole, atMs }: { userRole: Role; atMs: number },
): D1PreparedStatement[] {
  const kept = USER_ROLES.find((one) => one === userRole);
  return ROLES.flatMap((role) => {
    const left = kept === undefined ? leftOfOwn(role) : roleLeft(role, kept);
    if (left === role) return [];
    const change = left === null ? { revokedMs: atMs } : { role: left };
    const narrowed = and(keysOf(userId), hasRole(apiKeys, role));
    return [statement(db, orm(db).update(apiKeys).set(change).where(narrowed))];
  });
}

function leftOfOwn(role: (typeof ROLES)[number]) {
  return role === "owner" ? "admin" : role;
}

/**
 * Refuses a batch that leaves the tenant without an owner key that is confined to nothing and has
 * no end: nobody could come in again.
 */
export function insistOwnerKey(db: D1Database, tenant: string): D1PreparedStatement {
  const { confinement, expiresMs, role, revokedMs } = apiKeys;
  const owners = orm(db)
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.tenant, tenant),
        eq(role, "owner"),
        isNull(revokedMs),
        isNull(confinement),
        isNull(expiresMs),
      ),
    );
  const detail = "make another owner key first: this is the last one";
  return insist(db, exists(owners), { code: "members.last_owner", detail });
}

/**
 * Refuses a batch by a key that has ended, or was given another role: other isolates still let it
 * in for half a minute, in which it makes nothing that outlives it. Sessions are read afresh.
 */
export function insistKeyHolds(
  db: D1Database,
  { keyId, role, realMs }: Pick<Actor, "keyId" | "role" | "realMs">,
): D1PreparedStatement {
  const { expiresMs, revokedMs } = apiKeys;
  const isLost = or(
    isNotNull(revokedMs),
    lte(expiresMs, realMs),
    not(and(hasRole(apiKeys, role), roleHolds(role)) ?? sql`1`),
  );
  const lost = orm(db)
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), isLost));
  const detail = "the API key has ended, or its role was changed";
  return insist(db, notExists(lost), { code: "auth.invalid", detail });
}

/** SQL for the tenant, as `value`, of the key with the hash that is the first of its values. */
export const TENANT_OF_HASH = "SELECT tenant AS value FROM api_keys WHERE hash = ?1";

/** What the guard needs of a key and its tenant. */
export type KeyHolder = {
  keyId: string;
  /** What the key is called. */
  name: string;
  role: Role;
  confinement: Confinement | null;
  userId: string | null;
  tenantId: string;
  tenantName: string;
  mode: TenantMode;
  operator: boolean;
  testClockMs: number | null;
  eventsPerMinute: number | null;
  metricNames: number;
  fullAt: number | null;
  limits?: RequestLimits;
  apiVersion: ApiVersion;
};

/** The people for whom a key or a session stands, as JSON, with their roles and rows. */
export function peopleSql(...ids: SQLiteColumn[]): SQL<string> {
  return sql`(SELECT json_group_array(json_object('id', ${users.id}, 'role', ${users.role},
      'ownRole', ${users.ownRole}, 'own', json(${ownRoleSql(users.ownRole)}),
      'rows', json(${users.confinement})))
    FROM ${users} WHERE ${users.id} IN (${sql.join(ids, sql`, `)}))`;
}

/** What `ownRoleSql` says, as text. */
function ownRoleText(id: string): string {
  return `(SELECT json_object('id', own.id, 'name', own.name, 'permissions',
    json(own.permissions), 'changedMs', own.changed_ms) FROM roles AS own WHERE own.id = ${id})`;
}

// Text, and made once: it stands before every request whose key this isolate does not remember.
const READ_HOLDER = `
  SELECT k.id AS keyId, k.name AS name, k.role AS role, k.own_role AS ownRole,
    ${ownRoleText("k.own_role")} AS own,
    (SELECT json_group_array(json_object('id', u.id, 'role', u.role, 'ownRole', u.own_role,
        'own', json(${ownRoleText("u.own_role")}), 'rows', json(u.confinement)))
      FROM users AS u WHERE u.id IN (k.user_id, k.made_by)) AS people,
    k.user_id AS userId, k.confinement AS kept,
    k.expires_ms AS expiresMs, k.last_used_ms AS lastUsedMs, t.id AS tenantId,
    t.name AS tenantName, t.mode AS mode, t.operator AS operator, t.test_clock_ms AS testClockMs,
    ${limitText("events_per_minute", "k.tenant")} AS eventsPerMinute,
    ${limitText("metric_names", "k.tenant")} AS metricNames, ${fullAtText("k.tenant")} AS fullAt,
    ${limitText("reads_per_minute", "k.tenant")} AS reads,
    ${limitText("writes_per_minute", "k.tenant")} AS writes,
    k.reads_per_minute AS keyReads, k.writes_per_minute AS keyWrites,
    k.api_version AS apiVersion
  FROM api_keys k JOIN tenants t ON t.id = k.tenant
  WHERE k.hash = ? AND (k.revoked_ms IS NULL OR k.revoked_ms = k.expires_ms)`;

/** A key's holder with when the key was last seen in use. */
export type FoundHolder = KeyHolder & { lastUsedMs: number | null };

/** The columns that say a holder's role, with `ownRoleSql` and `peopleSql`. */
type FoundRole = Pick<Row, "role" | "ownRole"> & { own: string | null; people: string };

type HolderRow = Omit<FoundHolder, "operator" | "confinement" | "limits" | "role" | "apiVersion"> &
  FoundRole & {
    operator: number;
    kept: string | null;
    expiresMs: number | null;
    reads: number;
    writes: number;
    keyReads: number | null;
    keyWrites: number | null;
    apiVersion: string | null;
  };

/** What a key's role, and those of the people it stands for, leave it. */
export function roleHeld({ own, people, ...kept }: FoundRole): Role {
  const theirs = (JSON.parse(people) as Person[]).map(({ own: role, ...person }) =>
    roleOf(person, role && JSON.stringify(role)),
  );
  return heldBack(roleOf(kept, own), theirs);
}

type Person = Pick<Row, "role" | "ownRole"> & {
  id: string;
  own: OwnRole | null;
  rows: Rows | null;
};

/** Which rows a key's or session's user sees, of the people that `peopleSql` read; null for all. */
export function rowsHeld(people: string, userId: string | null): Rows | null {
  return (JSON.parse(people) as Person[]).find(({ id }) => id === userId)?.rows ?? null;
}

/** The holder of the key with this hash, or null where it is unknown or revoked. */
export async function holderOf(db: D1Database, hash: string): Promise<FoundHolder | null> {
  return foundHolder(await db.prepare(READ_HOLDER).bind(hash).first<HolderRow>());
}

/** The same, with the first row of what is asked `beside` it, by one question. */
export async function holderBeside(
  db: D1Database,
  hash: string,
  beside: D1PreparedStatement,
): Promise<[holder: FoundHolder | null, row: unknown]> {
  const [found, asked] = await db.batch([db.prepare(READ_HOLDER).bind(hash), beside]);
  return [foundHolder(found?.results[0] as HolderRow | undefined), asked?.results[0]];
}

function foundHolder(row: HolderRow | null | undefined): FoundHolder | null {
  if (!row) return null;
  const { operator, kept, expiresMs, reads, writes, keyReads, keyWrites, ...found } = row;
  const { role, ownRole, own, people, apiVersion, ...holder } = found;
  const rows = rowsHeld(people, holder.userId);
  const confinement = confinementOf(kept === null ? null : JSON.parse(kept), expiresMs, rows);
  const limits = { tenant: { reads, writes }, key: { reads: keyReads, writes: keyWrites } };
  return {
    ...holder,
    role: roleHeld({ role, ownRole, own, people }),
    operator: operator === 1,
    confinement,
    limits,
    apiVersion: keptVersion(apiVersion),
  };
}
