/**
 * Booking what a provider's event moved: on the invoice that it names, or, where none takes it, on
 * the list of unmatched money, which the issuer assigns or dismisses.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { type Booker, receive } from "../../documents/payment/payment.ts";
import { noneBooked, readExternalPayment } from "../../documents/payment/payment-store.ts";
import { moneyFrom } from "../../documents/schema/input.ts";
import type { Document } from "../../documents/store/row.ts";
import { readDocument } from "../../documents/store/store.ts";
import type { PaymentRow } from "../../documents/store/table.ts";
import { commit, insist } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Movement } from "./payment-provider.ts";
import type { Provider } from "./registry.ts";
import {
  endRefund,
  holdMoney,
  insistNotHeld,
  isUnclear,
  readHeld,
  readUnmatched,
  settleWaiting,
  type Unmatched,
} from "./unmatched-store.ts";

/** Whose account moved money, and when the event about it came, in real time. */
export type Taken = { tenant: string; provider: Provider; realMs: number };

/**
 * Books a movement once, however often and in whichever order its events come. The payment's id, or
 * null where nothing was booked.
 */
export async function book(env: Env, taken: Taken, movement: Movement): Promise<string | null> {
  if (movement.kind === "refund_failed") return takeRefundBack(env, taken, movement);
  const held = await readHeld(env.DB, taken.tenant, taken.provider, movement.id);
  if (held && !isUnclear(held)) return held.paymentId;
  const known = await knownPayment(env, taken, movement.id);
  if (known) {
    const same = known.currency === movement.currency && known.amountMinor === signed(movement);
    return same ? known.id : hold(env, taken, movement, "another_amount");
  }
  if (movement.kind === "refund_unclear") return holdUnclear(env, taken, movement);
  const invoice = await invoiceOf(env, taken, movement);
  if (!invoice) return hold(env, taken, movement, "unknown_invoice");
  if (invoice.currency !== movement.currency) {
    return hold(env, taken, movement, "another_currency");
  }
  const booker = await bookerOf(env, taken, invoice);
  try {
    const payment = await receive(
      env,
      booker,
      invoice.id,
      {
        amountMinor: BigInt(signed(movement)),
        paidOn: dateText(booker.nowMs, invoice.timeZone),
        method: taken.provider,
        reference: movement.id,
        note: null,
        ...externalOf(taken.provider, movement.id),
      },
      (booked) =>
        held
          ? settleWaiting(env.DB, held.id, { settledMs: taken.realMs, paymentId: booked.id })
          : [insistNotHeld(env.DB, { ...taken, reference: movement.id })],
    );
    return payment.id;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return hold(env, taken, movement, "not_taken");
  }
}

/** The invoice says no, as it will the next time: to a draft, or to more than was paid. */
function isRefusal(error: unknown): boolean {
  return error instanceof Problem && /^(?:request|resource)\./.test(error.code);
}

const signed = ({ kind, amountMinor }: Movement): number =>
  Number(kind === "payment" ? amountMinor : -amountMinor);

/** A payment's id in the ledger of payments; the provider is its source. */
function externalOf(provider: Provider, id: string): { source: string; externalId: string } {
  return { source: provider, externalId: `${provider}:${id}` };
}

function knownPayment(env: Env, taken: Taken, id: string): Promise<PaymentRow | null> {
  return readExternalPayment(env.DB, taken.tenant, externalOf(taken.provider, id));
}

/** The issuer's invoice that money is for: named, or that of the payment which is returned. */
async function invoiceOf(
  env: Env,
  taken: Taken,
  { invoiceId, paymentId }: Movement,
): Promise<Document | null> {
  const returned = paymentId === null ? null : await knownPayment(env, taken, paymentId);
  const id = returned?.documentId ?? invoiceId;
  const invoice = id && (await readDocument(env.DB, { tenantId: taken.tenant }, "invoice", id));
  return invoice && invoice.issuer === taken.tenant ? invoice : null;
}

async function bookerOf(env: Env, { tenant, realMs }: Taken, { scope }: Document): Promise<Booker> {
  const nowMs = scope === "" ? realMs : (await tenantClock(env.DB, scope)).nowMs;
  return { tenantId: tenant, keyId: "system", userId: null, nowMs, realMs };
}

function rowOf(taken: Taken, movement: Movement, reason: Unmatched["reason"]): Unmatched {
  return {
    id: makeId("unm", taken.realMs),
    tenant: taken.tenant,
    provider: taken.provider,
    reference: movement.id,
    amountMinor: signed(movement),
    currency: movement.currency,
    namedInvoice: movement.invoiceId,
    reason,
    receivedMs: taken.realMs,
    settledMs: null,
    paymentId: null,
  };
}

async function hold(
  env: Env,
  taken: Taken,
  movement: Movement,
  reason: Unmatched["reason"],
): Promise<null> {
  await commit(env.DB, holdMoney(env.DB, rowOf(taken, movement, reason)));
  return null;
}

