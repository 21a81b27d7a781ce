/** An invoice made of what came before it: a quote or a proforma invoice. */
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { Problem } from "../../core/errors.ts";
import { isUniqueViolation } from "../../platform/db/refusal.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { INVOICE } from "../kind/invoice.ts";
import { type DraftKind, KINDS } from "../kind/registry.ts";
import { contentFor } from "../model/content.ts";
import { totalsOf } from "../model/totals.ts";
import { contentOf, type Document } from "../store/row.ts";
import { statusAt } from "../store/status.ts";
import { commitDocuments } from "../store/store.ts";
import { insertDraft } from "../store/write-draft.ts";
import { ownDocument, partiesIn } from "./draft.ts";
import { acceptQuote } from "./quote.ts";
import { insistPossible } from "./transition.ts";

/**
 * Makes a draft invoice of a final document, once; a pending quote is accepted by it. Errors: 404,
 * 409 where its kind and status do not permit it, or where it has an invoice already.
 */
export async function convertDocument(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  id: string,
): Promise<Document> {
  let source = await ownDocument(env, actor, kind, id);
  insistPossible("convert", { ...source, status: statusAt(source, actor.nowMs) });
  if (source.status === "pending") source = await acceptQuote(env, onTheWay(actor), id);
  const parties = await partiesIn(env, actor, source);
  const { paymentTermsDays } = contentFor(parties, { kind: "invoice", lines: [] });
  const content = {
    ...contentOf(source),
    kind: "invoice" as const,
    validUntil: null,
    paymentTermsDays,
    originId: source.id,
  };
  const invoiceId = makeId(INVOICE.idPrefix, actor.realMs);
  const { createdBy } = source;
  const draft = { id: invoiceId, parties, content, nowMs: actor.nowMs, createdBy };
  const detail = { invoice_id: invoiceId };
  const entry = { action: `${kind}.convert`, target: id, detail, answer: { made: invoiceId } };
  try {
    await commitDocuments(env.DB, [
      ...insertDraft(env.DB, { ...draft, totals: totalsOf(content) }),
      auditRow(env.DB, actor, entry, actor.realMs),
    ]);
  } catch (error) {
    if (!isUniqueViolation(error, "documents")) throw error;
    throw new Problem("resource.conflict", `the ${KINDS[kind].noun} has an invoice already`);
  }
  return ownDocument(env, actor, "invoice", invoiceId);
}
