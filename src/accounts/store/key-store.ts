/** Rows of API keys. Reads answer rows; writes are statements for a verb's batch. */
import { and, asc, eq, exists, gt, isNotNull, isNull, ne, notExists, or, sql } from "drizzle-orm";
import { insist, orm, statement } from "../../platform/db/db.ts";
import { renderedSql } from "../../platform/db/sql.ts";
import type { Slice } from "../../platform/http/slice.ts";
import type { TenantMode } from "../actor/actor.ts";
import { ROLES, type Role, roleLeft, type UserRole } from "../actor/roles.ts";
import { fullAtSql, limitSql } from "./budget-store.ts";
import { apiKeys, tenants } from "./table.ts";

export type ApiKey = typeof apiKeys.$inferSelect;

/** A tenant's key by its id, revoked ones too, or null. */
export async function readKey(db: D1Database, tenant: string, id: string): Promise<ApiKey | null> {
  const [row] = await orm(db)
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.tenant, tenant), eq(apiKeys.id, id)));
  return row ?? null;
}

/** A slice of a tenant's keys by id, revoked ones too. */
export async function listKeys(db: D1Database, tenant: string, slice: Slice): Promise<ApiKey[]> {
  return orm(db)
    .select()
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.tenant, tenant),
        slice.after === null ? undefined : gt(apiKeys.id, slice.after),
      ),
    )
    .orderBy(asc(apiKeys.id))
    .limit(slice.limit);
}

/** The statement that makes a key. */
export function insertKey(db: D1Database, row: ApiKey): D1PreparedStatement {
  return statement(db, orm(db).insert(apiKeys).values(row));
}

/** The statement that ends a key which has not ended yet. */
export function revokeKey(
  db: D1Database,
  key: Pick<ApiKey, "tenant" | "id">,
  atMs: number,
): D1PreparedStatement {
  const query = orm(db)
    .update(apiKeys)
    .set({ revokedMs: atMs })
    .where(and(eq(apiKeys.tenant, key.tenant), eq(apiKeys.id, key.id), isNull(apiKeys.revokedMs)));
  return statement(db, query);
}

/** The statement that hands a key which has not ended to a user, or to the tenant itself. */
export function handOverKey(
  db: D1Database,
  key: Pick<ApiKey, "tenant" | "id">,
  madeBy: string | null,
): D1PreparedStatement {
  const query = orm(db)
    .update(apiKeys)
    .set({ madeBy })
    .where(and(eq(apiKeys.tenant, key.tenant), eq(apiKeys.id, key.id), isNull(apiKeys.revokedMs)));
  return statement(db, query);
}

/** Keys that have not ended and end with a user: those that stand for it, and those it made. */
function keysOf(userId: string) {
  const theirs = or(eq(apiKeys.userId, userId), eq(apiKeys.madeBy, userId));
  return and(theirs, isNull(apiKeys.revokedMs));
}

/** The statement that ends all keys of a user that is removed. */
export function revokeKeysOf(db: D1Database, userId: string, atMs: number): D1PreparedStatement {
  return statement(db, orm(db).update(apiKeys).set({ revokedMs: atMs }).where(keysOf(userId)));
}

/**
 * The statements after which no key of a user, neither one that stands for it nor one that it made,
 * allows more than `userRole`: such a key takes a narrower role, or ends where none fits.
 */
export function narrowKeysOf(
  db: D1Database,
  userId: string,
  { userRole, atMs }: { userRole: UserRole; atMs: number },
): D1PreparedStatement[] {
  return ROLES.flatMap((role) => {
    const left = roleLeft(role, userRole);
    if (left === role) return [];
    const change = left === null ? { revokedMs: atMs } : { role: left };
    const narrowed = and(keysOf(userId), eq(apiKeys.role, role));
    return [statement(db, orm(db).update(apiKeys).set(change).where(narrowed))];
  });
}

/** Refuses a batch that leaves the tenant without an owner key: nobody could come in again. */
export function insistOwnerKey(db: D1Database, tenant: string): D1PreparedStatement {
  const { role, revokedMs } = apiKeys;
  const owners = orm(db)
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.tenant, tenant), eq(role, "owner"), isNull(revokedMs)));
  const detail = "make another owner key first: this is the last one";
  return insist(db, exists(owners), { code: "members.last_owner", detail });
}

/**
 * Refuses a batch by a key that has ended, or was given another role: other isolates still let it
 * in for half a minute, in which it makes nothing that outlives it. Sessions are read afresh.
 */
export function insistKeyHolds(
  db: D1Database,
  { keyId, role }: { keyId: string; role: Role },
): D1PreparedStatement {
  const lost = orm(db)
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), or(isNotNull(apiKeys.revokedMs), ne(apiKeys.role, role))));
  const detail = "the API key was revoked, or its role was changed";
  return insist(db, notExists(lost), { code: "auth.invalid", detail });
}

/** What the guard needs of a key and its tenant. */
export type KeyHolder = {
  keyId: string;
  role: Role;
  userId: string | null;
  tenantId: string;
  tenantName: string;
  mode: TenantMode;
  operator: boolean;
  testClockMs: number | null;
  eventsPerMinute: number | null;
  metricNames: number;
  fullAt: number | null;
};

/** Stands before every request whose key this isolate does not remember: rendered once. */
const HOLDER = renderedSql<"hash">(sql`
  SELECT ${apiKeys.id} AS keyId, ${apiKeys.role} AS role, ${apiKeys.userId} AS userId,
         ${tenants.id} AS tenantId, ${tenants.name} AS tenantName, ${tenants.mode} AS mode,
         ${tenants.operator} AS operator, ${tenants.testClockMs} AS testClockMs,
         ${limitSql("events_per_minute", sql`${apiKeys.tenant}`)} AS eventsPerMinute,
         ${limitSql("metric_names", sql`${apiKeys.tenant}`)} AS metricNames,
         ${fullAtSql(sql`${apiKeys.tenant}`)} AS fullAt
  FROM ${apiKeys} JOIN ${tenants} ON ${tenants.id} = ${apiKeys.tenant}
  WHERE ${apiKeys.hash} = ${sql.placeholder("hash")} AND ${apiKeys.revokedMs} IS NULL`);

/** The holder of the key with this hash, or null where it is unknown or revoked. */
export async function holderOf(db: D1Database, hash: string): Promise<KeyHolder | null> {
  const row = await HOLDER(db, { hash }).first<
    Omit<KeyHolder, "operator"> & { operator: number }
  >();
  return row && { ...row, operator: row.operator === 1 };
}
