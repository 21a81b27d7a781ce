/** Writing what was paid or credited of an invoice, and what its customer's balance gets of it. */
import { dateText } from "../../core/period.ts";
import { orm, statement } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import { changeInvoiceStatus } from "../reminder/remind.ts";
import type { Document } from "../store/row.ts";
import { type PaymentRow, payments } from "../store/table.ts";
import { moveBalance } from "./balance-store.ts";
import type { Settled } from "./settled.ts";
import type { BalanceCause } from "./table.ts";

/** How payments are named that come from a balance, or go there. */
const BY_BALANCE = "balance";

/** What changed a balance, and when: the issuer's time, and real time. */
export type Cause = {
  kind: BalanceCause;
  /** The payment or the credit note. */
  sourceId: string | null;
  nowMs: number;
  realMs: number;
};

/** A transaction of a cause, without whose it is and how much; a refund adds how it was paid. */
export function transactionOf({ kind, sourceId, nowMs, realMs }: Cause) {
  const paid = { method: null, reference: null, note: null, externalId: null };
  return { id: makeId("btx", realMs), kind, sourceId, ...paid, createdMs: nowMs };
}

/**
 * The statements that write what an invoice is now. What is beyond it leaves it by a payment below
 * 0, and what it takes back from the balance comes by one above, so that its payments always add up
 * to what is paid of it.
 */
export function settleInvoice(
  db: D1Database,
  invoice: Document,
  { change, movedMinor }: Settled,
  cause: Cause,
): D1PreparedStatement[] {
  const { nowMs } = cause;
  const written = changeInvoiceStatus(db, invoice, change, nowMs);
  if (movedMinor === 0) return written;
  const transaction = transactionOf(movedMinor > 0 ? cause : { ...cause, kind: "returned" });
  const payment = balancePayment(invoice, -movedMinor, { ...cause, id: transaction.id });
  return [
    ...written,
    statement(db, orm(db).insert(payments).values(payment)),
    ...moveBalance(db, {
      ...transaction,
      ...fromInvoice(invoice),
      amountMinor: movedMinor,
      day: payment.paidOn,
    }),
  ];
}

/** Whose a transaction of an invoice is. */
export function fromInvoice({ id: invoiceId, issuer: tenant, customerId, currency }: Document) {
  return { tenant, customerId, currency, invoiceId };
}

/** An invoice's payment from its customer's balance, by the transaction that gives it. */
export function balancePayment(
  invoice: Document,
  amountMinor: number,
  transaction: { id: string; nowMs: number; realMs: number },
): PaymentRow {
  const { id, nowMs, realMs } = transaction;
  return {
    id: makeId("pay", realMs),
    issuer: invoice.issuer,
    documentId: invoice.id,
    amountMinor,
    currency: invoice.currency,
    paidOn: dateText(nowMs, invoice.timeZone),
    method: BY_BALANCE,
    reference: id,
    note: null,
    externalId: null,
    source: "",
    createdMs: nowMs,
  };
}
