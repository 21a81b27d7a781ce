/** What an issuer's invoices come to, by currency. */
import {
  and,
  asc,
  type Column,
  eq,
  getTableColumns,
  gte,
  inArray,
  type SQL,
  sql,
} from "drizzle-orm";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import { renderedSql } from "../../platform/db/sql.ts";
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
 * Sums of an issuer's invoices, a row for each currency, and how many drafts of invoices there are;
 * the days are the issuer's own. What is open is read of the tallies that are kept, what was paid
 * of the payments of these days.
 */
export async function invoiceFigures(
  db: D1Database,
  filter: Issued & { today: string; paidFrom: string },
): Promise<{ figures: InvoiceFigures[]; drafts: number }> {
  const { issuer, scope, today, paidFrom } = filter;
  const [paid, ...kinds] = await Promise.all([
    paidSince(db, { issuer, scope, paidFrom }),
    ...OWED_KINDS.map((kind) => readTallies(db, issuer, kind, today)),
  ]);
  const tallies = kinds
    .flat()
    .filter(({ role, test }) => role === "issuer" && test === (scope !== ""));
  const open = tallies.filter(({ status }) => status === "open");
  const drafts = tallies.filter(({ status }) => status === "draft");
  const currencies = [...new Set([...open, ...paid].map(({ currency }) => currency))].sort();
  const figures = currencies.map((currency) => {
    const own = open.filter((tally) => tally.currency === currency);
    return {
      currency,
      openMinor: sumOf(own),
      overdueMinor: sumOf(own.filter(({ past }) => past)),
      paidMinor: paid.find((row) => row.currency === currency)?.paidMinor ?? 0n,
    };
  });
  return { figures, drafts: drafts.reduce((sum, tally) => sum + tally.documents, 0) };
}

function sumOf(tallies: readonly Tally[]): bigint {
  return tallies.reduce((sum, { openMinor }) => sum + (openMinor ?? 0n), 0n);
}

/** What is an issuer's, in a read that is built once and asked with `Issued`. */
function issuedIn(issuer: Column, scope: Column): SQL | undefined {
  return and(eq(issuer, sql.placeholder("issuer")), eq(scope, sql.placeholder("scope")));
}

const PAID_SINCE = preparedRead<"issuer" | "scope" | "paidFrom", { currency: string; sum: string }>(
  (queries) =>
    queries
      .select({
        currency: payments.currency,
        sum: sql<string>`CAST(sum(${payments.amountMinor}) AS TEXT)`,
      })
      .from(payments)
      .innerJoin(documents, eq(documents.id, payments.documentId))
      .where(
        and(
          issuedIn(payments.issuer, documents.scope),
          gte(payments.paidOn, sql.placeholder("paidFrom")),
        ),
      )
      .groupBy(payments.currency),
);

async function paidSince(
  db: D1Database,
  asked: Issued & { paidFrom: string },
): Promise<{ currency: string; paidMinor: bigint }[]> {
  const rows = await rowsOfRead(PAID_SINCE(db, asked));
  return rows.map(({ currency, sum }) => ({ currency, paidMinor: BigInt(sum) }));
}

const WAITING = preparedRead<"issuer" | "scope" | "limit", Listed>((queries) =>
  queries
    .select({ ...getTableColumns(documents), customerName: customers.name })
    .from(documents)
    .innerJoin(customers, eq(customers.id, documents.customerId))
    .where(
      and(
        issuedIn(documents.issuer, documents.scope),
        inArray(documents.kind, OWED_KINDS),
        // The words of the index documents_waiting.
        sql`${documents.status} = 'open'`,
      ),
    )
    .orderBy(asc(documents.dueDate))
    .limit(sql.placeholder("limit")),
);

/** Invoices that are not paid yet, without their lines: the first due first. */
export function waitingInvoices(db: D1Database, by: Issued, limit: number): Promise<Listed[]> {
  return rowsOfRead(WAITING(db, { ...by, limit }));
}

const FIRST_INVOICE = renderedSql<"issuer" | "scope">(sql`SELECT
  EXISTS (SELECT 1 FROM ${numberSeries} WHERE ${and(
    issuedIn(numberSeries.issuer, numberSeries.scope),
    inArray(numberSeries.kind, OWED_KINDS),
  )}) AS issued,
  EXISTS (SELECT 1 FROM ${payments}
    WHERE ${eq(payments.issuer, sql.placeholder("issuer"))}) AS paid`);

/** Whether an issuer has given an invoice a number, and whether it was paid any. */
export async function firstInvoice(
  db: D1Database,
  by: Issued,
): Promise<{ issued: boolean; paid: boolean }> {
  const row = await FIRST_INVOICE(db, by).first<{ issued: number; paid: number }>();
  return { issued: row?.issued === 1, paid: row?.paid === 1 };
}
