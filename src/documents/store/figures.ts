/** What an issuer's invoices come to, by currency. */
import { and, asc, eq, getTableColumns, gte, inArray, sql } from "drizzle-orm";
import { orm } from "../../platform/db/db.ts";
import { OWED_KINDS } from "../kind/registry.ts";
import type { Listed } from "./row.ts";
import { customers, documents, numberSeries, payments } from "./table.ts";
import { readTallies, type Tally } from "./tally-store.ts";

export type InvoiceFigures = {
  currency: string;
  openMinor: bigint;
  overdueMinor: bigint;
  /** Booked since the given day, refunds taken off. */
  paidMinor: bigint;
};

/** Whose documents: an issuer's real ones, or with a scope those of a test tenant. */
export type Issued = { issuer: string; scope: string };

/**
 * Sums of an issuer's invoices, a row for each currency; the days are the issuer's own. What is
 * open is read of the tallies that are kept, what was paid of the payments of these days.
 */
export async function invoiceFigures(
  db: D1Database,
  filter: Issued & { today: string; paidFrom: string },
): Promise<InvoiceFigures[]> {
  const { issuer, scope, today, paidFrom } = filter;
  const [paid, ...kinds] = await Promise.all([
    paidSince(db, { issuer, scope, paidFrom }),
    ...OWED_KINDS.map((kind) => readTallies(db, issuer, kind, today)),
  ]);
  const open = kinds
    .flat()
    .filter(({ role, status }) => role === "issuer" && status === "open")
    .filter(({ test }) => test === (scope !== ""));
  const currencies = [...new Set([...open, ...paid].map(({ currency }) => currency))].sort();
  return currencies.map((currency) => {
    const own = open.filter((tally) => tally.currency === currency);
    return {
      currency,
      openMinor: sumOf(own),
      overdueMinor: sumOf(own.filter(({ past }) => past)),
      paidMinor: paid.find((row) => row.currency === currency)?.paidMinor ?? 0n,
    };
  });
}

function sumOf(tallies: readonly Tally[]): bigint {
  return tallies.reduce((sum, { openMinor }) => sum + (openMinor ?? 0n), 0n);
}

async function paidSince(
  db: D1Database,
  { issuer, scope, paidFrom }: Issued & { paidFrom: string },
): Promise<{ currency: string; paidMinor: bigint }[]> {
  const { currency, amountMinor } = payments;
  const rows = await orm(db)
    .select({ currency, sum: sql<string>`CAST(sum(${amountMinor}) AS TEXT)` })
    .from(payments)
    .innerJoin(documents, eq(documents.id, payments.documentId))
    .where(
      and(eq(payments.issuer, issuer), gte(payments.paidOn, paidFrom), eq(documents.scope, scope)),
    )
    .groupBy(currency);
  return rows.map((row) => ({ currency: row.currency, paidMinor: BigInt(row.sum) }));
}

/** Invoices that are not paid yet, without their lines: the first due first. */
export function waitingInvoices(
  db: D1Database,
  { issuer, scope }: Issued,
  limit: number,
): Promise<Listed[]> {
  return orm(db)
    .select({ ...getTableColumns(documents), customerName: customers.name })
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(
      and(
        eq(documents.issuer, issuer),
        eq(documents.scope, scope),
        inArray(documents.kind, OWED_KINDS),
        // The words of the index documents_waiting.
        sql`${documents.status} = 'open'`,
      ),
    )
    .orderBy(asc(documents.dueDate))
    .limit(limit);
}

/** How many drafts of invoices there are. */
export async function countDrafts(db: D1Database, { issuer, scope }: Issued): Promise<number> {
  const kinds = await Promise.all(OWED_KINDS.map((kind) => readTallies(db, issuer, kind, "")));
  return kinds
    .flat()
    .filter(({ role, status }) => role === "issuer" && status === "draft")
    .filter(({ test }) => test === (scope !== ""))
    .reduce((sum, tally) => sum + tally.documents, 0);
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
