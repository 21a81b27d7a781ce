/** Taking back what is final: credit notes, and voiding an invoice by one for all of it. */
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { scaledInteger } from "../../core/decimal.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { QUANTITY_DECIMALS } from "../../core/quantity.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { settleInvoice } from "../balance/settle-invoice.ts";
import { settledBy } from "../balance/settled.ts";
import { KINDS } from "../kind/registry.ts";
import { contentFor, type DocumentContent } from "../model/content.ts";
import { type Credit, creditOf, creditOfAmount, type Take } from "../model/credit-note.ts";
import { takenBack } from "../model/particulars.ts";
import type { Parties } from "../model/party.ts";
import { changeInvoiceStatus } from "../reminder/remind.ts";
import { moneyFrom } from "../schema/input.ts";
import { keepLeft, readLeft } from "../store/left-store.ts";
import { chargedOf, contentOf, creditSettlement, type Document } from "../store/row.ts";
import { commitDocuments } from "../store/store.ts";
import { creditedDeposits, insistBesideDeposits } from "./deposit.ts";
import { ownDocument, partiesIn, voidDraft } from "./draft.ts";
import { finalizeStatements } from "./finalize.ts";
import { insistPossible } from "./transition.ts";

/**
 * A line of the invoice by its position: all that is left of it, a quantity, or an amount of what
 * it was charged after every discount (with tax where prices include it).
 */
export type CreditLine = {
  position: number;
  quantity?: number | string | undefined;
  amount?: number | string | undefined;
};
export type CreditInput = { reason: string; lines?: CreditLine[] | undefined };

/**
 * Issues a credit note for the named lines of an invoice, or for all that is left of it. Errors:
 * 404, 409 where the invoice is not final, is void, or has nothing left, 422 where less is left of
 * a line.
 */
export async function creditInvoice(
  env: Env,
  actor: Actor,
  invoiceId: string,
  given: CreditInput,
): Promise<Document> {
  const invoice = await ownDocument(env, actor, "invoice", invoiceId);
  insistPossible("credit", invoice);
  if (invoice.creditedMinor === invoice.totalMinor) {
    throw new Problem("resource.conflict", "nothing is left to credit of the invoice");
  }
  return credit(env, actor, invoice, given);
}

/**
 * What a credit note would come to with its tax, in minor units; nothing is written. Errors: as
 * `creditInvoice`.
 */
export async function creditAmount(
  env: Env,
  invoice: Document,
  given: Pick<CreditInput, "lines">,
): Promise<bigint> {
  insistPossible("credit", invoice);
  const left = await readLeft(env.DB, invoice);
  const takes = given.lines?.map((line, i) => takeOf(line, i, invoice.currency)) ?? null;
  return creditOf(chargedOf(invoice), left, takes).totals.totalMinor;
}

async function credit(
  env: Env,
  actor: Actor,
  invoice: Document,
  given: CreditInput,
): Promise<Document> {
  const [parties, left] = await Promise.all([
    partiesIn(env, actor, invoice),
    readLeft(env.DB, invoice),
  ]);
  const takes = given.lines?.map((line, i) => takeOf(line, i, invoice.currency)) ?? null;
  const taken = creditOf(chargedOf(invoice), left, takes);
  insistBesideDeposits(invoice, creditedAfter(invoice, taken));
  const content = creditContent(invoice, parties, taken, given.reason);
  const id = await issueCredit(env, actor, { invoice, parties, content, credit: taken });
  return ownDocument(env, actor, "credit_note", id);
}

/**
 * Voids an invoice: a draft as it is, a final one by a credit note for all of it, where it charges
 * anything. Errors: 404, 409
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
  if (isOfNothing(invoice)) await voidNothing(env, actor, invoice, reason);
  else await credit(env, actor, invoice, { reason });
  return ownDocument(env, actor, "invoice", invoiceId);
}

/** Whether an invoice charges nothing in any tax group, so that there is nothing to give back. */
function isOfNothing({ totalMinor, totals }: Document): boolean {
  const isZero = (minor: string) => BigInt(minor) === 0n;
  return (
    totalMinor === 0 &&
    totals.taxes.every(({ baseMinor, taxMinor }) => isZero(baseMinor) && isZero(taxMinor))
  );
}

/** A credit note of nothing would take a number for nothing. */
async function voidNothing(
  env: Env,
  actor: Actor,
  invoice: Document,
  reason: string,
): Promise<void> {
  const entry = { action: "invoice.void", target: invoice.id, detail: { reason } };
  await commitDocuments(env.DB, [
    ...changeInvoiceStatus(env.DB, invoice, { status: "void" }, actor.nowMs),
    auditRow(env.DB, actor, entry, actor.realMs),
    announceVoid(env.DB, invoice, null, actor.nowMs),
  ]);
}

