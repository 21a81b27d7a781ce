/** Customers by the ids that callers know them by, and their pages. Owns `stripe_customers`. */
import { and, asc, desc, eq, gt, gte, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { tenants } from "../../accounts/store/table.ts";
import { SECOND_MS } from "../../core/time.ts";
import { customerBalances } from "../../documents/balance/table.ts";
import { type CustomerRow, customers } from "../../documents/store/table.ts";
import { eachOf, orm, statement } from "../../platform/db/db.ts";
import { type Balances, NO_NOTES, type Notes } from "./customer.ts";
import type { PageAsked } from "./list.ts";
import type { SecondsRange } from "./param.ts";
import { stripeCustomers } from "./table.ts";

/** Whose customers are read. */
type Reader = Pick<Actor, "tenantId" | "operator">;

/**
 * A customer of the reader's by its reference, else its id, else for the operator by the tenant
 * that it is, named by external id or id; null where there is none.
 */
export async function findCustomer(
  db: D1Database,
  { tenantId, operator }: Reader,
  name: string,
): Promise<CustomerRow | null> {
  const linked = sql`(SELECT ${tenants.id} FROM ${tenants}
    WHERE ${tenants.externalId} = ${name} OR ${tenants.id} = ${name})`;
  const rows = await orm(db)
    .select()
    .from(customers)
    .where(
      and(
        eq(customers.tenant, tenantId),
        or(
          eq(customers.reference, name),
          eq(customers.id, name),
          operator ? inArray(customers.linkedTenant, linked) : undefined,
        ),
      ),
    )
    .limit(3);
  const byReference = rows.find(({ reference }) => reference === name);
  return byReference ?? rows.find(({ id }) => id === name) ?? rows[0] ?? null;
}

/** The condition that a column of milliseconds lies in a range of seconds. */
export function isWithin(column: SQL, { fromS, untilS }: SecondsRange): SQL | undefined {
  return and(
    fromS === null ? undefined : gte(column, fromS * SECOND_MS),
    untilS === null ? undefined : lt(column, untilS * SECOND_MS),
  );
}

/**
 * A tenant's customers, newest first, one more than the limit: those behind the id `after`, or from
 * the one before `before` on, backwards.
 */
export function customersPage(
  db: D1Database,
  tenant: string,
  { limit, after, before }: PageAsked,
  filter: { email: string | null; created: SecondsRange },
): Promise<CustomerRow[]> {
  return orm(db)
    .select()
    .from(customers)
    .where(
      and(
        eq(customers.tenant, tenant),
        filter.email === null ? undefined : eq(customers.email, filter.email),
        isWithin(sql`${customers.createdMs}`, filter.created),
        after === null ? undefined : lt(customers.id, after),
        before === null ? undefined : gt(customers.id, before),
      ),
    )
    .orderBy(before === null ? desc(customers.id) : asc(customers.id))
    .limit(limit + 1);
}

/** What is shown of customers beside their rows, by id. */
export type Beside = { notes: Notes; balances: Balances };

/** What is shown of some customers of a tenant beside their rows; two queries. */
export async function besideCustomers(
  db: D1Database,
  tenant: string,
  ids: readonly string[],
): Promise<(id: string) => Beside> {
  const { customerId, currency, balanceMinor } = customerBalances;
  const [notes, balances] = await orm(db).batch([
    orm(db)
      .select()
      .from(stripeCustomers)
      .where(
        and(eq(stripeCustomers.tenant, tenant), inArray(stripeCustomers.customerId, eachOf(ids))),
      ),
    orm(db)
      .select({ customerId, currency, balanceMinor })
      .from(customerBalances)
      .where(
        and(
          eq(customerBalances.tenant, tenant),
          inArray(customerId, eachOf(ids)),
          gt(balanceMinor, 0),
        ),
      )
      .orderBy(asc(currency)),
  ]);
  return (id) => ({
    notes: notes.find((one) => one.customerId === id) ?? NO_NOTES,
    balances: balances.filter((one) => one.customerId === id),
  });
}

/** The statement that keeps what Stripe keeps of a customer, over what is there. */
export function writeNotes(
  db: D1Database,
  { id, tenant }: Pick<CustomerRow, "id" | "tenant">,
  { description, metadata }: Notes,
): D1PreparedStatement {
  const kept = { description, metadata };
  const query = orm(db)
    .insert(stripeCustomers)
    .values({ customerId: id, tenant, ...kept })
    .onConflictDoUpdate({ target: stripeCustomers.customerId, set: kept });
  return statement(db, query);
}
