/** What a customer's account is made of, read page by page. */
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNotNull,
  or,
  type SQL,
  sql,
} from "drizzle-orm";
import { Problem } from "../../core/errors.ts";
import { orm } from "../../platform/db/db.ts";
import { balanceTransactions } from "../balance/table.ts";
import { DOCUMENT_KINDS, KINDS } from "../kind/registry.ts";
import { type Asking, askedMinor, type Listed } from "../store/row.ts";
import { customers, documents, type PaymentRow, payments } from "../store/table.ts";
import { documentsSeen, type Viewer } from "../store/viewer.ts";
import {
  type Account,
  type AccountDocument,
  type AccountPayment,
  type AccountRefund,
  type Aging,
  ageOf,
  noAging,
} from "./account.ts";

/** Whose account in which currency. */
export type AccountOf = { tenant: string; customerId: string; currency: string };

/** Rows that are read at once, and of an account at most. */
const AT_ONCE = 2_000;
const MOST_ROWS = 40_000;

/** Kinds that charge an account, or take off it. */
export const ON_ACCOUNT = DOCUMENT_KINDS.filter((kind) => KINDS[kind].owed || KINDS[kind].credits);

/** All of an account. Errors: 409 where it has more than 40,000 documents or payments. */
export async function readAccount(db: D1Database, whose: AccountOf): Promise<Account> {
  const [found, paid, refunds] = await Promise.all([
    readAll<AccountDocument>((after) => readDocuments(db, whose, after)),
    readAll<AccountPayment>((after) => readPayments(db, whose, after)),
    readAll<AccountRefund>((after) => readRefunds(db, whose, after)),
  ]);
  return { documents: found, payments: paid, refunds };
}

async function readAll<T extends { id: string }>(
  read: (after: T | null) => Promise<T[]>,
): Promise<T[]> {
  const all: T[] = [];
  for (;;) {
    const page = await read(all.at(-1) ?? null);
    for (const row of page) all.push(row);
    if (page.length < AT_ONCE) return all;
    if (all.length >= MOST_ROWS) {
      const most = MOST_ROWS.toLocaleString("en");
      const why = `the customer has more than ${most} documents or payments`;
      const instead = "export its invoices and credit notes instead";
      throw new Problem("resource.conflict", `${why}, too many for a statement: ${instead}`);
    }
  }
}

async function readDocuments(
  db: D1Database,
  whose: AccountOf,
  after: AccountDocument | null,
): Promise<AccountDocument[]> {
  const rows = await orm(db)
    .select({
      id: documents.id,
      kind: documents.kind,
      number: sql<string>`${documents.number}`,
      day: sql<string>`${documents.issueDate}`,
      dueDate: documents.dueDate,
      originId: documents.originId,
      atMs: sql<number>`coalesce(${documents.finalizedMs}, ${documents.createdMs})`,
      totalMinor: documents.totalMinor,
      prepaidMinor: documents.prepaidMinor,
      depositedMinor: documents.depositedMinor,
      roundingStepMinor: documents.roundingStepMinor,
    })
    .from(documents)
    .where(and(...ofCustomer(whose), after === null ? undefined : gt(documents.id, after.id)))
    .orderBy(asc(documents.id))
    .limit(AT_ONCE);
  return rows.map((row) => ({ ...row, credits: KINDS[row.kind].credits }));
}

function ofCustomer({ tenant, customerId, currency }: AccountOf): SQL[] {
  return [
    eq(documents.customerId, customerId),
    eq(documents.issuer, tenant),
    eq(documents.currency, currency),
    inArray(documents.kind, ON_ACCOUNT),
    isNotNull(documents.number),
  ];
}

/** What a customer owes in each currency, by the age that it has on a day of its issuer. */
export async function readAging(
  db: D1Database,
  { tenant, customerId }: Omit<AccountOf, "currency">,
  today: string,
): Promise<Map<string, Aging>> {
  const open = await readAll<Open>((after) =>
    orm(db)
      .select({
        id: documents.id,
        currency: documents.currency,
        day: sql<string>`coalesce(${documents.dueDate}, ${documents.issueDate})`,
        paidMinor: documents.paidMinor,
        totalMinor: documents.totalMinor,
        creditedMinor: documents.creditedMinor,
        prepaidMinor: documents.prepaidMinor,
        depositedMinor: documents.depositedMinor,
        roundingStepMinor: documents.roundingStepMinor,
      })
      .from(documents)
      .where(
        and(
          eq(documents.customerId, customerId),
          eq(documents.issuer, tenant),
          eq(documents.status, "open"),
          after === null ? undefined : gt(documents.id, after.id),
        ),
      )
      .orderBy(asc(documents.id))
      .limit(AT_ONCE),
  );
  const agings = new Map<string, Aging>();
  for (const row of open) {
    const aging = agings.get(row.currency) ?? noAging();
    aging[ageOf(row.day, today)] += Math.max(0, askedMinor(row) - row.paidMinor);
    agings.set(row.currency, aging);
  }
  return agings;
}

