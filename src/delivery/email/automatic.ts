/** What is sent without anybody asking: documents as the tenant has set it, and alerts. */
import { createHash } from "node:crypto";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { OPERATOR_TENANT, readTenant, type Tenant } from "../../accounts/store/tenant-store.ts";
import { Problem } from "../../core/errors.ts";
import type { EventOf } from "../../core/event.ts";
import { idFrom } from "../../core/id.ts";
import type { DocumentKind } from "../../documents/kind/registry.ts";
import { formatterIn } from "../../documents/language/format.ts";
import { readBranding, readIssuer } from "../../documents/party/party-store.ts";
import { issueOf } from "../../documents/store/store.ts";
import { readMetric } from "../../metering/catalogue/catalogue.ts";
import { displayNameOf } from "../../metering/catalogue/display-name.ts";
import { commit } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type AlertEvent, type AlertRoute, mailRoutesFor } from "../alert/alert-route.ts";
import { readAlertRoutes } from "../alert/store.ts";
import { composeDocument } from "./compose.ts";
import { accentOf, type Occasion } from "./document-letter.ts";
import { noticeLetter } from "./notice.ts";
import { emailRow, handOutEmails, queueStatements } from "./send.ts";
import { readEmail, readSettings, writeSettings } from "./store.ts";
import type { EmailRow, EmailSettings } from "./table.ts";

/** Replaces what a tenant has sent without asking for it each time. */
export async function putSettings(
  env: Env,
  actor: Actor,
  given: Omit<EmailSettings, "tenant" | "updatedMs">,
): Promise<EmailSettings> {
  const row = { ...given, tenant: actor.tenantId, updatedMs: actor.realMs };
  const entry = { action: "email.settings", target: actor.tenantId, detail: given };
  await commit(env.DB, [writeSettings(env.DB, row), auditRow(env.DB, actor, entry, actor.realMs)]);
  return row;
}

/** The id of the message that an event brings `reader`: the same one however often it is asked. */
function messageId(event: { id: string; atMs: number }, reader: string): string {
  const digest = createHash("sha256").update(`${event.id} ${reader}`).digest().subarray(0, 10);
  return idFrom("eml", event.atMs, new Uint8Array(digest));
}

/** Events after which a tenant may have a document sent to its buyer. */
type DocumentEvent = EventOf<
  "invoice.finalized" | "invoice.paid" | "invoice.reminder_due" | "credit_note.issued"
>;

type DocumentMail = { kind: DocumentKind; documentId: string; occasion: Occasion };

/** What an event has sent to the document's buyer, or null where the tenant wants it not sent. */
function mailAfter(event: DocumentEvent, settings: EmailSettings): DocumentMail | null {
  switch (event.type) {
    case "invoice.finalized":
      return settings.sendInvoices ? invoiceMail(event, { letter: "document" }) : null;
    case "invoice.paid":
      return settings.sendReceipts ? invoiceMail(event, { letter: "receipt" }) : null;
    case "invoice.reminder_due": {
      const { days } = event.body;
      return settings.sendReminders ? invoiceMail(event, { letter: "reminder", days }) : null;
    }
    case "credit_note.issued": {
      if (!settings.sendCreditNotes) return null;
      const documentId = event.body.credit_note_id;
      return { kind: "credit_note", documentId, occasion: { letter: "document" } };
    }
  }
}

function invoiceMail(
  { body }: Exclude<DocumentEvent, { type: "credit_note.issued" }>,
  occasion: Occasion,
): DocumentMail {
  return { kind: "invoice", documentId: body.invoice_id, occasion };
}

/** Sends the document of an event to its buyer where the tenant wants that, once. */
export async function mailDocument(env: Env, event: DocumentEvent, realMs: number): Promise<void> {
  const mail = mailAfter(event, await readSettings(env.DB, event.tenant));
  if (!mail) return;
  const id = messageId(event, "buyer");
  if (await readEmail(env.DB, id)) return;
  const { nowMs } = await tenantClock(env.DB, event.tenant);
  const sender = { tenantId: event.tenant, keyId: "system", userId: null, nowMs, realMs };
  const { kind, documentId, occasion } = mail;
  const sending = { id, occasion, to: null, cc: [], message: null, xml: null };
  try {
    await composeDocument(env, sender, kind, documentId, sending);
  } catch (error) {
    // Nobody to send it to, paid meanwhile, or a document that another tenant issued to this one.
    if (error instanceof Problem) return;
    throw error;
  }
  await handOutEmails(env, event.tenant, realMs);
}

