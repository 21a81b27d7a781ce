/** What its recipient makes of a quote: it is accepted or rejected. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { notFound } from "../../core/errors.ts";
import type { DomainEvent } from "../../core/event.ts";
import { announce } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import type { Document } from "../store/row.ts";
import { statusAt } from "../store/status.ts";
import { commitDocuments, readDocument, setStatus } from "../store/store.ts";
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
  const quote = await readDocument(env.DB, actor, "quote", id);
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
  const decided = await readDocument(env.DB, actor, "quote", quote.id);
  if (!decided) throw notFound("quote");
  return decided;
}
