/** E-mails as each provider takes them over HTTP, and what its answer means. Pure. */
import { Buffer } from "node:buffer";

/** `cid`: the HTML shows it under this content id. */
export type Attachment = {
  name: string;
  type: string;
  bytes: Uint8Array;
  cid?: string | undefined;
};

export type Email = {
  fromName: string;
  fromAddress: string;
  replyTo: string | null;
  to: string[];
  cc: string[];
  subject: string;
  html: string;
  text: string;
  attachments: Attachment[];
};

export const EMAIL_PROVIDERS = ["resend", "postmark", "sendgrid"] as const;
export type ProviderName = (typeof EMAIL_PROVIDERS)[number];

export type WireRequest = { path: string; headers: Record<string, string>; body: unknown };

type Wire = {
  baseUrl: string;
  request: (mail: Email, key: string, idempotencyKey: string) => WireRequest;
  /** The provider's id of an accepted message. */
  idOf: (body: Record<string, unknown>, headers: Headers) => unknown;
};

export const WIRES: Record<ProviderName, Wire> = {
  resend: {
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
  },
  postmark: {
    baseUrl: "https://api.postmarkapp.com",
    request: (mail, key, idempotencyKey) => ({
      path: "/email",
      headers: { "X-Postmark-Server-Token": key, Accept: "application/json" },
      body: {
        From: mailbox(mail),
        To: mail.to.join(","),
        ...(mail.cc.length > 0 ? { Cc: mail.cc.join(",") } : {}),
        ...(mail.replyTo ? { ReplyTo: mail.replyTo } : {}),
        Subject: mail.subject,
        HtmlBody: mail.html,
        TextBody: mail.text,
        MessageStream: "outbound",
        Metadata: { message: idempotencyKey },
        Attachments: mail.attachments.map(({ name, type, bytes, cid }) => ({
          Name: name,
          Content: base64(bytes),
          ContentType: type,
          ...(cid === undefined ? {} : { ContentID: `cid:${cid}` }),
        })),
      },
    }),
    idOf: ({ MessageID }) => MessageID,
  },
  sendgrid: {
    baseUrl: "https://api.sendgrid.com",
    request: (mail, key, idempotencyKey) => ({
      path: "/v3/mail/send",
      headers: { Authorization: `Bearer ${key}` },
      body: {
        personalizations: [
          {
            to: mail.to.map((email) => ({ email })),
            ...(mail.cc.length > 0 ? { cc: mail.cc.map((email) => ({ email })) } : {}),
            custom_args: { message: idempotencyKey },
          },
        ],
        from: { email: mail.fromAddress, name: mail.fromName },
        ...(mail.replyTo ? { reply_to: { email: mail.replyTo } } : {}),
        subject: mail.subject,
        content: [
          { type: "text/plain", value: mail.text },
          { type: "text/html", value: mail.html },
        ],
        ...(mail.attachments.length > 0
          ? {
              attachments: mail.attachments.map(({ name, type, bytes, cid }) => ({
                content: base64(bytes),
                filename: name,
                type,
                ...(cid === undefined
                  ? { disposition: "attachment" }
                  : { disposition: "inline", content_id: cid }),
              })),
            }
          : {}),
      },
    }),
    idOf: (_, headers) => headers.get("x-message-id"),
  },
};

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** A display name and address as RFC 5322 section 3.4 writes them. */
function mailbox({ fromName, fromAddress }: Email): string {
  return `"${fromName.replace(/["\\]/g, "\\$&")}" <${fromAddress}>`;
}

/** True where the same request may succeed later: also where only the operator's key is wrong. */
export function mayRetry(status: number): boolean {
  return status >= 500 || [401, 403, 408, 409, 429].includes(status);
}
