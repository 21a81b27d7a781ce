/** Rows of foreign entries: what other products' APIs keep that has no place elsewhere. */
import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { type Entry, type EntryKind, foreignEntries } from "./table.ts";

const { tenant, kind, name, customerId, id } = foreignEntries;

/** The entries of a kind that have some names, by name. */
export async function entriesNamed(
  db: D1Database,
  owner: string,
  of: EntryKind,
  names: readonly string[],
): Promise<Map<string, Entry>> {
  if (names.length === 0) return new Map();
  const rows = await orm(db)
    .select()
    .from(foreignEntries)
    .where(and(eq(tenant, owner), eq(kind, of), inArray(name, eachOf(names))));
  return new Map(rows.map((entry) => [entry.name, entry]));
}

/** An entry by its name, or by its id, or null. */
export async function readEntry(
  db: D1Database,
  owner: string,
  of: EntryKind,
  nameOrId: string,
): Promise<Entry | null> {
  const found = await entriesNamed(db, owner, of, [nameOrId]);
  const named = found.get(nameOrId);
  if (named) return named;
  const [row] = await orm(db)
    .select()
    .from(foreignEntries)
    .where(and(eq(id, nameOrId), eq(tenant, owner), eq(kind, of)));
  return row ?? null;
}

/** At most `limit` entries of a kind by name, from behind `after` on. */
export function listEntries(
  db: D1Database,
  owner: string,
  of: EntryKind,
  { after, limit }: { after: string; limit: number },
): Promise<Entry[]> {
  return orm(db)
    .select()
    .from(foreignEntries)
    .where(and(eq(tenant, owner), eq(kind, of), gt(name, after)))
    .orderBy(asc(name))
    .limit(limit);
}

/** At most `limit` entries of a kind that are of some customers, by name. */
export function entriesOfCustomers(
  db: D1Database,
  owner: string,
  of: EntryKind,
  customers: readonly string[],
  limit: number,
): Promise<Entry[]> {
  return orm(db)
    .select()
    .from(foreignEntries)
    .where(and(inArray(customerId, eachOf(customers)), eq(tenant, owner), eq(kind, of)))
    .orderBy(asc(name))
    .limit(limit);
}

/** The statement that writes an entry, over what there is under its name. */
export function putEntry(db: D1Database, entry: Entry): D1PreparedStatement {
  const query = orm(db)
    .insert(foreignEntries)
    .values(entry)
    .onConflictDoUpdate({
      target: [tenant, kind, name],
      set: {
        customerId: sql`excluded.customer_id`,
        body: sql`excluded.body`,
        updatedMs: sql`excluded.updated_ms`,
      },
    });
  return statement(db, query);
}

/** The statement that drops entries of a kind by their names. */
export function dropEntries(
  db: D1Database,
  owner: string,
  of: EntryKind,
  names: readonly string[],
): D1PreparedStatement {
  const query = orm(db)
    .delete(foreignEntries)
    .where(and(eq(tenant, owner), eq(kind, of), inArray(name, eachOf(names))));
  return statement(db, query);
}
