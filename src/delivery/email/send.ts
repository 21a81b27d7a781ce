/**
 * E-mails on their way: a message is stored whole with its due row, and sent from there under its
 * own id as the provider's idempotency key.
 */

import { budgetReached, type Whose } from "../../accounts/store/budget-store.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { hourOf, takeHourly, usedUp } from "../../accounts/store/hourly-store.ts";
import { Problem } from "../../core/errors.ts";
import type { DomainEvent } from "../../core/event.ts";
import { foldText } from "../../core/fold.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../core/time.ts";
import { KINDS } from "../../documents/kind/registry.ts";
import { trackEmailSent } from "../../metering/record/track.ts";
import {
  beginning,
  dueId,
  type NewDue,
  schedule,
  scheduleOnce,
  unschedule,
} from "../../platform/queue/due.ts";
import { claimDue, groupOf, laneHolds, laneOf, type Window } from "../../platform/queue/lane.ts";
import { announce, relay } from "../../platform/queue/outbox.ts";
import type { Env, Job } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { verdictOf } from "../transport/retry.ts";
import type { Attachment, Email } from "./provider/contract.ts";
import { type EmailProvider, providerOf, type Sent } from "./provider/provider.ts";
import { letterOf, sealLetter } from "./sealed-letter.ts";
import { insertEmail, readEmail, suppressedOf, updateEmail } from "./store.ts";
import type { EmailRow } from "./table.ts";

/** The kind of a message's due row; its ref is the message. */
export const EMAIL_SEND = "email.send";

/** Where messages stay that are sent by no provider: they are read at /dev/inbox. */
export const INBOX = "inbox";

/** A message that was handed out twice and has not begun is handed out once more after this. */
const SECOND_LEASE_MS = 5 * MINUTE_MS;
const TIMEOUT_MS = 30 * SECOND_MS;
/** What an attempt may take beside its request until it is written down. */
const REPORT_MS = 10 * SECOND_MS;

/** What a message is before anything became of it. */
type Fresh = "status" | "attempts" | "provider" | "providerId" | "reason" | "sentMs" | "search";

/** A queued e-mail as it is stored; what `given` leaves out has the value of a plain notice. */
export function emailRow(
  given: Omit<EmailRow, Fresh | "private" | "sealed" | `document${string}`> & Partial<EmailRow>,
): EmailRow {
  const { subject, recipients, cc } = given;
  return {
    documentKind: null,
    documentId: null,
    documentNumber: null,
    private: false,
    sealed: false,
    status: "queued",
    attempts: 0,
    provider: null,
    providerId: null,
    reason: null,
    sentMs: null,
    search: foldText([subject, ...recipients, ...cc].join(" ")),
    ...given,
  };
}

/** The statements that store a message and make sure that it is sent; then call `handOutEmails`. */
export async function queueStatements(env: Env, row: EmailRow): Promise<D1PreparedStatement[]> {
  const stored = Object.assign({}, row, await sealLetter(env, row));
  return [insertEmail(env.DB, stored), scheduleOnce(env.DB, dueRow(row, row.createdMs))];
}

/** E-mails of a tenant that may be in the queue; what signs people in waits for none of them. */
const WINDOW: Window = { lane: 10, group: 20 };
const SIGN_IN = "sign-in";

/** Of what a tenant sends; sign-in links have a bound of their own. */
const HOURLY = "emails_per_hour";

/** True for a message that waits for the next hour once a tenant's e-mails of this one are sent. */
function isBounded({ private: opensAccount, scope }: EmailRow): boolean {
  return !opensAccount && scope === "";
}

/**
 * Why a tenant's queued messages wait, as a function of each; null where nothing but their turn
 * keeps them.
 */
export async function waitingOf(
  env: Env,
  tenantId: string,
  nowMs: number,
): Promise<(row: EmailRow) => string | null> {
  const most = await usedUp(env.DB, { tenantId }, HOURLY, nowMs);
  const why = `waits for the next hour: all ${most} e-mails of this one are sent`;
  return (row) => (most !== null && row.status === "queued" && isBounded(row) ? why : null);
}

/**
 * Refuses one more e-mail where the hour's are sent and as many wait for the next one; those that
 * are asked for at the same moment may be a few more. Errors: 429 `budget.reached`.
 */
export async function insistMayWait(env: Env, whose: Whose, nowMs: number): Promise<void> {
  const most = await usedUp(env.DB, whose, HOURLY, nowMs);
  if (most === null) return;
  const lane = laneOf({ tenant: whose.tenantId, kind: EMAIL_SEND });
  if (await laneHolds(env.DB, lane, most)) throw budgetReached(HOURLY, most);
}

