/** Drafts of invoices and quotes: create, change, void, finalise. */
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type DocumentKind, type DraftKind, KINDS } from "../kind/registry.ts";
import type { DocumentContent } from "../model/content.ts";
import { insistNearDays } from "../model/day.ts";
import type { Parties } from "../model/party.ts";
import { totalsOf } from "../model/totals.ts";
import { readParties } from "../party/party-store.ts";
import { eInvoiceOf, incomplete } from "../render/xml.ts";
import { changedContent, contentFrom } from "../schema/input.ts";
import type { ContentInput } from "../schema/schema.ts";
import { contentOf, type Document, draftOf, type Written } from "../store/row.ts";
import { snapshotsOf } from "../store/snapshot.ts";
import { commitDocuments, readDocument, setStatus } from "../store/store.ts";
import { ofTenant, type Viewer } from "../store/viewer.ts";
import { insertDraft, replaceDraft } from "../store/write-draft.ts";
import { release, withoutFiles } from "./attached.ts";
import { checkSettlement, takeDeposits, withDeposits } from "./deposit.ts";
import { finalStatements } from "./finalize.ts";
import { insistPossible } from "./transition.ts";

/** Writes a new draft. Errors: 422 naming the field, also for an unknown customer. */
export async function createDraft(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  given: ContentInput & { customer_id: string },
): Promise<Document> {
  const parties = await partiesOf(env, actor, given.customer_id);
  const id = makeId(KINDS[kind].idPrefix, actor.realMs);
  const content = contentFrom(kind, given, parties);
  const written = await writtenDraft(env, actor, { id, parties, content }, given.deposits);
  await commitDocuments(env.DB, [
    ...insertDraft(env.DB, { ...written, createdBy: actor.userId }),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, { action: `${kind}.create`, target: id }, actor.realMs),
  ]);
  return ownDocument(env, actor, kind, id);
}

/** Changes the given fields of a draft. Errors: 404, 409 where it is no draft, 422. */
export async function changeDraft(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  id: string,
  given: ContentInput,
): Promise<Document> {
  const draft = await ownDocument(env, actor, kind, id);
  insistPossible("edit", draft);
  // A draft that is seen keeps its customer, also where that is seen by itself no more.
  const isKept = (given.customer_id ?? draft.customerId) === draft.customerId;
  const parties = isKept
    ? await partiesIn(env, actor, draft)
    : await partiesOf(env, actor, given.customer_id ?? draft.customerId);
  const content = changedContent(given, contentOf(draft), parties);
  const written = await writtenDraft(env, actor, { id, parties, content }, given.deposits);
  const detail = { fields: Object.keys(given) };
  await commitDocuments(env.DB, [
    ...replaceDraft(env.DB, written, draft),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, { action: `${kind}.change`, target: id, detail }, actor.realMs),
  ]);
  return ownDocument(env, actor, kind, id);
}

/**
 * Gives a draft its number, freezes it and announces it. Errors: 404, 409 where it is no draft, 422
 * where it may not be issued as it is, or where its issuer is strict and its e-invoice incomplete.
 */
export async function finalizeDraft(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  id: string,
): Promise<Document> {
  const draft = await ownDocument(env, actor, kind, id);
  insistPossible("finalize", draft);
  const parties = await partiesIn(env, actor, draft);
  const content = contentOf(draft);
  checkDays(content, parties, actor.nowMs);
  await insistFinal(env, draft, parties, actor.nowMs);
  const { revision } = draft;
  const totals = { totalMinor: BigInt(draft.totalMinor) };
  await commitDocuments(env.DB, [
    ...(await takeDeposits(env, actor, { id, customerId: draft.customerId, content })),
    ...finalStatements(env.DB, { id, revision, parties, content, totals, nowMs: actor.nowMs }),
    auditRow(env.DB, actor, { action: `${kind}.finalize`, target: id }, actor.realMs),
  ]);
  return ownDocument(env, actor, kind, id);
}

