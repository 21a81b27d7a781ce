/** Rows of the payments ledger. */
import { and, eq, notExists, type SQL, sql } from "drizzle-orm";
import { insist, orm, statement } from "../../platform/db/db.ts";
import { preparedRead, rowsOfRead } from "../../platform/db/prepared.ts";
import type { Slice } from "../../platform/http/slice.ts";
import { type PaymentRow, payments } from "../store/table.ts";

/** The statement that books a payment; a known external id of its issuer fails its batch. */
export function insertPayment(db: D1Database, row: PaymentRow): D1PreparedStatement {
  return statement(db, orm(db).insert(payments).values(row));
}

/** Payments that one invoice takes, also refunds and those by its customer's balance. */
const MAX_PAYMENTS = 1_000;

/** Refuses the batch where an invoice has as many payments as it takes. */
export function insistRoom(db: D1Database, invoiceId: string): D1PreparedStatement {
  const booked = orm(db).$count(payments, eq(payments.documentId, invoiceId));
  return insist(db, sql`${booked} < ${MAX_PAYMENTS}`, {
    code: "resource.conflict",
    detail: `the invoice has ${MAX_PAYMENTS} payments: book further money on another one`,
  });
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

// Ids of one millisecond do not sort.
const AS_BOOKED = sql`${payments}.rowid`;

function bookedPage(behind: SQL | undefined) {
  return preparedRead<"invoiceId" | "after" | "limit", PaymentRow>((queries) =>
    queries
      .select()
      .from(payments)
      .where(and(eq(payments.documentId, sql.placeholder("invoiceId")), behind))
      .orderBy(AS_BOOKED)
      .limit(sql.placeholder("limit")),
  );
}
const FIRST_BOOKED = bookedPage(undefined);
const BOOKED_AFTER = bookedPage(sql`${AS_BOOKED} >
  (SELECT rowid FROM ${payments} AS "last" WHERE "last"."id" = ${sql.placeholder("after")})`);

/** A page of an invoice's payments in the order in which they were booked. */
export function listPayments(
  db: D1Database,
  invoiceId: string,
  { after, limit }: Slice,
): Promise<PaymentRow[]> {
  const read = after === null ? FIRST_BOOKED : BOOKED_AFTER;
  return rowsOfRead(read(db, { invoiceId, after, limit }));
}