/**
 * Hands e-mails that are due to their queue, as many as a tenant may have in flight; each row stays
 * until its message is reported back. Called when one is stored, when one was sent, and by the
 * minute's sweep.
 */
export async function handOutEmails(env: Env, tenant: string, nowMs: number): Promise<void> {
  const group = groupOf(tenant, EMAIL_SEND);
  const claim = { group, window: WINDOW, nowMs, untilMs: nowMs + SECOND_LEASE_MS };
  const isFull = (await usedUp(env.DB, { tenantId: tenant }, HOURLY, nowMs)) !== null;
  const signIn = laneOf({ tenant, kind: EMAIL_SEND }, SIGN_IN);
  const lanes = { are: "only", these: [signIn] } as const;
  const [rows = []] = await claimDue(env.DB, [isFull ? { ...claim, lanes } : claim]);
  const jobs = rows.map(({ ref }) => ({ body: { kind: "mail", id: ref } satisfies Job }));
  if (jobs.length > 0) await env.MAILS.sendBatch(jobs);
}

/** When a message is sent next. */
export function dueRow(row: Pick<EmailRow, "id" | "tenant" | "private">, atMs: number): NewDue {
  const { id: ref, tenant } = row;
  const share = row.private ? { share: SIGN_IN } : {};
  return { tenant, atMs, clock: "real", kind: EMAIL_SEND, ref, ...share };
}

/**
 * One attempt to send a message that is still queued, after which the next one takes its place.
 * Errors: an Error for what the operator has set up wrongly; the due row then brings the message
 * back.
 */
export async function sendEmail(env: Env, id: string, realMs: number): Promise<void> {
  const untilMs = realMs + timeoutOf(env) + REPORT_MS;
  const attempt = beginning(env.DB, dueId(EMAIL_SEND, id), { nowMs: realMs, untilMs });
  const [begun, row] = await Promise.all([attempt, readEmail(env.DB, id)]);
  if (begun.length === 0) return;
  if (row?.status === "queued") await attemptEmail(env, row, realMs);
  else await unschedule(env.DB, EMAIL_SEND, id).run();
  if (row) await handOutEmails(env, row.tenant, realMs);
}

/** Each address is one e-mail; what is tried again was counted before. */
async function isWithinHour(env: Env, row: EmailRow, nowMs: number): Promise<boolean> {
  if (!isBounded(row) || row.attempts > 0) return true;
  const count = row.recipients.length + row.cc.length;
  return takeHourly(env.DB, { tenantId: row.tenant }, { name: HOURLY, count, nowMs });
}

async function attemptEmail(env: Env, row: EmailRow, realMs: number): Promise<void> {
  const { id } = row;
  if (!(await isWithinHour(env, row, realMs))) {
    await schedule(env.DB, dueRow(row, hourOf(realMs) + HOUR_MS)).run();
    return;
  }
  const provider = row.scope === "" ? providerOf(env) : null;
  const suppressed = await suppressedOf(
    env.DB,
    row.tenant,
    lowerCased([...row.recipients, ...row.cc]),
  );
  const kept = new Set(suppressed.map(({ address }) => address));
  const mail = await mailOf(env, row, kept).catch(lostSecret);
  const sent = "kind" in mail ? mail : await attempt(provider, mail, id, timeoutOf(env));
  const { nowMs } = await tenantClock(env.DB, row.scope || row.tenant);
  const at = { nowMs, realMs, provider: provider?.name ?? INBOX };
  await env.DB.batch(attemptStatements(env, row, sent, at));
  await relay(env.DB, env.NEWS, realMs);
  // Whoever asks for a link to sign in adds nothing to a bill.
  if (sent.kind !== "sent" || row.private) return;
  await trackEmailSent(env, { tenantId: row.tenant, nowMs, userId: null }, id);
}

function timeoutOf(env: Env): number {
  return Number(env.DELIVERY_TIMEOUT_MS || TIMEOUT_MS);
}

/** A letter that cannot be opened is tried again, as one that its provider does not take. */
function lostSecret(error: unknown): Sent {
  if (!(error instanceof Problem) || error.code !== "service.secret_lost") throw error;
  return { kind: "retry", afterMs: null, reason: error.message };
}

function lowerCased(addresses: readonly string[]): string[] {
  return addresses.map((address) => address.toLowerCase());
}

