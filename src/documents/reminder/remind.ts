/**
 * Reminders of open invoices. Each open invoice has one row in the table of due work, for its next
 * step; the batch that changes the invoice's status adds the row or takes it away.
 */
import { moneyJson } from "../../core/money.ts";
import { dateText } from "../../core/period.ts";
import { schedule, unschedule } from "../../platform/queue/due.ts";
import { announce } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Issuer } from "../model/party.ts";
import { readIssuer } from "../party/party-store.ts";
import { type Document, openMinor } from "../store/row.ts";
import {
  commitDocuments,
  insistUnchanged,
  readDocument,
  retried,
  type StatusChange,
  setStatus,
} from "../store/store.ts";
import { dayAfter, nextStepMs, type Step, stepsOf, stepsReached } from "./dunning.ts";

export const INVOICE_REMIND = "invoice.remind";

/** Whose clock an invoice's reminders follow: its test tenant's, else real time. */
type Owed = { id: string; issuer: string; scope: string };

function remindAt(db: D1Database, { id, issuer, scope }: Owed, atMs: number): D1PreparedStatement {
  const clock = scope === "" ? ("real" as const) : ("test" as const);
  return schedule(db, { tenant: scope || issuer, atMs, clock, kind: INVOICE_REMIND, ref: id });
}

/**
 * The row of due work for an invoice that is being issued. Only the batch knows its due date, which
 * may be later than the one expected here: a row that runs too early is scheduled again.
 */
export function remindFromIssue(
  db: D1Database,
  invoice: { id: string; scope: string; dueDate: string | null; paymentTermsDays: number },
  { tenant, timeZone, reminderDays }: Issuer,
  nowMs: number,
): D1PreparedStatement[] {
  const today = dateText(nowMs, timeZone);
  const named = invoice.dueDate ?? dayAfter(today, invoice.paymentTermsDays);
  const dueDate = [named, today].sort().at(-1) ?? today; // days sort as their text does
  const firstMs = nextStepMs(stepsOf(dueDate, timeZone, reminderDays), nowMs);
  const { id, scope } = invoice;
  return firstMs === null ? [] : [remindAt(db, { id, issuer: tenant, scope }, firstMs)];
}

/** The statements that change a final invoice's status, and begin or end its reminders with it. */
export function changeInvoiceStatus(
  db: D1Database,
  invoice: Document,
  change: StatusChange,
  nowMs: number,
): D1PreparedStatement[] {
  const written = setStatus(db, invoice, change, nowMs);
  if (change.status === invoice.status) return [written];
  if (change.status === "open") return [written, remindAt(db, invoice, nowMs)];
  return [written, unschedule(db, INVOICE_REMIND, invoice.id)];
}

/**
 * Announces what an open invoice's due date calls for by now, once each, and schedules the next
 * step; nothing for an invoice that is no longer open. `tenant` is the due row's.
 */
export function remindInvoice(
  env: Env,
  tenant: string,
  invoiceId: string,
  nowMs: number,
): Promise<void> {
  return retried(async () => {
    const invoice = await readDocument(env.DB, { tenantId: tenant }, "invoice", invoiceId);
    if (invoice?.status !== "open" || invoice.dueDate === null) return;
    const { reminderDays } = await readIssuer(env.DB, invoice.issuer, "");
    const steps = stepsOf(invoice.dueDate, invoice.timeZone, reminderDays);
    const nextMs = nextStepMs(steps, nowMs);
    const reached = stepsReached(steps, invoice.finalizedMs ?? nowMs, nowMs);
    if (reached.length === 0 && nextMs === null) return;
    await commitDocuments(env.DB, [
      insistUnchanged(env.DB, invoice),
      ...reached.map((step) => announceStep(env.DB, invoice, invoice.dueDate ?? "", step)),
      ...(nextMs === null ? [] : [remindAt(env.DB, invoice, nextMs)]),
    ]);
  });
}

function announceStep(
  db: D1Database,
  invoice: Document,
  dueDate: string,
  step: Step,
): D1PreparedStatement {
  const { id, currency, issuer: tenant } = invoice;
  const body = {
    invoice_id: id,
    number: invoice.number ?? "",
    total: moneyJson(BigInt(invoice.totalMinor), currency),
    currency,
    amount_due: moneyJson(openMinor(invoice), currency),
    due_date: dueDate,
  };
  const { type, atMs } = step;
  if (type === "invoice.overdue") {
    return announce(db, { id: `${id}:overdue`, tenant, type, atMs, body });
  }
  const { days } = step;
  return announce(db, {
    id: `${id}:reminder:${days}`,
    tenant,
    type,
    atMs,
    body: { ...body, days },
  });
}
