/** What an issuer's invoices come to, by currency. */
import { OWED_KINDS } from "../kind/registry.ts";

export type InvoiceFigures = {
  currency: string;
  openMinor: bigint;
  overdueMinor: bigint;
  /** Booked since the given day, refunds taken off. */
  paidMinor: bigint;
};

const OWED = OWED_KINDS.map((kind) => `'${kind}'`).join(", ");

type Row = { currency: string; open: string; overdue: string; paid: string };

/**
 * Sums of an issuer's invoices, a row for each currency. `scope` is empty for real documents, else
 * the test tenant's; the days are the issuer's own.
 */
export async function invoiceFigures(
  db: D1Database,
  filter: { issuer: string; scope: string; today: string; paidFrom: string },
): Promise<InvoiceFigures[]> {
  const { results } = await db
    .prepare(
      `SELECT currency, CAST(sum(open) AS TEXT) AS open, CAST(sum(overdue) AS TEXT) AS overdue,
              CAST(sum(paid) AS TEXT) AS paid
       FROM (
         SELECT currency, total_minor - prepaid_minor - credited_minor - paid_minor AS open,
                CASE WHEN due_date < ?3
                  THEN total_minor - prepaid_minor - credited_minor - paid_minor ELSE 0 END
                  AS overdue, 0 AS paid
         FROM documents
         WHERE issuer = ?1 AND scope = ?2 AND kind IN (${OWED}) AND status = 'open'
         UNION ALL
         SELECT p.currency, 0, 0, p.amount_minor
         FROM payments p JOIN documents d ON d.id = p.document_id
         WHERE p.issuer = ?1 AND d.scope = ?2 AND p.paid_on >= ?4
       ) GROUP BY currency ORDER BY currency`,
    )
    .bind(filter.issuer, filter.scope, filter.today, filter.paidFrom)
    .all<Row>();
  return results.map((row) => ({
    currency: row.currency,
    openMinor: BigInt(row.open),
    overdueMinor: BigInt(row.overdue),
    paidMinor: BigInt(row.paid),
  }));
}
