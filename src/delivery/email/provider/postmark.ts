/** Postmark: its requests, and its reports of what became of messages. Pure. */
import { Buffer } from "node:buffer";
import { isSame } from "../../transport/signature.ts";
import { base64, type HttpProvider, mailbox, objectAt, type Report, textAt } from "./contract.ts";

export const postmark: HttpProvider = {
  title: "Postmark",
  secret: "the user:password that its webhook's address carries",
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
  /** By the user name and password in the address that Postmark was given. */
  isGenuine: ({ headers }, secret) =>
    isSame(headers.get("authorization") ?? "", `Basic ${Buffer.from(secret).toString("base64")}`),
  reportsOf: postmarkReports,
};

/** What Postmark calls bounces although the message may still arrive, or did. */
const PASSING = new Set([
  "Transient",
  "AutoResponder",
  "AddressChange",
  "Subscribe",
  "Unsubscribe",
  "ChallengeVerification",
]);

function postmarkReports(event: unknown): Report[] {
  const message = textAt(objectAt(event, "Metadata"), "message");
  const address = textAt(event, "Recipient") ?? textAt(event, "Email");
  if (!message || !address) return [];
  const report = { message, address, permanent: false, reason: null };
  switch (textAt(event, "RecordType")) {
    case "Delivery":
      return [{ ...report, kind: "delivered" }];
    case "SpamComplaint":
      return [{ ...report, kind: "complained", permanent: true }];
    case "Bounce": {
      if (PASSING.has(textAt(event, "Type") ?? "")) return [];
      // Postmark itself sends no more to an address that it made inactive.
      const permanent = (event as Record<string, unknown>).Inactive === true;
      const reason = textAt(event, "Details") ?? textAt(event, "Description");
      return [{ ...report, kind: "bounced", permanent, reason }];
    }
    default:
      return [];
  }
}
