/** The payments ledger of invoices, from which `paid` follows. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { type Author, auditRow } from "../../accounts/audit/audit.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { moneyJson } from "../../core/money.ts";
import { dateText } from "../../core/period.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { drawableOf } from "../balance/balance-store.ts";
import { settleInvoice } from "../balance/settle-invoice.ts";
import { type Settled, settledBy } from "../balance/settled.ts";
import { ownDocument } from "../lifecycle/draft.ts";
import { insistPossible } from "../lifecycle/transition.ts";
import { insistPaymentDay } from "../model/day.ts";
import { MAX_AMOUNT_MINOR } from "../model/totals.ts";
import { moneyFrom } from "../schema/input.ts";
import type { Document } from "../store/row.ts";
import { commitDocuments, readDocument, retried } from "../store/store.ts";
import type { PaymentRow } from "../store/table.ts";
import { type Effect, settledEarly } from "./early.ts";
import { insertPayment, insistRoom, readExternalPayment } from "./payment-store.ts";

/** Money that came in (or went back, where negative), in minor units of the invoice's currency. */
export type Received = {
  amountMinor: bigint;
  paidOn: string;
  method: string;
  reference: string | null;
  note: string | null;
  /** The payer's or provider's own id: the same one again is the same payment. */
  externalId: string | null;
  /** Whose id that is: '' for the issuer's own, else a provider: they may be the same text. */
  source: string;
};

export type PaymentInput = {
  amount: number | string;
  currency?: string | undefined;
  paid_on?: string | undefined;
  method?: string | undefined;
  reference?: string | null | undefined;
  note?: string | null | undefined;
  external_id?: string | null | undefined;
  /** It is what a cash discount leaves to pay: the rest is credited. */
  cash_discount?: boolean | undefined;
};

/**
 * Adds a payment that a user reports. Errors: 404, 409 where the invoice takes none or the external
 * id names another payment, 422 for another currency or a refund of more than was paid; of one
 * within a cash discount also those of `settledEarly`.
 */
export async function recordPayment(
  env: Env,
  actor: Actor,
  invoiceId: string,
  given: PaymentInput,
): Promise<PaymentRow> {
  const invoice = await ownDocument(env, actor, "invoice", invoiceId);
  if (given.currency !== undefined && given.currency !== invoice.currency) {
    throw invalidField("/currency", `the invoice is in ${invoice.currency}`);
  }
  const received = {
    amountMinor: moneyFrom(given.amount, "/amount", invoice.currency),
    paidOn: given.paid_on ?? dateText(actor.nowMs, invoice.timeZone),
    method: given.method ?? "transfer",
    reference: given.reference ?? null,
    note: given.note ?? null,
    externalId: given.external_id ?? null,
    source: "",
  };
  if (!given.cash_discount) return receive(env, actor, invoiceId, received);
  return book(env, actor, invoiceId, received, (invoice, row) =>
    settledEarly(env, actor, invoice, row),
  );
}

/** Who books it, at which time of the issuer and which real time. */
export type Booker = Author & { nowMs: number; realMs: number };

/**
 * Books a payment once; `alongside` are statements for its batch. What is beyond the invoice goes
 * to its customer's balance, and a refund takes first what is still there of that. Where another
 * writer changed the invoice meanwhile, it begins again.
 */
export function receive(
  env: Env,
  booker: Booker,
  invoiceId: string,
  received: Received,
  alongside: (payment: PaymentRow) => D1PreparedStatement[] = () => [],
): Promise<PaymentRow> {
  return book(env, booker, invoiceId, received, async (invoice, row) => ({
    settled: await settledByPayment(env.DB, invoice, row),
    statements: alongside(row),
  }));
}

function book(
  env: Env,
  booker: Booker,
  invoiceId: string,
  received: Received,
  effectOf: (invoice: Document, payment: PaymentRow) => Promise<Effect>,
): Promise<PaymentRow> {
  return retried(async () => {
    const invoice = await readDocument(env.DB, booker, "invoice", invoiceId);
    if (invoice?.issuer !== booker.tenantId) throw notFound("invoice");
    const { externalId, source } = received;
    const known =
      externalId && (await readExternalPayment(env.DB, invoice.issuer, { source, externalId }));
    if (known) return knownPayment(known, invoiceId, received);
    checkReceived(invoice, received, booker.nowMs);
    const row = paymentRow(invoice, received, booker);
    const { settled, statements } = await effectOf(invoice, row);
    try {
      const booking = bookStatements(env.DB, booker, { invoice, payment: row, settled });
      await commitDocuments(env.DB, [...booking, ...statements]);
    } catch (error) {
      // Booked at the same moment by another request: read again, it is there now.
      if (!isUniqueViolation(error, "payments")) throw error;
      throw new Problem("document.changed", "the payment was booked meanwhile");
    }
    return row;
  });
}