function creditContent(
  invoice: Document,
  parties: Parties,
  credit: Credit,
  reason: string,
): DocumentContent {
  const { lines, adjustments } = credit;
  const original = contentOf(invoice);
  return contentFor(parties, {
    kind: "credit_note",
    currency: original.currency,
    language: original.language,
    taxInclusive: original.taxInclusive,
    deliveryDate: original.deliveryDate,
    period: original.period,
    purchaseOrder: original.purchaseOrder,
    buyerReference: original.buyerReference,
    accounting: original.accounting,
    settlement: creditSettlement(invoice, creditedAfter(invoice, credit)),
    originId: invoice.id,
    reason,
    particulars: takenBack(original.particulars),
    subscriptionId: invoice.subscriptionId,
    lines,
    adjustments,
  });
}

/** What is credited of an invoice after this credit. */
function creditedAfter(invoice: Document, { totals }: Credit): number {
  return invoice.creditedMinor + Number(totals.totalMinor);
}

function takeOf({ position, quantity, amount }: CreditLine, i: number, currency: string): Take {
  if (amount !== undefined) {
    return { position, amountMinor: moneyFrom(amount, `/lines/${i}/amount`, currency) };
  }
  if (quantity === undefined) return { position };
  const scaled = scaledInteger(quantity, QUANTITY_DECIMALS);
  if (!scaled.ok) throw invalidField(`/lines/${i}/quantity`, "has at most 6 decimals");
  return { position, quantityMicro: scaled.value };
}

type Crediting = {
  invoice: Document;
  parties: Parties;
  content: DocumentContent;
  credit: Credit;
};

/** The statements of a credit note, and of what it leaves of its invoice to credit. */
function creditStatements(
  db: D1Database,
  { invoice, parties, content, credit }: Crediting,
  { id, isVoid, nowMs }: { id: string; isVoid: boolean; nowMs: number },
): D1PreparedStatement[] {
  return [
    ...finalizeStatements(
      db,
      { id, parties, content, nowMs, createdBy: invoice.createdBy },
      id,
      credit.totals,
    ),
    keepLeft(db, invoice.id, credit.left),
    ...creditedDeposits(db, invoice, isVoid),
  ];
}

async function issueCredit(env: Env, actor: Actor, crediting: Crediting): Promise<string> {
  const { invoice, content } = crediting;
  const id = makeId(KINDS[content.kind].idPrefix, actor.realMs);
  const creditedMinor = creditedAfter(invoice, crediting.credit);
  const settled = settledBy(invoice, { creditedMinor });
  const isVoid = settled.change.status === "void";
  const entry = {
    action: isVoid ? "invoice.void" : "invoice.credit",
    target: invoice.id,
    detail: { credit_note_id: id },
    answer: { made: id },
  };
  const { nowMs, realMs } = actor;
  const cause = { kind: "credit_note", sourceId: id, nowMs, realMs } as const;
  const statements = [
    ...creditStatements(env.DB, crediting, { id, isVoid, nowMs }),
    ...settleInvoice(env.DB, invoice, settled, cause),
    auditRow(env.DB, actor, entry, actor.realMs),
  ];
  if (isVoid) statements.push(announceVoid(env.DB, invoice, id, actor.nowMs));
  await commitDocuments(env.DB, statements);
  return id;
}

/** A credit note in a batch that settles its invoice: what is then credited of that in all. */
export type CreditBeside = { creditedMinor: number; statements: D1PreparedStatement[] };

/**
 * The statements of a credit note for an amount of an invoice with its tax, of everything in
 * proportion; the batch also writes what the invoice is then. Errors: 422 where less is left.
 */
export async function creditBesidePayment(
  env: Env,
  actor: Actor,
  invoice: Document,
  { amountMinor, reason }: { amountMinor: bigint; reason: string },
): Promise<CreditBeside> {
  const [parties, before] = await Promise.all([
    partiesIn(env, actor, invoice),
    readLeft(env.DB, invoice),
  ]);
  const credit = creditOfAmount(chargedOf(invoice), before, amountMinor);
  const creditedMinor = creditedAfter(invoice, credit);
  insistBesideDeposits(invoice, creditedMinor);
  const content = creditContent(invoice, parties, credit, reason);
  const id = makeId(KINDS[content.kind].idPrefix, actor.realMs);
  const { nowMs } = actor;
  const entry = {
    action: "invoice.credit",
    target: invoice.id,
    detail: { credit_note_id: id },
  };
  const statements = [
    ...creditStatements(
      env.DB,
      { invoice, parties, content, credit },
      { id, isVoid: false, nowMs },
    ),
    auditRow(env.DB, onTheWay(actor), entry, actor.realMs),
  ];
  return { creditedMinor, statements };
}

/**
 * The statement that announces to its issuer that an invoice is void, by a credit note unless it
 * charged nothing.
 */
export function announceVoid(
  db: D1Database,
  invoice: Document,
  creditNoteId: string | null,
  atMs: number,
): D1PreparedStatement {
  const body = {
    invoice_id: invoice.id,
    number: invoice.number ?? "",
    credit_note_id: creditNoteId,
  };
  const at = { tenant: invoice.issuer, atMs };
  return announce(db, { id: `${invoice.id}:voided`, ...at, type: "invoice.voided", body });
}
