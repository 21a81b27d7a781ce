/** Pure. E-mails as the platform's `send_email` binding takes them, and what its errors mean. */
import type { Attachment, Email } from "./contract.ts";

/** An e-mail as the binding takes it. */
export function builderOf(mail: Email): EmailMessageBuilder {
  return {
    from: { email: mail.fromAddress, name: mail.fromName },
    to: mail.to,
    ...(mail.cc.length > 0 ? { cc: mail.cc } : {}),
    ...(mail.replyTo ? { replyTo: mail.replyTo } : {}),
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    ...(mail.attachments.length > 0 ? { attachments: mail.attachments.map(attachmentOf) } : {}),
  };
}

function attachmentOf({ name: filename, type, bytes: content, cid }: Attachment) {
  return cid === undefined
    ? { filename, type, content, disposition: "attachment" as const }
    : { filename, type, content, disposition: "inline" as const, contentId: cid };
}

// Errors of the sender's domain and of quotas are not here: the operator can mend those.
const PERMANENT = new Set([
  "E_VALIDATION_ERROR",
  "E_FIELD_MISSING",
  "E_TOO_MANY_RECIPIENTS",
  "E_RECIPIENT_NOT_ALLOWED",
  "E_RECIPIENT_SUPPRESSED",
  "E_CONTENT_TOO_LARGE",
]);

/** True for an error's code that the same message meets again. */
export function isPermanent(code: string): boolean {
  return PERMANENT.has(code);
}
