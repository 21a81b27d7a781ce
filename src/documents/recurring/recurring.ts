/** Invoices that repeat: setting them up, changing and ending them, and making the next one. */
import { sql } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { insistBudget } from "../../accounts/store/budget-store.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { dateText, type Interval, startOfDay } from "../../core/period.ts";
import { commit, insistChanged } from "../../platform/db/db.ts";
import { schedule, unschedule } from "../../platform/queue/due.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { INVOICE } from "../kind/invoice.ts";
import { insistIssuable, ownDocument } from "../lifecycle/draft.ts";
import { finalStatements } from "../lifecycle/finalize.ts";
import { trackDraft } from "../lifecycle/track.ts";
import { afresh } from "../model/afresh.ts";
import type { Parties } from "../model/party.ts";
import { totalsOf } from "../model/totals.ts";
import { readParties } from "../party/party-store.ts";
import { contentOf, draftOf } from "../store/row.ts";
import { commitDocuments } from "../store/store.ts";
import { insertDraft } from "../store/write-draft.ts";
import {
  type Covers,
  coveredBy,
  dayAt,
  occurrenceFrom,
  type RecurringDelivery,
} from "./occurrence.ts";
import {
  countRecurring,
  deleteRecurring,
  insertRecurring,
  type Recurring,
  readDueRecurring,
  readRecurring,
  updateRecurring,
} from "./recurring-store.ts";
import type { RecurringRow } from "./table.ts";

/** The kind of the due row that makes the next invoice; its ref is the row of it. */
export const INVOICE_RECUR = "invoice.recur";
/** The kind of the due row that sends one that was made; its ref is the invoice. */
export const RECURRING_SEND = "invoice.recur.send";

export type RecurringInput = {
  invoice_id: string;
  interval: Interval;
  starts_on?: string | undefined;
  ends_on?: string | null | undefined;
  delivery?: RecurringDelivery | undefined;
  covers?: Covers | null | undefined;
};
export type RecurringChange = Pick<RecurringInput, "ends_on" | "delivery" | "covers"> & {
  interval?: Interval | undefined;
  active?: boolean | undefined;
};

/**
 * Has an invoice repeated. Errors: 422 for an invoice that is not the actor's, and for days that
 * are over; 429 `budget.reached`.
 */
export async function createRecurring(
  env: Env,
  actor: Actor,
  given: RecurringInput,
): Promise<Recurring> {
  const { tenantId: tenant, realMs } = actor;
  const parties = await partiesOf(env, actor, given.invoice_id);
  const { nowMs, today } = await todayOf(env, actor, parties);
  const startsOn = given.starts_on ?? dayAt(today, given.interval, 1);
  if (startsOn < today) throw invalidField("/starts_on", `is before today, ${today}`);
  const row: Omit<RecurringRow, "customerId"> = {
    id: makeId("rec", realMs),
    tenant,
    templateId: given.invoice_id,
    interval: given.interval,
    startsOn,
    endsOn: given.ends_on ?? null,
    delivery: given.delivery ?? "draft",
    covers: given.covers ?? null,
    active: true,
    made: 0,
    occurrence: 0,
    nextOn: startsOn,
    lastInvoiceId: null,
    problem: null,
    revision: 1,
    createdMs: nowMs,
    updatedMs: nowMs,
  };
  insistOneComes(row);
  const detail = { invoice_id: given.invoice_id };
  const entry = { action: "recurring_invoice.create", target: row.id, detail };
  await commit(env.DB, [
    insertRecurring(env.DB, row),
    insistBudget(env.DB, actor, "recurring_invoices", countRecurring(sql`${tenant}`)),
    ...dueAt(env.DB, row, parties),
    auditRow(env.DB, actor, entry, realMs),
  ]);
  return recurringOf(env, actor, row.id);
}

/**
 * Changes the given fields. What is paused misses its days: once active again it goes on with the
 * next one. Errors: 404; 409 where it was changed meanwhile; 422 where no day is left.
 */
