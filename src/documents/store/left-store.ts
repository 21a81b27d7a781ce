/** What is left to credit of an invoice, kept from its first credit note on. */
import { and, eq } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import { afterEarlier, type Left, leftFrom, textOf, uncredited } from "../model/left.ts";
import { chargedOf, type Document } from "./row.ts";
import { documents, uncreditedParts } from "./table.ts";

/**
 * What is left to credit of an invoice that the caller may credit. It holds while the invoice's
 * revision is the one that was read: each credit note's batch states it.
 */
export async function readLeft(db: D1Database, invoice: Document): Promise<Left> {
  const charged = chargedOf(invoice);
  if (invoice.creditedMinor === 0) return uncredited(charged);
  const [row] = await orm(db)
    .select({ parts: uncreditedParts.parts })
    .from(uncreditedParts)
    .where(eq(uncreditedParts.invoiceId, invoice.id));
  if (row) return leftFrom(row.parts);
  const notes = await orm(db)
    .select({ totals: documents.totals })
    .from(documents)
    .where(creditNotesOf(invoice.id))
    .orderBy(documents.id);
  return afterEarlier(
    charged,
    notes.flatMap(({ totals }) => totals.taxes),
  );
}

function creditNotesOf(invoiceId: string) {
  return and(eq(documents.originId, invoiceId), eq(documents.kind, "credit_note"));
}

/** The statement that keeps what a credit note leaves of its invoice. */
export function keepLeft(db: D1Database, invoiceId: string, left: Left): D1PreparedStatement {
  const parts = textOf(left);
  const query = orm(db)
    .insert(uncreditedParts)
    .values({ invoiceId, parts })
    .onConflictDoUpdate({ target: uncreditedParts.invoiceId, set: { parts } });
  return statement(db, query);
}
