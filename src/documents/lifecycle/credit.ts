/** Taking back what is final: credit notes, and voiding an invoice by one for all of it. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { scaledInteger } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import { moneyText } from "../../core/money.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { KINDS } from "../kind/registry.ts";
import { contentFor, type DocumentContent, type LineContent } from "../model/content.ts";
import type { Parties } from "../model/party.ts";
import { totalsOf } from "../model/totals.ts";
import { readParties } from "../party/party-store.ts";
import { changeInvoiceStatus } from "../reminder/remind.ts";
import { moneyFrom } from "../schema/input.ts";
import { contentOf, type Document } from "../store/row.ts";
import { commitDocuments } from "../store/store.ts";
import { ownDocument, voidDraft } from "./draft.ts";
import { finalizeStatements } from "./finalize.ts";
import { insistPossible, statusAfterCredit } from "./transition.ts";

/** A line of the invoice by its position: all of it, a quantity of it, or a net amount. */
export type CreditLine = {
  position: number;
  quantity?: number | string | undefined;
  amount?: number | string | undefined;
};
export type CreditInput = { reason: string; lines?: CreditLine[] | undefined };

/**
 * Issues a credit note for an invoice, or for the named lines of it. Errors: 404, 409 where the
 * invoice is not final or is void, 422 where all credit notes would exceed the invoice.
 */
export async function creditInvoice(
  env: Env,
  actor: Actor,
  invoiceId: string,
  given: CreditInput,
): Promise<Document> {
  const invoice = await ownDocument(env, actor, "invoice", invoiceId);
  insistPossible("credit", invoice);
  const parties = await readParties(env.DB, actor.tenantId, invoice.customerId);
  const content = creditContent(invoice, parties, given);
  const credit = await issueCredit(env, actor, { invoice, parties, content });
  return ownDocument(env, actor, "credit_note", credit);
}

/**
 * Voids an invoice: a draft as it is, a final one by a credit note for all of it. Errors: 404, 409
 * where money came in or a part was credited already, or where it is void.
 */
export async function voidInvoice(
  env: Env,
  actor: Actor,
  invoiceId: string,
  reason: string,
): Promise<Document> {
  const invoice = await ownDocument(env, actor, "invoice", invoiceId);
  if (invoice.status === "draft") return voidDraft(env, actor, "invoice", invoiceId);
  insistPossible("void", invoice);
  await creditInvoice(env, actor, invoiceId, { reason });
  return ownDocument(env, actor, "invoice", invoiceId);
}

function creditContent(invoice: Document, parties: Parties, given: CreditInput): DocumentContent {
  const original = contentOf(invoice);
  const whole = given.lines === undefined;
  return contentFor(parties, {
    kind: "credit_note",
    currency: original.currency,
    language: original.language,
    taxInclusive: original.taxInclusive,
    period: original.period,
    purchaseOrder: original.purchaseOrder,
    buyerReference: original.buyerReference,
    accounting: original.accounting,
    originId: invoice.id,
    reason: given.reason,
    subscriptionId: invoice.subscriptionId,
    lines: given.lines?.map((line, i) => creditLine(line, i, original)) ?? original.lines,
    adjustments: whole ? original.adjustments : [],
  });
}

function creditLine(given: CreditLine, i: number, invoice: DocumentContent): LineContent {
  const at = `/lines/${i}`;
  const line = invoice.lines[given.position - 1];
  if (!line) throw invalidField(`${at}/position`, "is no line of the invoice");
  if (given.amount !== undefined) {
    const minor = moneyFrom(given.amount, `${at}/amount`, invoice.currency);
    const unitPrice = moneyText(minor, invoice.currency);
    return { ...line, quantity: "1", unitCode: "C62", unit: null, unitPrice, adjustments: [] };
  }
  if (given.quantity === undefined) return line;
  const places = 6;
  const part = scaledInteger(given.quantity, places);
  const all = scaledInteger(line.quantity, places);
  if (part.ok && all.ok && part.value > all.value) {
    throw invalidField(`${at}/quantity`, "is more than the invoice's line has");
  }
  return { ...line, quantity: String(given.quantity), adjustments: [] };
}

async function issueCredit(
  env: Env,
  actor: Actor,
  crediting: { invoice: Document; parties: Parties; content: DocumentContent },
): Promise<string> {
  const { invoice, parties, content } = crediting;
  const id = makeId(KINDS[content.kind].idPrefix, actor.realMs);
  const { totalMinor } = totalsOf(content);
  const left = invoice.totalMinor - invoice.creditedMinor;
  if (totalMinor < 0n || totalMinor > BigInt(left)) {
    const most = moneyText(BigInt(left), invoice.currency);
    throw invalidField("/lines", `credits more than is left of the invoice (${most})`);
  }
  const creditedMinor = invoice.creditedMinor + Number(totalMinor);
  const status = statusAfterCredit({ ...invoice, creditedMinor });
  const draft = { id, parties, content, nowMs: actor.nowMs };
  const entry = {
    action: status === "void" ? "invoice.void" : "invoice.credit",
    target: invoice.id,
    detail: { credit_note_id: id },
  };
  const statements = [
    ...finalizeStatements(env.DB, draft, id),
    ...changeInvoiceStatus(env.DB, invoice, { status, creditedMinor }, actor.nowMs),
    auditRow(env.DB, actor, entry, actor.realMs),
  ];
  if (status === "void") statements.push(announceVoid(env, actor, invoice, id));
  await commitDocuments(env.DB, statements);
  return id;
}

function announceVoid(
  env: Env,
  actor: Actor,
  invoice: Document,
  creditNoteId: string,
): D1PreparedStatement {
  const body = {
    invoice_id: invoice.id,
    number: invoice.number ?? "",
    credit_note_id: creditNoteId,
  };
  const at = { tenant: actor.tenantId, atMs: actor.nowMs };
  return announce(env.DB, { id: `${invoice.id}:voided`, ...at, type: "invoice.voided", body });
}
