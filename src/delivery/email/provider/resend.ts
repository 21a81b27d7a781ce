/** Resend: its requests, and its reports of what became of messages. Pure. */
import { isSigned } from "../../transport/signature.ts";
import { base64, type HttpProvider, mailbox, objectAt, type Report, textAt } from "./contract.ts";

export const resend: HttpProvider = {
  title: "Resend",
  secret: "the signing secret, whsec_…",
  baseUrl: "https://api.resend.com",
  request: (mail, key, idempotencyKey) => ({
    path: "/emails",
    headers: { Authorization: `Bearer ${key}`, "Idempotency-Key": idempotencyKey },
    body: {
      from: mailbox(mail),
      to: mail.to,
      ...(mail.cc.length > 0 ? { cc: mail.cc } : {}),
      ...(mail.replyTo ? { reply_to: mail.replyTo } : {}),
      subject: mail.subject,
      html: mail.html,
      text: mail.text,
      attachments: mail.attachments.map(({ name, type, bytes, cid }) => ({
        content: base64(bytes),
        filename: name,
        content_type: type,
        ...(cid === undefined ? {} : { content_id: cid }),
      })),
      tags: [{ name: "message", value: idempotencyKey }],
    },
  }),
  idOf: ({ id }) => id,
  /** Signed as Standard Webhooks says, under Svix's names of the headers. */
  isGenuine: ({ body, headers }, secret, nowMs) => {
    const header = (name: string) => headers.get(`svix-${name}`) ?? "";
    const message = { id: header("id"), atSeconds: Number(header("timestamp")), body };
    return isSigned(message, header("signature"), secret, nowMs);
  },
  reportsOf: resendReports,
};

function resendReports(event: unknown): Report[] {
  const kind = {
    "email.delivered": "delivered" as const,
    "email.bounced": "bounced" as const,
    "email.complained": "complained" as const,
  }[textAt(event, "type") ?? ""];
  const data = objectAt(event, "data");
  const bounce = objectAt(data, "bounce");
  const message = resendMessage(data.tags);
  if (!kind || !message || !Array.isArray(data.to)) return [];
  const permanent = kind !== "delivered" && textAt(bounce, "type") !== "Transient";
  const reason = textAt(bounce, "message");
  return data.to.map((to) => ({ message, address: String(to), kind, permanent, reason }));
}

/** Tags come back as an object or as the list that they were sent as. */
function resendMessage(tags: unknown): string | null {
  if (!Array.isArray(tags)) return textAt(Object(tags), "message");
  return textAt(tags.find((tag) => textAt(tag, "name") === "message") ?? null, "value");
}
