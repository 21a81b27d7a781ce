/** What becomes of a quote: accepted or rejected by its recipient, converted by its issuer. */
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { notFound, Problem } from "../../core/errors.ts";
import type { DomainEvent } from "../../core/event.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { announce } from "../../platform/queue/outbox.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { INVOICE } from "../kind/invoice.ts";
import { contentFor } from "../model/content.ts";
import { totalsOf } from "../model/totals.ts";
import { readParties } from "../party/party-store.ts";
import { contentOf, type Document } from "../store/row.ts";
import { statusAt } from "../store/status.ts";
import { commitDocuments, readDocument, setStatus } from "../store/store.ts";
import { insertDraft } from "../store/write-draft.ts";
import { ownDocument } from "./draft.ts";
import { insistPossible } from "./transition.ts";

/** Accepts a quote, as its recipient or for it. Errors: 404, 409 where it is not pending. */
export async function acceptQuote(env: Env, actor: Actor, id: string): Promise<Document> {
  const quote = await openQuote(env, actor, id, "accept");
  const body = { quote_id: id, number: quote.number ?? "" };
  const event: DomainEvent = { ...decisionOf(quote, actor), type: "quote.accepted", body };
  return writeDecision(env, actor, quote, { status: "accepted", action: "quote.accept", event });
}

/** Rejects a quote, as its recipient or for it. Errors: 404, 409 where it is not pending. */
export async function rejectQuote(
  env: Env,
  actor: Actor,
  id: string,
  reason: string | null,
): Promise<Document> {
  const quote = await openQuote(env, actor, id, "reject");
  const body = { quote_id: id, number: quote.number ?? "", reason };
  const event: DomainEvent = { ...decisionOf(quote, actor), type: "quote.rejected", body };
  return writeDecision(env, actor, quote, { status: "rejected", action: "quote.reject", event });
}

/** A quote is decided once: both events carry the same id. */
function decisionOf(quote: Document, actor: Actor) {
  return { id: `${quote.id}:decided`, tenant: quote.issuer, atMs: actor.nowMs };
}

/** A quote that the actor may see and decide on now. Errors: 404, 409. */
async function openQuote(
  env: Env,
  actor: Actor,
  id: string,
  act: "accept" | "reject",
): Promise<Document> {
  const quote = await readDocument(env.DB, actor.tenantId, "quote", id);
  if (!quote) throw notFound("quote");
  insistPossible(act, { ...quote, status: statusAt(quote, actor.nowMs) });
  return quote;
}

async function writeDecision(
  env: Env,
  actor: Actor,
  quote: Document,
  decision: { status: "accepted" | "rejected"; action: string; event: DomainEvent },
): Promise<Document> {
  await commitDocuments(env.DB, [
    setStatus(env.DB, quote, { status: decision.status }, actor.nowMs),
    auditRow(env.DB, actor, { action: decision.action, target: quote.id }, actor.realMs),
    announce(env.DB, decision.event),
  ]);
  const decided = await readDocument(env.DB, actor.tenantId, "quote", quote.id);
  if (!decided) throw notFound("quote");
  return decided;
}

/**
 * Makes a draft invoice of an accepted quote; converting a pending one accepts it. Errors: 404, 409
 * where it is neither, or has an invoice already.
 */
export async function convertQuote(env: Env, actor: Actor, id: string): Promise<Document> {
  let quote = await ownDocument(env, actor, "quote", id);
  insistPossible("convert", { ...quote, status: statusAt(quote, actor.nowMs) });
  if (quote.status !== "accepted") quote = await acceptQuote(env, onTheWay(actor), id);
  const parties = await readParties(env.DB, actor.tenantId, quote.customerId);
  const { paymentTermsDays } = contentFor(parties, { kind: "invoice", lines: [] });
  const content = {
    ...contentOf(quote),
    kind: "invoice" as const,
    validUntil: null,
    paymentTermsDays,
    originId: quote.id,
  };
  const invoiceId = makeId(INVOICE.idPrefix, actor.realMs);
  const draft = { id: invoiceId, parties, content, nowMs: actor.nowMs };
  const detail = { invoice_id: invoiceId };
  const entry = { action: "quote.convert", target: id, detail, answer: { made: invoiceId } };
  try {
    await commitDocuments(env.DB, [
      ...insertDraft(env.DB, { ...draft, totals: totalsOf(content) }),
      auditRow(env.DB, actor, entry, actor.realMs),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "documents")) throw error;
    throw new Problem("resource.conflict", "the quote has an invoice already");
  }
  return ownDocument(env, actor, "invoice", invoiceId);
}
