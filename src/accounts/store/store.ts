/** Rows of tenants, users and keys. Reads answer rows; writes are statements for a verb's batch. */
import { and, asc, eq, gt, isNull, notInArray } from "drizzle-orm";
import { insist, orm, statement } from "../../platform/db/db.ts";
import type { TenantMode } from "../actor/actor.ts";
import { type Role, rolesWithin, type UserRole } from "../actor/roles.ts";
import { apiKeys, tenants, users } from "./table.ts";

/** The tenant that owns plans and issues subscription invoices; its row comes with the schema. */
export const OPERATOR_TENANT = "ten_operator";

export type Tenant = typeof tenants.$inferSelect;
export type User = typeof users.$inferSelect;
export type ApiKey = typeof apiKeys.$inferSelect;

/** A page's window: rows after `after`, at most `limit`. */
export type Slice = { after: string | null; limit: number };

export async function readTenant(db: D1Database, id: string): Promise<Tenant | null> {
  const [row] = await orm(db).select().from(tenants).where(eq(tenants.id, id));
  return row ?? null;
}

export async function listTenants(db: D1Database, slice: Slice): Promise<Tenant[]> {
  return orm(db)
    .select()
    .from(tenants)
    .where(slice.after === null ? undefined : gt(tenants.id, slice.after))
    .orderBy(asc(tenants.id))
    .limit(slice.limit);
}

/** The ids of all test tenants: reports leave them out. */
export async function testTenants(db: D1Database): Promise<string[]> {
  const rows = await orm(db)
    .select({ id: tenants.id })
    .from(tenants)
    .where(eq(tenants.mode, "test"));
  return rows.map(({ id }) => id);
}

/** Names by id, of those that there are. */
export async function tenantNames(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { results } = await db
    .prepare("SELECT id, name FROM tenants WHERE id IN (SELECT value FROM json_each(?))")
    .bind(JSON.stringify(ids))
    .all<{ id: string; name: string }>();
  return new Map(results.map(({ id, name }) => [id, name]));
}

export function insertTenant(db: D1Database, row: Tenant): D1PreparedStatement {
  return statement(db, orm(db).insert(tenants).values(row));
}

export type TenantChange = { name?: string; eventsPerMinute?: number | null };

export function updateTenant(
  db: D1Database,
  id: string,
  change: TenantChange,
): D1PreparedStatement {
  return statement(db, orm(db).update(tenants).set(change).where(eq(tenants.id, id)));
}

/** A user that was not removed. */
export async function readUser(db: D1Database, tenant: string, id: string): Promise<User | null> {
  const [row] = await orm(db)
    .select()
    .from(users)
    .where(and(eq(users.tenant, tenant), eq(users.id, id), isNull(users.removedMs)));
  return row ?? null;
}

export async function listUsers(db: D1Database, tenant: string, slice: Slice): Promise<User[]> {
  return orm(db)
    .select()
    .from(users)
    .where(
      and(
        eq(users.tenant, tenant),
        isNull(users.removedMs),
        slice.after === null ? undefined : gt(users.id, slice.after),
      ),
    )
    .orderBy(asc(users.id))
    .limit(slice.limit);
}

export function insertUser(db: D1Database, row: User): D1PreparedStatement {
  return statement(db, orm(db).insert(users).values(row));
}

export function updateUser(
  db: D1Database,
  user: Pick<User, "tenant" | "id">,
  change: Partial<Pick<User, "name" | "role" | "removedMs">>,
): D1PreparedStatement {
  const query = orm(db)
    .update(users)
    .set(change)
    .where(and(eq(users.tenant, user.tenant), eq(users.id, user.id), isNull(users.removedMs)));
  return statement(db, query);
}

export async function readKey(db: D1Database, tenant: string, id: string): Promise<ApiKey | null> {
  const [row] = await orm(db)
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.tenant, tenant), eq(apiKeys.id, id)));
  return row ?? null;
}

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

export function insertKey(db: D1Database, row: ApiKey): D1PreparedStatement {
  return statement(db, orm(db).insert(apiKeys).values(row));
}

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

/** All keys of a user that is removed. */
export function revokeKeysOf(db: D1Database, userId: string, atMs: number): D1PreparedStatement {
  const query = orm(db)
    .update(apiKeys)
    .set({ revokedMs: atMs })
    .where(and(eq(apiKeys.userId, userId), isNull(apiKeys.revokedMs)));
  return statement(db, query);
}

/** Keys that would now allow more than their user may take the user's own role. */
export function narrowKeysOf(
  db: D1Database,
  userId: string,
  userRole: UserRole,
): D1PreparedStatement {
  const query = orm(db)
    .update(apiKeys)
    .set({ role: userRole })
    .where(
      and(
        eq(apiKeys.userId, userId),
        isNull(apiKeys.revokedMs),
        notInArray(apiKeys.role, rolesWithin(userRole)),
      ),
    );
  return statement(db, query);
}

/** Refuses a batch that leaves the tenant without an owner key: nobody could come in again. */
export function insistOwnerKey(db: D1Database, tenant: string): D1PreparedStatement {
  const left = `EXISTS (SELECT 1 FROM api_keys
    WHERE tenant = ? AND role = 'owner' AND revoked_ms IS NULL)`;
  const detail = "make another owner key first: this is the last one";
  return insist(db, left, [tenant], { code: "members.last_owner", detail });
}

/** Refuses a batch that leaves the tenant without a user who is an owner. */
export function insistOwnerUser(db: D1Database, tenant: string): D1PreparedStatement {
  const left = `EXISTS (SELECT 1 FROM users
    WHERE tenant = ? AND role = 'owner' AND removed_ms IS NULL)`;
  const detail = "make another user an owner first: this is the last one";
  return insist(db, left, [tenant], { code: "members.last_owner", detail });
}

/** Refuses a batch where a user was removed, or given another role, since it was read. */
export function insistUserRole(db: D1Database, user: User): D1PreparedStatement {
  const same = "EXISTS (SELECT 1 FROM users WHERE id = ? AND role = ? AND removed_ms IS NULL)";
  const detail = "the user was changed at the same time; read it again";
  return insist(db, same, [user.id, user.role], { code: "resource.conflict", detail });
}

/** What the guard needs of a key and its tenant. */
export type KeyHolder = {
  keyId: string;
  role: Role;
  userId: string | null;
  tenantId: string;
  tenantName: string;
  mode: TenantMode;
  operator: number;
  testClockMs: number | null;
  eventsPerMinute: number | null;
};

/** The holder of the key with this hash, or null where it is unknown or revoked. */
export async function holderOf(db: D1Database, hash: string): Promise<KeyHolder | null> {
  return db
    .prepare(
      `SELECT k.id AS keyId, k.role, k.user_id AS userId, t.id AS tenantId, t.name AS tenantName,
              t.mode, t.operator, t.test_clock_ms AS testClockMs,
              t.events_per_minute AS eventsPerMinute
       FROM api_keys k JOIN tenants t ON t.id = k.tenant
       WHERE k.hash = ? AND k.revoked_ms IS NULL`,
    )
    .bind(hash)
    .first<KeyHolder>();
}
