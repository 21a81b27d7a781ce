/**
 * An act on many documents, in steps: each call does what an invocation may ask for and says where
 * the next one goes on. A document for which the act is not possible is passed over.
 */
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
import { type DocumentFilter, type Exported, readerFor } from "../../documents/lifecycle/list.ts";
import { isPossible } from "../../documents/lifecycle/transition.ts";
import { openMinor, type Summary } from "../../documents/store/row.ts";
import { statusAt } from "../../documents/store/status.ts";
import { commit } from "../../platform/db/db.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import { decodeCursor, encodeCursor } from "../../platform/http/http.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { composeDocument } from "./compose.ts";
import { insistMayWait } from "./send.ts";
import { readEmail } from "./store.ts";

export const BULK_ACTS = ["finalize", "send", "remind", "void"] as const;
export type BulkAct = (typeof BULK_ACTS)[number];

/** What is looked at in a step, and what is done in it; a step also ends after 500 queries. */
const MOST_READ = 500;
const MOST_DONE = 50;
const MOST_REFUSED = 50;

export type Bulk = {
  act: BulkAct;
  filter: DocumentFilter;
  /** Why they are voided. */
  reason: string | null;
  cursor: string | null;
};

export type BulkRefusal = { id: string; number: string | null; code: string; detail: string };

export type BulkStep = {
  done: number;
  /** The act is not possible for them as they are. */
  skipped: number;
  refused: BulkRefusal[];
  next_cursor: string | null;
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

/**
 * Takes one step of an act, newest documents first. What a document's own problem refuses is listed
 * and the rest goes on; a full budget, or a busy service, ends the step before it. Errors: those of
 * the cursor, and 429 or 503 where nothing was done yet.
 */
export async function takeBulkStep(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  bulk: Bulk,
): Promise<BulkStep> {
  const { db, hasRoom } = countingQueries(env.DB);
  const counted = { ...env, DB: db };
  const read = await readerFor(counted, actor, kind, { ...bulk.filter, sort: "-created" });
  const key = bulk.cursor === null ? null : decodeCursor(bulk.cursor, 1);
  const rows = await read(key && ({ key } as unknown as Exported), MOST_READ + 1);
  const step: BulkStep = { done: 0, skipped: 0, refused: [], next_cursor: null };
  let last: string | null = null;
  let isWhole = rows.length <= MOST_READ;
  for (const { row, nowMs } of rows.slice(0, MOST_READ)) {
    const isFull = step.done === MOST_DONE || step.refused.length === MOST_REFUSED;
    if (isFull || !hasRoom()) {
      isWhole = false;
      break;
    }
    if (!isBulkPossible(bulk.act, row, nowMs)) step.skipped++;
    else if ((await isDone(counted, actor, row, bulk, step)) === false) {
      isWhole = false;
      break;
    }
    last = row.id;
  }
  step.next_cursor = isWhole || last === null ? null : encodeCursor([last]);
  const detail = { act: bulk.act, done: step.done };
  const answer = { made: kind, shown: { ...step } };
  const entry = { action: `${kind}.bulk`, target: kind, detail, answer };
  await commit(env.DB, [auditRow(env.DB, actor, entry, actor.realMs)]);
  return step;
}

/** Does it for one document; false where the step has to end before it. */
async function isDone(
  env: Env,
  actor: Actor,
  row: Summary,
  bulk: Bulk,
  step: BulkStep,
): Promise<boolean> {
  try {
    await doOne(env, actor, row, bulk);
    step.done++;
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, message: detail } = error;
    if (error.status === 429 || error.status >= 500) {
      if (step.done + step.skipped + step.refused.length === 0) throw error;
      return false;
    }
    step.refused.push({ id: row.id, number: row.number, code, detail });
    return true;
  }
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
      await mail(env, actor, row, bulk.act);
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
  act: "send" | "remind",
): Promise<void> {
  const ids = messageIds(actor, documentId);
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
 * Under an Idempotency-Key, the message that a document has today, and the one of the day before:
 * a run that broke off and is asked for again sends nothing twice.
 */
function messageIds({ claim, realMs }: Actor, documentId: string): string[] {
  if (!claim) return [];
  const named = `${claim.caller} ${claim.key} ${documentId}`;
  const digest = createHash("sha256").update(named).digest().subarray(0, 10);
  const today = realMs - (realMs % DAY_MS);
  return [today, today - DAY_MS].map((dayMs) => idFrom("eml", dayMs, new Uint8Array(digest)));
}
