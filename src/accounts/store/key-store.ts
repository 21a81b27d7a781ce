/** Rows of API keys. Reads answer rows; writes are statements for a verb's batch. */
import { and, asc, eq, exists, gt, isNull, notInArray, or, sql } from "drizzle-orm";
import { insist, orm, statement } from "../../platform/db/db.ts";
import { renderedSql } from "../../platform/db/sql.ts";
import type { TenantMode } from "../actor/actor.ts";
import { type Role, rolesWithin, type UserRole } from "../actor/roles.ts";
import { fullAtSql, limitSql } from "./budget-store.ts";
import type { Slice } from "./slice.ts";
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

/** All keys of a user that is removed: those that stand for it, and those that it made. */
export function revokeKeysOf(db: D1Database, userId: string, atMs: number): D1PreparedStatement {
  const query = orm(db)
    .update(apiKeys)
    .set({ revokedMs: atMs })
    .where(
      and(or(eq(apiKeys.userId, userId), eq(apiKeys.madeBy, userId)), isNull(apiKeys.revokedMs)),
    );
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
  const { role, revokedMs } = apiKeys;
  const owners = orm(db)
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.tenant, tenant), eq(role, "owner"), isNull(revokedMs)));
  const detail = "make another owner key first: this is the last one";
  return insist(db, exists(owners), { code: "members.last_owner", detail });
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
