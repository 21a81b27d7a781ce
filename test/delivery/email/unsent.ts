/** An e-mail that failed, as it stands in a tenant's log. */
import { env } from "cloudflare:workers";
import { emailRow } from "../../../src/delivery/email/send.ts";
import { insertEmail } from "../../../src/delivery/email/store.ts";
import type { EmailRow } from "../../../src/delivery/email/table.ts";
import { makeId } from "../../../src/platform/runtime/crypto.ts";

/** Stores one and answers its id. */
export async function unsentEmail(tenant: string, more: Partial<EmailRow> = {}): Promise<string> {
  const nowMs = Date.now();
  const row = emailRow({
    id: makeId("eml", nowMs),
    tenant,
    scope: "",
    letter: "notice",
    fromName: "Sender",
    replyTo: null,
    recipients: ["gone@a.test"],
    cc: [],
    subject: "A notice",
    html: "<p>Hello</p>",
    plain: "Hello",
    attachments: [],
    createdMs: nowMs,
    status: "failed",
    attempts: 8,
    reason: "refused",
    ...more,
  });
  await insertEmail(env.DB, row).run();
  return row.id;
}
