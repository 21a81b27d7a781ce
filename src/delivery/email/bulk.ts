/** An act on many documents, step by step. */
import { createHash } from "node:crypto";
import type { Actor } from "../../accounts/actor/actor.ts";
import { onTheWay } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { Problem } from "../../core/errors.ts";
import { idFrom } from "../../core/id.ts";
import { DAY_MS } from "../../core/time.ts";
import type { DraftKind } from "../../documents/kind/registry.ts";
import { type DocumentKind, DRAFT_KINDS, KINDS } from "../../documents/kind/registry.ts";
import { voidInvoice } from "../../documents/lifecycle/credit.ts";
import { finalizeDraft, voidDraft } from "../../documents/lifecycle/draft.ts";
import { type DocumentFilter, readerFor } from "../../documents/lifecycle/list.ts";
import { isPossible } from "../../documents/lifecycle/transition.ts";
import { openMinor, type Summary } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import { commit } from "../../platform/db/db.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import { decodeCursor } from "../../platform/http/http.ts";
import { MOST_READ, type Step, takeStep } from "../../platform/http/step.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { composeDocument } from "./compose.ts";
import { insistMayWait } from "./send.ts";
import { readEmail } from "./store.ts";

export const BULK_ACTS = ["finalize", "send", "remind", "void"] as const;
export type BulkAct = (typeof BULK_ACTS)[number];

export type Bulk = {
  act: BulkAct;
  filter: DocumentFilter;
  /** Why they are voided. */
  reason: string | null;
  /** Names all of its steps: an e-mail is sent once under it. */
  run: string | null;
  cursor: string | null;
};

/** Which acts there are for a kind. */
export function bulkActsOf(kind: DocumentKind): BulkAct[] {
  const { acts, owed } = KINDS[kind];
  return BULK_ACTS.filter((act) => (act === "remind" ? owed : acts[act] !== undefined));
}

/** Whether an act is possible for a document as it stands today. */
export function isBulkPossible(act: BulkAct, row: Summary, nowMs: number): boolean {
  const status = statusAt(row, nowMs);
  if (act === "remind") return status === "overdue" && openMinor(row) > 0n;
  return isPossible(act, { ...row, status });
}

/** Takes one step of an act, newest documents first. Errors: as `takeStep`, 422 for the cursor. */
export async function takeBulkStep(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  bulk: Bulk,
): Promise<Step> {
  const { env: counted, hasRoom } = countingQueries(env);
  const read = await readerFor(counted, actor, kind, { ...bulk.filter, sort: "-created" });
  const key = bulk.cursor === null ? null : decodeCursor(bulk.cursor, 1);
  const rows = await read(key && { key }, MOST_READ + 1);
  const step = await takeStep(rows, {
    hasRoom,
    nameOf: ({ row: { id, number } }) => ({ id, number }),
    isPossible: ({ row, nowMs }) =>
      row.issuer === actor.tenantId && isBulkPossible(bulk.act, row, nowMs),
    act: ({ row }) => doOne(counted, actor, row, bulk),
  });
  const detail = { act: bulk.act, done: step.done };
  const answer = { made: kind, shown: { ...step } };
  const entry = { action: `${kind}.bulk`, target: kind, detail, answer };
  await commit(env.DB, [auditRow(env.DB, actor, entry, actor.realMs)]);
  return step;
}

async function doOne(env: Env, actor: Actor, row: Summary, bulk: Bulk): Promise<void> {
  const one = onTheWay(actor);
  const { kind, id } = row;
  switch (bulk.act) {
    case "finalize":
      await finalizeDraft(env, one, draftKind(kind), id);
      return;
    case "void":
      if (KINDS[kind].owed) await voidInvoice(env, one, id, bulk.reason ?? "");
      else await voidDraft(env, one, draftKind(kind), id);
      return;
    case "send":
    case "remind":
      await mail(env, actor, row, { act: bulk.act, run: bulk.run });
  }
}

function draftKind(kind: DocumentKind): DraftKind {
  const found = DRAFT_KINDS.find((one) => one === kind);
  if (!found) throw new Problem("resource.conflict", `a ${KINDS[kind].noun} is never a draft`);
  return found;
}

async function mail(
  env: Env,
  actor: Actor,
  { kind, id: documentId, dueDate }: Summary,
  { act, run }: { act: "send" | "remind"; run: string | null },
): Promise<void> {
  const ids = messageIds(actor, run, documentId);
  for (const id of ids) if (await readEmail(env.DB, id)) return;
  await insistMayWait(env, actor, actor.realMs);
  const days = Math.max(1, Math.floor((actor.nowMs - Date.parse(`${dueDate}T00:00:00Z`)) / DAY_MS));
  await composeDocument(env, onTheWay(actor), kind, documentId, {
    ...(ids[0] === undefined ? {} : { id: ids[0] }),
    occasion: act === "send" ? { letter: "document" } : { letter: "reminder", days },
    to: null,
    cc: [],
    message: null,
    xml: null,
  });
}

/**
 * Under an Idempotency-Key, or a run's name, the message that a document has today, and the one of
 * the day before: a run that broke off and is asked for again sends nothing twice.
 */
function messageIds(
  { claim, tenantId, realMs }: Actor,
  run: string | null,
  documentId: string,
): string[] {
  if (!claim && run === null) return [];
  const named = claim
    ? `${claim.caller} ${claim.key} ${documentId}`
    : `${tenantId} run ${run} ${documentId}`;
  const digest = createHash("sha256").update(named).digest().subarray(0, 10);
  const today = realMs - (realMs % DAY_MS);
  return [today, today - DAY_MS].map((dayMs) => idFrom("eml", dayMs, new Uint8Array(digest)));
}
