/** SendGrid: its requests, and its reports of what became of messages. Pure. */
import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { base64, type HttpProvider, type Report, textAt } from "./contract.ts";

export const sendgrid: HttpProvider = {
  title: "SendGrid",
  secret: "the verification key of the signed event webhook",
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
  /** ECDSA over the timestamp and the body; the secret is SendGrid's public key. */
  isGenuine: ({ body, headers }, publicKey) => {
    const header = (name: string) => headers.get(`x-twilio-email-event-webhook-${name}`) ?? "";
    const signature = Buffer.from(header("signature"), "base64");
    const signed = Buffer.from(header("timestamp") + body);
    const key = Buffer.from(publicKey, "base64");
    return verify("sha256", signed, { key, format: "der", type: "spki" }, signature);
  },
  reportsOf: (body) => (Array.isArray(body) ? body.flatMap(sendgridReports) : []),
};

function sendgridReports(event: unknown): Report[] {
  const [message, address] = [textAt(event, "message"), textAt(event, "email")];
  if (!message || !address) return [];
  const report = { message, address, permanent: false, reason: textAt(event, "reason") };
  switch (textAt(event, "event")) {
    case "delivered":
      return [{ ...report, kind: "delivered" }];
    case "bounce":
      return [{ ...report, kind: "bounced", permanent: textAt(event, "type") !== "blocked" }];
    case "dropped":
      return [{ ...report, kind: "bounced" }];
    case "spamreport":
      return [{ ...report, kind: "complained", permanent: true }];
    default:
      return [];
  }
}