/** A draft as it is written, with its deposits and totals. Errors: 422 naming the field. */
async function writtenDraft(
  env: Env,
  actor: Actor,
  { id, parties, content: given }: Pick<Written, "id" | "parties" | "content">,
  deposits: ContentInput["deposits"],
): Promise<Written> {
  const content = await withDeposits(env, actor, given, parties.customer.id, deposits);
  checkDays(content, parties, actor.nowMs);
  const totals = totalsOf(content);
  checkSettlement(content, totals);
  return { id, parties, content, totals, nowMs: actor.nowMs };
}

/** Errors: 422 where a draft that is about to be written may not be issued as it is. */
export async function insistIssuable(env: Env, written: Written): Promise<void> {
  checkDays(written.content, written.parties, written.nowMs);
  await insistFinal(env, draftOf(written), written.parties, written.nowMs);
}

async function insistFinal(env: Env, draft: Document, parties: Parties, nowMs: number) {
  checkIssuable(contentOf(draft), parties, draft);
  if (parties.issuer.strict) await insistComplete(env, draft, parties, nowMs);
}

/** Errors: 422 `einvoice.incomplete` for a draft that lacks what its e-invoice needs. */
async function insistComplete(
  env: Env,
  draft: Document,
  parties: Parties,
  nowMs: number,
): Promise<void> {
  const state = await eInvoiceOf(env, { ...draft, ...snapshotsOf(parties) }, nowMs);
  if (state && state.gaps.length > 0) throw incomplete(state);
}

/** Discards a draft: it stays readable, and never gets a number. Errors: 404, 409. */
export async function voidDraft(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  id: string,
): Promise<Document> {
  const draft = await ownDocument(env, actor, kind, id);
  insistPossible("edit", draft);
  const { statements, files } = withoutFiles(env.DB, draft);
  await commitDocuments(env.DB, [
    setStatus(env.DB, draft, { status: "void" }, actor.nowMs),
    ...statements,
    auditRow(env.DB, actor, { action: `${kind}.void`, target: id }, actor.realMs),
  ]);
  await release(env, actor, files);
  return ownDocument(env, actor, kind, id);
}

/** A document that the actor issued. Errors: 404 for any other, also for one it received. */
export async function ownDocument(
  env: Env,
  actor: Viewer,
  kind: DocumentKind,
  id: string,
): Promise<Document> {
  const document = await readDocument(env.DB, actor, kind, id);
  if (!document || document.issuer !== actor.tenantId) throw notFound(KINDS[kind].noun);
  return document;
}

/** The parties of a document that was read: whoever sees it sees whom it is for. */
export function partiesIn(
  env: Env,
  viewer: Viewer,
  { customerId }: Pick<Document, "customerId">,
): Promise<Parties> {
  return readParties(env.DB, ofTenant(viewer), customerId);
}

async function partiesOf(env: Env, actor: Actor, customerId: string): Promise<Parties> {
  try {
    return await readParties(env.DB, actor, customerId);
  } catch (error) {
    const unknown = error instanceof Problem && error.status === 404;
    throw unknown ? invalidField("/customer_id", "names no customer of yours") : error;
  }
}

/** It will be issued today at the earliest, so nothing may end before; all lies near enough. */
function checkDays(content: DocumentContent, parties: Parties, nowMs: number): void {
  const today = dateText(nowMs, parties.issuer.timeZone);
  const why = `is before the issue date (${today} at the earliest)`;
  if (content.dueDate !== null && content.dueDate < today) throw invalidField("/due_date", why);
  if (content.validUntil !== null && content.validUntil < today) {
    throw invalidField("/valid_until", why);
  }
  insistNearDays(content, today);
}

function checkIssuable(content: DocumentContent, parties: Parties, draft: Document): void {
  if (draft.totalMinor < 0) {
    throw invalidField("/lines", "the total is below 0: issue a credit note instead");
  }
  const { taxCurrency } = parties.issuer;
  const foreign = taxCurrency !== null && taxCurrency !== content.currency;
  const asksForTax = KINDS[content.kind].eInvoice !== null;
  if (asksForTax && foreign && content.accounting?.currency !== taxCurrency) {
    const why = `needs the rate and date of ${taxCurrency}, in which you account for tax`;
    throw invalidField("/accounting", why);
  }
}