/** Lists a refund that may have moved money, until a status says so or the issuer does. */
async function holdUnclear(env: Env, taken: Taken, movement: Movement): Promise<null> {
  await commit(env.DB, [
    insistNotBooked(env, taken, movement),
    ...holdMoney(env.DB, rowOf(taken, movement, "unclear_status")),
  ]);
  return null;
}

function insistNotBooked(env: Env, taken: Taken, { id }: Movement): D1PreparedStatement {
  return insist(env.DB, noneBooked(env.DB, taken.tenant, externalOf(taken.provider, id)), {
    code: "document.changed",
    detail: "the refund was booked meanwhile; send the event again",
  });
}

/** What was booked of a refund comes back; one that was not booked never will be. */
async function takeRefundBack(env: Env, taken: Taken, movement: Movement): Promise<string | null> {
  const ended = { ...rowOf(taken, movement, "failed"), settledMs: taken.realMs };
  const booked = await knownPayment(env, taken, movement.id);
  const invoice = booked && (await ownInvoice(env, taken.tenant, booked.documentId));
  if (!booked || !invoice) {
    await commit(env.DB, [insistNotBooked(env, taken, movement), endRefund(env.DB, ended)]);
    return null;
  }
  const booker = await bookerOf(env, taken, invoice);
  const payment = await receive(env, booker, invoice.id, {
    amountMinor: -BigInt(booked.amountMinor),
    paidOn: dateText(booker.nowMs, invoice.timeZone),
    method: taken.provider,
    reference: movement.id,
    note: null,
    ...externalOf(taken.provider, `${movement.id}:failed`),
  });
  return payment.id;
}

async function ownInvoice(env: Env, tenant: string, id: string): Promise<Document | null> {
  return readDocument(env.DB, { tenantId: tenant }, "invoice", id);
}

/** Money of the caller's tenant that no invoice took. Errors: 404. */
export async function findUnmatched(
  env: Env,
  { tenantId }: Pick<Actor, "tenantId">,
  id: string,
): Promise<Unmatched> {
  const row = await readUnmatched(env.DB, tenantId, id);
  if (!row) throw notFound("unmatched money");
  return row;
}

/**
 * Books unmatched money on an invoice. `amount` says what it is in the invoice's currency, where
 * that is another one. Errors: 404, 409 where it is settled or was booked with another amount, 422.
 */
export async function assignMoney(
  env: Env,
  actor: Actor,
  id: string,
  given: { invoiceId: string; amount: number | string | null },
): Promise<PaymentRow> {
  const row = await findUnmatched(env, actor, id);
  const { provider, reference } = row;
  if (row.reason === "another_amount") {
    const detail = `${reference} is booked already; book the difference by hand, then dismiss it`;
    throw new Problem("resource.conflict", detail);
  }
  const invoice = await readDocument(env.DB, actor, "invoice", given.invoiceId);
  if (invoice?.issuer !== actor.tenantId) {
    throw invalidField("/invoice_id", "names no invoice of yours");
  }
  const paidOn = bookedDay(invoice, row.receivedMs, actor.nowMs);
  return receive(
    env,
    actor,
    invoice.id,
    {
      amountMinor: amountOf(row, invoice, given.amount),
      paidOn,
      method: provider,
      reference,
      note: null,
      ...externalOf(provider, reference),
    },
    (payment) => settleWaiting(env.DB, id, { settledMs: actor.realMs, paymentId: payment.id }),
  );
}

/** The day on which money came, within what its invoice takes: its clock may be another one. */
function bookedDay({ issueDate, timeZone }: Document, receivedMs: number, nowMs: number): string {
  const received = dateText(Math.min(receivedMs, nowMs), timeZone);
  return issueDate !== null && issueDate > received ? issueDate : received;
}

function amountOf(row: Unmatched, invoice: Document, amount: number | string | null): bigint {
  if (row.currency === invoice.currency) {
    if (amount === null) return BigInt(row.amountMinor);
    throw invalidField("/amount", `is what came, since the invoice is in ${row.currency} too`);
  }
  if (amount === null) {
    const detail = `is required in ${invoice.currency}, since the money came in ${row.currency}`;
    throw invalidField("/amount", detail);
  }
  const minor = moneyFrom(amount, "/amount", invoice.currency);
  if (minor > 0n !== row.amountMinor > 0) {
    throw invalidField("/amount", "is negative where the money went back, and only there");
  }
  return minor;
}

/**
 * Takes unmatched money off the list, booking nothing; `show` is how it is answered. Errors: 404,
 * 409 where it is settled.
 */
export async function dismissMoney<T extends Record<string, unknown>>(
  env: Env,
  actor: Actor,
  id: string,
  show: (row: Unmatched) => T,
): Promise<T> {
  const shown = show(await findUnmatched(env, actor, id));
  const entry = { action: "unmatched_money.dismissed", target: id, answer: { shown } };
  await commit(env.DB, [
    ...settleWaiting(env.DB, id, { settledMs: actor.realMs, paymentId: null }),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return shown;
}