/**
 * Sends an invoice that a recurring one made, once; nothing where the tenant has every invoice sent
 * as it becomes final.
 */
export async function mailRecurring(
  env: Env,
  invoiceId: string,
  { nowMs, realMs }: { nowMs: number; realMs: number },
): Promise<void> {
  const issue = await issueOf(env.DB, invoiceId);
  if (!issue || (await readSettings(env.DB, issue.issuer)).sendInvoices) return;
  const { issuer, finalizedMs: atMs } = issue;
  const id = messageId({ id: `${invoiceId}:recurring`, atMs }, "buyer");
  if (await readEmail(env.DB, id)) return;
  const sender = { tenantId: issuer, keyId: "system", userId: null, nowMs, realMs };
  const sending = { id, to: null, cc: [], message: null, xml: null };
  const occasion = { letter: "document" } as const;
  try {
    await composeDocument(env, sender, "invoice", invoiceId, { ...sending, occasion });
  } catch (error) {
    if (error instanceof Problem) return; // nobody to send it to, or void meanwhile
    throw error;
  }
  await handOutEmails(env, issuer, realMs);
}

/** Sends a notice of an alert to the people whom the tenant, and the operator, named for it. */
export async function mailAlert(env: Env, alert: AlertEvent, realMs: number): Promise<void> {
  const about = await readTenant(env.DB, alert.tenant);
  if (!about || (await isOwnFailure(env, alert))) return;
  const own = mailRoutesFor(await readAlertRoutes(env.DB, about.id), alert);
  await mailRoutes(env, { alert, about, reader: about, routes: own }, realMs);
  const operator = about.operator ? null : await readTenant(env.DB, OPERATOR_TENANT);
  if (!operator) return;
  const all = mailRoutesFor(await readAlertRoutes(env.DB, operator.id), alert);
  const copies = all.filter(({ allTenants }) => allTenants);
  await mailRoutes(env, { alert, about, reader: operator, routes: copies }, realMs);
}

/** A notice that cannot be sent is no reason for another one. */
async function isOwnFailure(env: Env, { type, body }: AlertEvent): Promise<boolean> {
  if (type !== "email.failed") return false;
  return (await readEmail(env.DB, body.email_id))?.letter === "notice";
}

type Routed = {
  alert: AlertEvent;
  /** Whose alert it is, and whose people read of it. */
  about: Tenant;
  reader: Tenant;
  routes: readonly AlertRoute[];
};

/** Queues one message a route, to the addresses that no route before it named. */
async function mailRoutes(env: Env, routed: Routed, realMs: number): Promise<void> {
  const { alert, reader, routes } = routed;
  const written = new Set<string>();
  for (const [n, { emails }] of routes.entries()) {
    const recipients = emails.filter((address) => !written.has(address.toLowerCase()));
    for (const address of recipients) written.add(address.toLowerCase());
    const id = messageId(alert, `${reader.id} ${n}`);
    if (recipients.length === 0 || (await readEmail(env.DB, id))) continue;
    const row = await noticeRow(env, routed, { id, recipients, createdMs: realMs });
    await env.DB.batch(await queueStatements(env, row));
    await handOutEmails(env, reader.id, realMs);
  }
}

async function noticeRow(
  env: Env,
  { alert, about, reader }: Routed,
  given: Pick<EmailRow, "id" | "recipients" | "createdMs">,
): Promise<EmailRow> {
  const metric = "metric_name" in alert.body ? alert.body.metric_name : null;
  const [issuer, branding, named] = await Promise.all([
    readIssuer(env.DB, reader.id, reader.name),
    readBranding(env.DB, reader.id),
    metric === null ? null : readMetric(env.DB, about.id, metric),
  ]);
  const metricName = named && displayNameOf(named);
  const { language, currency, party } = issuer;
  const format = formatterIn(language, party.address.country, currency);
  const accent = accentOf(branding.template, branding.accent);
  const brand = { name: party.name, accent, logo: null };
  return emailRow({
    ...given,
    tenant: reader.id,
    scope: about.mode === "test" ? about.id : "",
    letter: "notice",
    fromName: reader.name,
    cc: [],
    replyTo: null,
    attachments: [],
    ...noticeLetter(alert, { language, format, brand, tenantName: about.name, metricName }),
  });
}