export async function changeRecurring(
  env: Env,
  actor: Actor,
  id: string,
  given: RecurringChange,
): Promise<Recurring> {
  const before = await recurringOf(env, actor, id);
  const parties = await partiesOf(env, actor, before.templateId);
  const { nowMs, today } = await todayOf(env, actor, parties);
  const changed = {
    interval: given.interval ?? before.interval,
    endsOn: given.ends_on === undefined ? before.endsOn : given.ends_on,
    delivery: given.delivery ?? before.delivery,
    covers: given.covers === undefined ? before.covers : given.covers,
    active: given.active ?? before.active,
  };
  const isOther = changed.interval !== before.interval;
  // Another interval is counted from the day that comes next.
  const startsOn = isOther ? (before.nextOn ?? today) : before.startsOn;
  const of = { startsOn, interval: changed.interval };
  const occurrence = occurrenceFrom(of, isOther ? 0 : before.occurrence, today);
  const day = dayAt(startsOn, changed.interval, occurrence);
  const isOver = changed.endsOn !== null && day > changed.endsOn;
  const change = {
    ...changed,
    startsOn,
    occurrence,
    nextOn: isOver ? null : day,
    updatedMs: nowMs,
  };
  const row = { ...before, ...change };
  if (given.active || given.ends_on) insistOneComes(row);
  const detail = { fields: Object.keys(given) };
  const entry = { action: "recurring_invoice.change", target: id, detail };
  await commit(env.DB, [
    ...updateRecurring(env.DB, before, change),
    ...dueAt(env.DB, row, parties),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return recurringOf(env, actor, id);
}

/** Ends one for good; the invoices that it made stay. Errors: 404. */
export async function removeRecurring(env: Env, actor: Actor, id: string): Promise<void> {
  const row = await recurringOf(env, actor, id);
  await commit(env.DB, [
    deleteRecurring(env.DB, row),
    insistChanged(env.DB),
    unschedule(env.DB, INVOICE_RECUR, id),
    auditRow(env.DB, actor, { action: "recurring_invoice.delete", target: id }, actor.realMs),
  ]);
}

/** One of the actor's by its id. Errors: 404 for any other. */
export async function recurringOf(env: Env, actor: Actor, id: string): Promise<Recurring> {
  const row = await readRecurring(env.DB, actor.tenantId, id);
  if (!row) throw notFound("recurring invoice");
  return row;
}

async function partiesOf(env: Env, actor: Actor, invoiceId: string): Promise<Parties> {
  try {
    const { customerId } = await ownDocument(env, actor, "invoice", invoiceId);
    return await readParties(env.DB, actor, customerId);
  } catch (error) {
    const unknown = error instanceof Problem && error.status === 404;
    throw unknown ? invalidField("/invoice_id", "names no invoice of yours") : error;
  }
}

/** The time on whose clock its invoices are made: its test tenant's, else the issuer's. */
async function todayOf(env: Env, actor: Actor, { scope, issuer }: Parties) {
  const isOther = scope !== "" && scope !== actor.tenantId;
  const { nowMs } = isOther ? await tenantClock(env.DB, scope) : actor;
  return { nowMs, today: dateText(nowMs, issuer.timeZone) };
}

function insistOneComes({ endsOn, nextOn }: Pick<RecurringRow, "endsOn" | "nextOn">): void {
  if (nextOn !== null && (endsOn === null || nextOn <= endsOn)) return;
  throw invalidField("/ends_on", "is before the next invoice's day");
}

/** The statement that has the next invoice made on its day, or none any more. */
function dueAt(
  db: D1Database,
  { id, active, nextOn, tenant }: Pick<RecurringRow, "id" | "active" | "nextOn" | "tenant">,
  { issuer, scope }: Parties,
): D1PreparedStatement[] {
  const atMs = active && nextOn !== null ? startOfDay(nextOn, issuer.timeZone) : null;
  if (atMs === null) return [unschedule(db, INVOICE_RECUR, id)];
  const clock = scope === "" ? ("real" as const) : ("test" as const);
  return [schedule(db, { tenant: scope || tenant, atMs, clock, kind: INVOICE_RECUR, ref: id })];
}

type Moment = { nowMs: number; realMs: number };

/**
 * Makes the invoice whose day has come, in one batch with the next one's day: a draft, or a final
 * one. One that cannot be issued as it is stays a draft, with the reason on its row.
 */
export async function recurInvoice(env: Env, id: string, { nowMs, realMs }: Moment): Promise<void> {
  const row = await readDueRecurring(env.DB, id);
  if (!row?.active || row.nextOn === null) return;
  const system = { tenantId: row.tenant, keyId: "system", userId: null, nowMs };
  const template = await ownDocument(env, system, "invoice", row.templateId);
  const parties = await readParties(env.DB, { tenantId: row.tenant }, template.customerId);
  if (dateText(nowMs, parties.issuer.timeZone) < row.nextOn) {
    await env.DB.batch(dueAt(env.DB, row, parties));
    return;
  }
  const period = coveredBy(row, row.occurrence);
  const content = { ...afresh(contentOf(template)), period };
  const invoiceId = makeId(INVOICE.idPrefix, realMs);
  const { createdBy } = template;
  const written = { id: invoiceId, parties, content, totals: totalsOf(content), nowMs, createdBy };
  const isWanted = row.delivery !== "draft";
  const refusal = isWanted ? await problemOf(() => insistIssuable(env, written)) : null;
  const isFinal = isWanted && refusal === null;
  const isSent = isFinal && row.delivery === "send";
  const problem = refusal ?? (isSent ? unsentBecause(parties) : null);
  const change = { ...nextOf(row), made: row.made + 1, lastInvoiceId: invoiceId, problem };
  const detail = { recurring_invoice_id: id };
  const action = isFinal ? "invoice.finalize" : "invoice.create";
  const { revision } = draftOf(written);
  await commitDocuments(env.DB, [
    ...insertDraft(env.DB, written),
    ...updateRecurring(env.DB, row, { ...change, updatedMs: nowMs }),
    ...(isFinal ? finalStatements(env.DB, { ...written, revision }) : []),
    ...(isSent ? [sendNow(env.DB, written, row.tenant)] : []),
    ...dueAt(env.DB, { ...row, ...change }, parties),
    auditRow(env.DB, system, { action, target: invoiceId, detail }, realMs),
  ]);
  await trackDraft(env, system, "invoice", invoiceId);
}

function nextOf(row: RecurringRow): Pick<RecurringRow, "occurrence" | "nextOn"> {
  const occurrence = row.occurrence + 1;
  const day = dayAt(row.startsOn, row.interval, occurrence);
  return { occurrence, nextOn: row.endsOn !== null && day > row.endsOn ? null : day };
}

/** Why something is refused, as its issuer reads it; null where it is not. */
async function problemOf(insist: () => Promise<void>): Promise<string | null> {
  try {
    await insist();
    return null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return error.message.slice(0, 500);
  }
}

function unsentBecause({ customer: { name, email, party } }: Parties): string | null {
  if (email !== null || party.email !== null) return null;
  return `${name} has no e-mail address: the invoice was not sent`;
}

function sendNow(
  db: D1Database,
  { id, parties, nowMs }: { id: string; parties: Parties; nowMs: number },
  tenant: string,
): D1PreparedStatement {
  const clock = parties.scope === "" ? ("real" as const) : ("test" as const);
  const due = { tenant: parties.scope || tenant, atMs: nowMs, clock };
  return schedule(db, { ...due, kind: RECURRING_SEND, ref: id });
}
