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
import { announceVoid } from "../lifecycle/credit.ts";
import { ownDocument } from "../lifecycle/draft.ts";
import { insistPossible, statusAfterPayment } from "../lifecycle/transition.ts";
import { MAX_AMOUNT_MINOR } from "../model/totals.ts";
import { changeInvoiceStatus } from "../reminder/remind.ts";
import { moneyFrom } from "../schema/input.ts";
import { lastCreditNote } from "../store/left-store.ts";
import type { Document } from "../store/row.ts";
import { commitDocuments, readDocument, retried } from "../store/store.ts";
import type { PaymentRow } from "../store/table.ts";
import { insertPayment, readExternalPayment } from "./payment-store.ts";

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
};

/**
 * Adds a payment that a user reports. Errors: 404, 409 where the invoice takes none or the external
 * id names another payment, 422 for another currency or a refund of more than was paid.
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
  return receive(env, actor, invoiceId, received);
}

/** Who books it, at which time of the issuer and which real time. */
export type Booker = Author & { nowMs: number; realMs: number };

/**
 * Books a payment once; `alongside` are statements for its batch. Where another writer changed the
 * invoice meanwhile, it begins again.
 */
export function receive(
  env: Env,
  booker: Booker,
  invoiceId: string,
  received: Received,
  alongside: (payment: PaymentRow) => D1PreparedStatement[] = () => [],
): Promise<PaymentRow> {
  return retried(async () => {
    const invoice = await readDocument(env.DB, booker.tenantId, "invoice", invoiceId);
    if (invoice?.issuer !== booker.tenantId) throw notFound("invoice");
    const { externalId, source } = received;
    const known =
      externalId && (await readExternalPayment(env.DB, invoice.issuer, { source, externalId }));
    if (known) return knownPayment(known, invoiceId, received);
    checkReceived(invoice, received);
    const row = paymentRow(invoice, received, booker);
    try {
      const booking = await bookStatements(env.DB, booker, invoice, row);
      await commitDocuments(env.DB, [...booking, ...alongside(row)]);
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

function checkReceived(invoice: Document, { amountMinor, paidOn }: Received): void {
  insistPossible("pay", invoice);
  if (amountMinor === 0n) throw invalidField("/amount", "is not 0");
  const paid = BigInt(invoice.paidMinor) + amountMinor;
  if (paid < 0n) throw invalidField("/amount", "refunds more than was paid");
  if (paid > MAX_AMOUNT_MINOR) throw invalidField("/amount", "has at most 15 digits");
  if (invoice.issueDate !== null && paidOn < invoice.issueDate) {
    throw invalidField("/paid_on", `is before the issue date, ${invoice.issueDate}`);
  }
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

async function bookStatements(
  db: D1Database,
  booker: Booker,
  invoice: Document,
  payment: PaymentRow,
): Promise<D1PreparedStatement[]> {
  const paidMinor = invoice.paidMinor + payment.amountMinor;
  const status = statusAfterPayment({ ...invoice, paidMinor });
  const entry = {
    action: "invoice.payment",
    target: invoice.id,
    detail: { payment_id: payment.id },
    answer: { made: payment.id },
  };
  const statements = [
    insertPayment(db, payment),
    ...changeInvoiceStatus(db, invoice, { status, paidMinor }, booker.nowMs),
    auditRow(db, booker, entry, booker.realMs),
  ];
  if (status === "paid" && invoice.status === "open") {
    statements.push(announcePaid(db, invoice, payment, booker.nowMs));
  }
  const creditNote = status === "void" ? await lastCreditNote(db, invoice.id) : null;
  if (creditNote) statements.push(announceVoid(db, invoice, creditNote, booker.nowMs));
  return statements;
}

function announcePaid(
  db: D1Database,
  invoice: Document,
  payment: PaymentRow,
  atMs: number,
): D1PreparedStatement {
  const body = {
    invoice_id: invoice.id,
    number: invoice.number ?? "",
    total: moneyJson(BigInt(invoice.totalMinor), invoice.currency),
    currency: invoice.currency,
  };
  const id = `${invoice.id}:paid:${payment.id}`;
  return announce(db, { id, tenant: invoice.issuer, type: "invoice.paid", atMs, body });
}
