/**
 * Rows of roles that tenants put together, and which role a user or key has. A column holds roles
 * that every tenant has; the id of a tenant's own stands in another one beside it.
 */
import { and, asc, eq, exists, gt, isNull, not, or, type SQL, sql } from "drizzle-orm";
import type { SQLiteColumn } from "drizzle-orm/sqlite-core";
import { insist, orm, statement } from "../../platform/db/db.ts";
import type { Slice } from "../../platform/http/slice.ts";
import { type BuiltInRole, builtInOf, type OwnRole, type Role, roleId } from "../actor/roles.ts";
import { insistBudget, type Whose } from "./budget-store.ts";
import { apiKeys, roles, users } from "./table.ts";

export type RoleRow = typeof roles.$inferSelect;

/** The columns of a role. A tenant's own is the narrowest of people to an earlier version. */
export function roleColumns(role: Role): { role: BuiltInRole; ownRole: string | null } {
  if (typeof role === "object") return { role: "viewer", ownRole: role.id };
  return { role, ownRole: null };
}

/** A tenant's own role as JSON, by its id as SQL; NULL for none. */
export function ownRoleSql(id: SQL | SQLiteColumn): SQL<string | null> {
  return sql`(SELECT json_object('id', ${roles.id}, 'name', ${roles.name}, 'permissions',
    json(${roles.permissions}), 'changedMs', ${roles.changedMs}) FROM ${roles}
    WHERE ${roles.id} = ${id})`;
}

/** Which role the columns say, with what `ownRoleSql` read; one that is gone allows nothing. */
export function roleOf<Kept extends BuiltInRole>(
  kept: { role: Kept; ownRole: string | null },
  own: string | null,
): Kept | OwnRole {
  if (kept.ownRole === null) return kept.role;
  if (own !== null) return JSON.parse(own);
  return { id: kept.ownRole, name: kept.ownRole, permissions: [], changedMs: 0 };
}

/** The same as a row of `roles` says it. */
export function ownRole({ id, name, permissions, changedMs }: RoleRow): OwnRole {
  return { id, name, permissions, changedMs };
}

/** The condition that columns say a role. */
export function hasRole(
  columns: { role: SQLiteColumn; ownRole: SQLiteColumn },
  role: Role,
): SQL | undefined {
  const kept = builtInOf(role);
  if (kept === null) return eq(columns.ownRole, roleId(role));
  return and(eq(columns.role, kept), isNull(columns.ownRole));
}

/** The condition that a tenant's own role is as it was read; true for the others. */
export function roleHolds(role: Role): SQL | undefined {
  if (typeof role !== "object" || builtInOf(role) !== null) return undefined;
  return sql`EXISTS (SELECT 1 FROM ${roles}
    WHERE ${roles.id} = ${role.id} AND ${roles.changedMs} = ${role.changedMs})`;
}

/** A tenant's own role, or null. */
export async function readRole(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<RoleRow | null> {
  const [row] = await orm(db)
    .select()
    .from(roles)
    .where(and(eq(roles.tenant, tenant), eq(roles.id, id)));
  return row ?? null;
}

/** How many users and keys that have not ended have a role. */
export type Holders = { users: number; keys: number };

/** A slice of a tenant's own roles by id, each with who has it. */
export async function listRoles(
  db: D1Database,
  tenant: string,
  slice: Slice,
): Promise<(RoleRow & Holders)[]> {
  const rows = await orm(db)
    .select()
    .from(roles)
    .where(
      and(eq(roles.tenant, tenant), slice.after === null ? undefined : gt(roles.id, slice.after)),
    )
    .orderBy(asc(roles.id))
    .limit(slice.limit);
  const found = await holdersOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ ...row, ...(found.get(row.id) ?? { users: 0, keys: 0 }) }));
}

/** Who has some roles, by their ids. */
export async function holdersOf(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, Holders>> {
  const rows = await orm(db).all<Holders & { id: string }>(sql`
    SELECT each_role.value AS id,
      (SELECT count(*) FROM ${users} WHERE ${users.ownRole} = each_role.value
        AND ${users.removedMs} IS NULL) AS users,
      (SELECT count(*) FROM ${apiKeys} WHERE ${apiKeys.ownRole} = each_role.value
        AND ${apiKeys.revokedMs} IS NULL) AS keys
    FROM json_each(${JSON.stringify(ids)}) AS each_role`);
  return new Map(rows.map(({ id, users, keys }) => [id, { users, keys }]));
}

/** How many roles of its own a tenant has, as SQL. `owner` is its id as SQL. */
export function countRoles(owner: SQL): SQL<number> {
  return sql`(SELECT count(*) FROM ${roles} WHERE ${roles.tenant} = ${owner})`;
}

/** The statements that make a role, within the tenant's budget of them. */
export function insertRole(db: D1Database, whose: Whose, row: RoleRow): D1PreparedStatement[] {
  return [
    statement(db, orm(db).insert(roles).values(row)),
    insistBudget(db, whose, "roles", countRoles(sql`${row.tenant}`)),
  ];
}

/** The statement that changes a role as it was read. */
export function updateRole(
  db: D1Database,
  { id, changedMs }: RoleRow,
  next: Pick<RoleRow, "name" | "description" | "permissions" | "changedMs">,
): D1PreparedStatement {
  const query = orm(db)
    .update(roles)
    .set(next)
    .where(and(eq(roles.id, id), eq(roles.changedMs, changedMs)));
  return statement(db, query);
}

/** The statements that give users and keys of a role another one; ended ones, too. */
export function replaceRole(db: D1Database, id: string, role: Role): D1PreparedStatement[] {
  const { role: kept, ownRole } = roleColumns(role);
  const ofUsers = orm(db)
    .update(users)
    .set({ role: kept === "ingest" ? "viewer" : kept, ownRole })
    .where(eq(users.ownRole, id));
  const ofKeys = orm(db)
    .update(apiKeys)
    .set({ role: kept, ownRole })
    .where(eq(apiKeys.ownRole, id));
  return [statement(db, ofUsers), statement(db, ofKeys)];
}

/** Refuses a batch where somebody has a role. Errors: 409 `members.role_in_use`. */
export function insistUnused(db: D1Database, id: string): D1PreparedStatement {
  const queries = orm(db);
  const people = queries
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.ownRole, id), isNull(users.removedMs)));
  const keys = queries
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.ownRole, id), isNull(apiKeys.revokedMs)));
  const detail = "users or keys have this role: say by `replacement` which one they get instead";
  const free = not(or(exists(people), exists(keys)) ?? sql`0`);
  return insist(db, free, { code: "members.role_in_use", detail });
}

/** The statement that drops a role as it was read. */
export function deleteRole(db: D1Database, { id, changedMs }: RoleRow): D1PreparedStatement {
  const query = orm(db)
    .delete(roles)
    .where(and(eq(roles.id, id), eq(roles.changedMs, changedMs)));
  return statement(db, query);
}
