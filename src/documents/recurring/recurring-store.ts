/** Rows of invoices that repeat. Owns the table `recurring_invoices`. */
import { and, desc, eq, lt, type SQL, sql } from "drizzle-orm";
import { insistChanged, orm, statement } from "../../platform/db/db.ts";
import { customers, documents } from "../store/table.ts";
import { type RecurringRow, recurringInvoices } from "./table.ts";

/** A row with whom its invoices are for, and what the one that they are like comes to. */
export type Recurring = Omit<RecurringRow, "customerId"> & {
  customerId: string;
  customerName: string;
  currency: string;
  totalMinor: number;
};

function select(db: D1Database, where: SQL | undefined) {
  return orm(db)
    .select({
      row: recurringInvoices,
      customerId: documents.customerId,
      customerName: customers.name,
      currency: documents.currency,
      totalMinor: documents.totalMinor,
    })
    .from(recurringInvoices)
    .innerJoin(documents, eq(documents.id, recurringInvoices.templateId))
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(where);
}

/** One of a tenant, or null. */
export async function readRecurring(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<Recurring | null> {
  const own = and(eq(recurringInvoices.id, id), eq(recurringInvoices.tenant, tenant));
  const [found] = await select(db, own);
  return found ? joined(found) : null;
}

/** One by its id alone, for its own due row. */
export async function readDueRecurring(db: D1Database, id: string): Promise<RecurringRow | null> {
  const [row] = await orm(db).select().from(recurringInvoices).where(eq(recurringInvoices.id, id));
  return row ?? null;
}

export type RecurringQuery = { before: string | null; limit: number; customerId?: string };

/** A tenant's, newest first; of one customer where it is given. */
export async function listRecurring(
  db: D1Database,
  tenant: string,
  { before, limit, customerId }: RecurringQuery,
): Promise<Recurring[]> {
  const { id, tenant: owner, customerId: customer } = recurringInvoices;
  const found = await select(
    db,
    and(
      eq(owner, tenant),
      customerId === undefined ? undefined : eq(customer, customerId),
      before === null ? undefined : lt(id, before),
    ),
  )
    .orderBy(desc(id))
    .limit(limit);
  return found.map(joined);
}

type Joined = Pick<Recurring, "customerId" | "customerName" | "currency" | "totalMinor">;

function joined({ row, ...of }: Joined & { row: RecurringRow }): Recurring {
  return { ...row, ...of };
}

/** The statement that keeps a new one; its customer is whoever its template is for by then. */
export function insertRecurring(
  db: D1Database,
  row: Omit<RecurringRow, "customerId">,
): D1PreparedStatement {
  const { id, customerId } = documents;
  const customer = sql`(SELECT ${customerId} FROM ${documents} WHERE ${id} = ${row.templateId})`;
  const values = { ...row, customerId: customer };
  return statement(db, orm(db).insert(recurringInvoices).values(values));
}

/** Writes one that was read as `before`. Refuses the batch where it was changed since. */
export function updateRecurring(
  db: D1Database,
  before: Pick<RecurringRow, "id" | "revision">,
  change: Partial<RecurringRow>,
): D1PreparedStatement[] {
  const { id, revision } = recurringInvoices;
  const query = orm(db)
    .update(recurringInvoices)
    .set({ ...change, revision: before.revision + 1 })
    .where(and(eq(id, before.id), eq(revision, before.revision)));
  return [statement(db, query), insistChanged(db)];
}

/** The statement that deletes one; what it made stays. */
export function deleteRecurring(
  db: D1Database,
  { id, tenant }: Pick<RecurringRow, "id" | "tenant">,
): D1PreparedStatement {
  const own = and(eq(recurringInvoices.id, id), eq(recurringInvoices.tenant, tenant));
  return statement(db, orm(db).delete(recurringInvoices).where(own));
}

/** How many a tenant has, as SQL. */
export function countRecurring(tenant: SQL): SQL<number> {
  return sql`(SELECT count(*) FROM ${recurringInvoices}
    WHERE ${recurringInvoices.tenant} = ${tenant})`;
}
