/** What is sent without anybody asking: documents as the tenant has set it, and alerts. */
import { createHash } from "node:crypto";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { OPERATOR_TENANT, readTenant, type Tenant } from "../../accounts/store/store.ts";
import { Problem } from "../../core/errors.ts";
import type { EventBodies } from "../../core/event.ts";
import { idFrom } from "../../core/id.ts";
import { formatterFor } from "../../documents/language/format.ts";
import type { DocumentKind } from "../../documents/model/model.ts";
import { readBranding, readIssuer } from "../../documents/party/party-store.ts";
import type { AnnouncedEvent } from "../../platform/queue/outbox.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { type Alert, type AlertRoute, alertOf, mailRoutesFor } from "../alert/alert-route.ts";
import { readRoutes } from "../webhook/store.ts";
import { composeDocument } from "./compose.ts";
import { accentOf, type Occasion } from "./document-letter.ts";
import { noticeLetter } from "./notice.ts";
import { emailRow, queueStatements, wakeEmail } from "./send.ts";
import { readEmail, readSettings, writeSettings } from "./store.ts";
import type { EmailRow, EmailSettings } from "./table.ts";

export async function putSettings(
  env: Env,
  actor: Actor,
  given: Omit<EmailSettings, "tenant" | "updatedMs">,
): Promise<EmailSettings> {
  const row = { ...given, tenant: actor.tenantId, updatedMs: actor.realMs };
  const entry = { action: "email.settings", target: actor.tenantId, detail: given };
  await env.DB.batch([writeSettings(env.DB, row), auditRow(env.DB, actor, entry, actor.realMs)]);
  return row;
}

/** Queues the messages that an announcement is worth; the same ones once. */
export async function mailEvent(env: Env, event: AnnouncedEvent, realMs: number): Promise<void> {
  await mailDocument(env, event, realMs);
  await mailAlert(env, event, realMs);
}

/** The id of the message that an announcement is worth to `reader`. */
function messageId(event: AnnouncedEvent, reader: string): string {
  const digest = createHash("sha256").update(`${event.id} ${reader}`).digest().subarray(0, 10);
  return idFrom("eml", event.atMs, new Uint8Array(digest));
}

type Worth = { kind: DocumentKind; documentId: string; occasion: Occasion };

/** The document that an announcement brings its buyer, where the tenant wants it sent. */
function worthOf({ type, body }: AnnouncedEvent, settings: EmailSettings): Worth | null {
  const of = <T extends keyof EventBodies>(_: T) => JSON.parse(body) as EventBodies[T];
  switch (type) {
    case "invoice.finalized":
      return settings.sendInvoices ? invoiceWorth(of(type), { letter: "document" }) : null;
    case "invoice.paid":
      return settings.sendReceipts ? invoiceWorth(of(type), { letter: "receipt" }) : null;
    case "invoice.reminder_due": {
      const { days } = of(type);
      return settings.sendReminders ? invoiceWorth(of(type), { letter: "reminder", days }) : null;
    }
    case "credit_note.issued": {
      if (!settings.sendCreditNotes) return null;
      const { credit_note_id: documentId } = of(type);
      return { kind: "credit_note", documentId, occasion: { letter: "document" } };
    }
    default:
      return null;
  }
}

function invoiceWorth({ invoice_id }: { invoice_id: string }, occasion: Occasion): Worth {
  return { kind: "invoice", documentId: invoice_id, occasion };
}

async function mailDocument(env: Env, event: AnnouncedEvent, realMs: number): Promise<void> {
  const worth = worthOf(event, await readSettings(env.DB, event.tenant));
  if (!worth) return;
  const id = messageId(event, "buyer");
  if (await readEmail(env.DB, id)) return;
  const { nowMs } = await tenantClock(env.DB, event.tenant);
  const sender = { tenantId: event.tenant, keyId: "system", userId: null, nowMs, realMs };
  const { kind, documentId, occasion } = worth;
  const sending = { id, occasion, to: null, cc: [], message: null, xml: null, origin: null };
  try {
    await composeDocument(env, sender, kind, documentId, sending);
  } catch (error) {
    // Nobody to send it to, paid meanwhile, or only addressed to the tenant that heard of it.
    if (error instanceof Problem) return;
    throw error;
  }
  await wakeEmail(env, id);
}

/** One message a route, to whom no route before it named. */
async function mailAlert(env: Env, event: AnnouncedEvent, realMs: number): Promise<void> {
  const alert = alertOf(event);
  const about = alert && (await readTenant(env.DB, event.tenant));
  if (!about || (await isOwnFailure(env, alert))) return;
  const own = mailRoutesFor(await readRoutes(env.DB, about.id), alert);
  await mailRoutes(env, { event, alert, about, reader: about, routes: own }, realMs);
  const operator = about.operator ? null : await readTenant(env.DB, OPERATOR_TENANT);
  if (!operator) return;
  const all = mailRoutesFor(await readRoutes(env.DB, operator.id), alert);
  const copies = all.filter(({ allTenants }) => allTenants);
  await mailRoutes(env, { event, alert, about, reader: operator, routes: copies }, realMs);
}

/** A notice that cannot be sent is no reason for another one. */
async function isOwnFailure(env: Env, { type, body }: Alert): Promise<boolean> {
  if (type !== "email.failed") return false;
  return (await readEmail(env.DB, body.email_id))?.letter === "notice";
}

type Routed = {
  event: AnnouncedEvent;
  alert: Alert;
  /** Whose alert it is, and whose people read of it. */
  about: Tenant;
  reader: Tenant;
  routes: readonly AlertRoute[];
};

async function mailRoutes(env: Env, routed: Routed, realMs: number): Promise<void> {
  const { event, reader, routes } = routed;
  const told = new Set<string>();
  for (const [n, { emails }] of routes.entries()) {
    const recipients = emails.filter((address) => !told.has(address.toLowerCase()));
    for (const address of recipients) told.add(address.toLowerCase());
    const id = messageId(event, `${reader.id} ${n}`);
    if (recipients.length === 0 || (await readEmail(env.DB, id))) continue;
    const row = await noticeRow(env, routed, { id, recipients, createdMs: realMs });
    await env.DB.batch(queueStatements(env, row));
    await wakeEmail(env, id);
  }
}

async function noticeRow(
  env: Env,
  { alert, about, reader }: Routed,
  given: Pick<EmailRow, "id" | "recipients" | "createdMs">,
): Promise<EmailRow> {
  const [issuer, branding] = await Promise.all([
    readIssuer(env.DB, reader.id, reader.name),
    readBranding(env.DB, reader.id),
  ]);
  const { language, currency, party } = issuer;
  const format = formatterFor(language, party.address.country, currency);
  const accent = accentOf(branding.template, branding.accent);
  const brand = { name: party.name, accent, logo: null };
  return emailRow({
    ...given,
    ...{ tenant: reader.id, scope: about.mode === "test" ? about.id : "", letter: "notice" },
    ...{ fromName: reader.name, cc: [], replyTo: null, attachments: [] },
    ...noticeLetter(alert, { language, format, brand, tenantName: about.name }),
  });
}