async function attempt(
  provider: EmailProvider | null,
  mail: Email,
  id: string,
  timeoutMs: number,
): Promise<Sent | { kind: "suppressed"; reason: string }> {
  if (mail.to.length === 0) {
    return { kind: "suppressed", reason: "every recipient is on the suppression list" };
  }
  if (!provider) return { kind: "sent", providerId: id };
  return provider.send(mail, id, AbortSignal.timeout(timeoutMs));
}

type At = { nowMs: number; realMs: number; provider: string };

type Ended = Awaited<ReturnType<typeof attempt>>;

/** The statements that write down how an attempt ended, and what follows from it. */
function attemptStatements(env: Env, row: EmailRow, sent: Ended, at: At): D1PreparedStatement[] {
  const { id } = row;
  const attempts = row.attempts + 1;
  // What opens an account is kept no longer than it is needed; the inbox is where it is read.
  const erased = row.private && at.provider !== INBOX ? { html: "", plain: "" } : {};
  if (sent.kind === "sent") {
    const change = { status: "sent" as const, attempts, providerId: sent.providerId, reason: null };
    return [
      unschedule(env.DB, EMAIL_SEND, id),
      updateEmail(env.DB, id, { ...change, ...erased, provider: at.provider, sentMs: at.realMs }),
      ...sentEvents(row, at.nowMs).map((event) => announce(env.DB, event)),
    ];
  }
  const afterMs = sent.kind === "retry" ? waitOf(sent, row.attempts) : null;
  const { reason } = sent;
  if (afterMs !== null) {
    return [
      updateEmail(env.DB, id, { attempts, reason }),
      schedule(env.DB, dueRow(row, at.realMs + afterMs)),
    ];
  }
  const status = sent.kind === "suppressed" ? "suppressed" : "failed";
  return [
    unschedule(env.DB, EMAIL_SEND, id),
    updateEmail(env.DB, id, { ...erased, status, attempts, reason, provider: at.provider }),
    announce(env.DB, failedEvent(row, reason, at.nowMs)),
  ];
}

/** That a message did not arrive, announced once: a bounce after a failure says nothing new. */
export function failedEvent(row: EmailRow, reason: string, atMs: number): DomainEvent {
  const { id, tenant, recipients: to, subject } = row;
  const body = { email_id: id, to, subject, reason };
  return { id: `${id}:failed`, tenant, type: "email.failed", atMs, body };
}

/** Milliseconds until the next attempt, by the schedule of webhooks; null where it has ended. */
function waitOf({ afterMs }: { afterMs: number | null }, attempts: number): number | null {
  const ended = { status: null, timedOut: false, latencyMs: 0, retryAfterMs: afterMs };
  const verdict = verdictOf(ended, attempts, Math.random());
  return verdict.status === "pending" ? verdict.afterMs : null;
}

function sentEvents(row: EmailRow, atMs: number): DomainEvent[] {
  const event = { id: `${row.id}:sent`, tenant: row.tenant, atMs };
  const { documentKind, documentId, documentNumber: number } = row;
  if (row.letter !== "document" || documentId === null || number === null) return [];
  const sentEvent = documentKind && KINDS[documentKind].sentEvent;
  if (!sentEvent) return [];
  const sent = { id: documentId, number, emailId: row.id, to: row.recipients };
  return [{ ...event, ...sentEvent(sent) }];
}

async function mailOf(env: Env, row: EmailRow, kept: ReadonlySet<string>): Promise<Email> {
  const wanted = (address: string) => !kept.has(address.toLowerCase());
  const letter = await letterOf(env, row);
  return {
    fromName: row.fromName,
    fromAddress: env.EMAIL_FROM ?? "",
    replyTo: row.replyTo,
    to: row.recipients.filter(wanted),
    cc: row.cc.filter(wanted),
    subject: row.subject,
    html: letter.html,
    text: letter.plain,
    attachments: await Promise.all(row.attachments.map((_, n) => attachmentOf(env, row, n))),
  };
}

/** The `n`th attachment with its bytes. Errors: an Error where there is none, or R2 lost it. */
export async function attachmentOf(env: Env, row: EmailRow, n: number): Promise<Attachment> {
  const stored = row.attachments[n];
  const object = stored && (await bucketOf(env, row.tenant).get(stored.key));
  if (!stored || !object) throw new Error(`${row.id} has no attachment ${n}`);
  const bytes = new Uint8Array(await object.arrayBuffer());
  return { name: stored.name, type: stored.type, bytes, cid: stored.cid };
}
