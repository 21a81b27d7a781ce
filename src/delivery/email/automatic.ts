/** What is sent without anybody asking: final invoices and notices, as the tenant has set it. */
import { createHash } from "node:crypto";
import type { Actor } from "../../accounts/actor.ts";
import { auditRow } from "../../accounts/audit.ts";
import { tenantClock } from "../../accounts/clock.ts";
import { readTenant } from "../../accounts/store.ts";
import { Problem } from "../../core/errors.ts";
import { idFrom } from "../../core/id.ts";
import type { NewsBodies } from "../../core/news.ts";
import type { Env } from "../../platform/env.ts";
import type { Announced } from "../../platform/outbox.ts";
import { composeDocument } from "./compose.ts";
import { noticeLetter } from "./notice.tsx";
import { queueStatements, wakeEmail } from "./send.ts";
import { readEmail, readSettings, writeSettings } from "./store.ts";
import type { EmailRow, EmailSettings } from "./table.ts";

export async function putSettings(
  env: Env,
  actor: Actor,
  given: Pick<EmailSettings, "sendInvoices" | "alertsTo">,
): Promise<EmailSettings> {
  const row = { ...given, tenant: actor.tenantId, updatedMs: actor.realMs };
  const deed = { action: "email.settings", target: actor.tenantId, detail: given };
  await env.DB.batch([writeSettings(env.DB, row), auditRow(env.DB, actor, deed, actor.realMs)]);
  return row;
}

/** Queues the message that an announcement is worth to its tenant; the same one once. */
export async function mailNews(env: Env, news: Announced, realMs: number): Promise<void> {
  const settings = await readSettings(env.DB, news.tenant);
  const digest = createHash("sha256").update(news.id).digest().subarray(0, 10);
  const id = idFrom("eml", news.atMs, new Uint8Array(digest));
  if (await readEmail(env.DB, id)) return;
  const queued =
    news.type === "invoice.finalized"
      ? settings.sendInvoices && (await mailInvoice(env, news, id, realMs))
      : settings.alertsTo.length > 0 && (await mailNotice(env, news, settings, { id, realMs }));
  if (queued) await wakeEmail(env, id);
}

/** False where there is nobody to send it to, or where it was only addressed to the tenant. */
async function mailInvoice(
  env: Env,
  news: Announced,
  id: string,
  realMs: number,
): Promise<boolean> {
  const { invoice_id: invoice } = JSON.parse(news.body) as NewsBodies["invoice.finalized"];
  const { nowMs } = await tenantClock(env.DB, news.tenant);
  const sender = { tenantId: news.tenant, keyId: "system", userId: null, nowMs, realMs };
  const sending = { id, to: null, cc: [], message: null, xml: null };
  try {
    await composeDocument(env, sender, "invoice", invoice, sending);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

async function mailNotice(
  env: Env,
  news: Announced,
  { tenant, alertsTo }: EmailSettings,
  { id, realMs }: { id: string; realMs: number },
): Promise<boolean> {
  const owner = await readTenant(env.DB, tenant);
  const letter = owner && noticeLetter(owner.name, news.type, JSON.parse(news.body));
  if (!letter) return false;
  const row: EmailRow = {
    ...{ id, tenant, scope: owner.mode === "test" ? tenant : "" },
    ...{ documentKind: null, documentId: null, documentNumber: null },
    ...{ fromName: owner.name, replyTo: null, recipients: alertsTo, cc: [] },
    ...letter,
    attachments: [],
    ...{ status: "queued", attempts: 0, provider: null, providerId: null, reason: null },
    createdMs: realMs,
    sentMs: null,
  };
  await env.DB.batch(queueStatements(env, row));
  return true;
}
