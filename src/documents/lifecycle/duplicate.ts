/** A draft that is like a document that there is. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type DraftKind, KINDS } from "../kind/registry.ts";
import { afresh } from "../model/afresh.ts";
import { totalsOf } from "../model/totals.ts";
import { contentOf, type Document } from "../store/row.ts";
import { commitDocuments } from "../store/store.ts";
import { insertDraft } from "../store/write-draft.ts";
import { ownDocument, partiesIn } from "./draft.ts";

/**
 * Makes a draft with a document's customer, lines, texts and terms, whatever became of that one;
 * its days, files and deposits are not taken over. Errors: 404; 429 `budget.reached`.
 */
export async function duplicateDocument(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  id: string,
): Promise<Document> {
  const source = await ownDocument(env, actor, kind, id);
  const parties = await partiesIn(env, actor, source);
  const content = afresh(contentOf(source));
  const made = makeId(KINDS[kind].idPrefix, actor.realMs);
  const written = { id: made, parties, content, totals: totalsOf(content), nowMs: actor.nowMs };
  const entry = { action: `${kind}.create`, target: made, detail: { duplicate_of: id } };
  await commitDocuments(env.DB, [
    ...insertDraft(env.DB, { ...written, createdBy: actor.userId }),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return ownDocument(env, actor, kind, made);
}
