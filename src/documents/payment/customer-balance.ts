/** What becomes of a customer's balance: it pays an open invoice, or it is paid out. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { moneyText } from "../../core/money.ts";
import { dateText } from "../../core/period.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { moveBalance, readBalance, readRefund, readTransaction } from "../balance/balance-store.ts";
import { balancePayment, fromInvoice, transactionOf } from "../balance/settle-invoice.ts";
import { settledBy } from "../balance/settled.ts";
import type { BalanceTransactionRow } from "../balance/table.ts";
import { ownDocument } from "../lifecycle/draft.ts";
import { insistPossible } from "../lifecycle/transition.ts";
import { insistPaymentDay } from "../model/day.ts";
import { wholeCustomerOf } from "../party/customer.ts";
import { readIssuer } from "../party/party-store.ts";
import { changeInvoiceStatus } from "../reminder/remind.ts";
import { moneyFrom } from "../schema/input.ts";
import { type Document, openMinor } from "../store/row.ts";
import { commitDocuments, retried } from "../store/store.ts";
import type { PaymentRow } from "../store/table.ts";
import { announcePaid } from "./payment.ts";
import { insertPayment, insistRoom } from "./payment-store.ts";

/**
 * Pays an open invoice from its customer's balance in its currency: `amount`, or as much as is owed
 * and there. Errors: 404, 409 where nothing is owed or nothing is there, 422 for more than either.
 */
export function applyBalance(
  env: Env,
  actor: Actor,
  invoiceId: string,
  amount: number | string | null,
): Promise<PaymentRow> {
  return retried(async () => {
    const invoice = await ownDocument(env, actor, "invoice", invoiceId);
    insistPossible("pay", invoice);
    await wholeCustomerOf(env, actor, invoice.customerId);
    const held = await readBalance(env.DB, fromInvoice(invoice));
    const amountMinor = applied(invoice, held, amount);
    const { nowMs, realMs } = actor;
    const transaction = transactionOf({ kind: "applied", sourceId: null, nowMs, realMs });
    const payment = balancePayment(invoice, amountMinor, { ...transaction, nowMs, realMs });
    const [action, made] = ["balance.applied", payment.id];
    const entry = { action, detail: { payment_id: made }, answer: { made } };
    const { change } = settledBy(invoice, { paidMinor: invoice.paidMinor + amountMinor });
    await commitDocuments(env.DB, [
      insistRoom(env.DB, invoice.id),
      insertPayment(env.DB, payment),
      ...changeInvoiceStatus(env.DB, invoice, change, nowMs),
      ...moveBalance(env.DB, {
        ...transaction,
        ...fromInvoice(invoice),
        sourceId: payment.id,
        amountMinor: -amountMinor,
        day: payment.paidOn,
      }),
      auditRow(env.DB, actor, { ...entry, target: invoice.id }, realMs),
      ...announcePaid(env.DB, invoice, payment, change.status),
    ]);
    return payment;
  });
}

function applied(invoice: Document, heldMinor: number, amount: number | string | null): number {
  const { currency } = invoice;
  const owed = Number(openMinor(invoice));
  if (owed === 0) throw new Problem("resource.conflict", "nothing is owed on the invoice");
  if (heldMinor === 0) {
    throw new Problem("resource.conflict", `the customer has no credit balance in ${currency}`);
  }
  const most = Math.min(owed, heldMinor);
  if (amount === null) return most;
  const minor = Number(moneyFrom(amount, "/amount", currency));
  if (minor > 0 && minor <= most) return minor;
  const text = moneyText(BigInt(most), currency);
  throw invalidField("/amount", `is more than 0 and at most what is owed and there (${text})`);
}

export type BalanceRefundInput = {
  amount: number | string;
  currency: string;
  booked_on?: string | undefined;
  method?: string | undefined;
  reference?: string | null | undefined;
  note?: string | null | undefined;
  external_id?: string | null | undefined;
};

/**
 * Writes down that a customer's balance, or a part of it, was paid out. The same external id again
 * is the same refund. Errors: 404, 409 where the id names another one, 422 for more than is there.
 */
export async function refundBalance(
  env: Env,
  actor: Actor,
  customerId: string,
  given: BalanceRefundInput,
): Promise<BalanceTransactionRow> {
  await wholeCustomerOf(env, actor, customerId);
  const { tenantId: tenant, nowMs, realMs } = actor;
  const { currency } = given;
  const { timeZone } = await readIssuer(env.DB, tenant, "");
  const today = dateText(nowMs, timeZone);
  const wallet = { tenant, customerId, currency };
  const amountMinor = Number(moneyFrom(given.amount, "/amount", currency));
  const day = given.booked_on ?? today;
  insistPaymentDay(day, today, "/booked_on");
  const externalId = given.external_id ?? null;
  return retried(async () => {
    const known = externalId && (await readRefund(env.DB, tenant, externalId));
    if (known) return knownRefund(known, customerId, { currency, amountMinor });
    const held = await readBalance(env.DB, wallet);
    if (amountMinor <= 0 || amountMinor > held) {
      const text = moneyText(BigInt(held), currency);
      throw invalidField("/amount", `is more than 0 and at most the balance (${text})`);
    }
    const row = {
      ...transactionOf({ kind: "refund", sourceId: null, nowMs, realMs }),
      ...wallet,
      amountMinor: -amountMinor,
      invoiceId: null,
      day,
      method: given.method ?? "transfer",
      reference: given.reference ?? null,
      note: given.note ?? null,
      externalId,
    };
    const entry = {
      action: "balance.refunded",
      target: customerId,
      detail: { transaction: row.id },
      answer: { made: row.id },
    };
    try {
      await commitDocuments(env.DB, [
        ...moveBalance(env.DB, row),
        auditRow(env.DB, actor, entry, realMs),
      ]);
    } catch (error) {
      // Written down at the same moment by another request: read again, it is there now.
      if (!isUniqueViolation(error, "balance_transactions")) throw error;
      throw new Problem("document.changed", "the refund was written down meanwhile");
    }
    return readTransaction(env.DB, tenant, row.id);
  });
}

function knownRefund(
  known: BalanceTransactionRow,
  customerId: string,
  { currency, amountMinor }: { currency: string; amountMinor: number },
): BalanceTransactionRow {
  const isSame =
    known.customerId === customerId &&
    known.currency === currency &&
    known.amountMinor === -amountMinor;
  if (isSame) return known;
  throw new Problem("resource.conflict", "external_id names another refund");
}
