/** What an issuer's invoices come to, by currency. */
import { and, asc, eq, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import { orm } from "../../platform/db/db.ts";
import { OWED_KINDS } from "../kind/registry.ts";
import type { Listed } from "./row.ts";
import { customers, documents, numberSeries, payments } from "./table.ts";

export type InvoiceFigures = {
  currency: string;
  openMinor: bigint;
  overdueMinor: bigint;
  /** Booked since the given day, refunds taken off. */
  paidMinor: bigint;
};

type Row = { currency: string; open: string; overdue: string; paid: string };

/**
 * Sums of an issuer's invoices, a row for each currency. `scope` is empty for real documents, else
 * the test tenant's; the days are the issuer's own.
 */
export async function invoiceFigures(
  db: D1Database,
  filter: { issuer: string; scope: string; today: string; paidFrom: string },
): Promise<InvoiceFigures[]> {
  const { issuer, scope, creditedMinor, paidMinor, roundingStepMinor: step } = documents;
  const charged = sql`${documents.totalMinor} - ${documents.prepaidMinor}`;
  const rest = sql`(${charged} - ${documents.depositedMinor} - ${creditedMinor})`;
  // As `inSteps` has it; a division by nothing is null.
  const open = sql`coalesce((${rest} + ${step} / 2) / nullif(${step}, 0) * ${step}, ${rest})
    - ${paidMinor}`;
  const rows = await orm(db).all<Row>(sql`
    SELECT currency, CAST(sum(open) AS TEXT) AS open, CAST(sum(overdue) AS TEXT) AS overdue,
           CAST(sum(paid) AS TEXT) AS paid
    FROM (
      SELECT ${documents.currency} AS currency, ${open} AS open,
             CASE WHEN ${documents.dueDate} < ${filter.today} THEN ${open} ELSE 0 END AS overdue,
             0 AS paid
      FROM ${documents}
      WHERE ${issuer} = ${filter.issuer} AND ${scope} = ${filter.scope}
        AND ${inArray(documents.kind, OWED_KINDS)} AND ${documents.status} = 'open'
      UNION ALL
      SELECT ${payments.currency}, 0, 0, ${payments.amountMinor}
      FROM ${payments} JOIN ${documents} ON ${documents.id} = ${payments.documentId}
      WHERE ${payments.issuer} = ${filter.issuer} AND ${scope} = ${filter.scope}
        AND ${payments.paidOn} >= ${filter.paidFrom}
    ) GROUP BY currency ORDER BY currency`);
  return rows.map((row) => ({
    currency: row.currency,
    openMinor: BigInt(row.open),
    overdueMinor: BigInt(row.overdue),
    paidMinor: BigInt(row.paid),
  }));
}

/** Whose documents: an issuer's real ones, or with a scope those of a test tenant. */
export type Issued = { issuer: string; scope: string };

function issuedBy({ issuer, scope }: Issued, status: SQL): SQL | undefined {
  // The words of the indexes documents_waiting and documents_drafted.
  return and(
    eq(documents.issuer, issuer),
    eq(documents.scope, scope),
    inArray(documents.kind, OWED_KINDS),
    status,
  );
}

/** Invoices that are not paid yet, without their lines: the first due first. */
export function waitingInvoices(db: D1Database, by: Issued, limit: number): Promise<Listed[]> {
  return orm(db)
    .select({ ...getTableColumns(documents), customerName: customers.name })
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(issuedBy(by, sql`${documents.status} = 'open'`))
    .orderBy(asc(documents.dueDate))
    .limit(limit);
}

/** How many drafts of invoices there are, counted to `most`. */
export async function countDrafts(db: D1Database, by: Issued, most: number): Promise<number> {
  const drafts = orm(db)
    .select({ id: documents.id })
    .from(documents)
    .where(issuedBy(by, sql`${documents.status} = 'draft'`))
    .limit(most);
  const [row] = await orm(db).all<{ count: number }>(sql`SELECT count(*) AS count FROM ${drafts}`);
  return row?.count ?? 0;
}

/** Whether an issuer has given an invoice a number, and whether it was paid any. */
export async function firstInvoice(
  db: D1Database,
  { issuer, scope }: Issued,
): Promise<{ issued: boolean; paid: boolean }> {
  const series = and(
    eq(numberSeries.issuer, issuer),
    eq(numberSeries.scope, scope),
    inArray(numberSeries.kind, OWED_KINDS),
  );
  const [row] = await orm(db).all<{ issued: number; paid: number }>(sql`SELECT
    EXISTS (SELECT 1 FROM ${numberSeries} WHERE ${series}) AS issued,
    EXISTS (SELECT 1 FROM ${payments} WHERE ${eq(payments.issuer, issuer)}) AS paid`);
  return { issued: row?.issued === 1, paid: row?.paid === 1 };
}