type Open = Asking & { id: string; currency: string; day: string; paidMinor: number };

function readPayments(
  db: D1Database,
  whose: AccountOf,
  after: AccountPayment | null,
): Promise<AccountPayment[]> {
  const { id, documentId } = payments;
  // What moves to or from the credit balance names its transaction.
  const moved = orm(db)
    .select({ id: balanceTransactions.id })
    .from(balanceTransactions)
    .where(
      and(
        eq(balanceTransactions.id, payments.reference),
        eq(balanceTransactions.customerId, whose.customerId),
      ),
    );
  return orm(db)
    .select({
      id,
      invoiceId: documentId,
      amountMinor: payments.amountMinor,
      day: payments.paidOn,
      moves: sql<boolean>`EXISTS ${moved}`.mapWith(Boolean),
      method: payments.method,
      reference: payments.reference,
      atMs: payments.createdMs,
    })
    .from(documents)
    .innerJoin(payments, eq(documentId, documents.id))
    .where(
      and(
        ...ofCustomer(whose),
        after === null
          ? undefined
          : or(
              gt(documents.id, after.invoiceId),
              and(eq(documents.id, after.invoiceId), gt(id, after.id)),
            ),
      ),
    )
    .orderBy(asc(documents.id), asc(id))
    .limit(AT_ONCE);
}

function readRefunds(
  db: D1Database,
  { tenant, customerId, currency }: AccountOf,
  after: AccountRefund | null,
): Promise<AccountRefund[]> {
  const { id } = balanceTransactions;
  return orm(db)
    .select({
      id,
      amountMinor: sql<number>`-${balanceTransactions.amountMinor}`,
      day: balanceTransactions.day,
      method: balanceTransactions.method,
      reference: balanceTransactions.reference,
      atMs: balanceTransactions.createdMs,
    })
    .from(balanceTransactions)
    .where(
      and(
        eq(balanceTransactions.tenant, tenant),
        eq(balanceTransactions.customerId, customerId),
        eq(balanceTransactions.currency, currency),
        eq(balanceTransactions.kind, "refund"),
        after === null ? undefined : gt(id, after.id),
      ),
    )
    .orderBy(asc(id))
    .limit(AT_ONCE);
}

type Whose = Omit<AccountOf, "currency">;

// Ids of several kinds cannot be sorted by time: each kind has a prefix of its own.
const AS_MADE = sql`${documents.createdMs}`;

/** A customer's newest documents of every kind, without their lines. */
export function listOfCustomer(
  db: D1Database,
  viewer: Viewer,
  customerId: string,
  limit: number,
): Promise<Listed[]> {
  return orm(db)
    .select({ ...getTableColumns(documents), customerName: customers.name })
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(inArray(documents.id, newestOfEach(viewer, customerId, limit)))
    .orderBy(desc(AS_MADE), desc(documents.id))
    .limit(limit);
}

/** The ids of a customer's newest documents of each kind, which an index has by kind. */
function newestOfEach(viewer: Viewer, customerId: string, limit: number): SQL {
  const { tenantId: tenant } = viewer;
  const each = DOCUMENT_KINDS.map((kind) => {
    const { idPrefix } = KINDS[kind];
    // A tilde sorts behind all that follows the prefix in an id.
    const own = sql`${documents.id} > ${`${idPrefix}_`} AND ${documents.id} < ${`${idPrefix}_~`}`;
    const issued = and(issuedBy(tenant), documentsSeen(viewer));
    const where = and(eq(documents.customerId, customerId), own, issued);
    return sql`SELECT * FROM (SELECT ${documents.id} FROM ${documents} WHERE ${where}
      ORDER BY ${documents.id} DESC LIMIT ${limit})`;
  });
  return sql`(${sql.join(each, sql` UNION ALL `)})`;
}

/** With a plus, so that SQLite goes by the customer, not through all that the tenant issued. */
function issuedBy(tenant: string): SQL {
  return sql`+${documents.issuer} = ${tenant}`;
}

/** A payment with the number of its invoice. */
export type PaidBy = Pick<PaymentRow, "paidOn" | "method" | "amountMinor" | "currency"> & {
  invoiceId: string;
  number: string;
};

/** A customer's newest payments and refunds. */
export function listPaymentsOf(
  db: D1Database,
  { tenant, customerId }: Whose,
  limit: number,
): Promise<PaidBy[]> {
  return orm(db)
    .select({
      invoiceId: documents.id,
      number: sql<string>`${documents.number}`,
      paidOn: payments.paidOn,
      method: payments.method,
      amountMinor: payments.amountMinor,
      currency: payments.currency,
    })
    .from(documents)
    .innerJoin(payments, eq(payments.documentId, documents.id))
    .where(and(eq(documents.customerId, customerId), issuedBy(tenant)))
    .orderBy(desc(payments.createdMs), desc(payments.id))
    .limit(limit);
}
