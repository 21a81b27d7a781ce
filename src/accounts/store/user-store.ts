/** Rows of users. Reads answer rows; writes are statements for a verb's batch. */
import { and, asc, eq, exists, getTableColumns, gt, inArray, isNull, sql } from "drizzle-orm";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import type { Slice } from "../../platform/http/slice.ts";
import type { OwnRole, UserRole } from "../actor/roles.ts";
import { hasRole, ownRoleSql, roleOf } from "./role-store.ts";
import { users } from "./table.ts";

type Row = typeof users.$inferSelect;
/** A role that people can have. */
export type PersonRole = UserRole | OwnRole;
export type User = Omit<Row, "role" | "ownRole"> & { role: PersonRole };

const COLUMNS = { ...getTableColumns(users), own: ownRoleSql(users.ownRole) };

function userOf({ own, ownRole, role, ...row }: Row & { own: string | null }): User {
  return { ...row, role: roleOf({ role, ownRole }, own) };
}

function columnsOf(role: PersonRole): Pick<Row, "role" | "ownRole"> {
  return typeof role === "object" ? { role: "viewer", ownRole: role.id } : { role, ownRole: null };
}

/** A user that was not removed. */
export async function readUser(db: D1Database, tenant: string, id: string): Promise<User | null> {
  const [row] = await orm(db)
    .select(COLUMNS)
    .from(users)
    .where(and(eq(users.tenant, tenant), eq(users.id, id), isNull(users.removedMs)));
  return row ? userOf(row) : null;
}

/** A slice of a tenant's users that were not removed, by id. */
export async function listUsers(db: D1Database, tenant: string, slice: Slice): Promise<User[]> {
  const rows = await orm(db)
    .select(COLUMNS)
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
  return rows.map(userOf);
}

/** What some of a tenant's users are called, by their ids; those that were removed, too. */
export async function userNames(
  db: D1Database,
  tenant: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await orm(db)
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(and(eq(users.tenant, tenant), inArray(users.id, eachOf(ids))));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The statement that makes a user; fails where the tenant has one with the address. */
export function insertUser(db: D1Database, { role, ...row }: User): D1PreparedStatement {
  return statement(
    db,
    orm(db)
      .insert(users)
      .values({ ...row, ...columnsOf(role) }),
  );
}

/** The statement that changes a user who was not removed. */
export function updateUser(
  db: D1Database,
  user: Pick<User, "tenant" | "id">,
  { role, ...change }: Partial<Pick<User, "name" | "role" | "removedMs" | "confinement">>,
): D1PreparedStatement {
  const query = orm(db)
    .update(users)
    .set({ ...change, ...(role === undefined ? {} : columnsOf(role)) })
    .where(and(eq(users.tenant, user.tenant), eq(users.id, user.id), isNull(users.removedMs)));
  return statement(db, query);
}

/** Refuses a batch that leaves the tenant without a user who is an owner. */
export function insistOwnerUser(db: D1Database, tenant: string): D1PreparedStatement {
  const owners = orm(db)
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.tenant, tenant), eq(users.role, "owner"), isNull(users.removedMs)));
  const detail = "make another user an owner first: this is the last one";
  return insist(db, exists(owners), { code: "members.last_owner", detail });
}

/** Refuses a batch where a user was removed, or may or sees other things, since it was read. */
export function insistUserRole(
  db: D1Database,
  user: Pick<User, "id" | "role" | "confinement">,
): D1PreparedStatement {
  const kept = user.confinement && JSON.stringify(user.confinement);
  const sees = sql`${users.confinement} IS ${kept}`;
  const same = orm(db)
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, user.id), hasRole(users, user.role), sees, isNull(users.removedMs)));
  const detail = "the user was changed at the same time; read it again";
  return insist(db, exists(same), { code: "resource.conflict", detail });
}
