/**
 * What e-mail providers report of messages, and whether it is they who do. Pure. Each report names
 * our own id of the message, which `wire.ts` gave the provider.
 */
import { Buffer } from "node:buffer";
import { verify } from "node:crypto";
import { isSame, isSigned } from "../transport/signature.ts";
import type { REPORT_KINDS } from "./table.ts";
import type { ProviderName } from "./wire.ts";

export type Report = {
  message: string;
  address: string;
  kind: (typeof REPORT_KINDS)[number];
  /** The address itself is dead, or its owner wants no more. */
  permanent: boolean;
  reason: string | null;
};

export type Callback = { body: string; headers: Headers };

type Reporter = {
  isGenuine: (callback: Callback, secret: string, nowMs: number) => boolean;
  reportsOf: (body: unknown) => Report[];
};

export const REPORTERS: Record<ProviderName, Reporter> = {
  /** Signed as Standard Webhooks says, under Svix's names of the headers. */
  resend: {
    isGenuine: ({ body, headers }, secret, nowMs) => {
      const header = (name: string) => headers.get(`svix-${name}`) ?? "";
      const message = { id: header("id"), atSeconds: Number(header("timestamp")), body };
      return isSigned(message, header("signature"), secret, nowMs);
    },
    reportsOf: resendReports,
  },
  /** By the user name and password in the address that Postmark was given. */
  postmark: {
    isGenuine: ({ headers }, secret) =>
      isSame(headers.get("authorization") ?? "", `Basic ${Buffer.from(secret).toString("base64")}`),
    reportsOf: postmarkReports,
  },
  /** ECDSA over the timestamp and the body; the secret is SendGrid's public key. */
  sendgrid: {
    isGenuine: ({ body, headers }, publicKey) => {
      const header = (name: string) => headers.get(`x-twilio-email-event-webhook-${name}`) ?? "";
      const signature = Buffer.from(header("signature"), "base64");
      const signed = Buffer.from(header("timestamp") + body);
      const key = Buffer.from(publicKey, "base64");
      return verify("sha256", signed, { key, format: "der", type: "spki" }, signature);
    },
    reportsOf: (body) => (Array.isArray(body) ? body.flatMap(sendgridReports) : []),
  },
};

type Json = Record<string, unknown>;

function objectAt(value: unknown, name: string): Json {
  return Object((value as Json | null)?.[name]);
}

function textAt(value: unknown, name: string): string | null {
  const found = (value as Json | null)?.[name];
  return typeof found === "string" && found !== "" ? found : null;
}

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
      const permanent = (event as Json).Inactive === true;
      const reason = textAt(event, "Details") ?? textAt(event, "Description");
      return [{ ...report, kind: "bounced", permanent, reason }];
    }
    default:
      return [];
  }
}

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
