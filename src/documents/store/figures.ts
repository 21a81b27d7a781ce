/** What an issuer's invoices come to, by currency. */
import { inArray, sql } from "drizzle-orm";
import { orm } from "../../platform/db/db.ts";
import { OWED_KINDS } from "../kind/registry.ts";
import { documents, payments } from "./table.ts";

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
