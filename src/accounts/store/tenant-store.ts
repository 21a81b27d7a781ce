/** Rows of tenants. Reads answer rows; writes are statements for a verb's batch. */
import {
  and,
  eq,
  exists,
  getTableColumns,
  gte,
  inArray,
  isNull,
  lt,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { Problem } from "../../core/errors.ts";
import { isTenantId } from "../../core/id.ts";
import { readBehind } from "../../platform/db/behind.ts";
import { type BoundedCount, countEach } from "../../platform/db/bounded-count.ts";
import { eachOf, insist, orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import type { Slice } from "../../platform/http/slice.ts";
import { externalIds, tenants } from "./table.ts";

/** The tenant that owns plans and issues subscription invoices; its row comes with the schema. */
export const OPERATOR_TENANT = "ten_operator";

/** External ids that a tenant may have had at most, with the one that it has. */
const MAX_EXTERNAL_IDS = 100;

/** Behind every character that a text may go on with. */
const LAST_CHARACTER = "\u{10ffff}";

export type Tenant = typeof tenants.$inferSelect;

/** A tenant by its id, or null. */
export async function readTenant(db: D1Database, id: string): Promise<Tenant | null> {
  const [row] = await rowsOfRead(BY_ID(db, { id }));
  return row ?? null;
}

const BY_ID = preparedRead<"id", Tenant>((queries) =>
  queries
    .select()
    .from(tenants)
    .where(eq(tenants.id, sql.placeholder("id"))),
);

/**
 * A tenant by its id or its external id, whichever `name` is; null where it names none, or one that
 * is erased.
 */
export async function findTenant(db: D1Database, name: string): Promise<Tenant | null> {
  if (isTenantId(name)) {
    const row = await readTenant(db, name);
    return row?.erasedMs === null ? row : null;
  }
  const [row] = await orm(db).select().from(tenants).where(eq(tenants.externalId, name));
  return row ?? null;
}

/** An erased tenant keeps a row, which stands in no list. */
const NOT_ERASED = isNull(tenants.erasedMs);

/** Tenants by their ids or external ids, each under both of its names; in one query. */
export async function findTenants(
  db: D1Database,
  names: readonly string[],
): Promise<Map<string, Tenant>> {
  const ids = eachOf(names.filter(isTenantId));
  const own = eachOf(names.filter((name) => !isTenantId(name)));
  const rows = await orm(db)
    .select()
    .from(tenants)
    .where(and(NOT_ERASED, or(inArray(tenants.id, ids), inArray(tenants.externalId, own))));
  const found = new Map<string, Tenant>();
  for (const row of rows) {
    found.set(row.id, row);
    if (row.externalId !== null) found.set(row.externalId, row);
  }
  return found;
}

export type TenantFilter = {
  /** Those whose id it is, or that have it in their name or external id. */
  text?: string | null | undefined;
  /** Those of these ids. */
  among?: readonly string[] | null | undefined;
  mode?: Tenant["mode"] | undefined;
  ids?: readonly string[] | undefined;
};

/** A slice of all tenants that a filter leaves, by id. */
export async function listTenants(
  db: D1Database,
  { after, limit }: Slice,
  filter: TenantFilter = {},
): Promise<Tenant[]> {
  const behind = after === null ? null : [after];
  const found = await tenantsBehind(
    db,
    { by: "created", descending: false, behind, limit },
    filter,
  );
  return found.map(({ row }) => row);
}

/** What tenants are sorted by; ids are in the order in which they were made. */
export type TenantOrder = "created" | "name";

type Behind = {
  by: TenantOrder;
  descending: boolean;
  behind: readonly (string | number)[] | null;
  limit: number;
};

/** At most `limit` tenants behind a place, each with its own. */
export async function tenantsBehind(
  db: D1Database,
  { by, ...place }: Behind,
  filter: TenantFilter,
): Promise<{ row: Tenant; key: string[] }[]> {
  const name = sql<string>`lower(${tenants.name})`;
  const isByName = by === "name";
  const sorted = { ...place, by: isByName ? name : undefined, id: sql`${tenants.id}` };
  const found = await readBehind(sorted, (range, keys) =>
    orm(db)
      .select({ row: getTableColumns(tenants), name })
      .from(tenants)
      .where(and(filteredBy(filter), range))
      .orderBy(...keys)
      .limit(place.limit),
  );
  return found.map(({ row, name: first }) => ({ row, key: isByName ? [first, row.id] : [row.id] }));
}

function filteredBy({ text = null, among = null, mode, ids }: TenantFilter): SQL | undefined {
  return and(
    NOT_ERASED,
    text === null ? undefined : hasText(text),
    among === null ? undefined : inArray(tenants.id, eachOf(among)),
    ids === undefined ? undefined : inArray(tenants.id, eachOf(ids)),
    mode === undefined ? undefined : eq(tenants.mode, mode),
  );
}

/** How many there are of each mode, up to a thousand of each. */
export function countTenants(
  db: D1Database,
  among: readonly string[] | null,
): Promise<Record<Tenant["mode"], BoundedCount>> {
  const of = (mode: Tenant["mode"]) =>
    sql`SELECT 1 FROM ${tenants} WHERE ${filteredBy({ among, mode })}`;
  return countEach(db, { live: of("live"), test: of("test") });
}

function hasText(text: string): SQL | undefined {
  const { id, name, externalId } = tenants;
  return or(
    eq(id, text),
    sql`instr(lower(${name}), lower(${text}))`,
    sql`instr(lower(${externalId}), lower(${text}))`,
  );
}

/** The ids of the tenants whose external id begins with a text, as SQL for IN. */
export function tenantsBeginning(text: string): SQL {
  const { id, externalId } = tenants;
  const begins = and(gte(externalId, text), lt(externalId, `${text}${LAST_CHARACTER}`));
  return sql`(SELECT ${id} FROM ${tenants} WHERE ${begins})`;
}

/** Names by id, of those that there are. */
export async function tenantNames(
  db: D1Database,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const rows = await orm(db)
    .select({ id: tenants.id, name: tenants.name })
    .from(tenants)
    .where(inArray(tenants.id, eachOf(ids)));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** A tenant to be made; which ledger it gets may be decided where it is written. */
type NewRow = Omit<typeof tenants.$inferInsert, "ledger"> & { ledger?: number | SQL<number> };

/** The statement that makes a tenant, and answers its `ledger`. */
export function insertTenant(db: D1Database, row: NewRow): D1PreparedStatement {
  const { ledger } = tenants;
  return statement(db, orm(db).insert(tenants).values(row).returning({ ledger }));
}

/**
 * The statements that keep an external id for a tenant, before the one that writes its row. They
 * refuse their batch where it is or was another tenant's.
 */
export function keepExternalId(
  db: D1Database,
  externalId: string,
  tenantId: string,
): D1PreparedStatement[] {
  const { externalId: kept, tenant } = externalIds;
  const own = orm(db)
    .select({ kept })
    .from(externalIds)
    .where(and(eq(kept, externalId), eq(tenant, tenantId)));
  const values = { externalId, tenant: tenantId };
  const count = sql`(SELECT count(*) FROM ${externalIds} WHERE ${eq(tenant, tenantId)})`;
  return [
    statement(db, orm(db).insert(externalIds).values(values).onConflictDoNothing()),
    insist(db, exists(own), () => takenProblem(db, externalId)),
    insist(db, sql`${count} <= ${MAX_EXTERNAL_IDS}`, {
      code: "resource.conflict",
      detail: `the tenant has had ${MAX_EXTERNAL_IDS} external ids: give it one of them again`,
    }),
  ];
}

async function takenProblem(db: D1Database, externalId: string): Promise<Problem> {
  const { externalId: kept, tenant } = externalIds;
  const [row] = await orm(db).select({ tenant }).from(externalIds).where(eq(kept, externalId));
  const detail =
    `is or was the external id of ${row?.tenant ?? "another tenant"}, and is never given to ` +
    "another: choose one that no tenant has had";
  const errors = [{ pointer: "/external_id", detail }];
  return new Problem("tenants.external_id_taken", `${externalId} ${detail}`, { errors });
}

/** Fields that are not given stay as they are; null is no limit, and no external id. */
export type TenantChange = {
  name?: string;
  eventsPerMinute?: number | null;
  externalId?: string | null;
};

/** The statement that changes a tenant; `change` has at least one field. */
export function updateTenant(
  db: D1Database,
  id: string,
  change: TenantChange,
): D1PreparedStatement {
  return statement(db, orm(db).update(tenants).set(change).where(eq(tenants.id, id)));
}
