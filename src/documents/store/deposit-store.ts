/** Deposits that an invoice may take off. */
import { and, desc, eq, inArray, isNull, or, sql } from "drizzle-orm";
import { eachOf, orm } from "../../platform/db/db.ts";
import { depositDeductions, documents } from "./table.ts";

/** A customer lists no more of them: others are named by their ids, in the API. */
const MOST_DEPOSITS = 100;

/** A customer's paid deposits that no invoice takes off, and those of `chosen`; newest first. */
export function listDeposits(
  db: D1Database,
  { tenant, customerId, chosen }: { tenant: string; customerId: string; chosen: readonly string[] },
) {
  return orm(db)
    .select({
      id: documents.id,
      number: documents.number,
      issueDate: documents.issueDate,
      currency: documents.currency,
      totalMinor: documents.totalMinor,
    })
    .from(documents)
    .leftJoin(depositDeductions, eq(depositDeductions.depositId, documents.id))
    .where(
      and(
        eq(documents.customerId, customerId),
        eq(documents.issuer, tenant),
        eq(documents.status, "paid"),
        sql`${documents.settlement} ->> 'purpose' = 'deposit'`,
        or(isNull(depositDeductions.invoiceId), inArray(documents.id, eachOf(chosen))),
      ),
    )
    .orderBy(desc(documents.id))
    .limit(MOST_DEPOSITS);
}
