/** Invoices that a tenant issued, with what their answers show beside their rows. */
import {
  and,
  asc,
  desc,
  eq,
  getTableColumns,
  gt,
  gte,
  inArray,
  lt,
  type SQL,
  sql,
} from "drizzle-orm";
import { dateText } from "../../core/period.ts";
import { SECOND_MS } from "../../core/time.ts";
import { INVOICE } from "../../documents/kind/invoice.ts";
import type { DocumentKind } from "../../documents/kind/registry.ts";
import type { StoredStatus } from "../../documents/kind/status.ts";
import type { Document, Listed } from "../../documents/store/row.ts";
import {
  customers,
  documentLines,
  documents,
  type LineRow,
  payments,
} from "../../documents/store/table.ts";
import { eachOf, orm } from "../../platform/db/db.ts";
import { isWithin } from "./customer-store.ts";
import { EMBEDDED_LINES } from "./invoice.ts";
import type { PageAsked } from "./list.ts";
import type { SecondsRange } from "./param.ts";

const KIND: DocumentKind = INVOICE.noun;
const LISTED = { ...getTableColumns(documents), customerName: customers.name };

export type InvoiceFilter = {
  customerId: string | null;
  status: StoredStatus | null;
  subscriptionId: string | null;
  created: SecondsRange;
  /** Of the last second of the day on which it is due, in the issuer's zone. */
  due: SecondsRange;
  timeZone: string;
};

function isIssuedBy(tenant: string): SQL | undefined {
  return and(eq(documents.kind, KIND), eq(documents.issuer, tenant));
}

/**
 * Invoices that a tenant issued, newest first, one more than the limit: those behind the id
 * `after`, or from the one before `before` on, backwards. Without lines.
 */
export function invoicesPage(
  db: D1Database,
  tenant: string,
  { limit, after, before }: PageAsked,
  filter: InvoiceFilter,
): Promise<Listed[]> {
  const { customerId, status, subscriptionId, created, due, timeZone } = filter;
  // A day ends a second before the next one starts, so its last second is past where that is.
  const dayAt = (second: number) => dateText(second * SECOND_MS, timeZone);
  return orm(db)
    .select(LISTED)
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(
      and(
        isIssuedBy(tenant),
        customerId === null ? undefined : eq(documents.customerId, customerId),
        status === null ? undefined : eq(documents.status, status),
        subscriptionId === null ? undefined : eq(documents.subscriptionId, subscriptionId),
        isWithin(sql`${documents.createdMs}`, created),
        due.fromS === null ? undefined : gte(documents.dueDate, dayAt(due.fromS)),
        due.untilS === null ? undefined : lt(documents.dueDate, dayAt(due.untilS)),
        after === null ? undefined : lt(documents.id, after),
        before === null ? undefined : gt(documents.id, before),
      ),
    )
    .orderBy(before === null ? desc(documents.id) : asc(documents.id))
    .limit(limit + 1);
}

/** An invoice that a tenant issued, by its id; null for any other. */
export async function findInvoice(
  db: D1Database,
  tenant: string,
  id: string,
): Promise<Listed | null> {
  const [row] = await orm(db)
    .select(LISTED)
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(and(isIssuedBy(tenant), eq(documents.id, id)));
  return row ?? null;
}

/** What is shown of invoices beside their rows. */
export type BesideInvoices = {
  /** The first lines of each, one more than are shown. */
  documents: Document[];
  /** By their ids the ids that callers know their customers by. */
  customers: ReadonlyMap<string, string>;
  /** When the last payment of each was booked. */
  paidMs: ReadonlyMap<string, number>;
};

/** Reads what is shown of some invoices beside their rows; three queries. */
export async function besideInvoices(
  db: D1Database,
  rows: readonly Listed[],
): Promise<BesideInvoices> {
  const queries = orm(db);
  const ids = eachOf(rows.map(({ id }) => id));
  const { documentId, position } = documentLines;
  const [lines, named, paid] = await queries.batch([
    queries
      .select()
      .from(documentLines)
      .where(and(inArray(documentId, ids), lt(position, EMBEDDED_LINES + 2)))
      .orderBy(asc(documentId), asc(position)),
    queries
      .select({ id: customers.id, reference: customers.reference })
      .from(customers)
      .where(inArray(customers.id, eachOf(rows.map(({ customerId }) => customerId)))),
    queries
      .select({ id: payments.documentId, ms: sql<number>`max(${payments.createdMs})` })
      .from(payments)
      .where(inArray(payments.documentId, ids))
      .groupBy(payments.documentId),
  ]);
  const linesOf = Map.groupBy(lines, (line) => line.documentId);
  return {
    documents: rows.map((row) => ({ ...row, lines: linesOf.get(row.id) ?? [] })),
    customers: new Map(named.map(({ id, reference }) => [id, reference ?? id])),
    paidMs: new Map(paid.map(({ id, ms }) => [id, ms])),
  };
}

/** An invoice's lines in their order, one more than the limit, from the asked position on. */
export function linesPage(
  db: D1Database,
  invoiceId: string,
  { limit, after, before }: { limit: number; after: number | null; before: number | null },
): Promise<LineRow[]> {
  const { documentId, position } = documentLines;
  return orm(db)
    .select()
    .from(documentLines)
    .where(
      and(
        eq(documentId, invoiceId),
        after === null ? undefined : gt(position, after),
        before === null ? undefined : lt(position, before),
      ),
    )
    .orderBy(before === null ? asc(position) : desc(position))
    .limit(limit + 1);
}