function knownPayment(known: PaymentRow, invoiceId: string, received: Received): PaymentRow {
  if (known.documentId === invoiceId && BigInt(known.amountMinor) === received.amountMinor) {
    return known;
  }
  throw new Problem("resource.conflict", "external_id names another payment");
}

function checkReceived(
  invoice: Document,
  { amountMinor, paidOn, source }: Received,
  nowMs: number,
): void {
  // What a provider moved has moved, and a refund gives back what is on the balance.
  const isVoid = invoice.status === "void" && invoice.number !== null;
  if (!(isVoid && (amountMinor < 0n || source !== ""))) insistPossible("pay", invoice);
  if (amountMinor === 0n) throw invalidField("/amount", "is not 0");
  if (amountMinor > MAX_AMOUNT_MINOR || amountMinor < -MAX_AMOUNT_MINOR) {
    throw invalidField("/amount", "has at most 15 digits");
  }
  if (invoice.issueDate !== null && paidOn < invoice.issueDate) {
    throw invalidField("/paid_on", `is before the issue date, ${invoice.issueDate}`);
  }
  const today = dateText(nowMs, invoice.timeZone);
  const { issueDate } = invoice; // of a test tenant whose clock is ahead of its issuer's
  insistPaymentDay(paidOn, issueDate !== null && issueDate > today ? issueDate : today, "/paid_on");
}

/** Errors: 422 for a refund of more than was paid and is still there. */
async function settledByPayment(
  db: D1Database,
  invoice: Document,
  { amountMinor }: PaymentRow,
): Promise<Settled> {
  const paidMinor = invoice.paidMinor + amountMinor;
  const { issuer: tenant, customerId, currency } = invoice;
  const drawable =
    amountMinor > 0 ? 0 : await drawableOf(db, { tenant, customerId, currency }, invoice.id);
  const settled = settledBy(invoice, { paidMinor }, Math.min(drawable, Math.abs(amountMinor)));
  if (settled.change.paidMinor < 0) throw invalidField("/amount", "refunds more than was paid");
  return settled;
}

function paymentRow(invoice: Document, received: Received, booker: Booker): PaymentRow {
  const { amountMinor, ...rest } = received;
  return {
    id: makeId("pay", booker.realMs),
    issuer: invoice.issuer,
    documentId: invoice.id,
    amountMinor: Number(amountMinor),
    currency: invoice.currency,
    ...rest,
    createdMs: booker.nowMs,
  };
}

type Booking = { invoice: Document; payment: PaymentRow; settled: Settled };

function bookStatements(
  db: D1Database,
  booker: Booker,
  { invoice, payment, settled }: Booking,
): D1PreparedStatement[] {
  const { nowMs, realMs } = booker;
  const entry = {
    action: "invoice.payment",
    target: invoice.id,
    detail: { payment_id: payment.id },
    answer: { made: payment.id },
  };
  const cause = { kind: "overpayment", sourceId: payment.id, nowMs, realMs } as const;
  return [
    insistRoom(db, invoice.id),
    insertPayment(db, payment),
    ...settleInvoice(db, invoice, settled, cause),
    auditRow(db, booker, entry, realMs),
    ...announcePaid(db, invoice, payment, settled.change.status),
  ];
}

/** The statement that announces that a payment paid the rest of an invoice, where it did. */
export function announcePaid(
  db: D1Database,
  invoice: Document,
  payment: PaymentRow,
  status: Document["status"],
): D1PreparedStatement[] {
  if (status !== "paid" || invoice.status !== "open") return [];
  const body = {
    invoice_id: invoice.id,
    number: invoice.number ?? "",
    total: moneyJson(BigInt(invoice.totalMinor), invoice.currency),
    currency: invoice.currency,
  };
  const id = `${invoice.id}:paid:${payment.id}`;
  const atMs = payment.createdMs;
  return [announce(db, { id, tenant: invoice.issuer, type: "invoice.paid", atMs, body })];
}
