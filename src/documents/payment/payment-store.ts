/** Rows of the payments ledger. */
import { and, asc, eq, gt, notExists, type SQL } from "drizzle-orm";
import { orm, statement } from "../../platform/db/db.ts";
import type { Slice } from "../../platform/http/slice.ts";
import { type PaymentRow, payments } from "../store/table.ts";

/** The statement that books a payment; a known external id of its issuer fails its batch. */
export function insertPayment(db: D1Database, row: PaymentRow): D1PreparedStatement {
  return statement(db, orm(db).insert(payments).values(row));
}

type External = { source: string; externalId: string };

function isExternal(issuer: string, { source, externalId }: External) {
  return and(
    eq(payments.issuer, issuer),
    eq(payments.source, source),
    eq(payments.externalId, externalId),
  );
}

/** The payment that an issuer knows by an outside id within its source, or null. */
export async function readExternalPayment(
  db: D1Database,
  issuer: string,
  external: External,
): Promise<PaymentRow | null> {
  const [row] = await orm(db).select().from(payments).where(isExternal(issuer, external));
  return row ?? null;
}

/** The condition that no payment of an issuer has an outside id. */
export function noneBooked(db: D1Database, issuer: string, external: External): SQL {
  const booked = orm(db).select({ id: payments.id }).from(payments);
  return notExists(booked.where(isExternal(issuer, external)));
}

/** An invoice's payments in the order in which they were booked. */
export async function listPayments(
  db: D1Database,
  invoiceId: string,
  { after, limit }: Slice,
): Promise<PaymentRow[]> {
  return orm(db)
    .select()
    .from(payments)
    .where(
      and(eq(payments.documentId, invoiceId), after === null ? undefined : gt(payments.id, after)),
    )
    .orderBy(asc(payments.id))
    .limit(limit);
}
