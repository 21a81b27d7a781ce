/** Rows of the catalogue. Owns the table `items`. */
import { and, asc, eq, gt, gte, lt, or, type SQL, sql } from "drizzle-orm";
import { insistChanged, orm, statement } from "../../platform/db/db.ts";
import { type ItemRow, items } from "./table.ts";

/** An item of a tenant, or null. */
export async function readItem(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<ItemRow | null> {
  const [row] = await orm(db)
    .select()
    .from(items)
    .where(and(eq(items.id, id), eq(items.tenant, tenant)));
  return row ?? null;
}

export type ItemFilter = {
  /** How the folded name begins; null for all. */
  beginning: string | null;
  /** The folded name and the id of the last one of the page before. */
  after: { search: string; id: string } | null;
  limit: number;
};

/** Behind every character that a folded name goes on with. */
const LAST = "\u{10ffff}";

/** A tenant's items by name. */
export function listItems(
  db: D1Database,
  tenant: string,
  { beginning, after, limit }: ItemFilter,
): Promise<ItemRow[]> {
  return orm(db)
    .select()
    .from(items)
    .where(
      and(
        eq(items.tenant, tenant),
        beginning === null ? undefined : gte(items.search, beginning),
        beginning === null ? undefined : lt(items.search, beginning + LAST),
        after === null ? undefined : gte(items.search, after.search),
        after === null ? undefined : isAfter(after),
      ),
    )
    .orderBy(asc(items.search), asc(items.id))
    .limit(limit);
}

function isAfter({ search, id }: NonNullable<ItemFilter["after"]>): SQL | undefined {
  return or(gt(items.search, search), gt(items.id, id));
}

/** The statement that keeps a new item. */
export function insertItem(db: D1Database, row: ItemRow): D1PreparedStatement {
  return statement(db, orm(db).insert(items).values(row));
}

/** Writes an item that was read at `before`. Refuses the batch where it was changed since. */
export function updateItem(
  db: D1Database,
  before: Pick<ItemRow, "revision">,
  after: ItemRow,
): D1PreparedStatement[] {
  const { id, tenant, createdMs: _, ...change } = after;
  const same = and(asIs({ id, tenant }), eq(items.revision, before.revision));
  return [statement(db, orm(db).update(items).set(change).where(same)), insistChanged(db)];
}

/** The statement that deletes an item; documents that were written with it stay as they are. */
export function deleteItem(
  db: D1Database,
  item: Pick<ItemRow, "id" | "tenant">,
): D1PreparedStatement {
  return statement(db, orm(db).delete(items).where(asIs(item)));
}

function asIs({ id, tenant }: Pick<ItemRow, "id" | "tenant">): SQL | undefined {
  return and(eq(items.id, id), eq(items.tenant, tenant));
}

/** How many items a tenant has, as SQL. */
export function countItems(tenant: SQL): SQL<number> {
  return sql`(SELECT count(*) FROM ${items} WHERE ${items.tenant} = ${tenant})`;
}
