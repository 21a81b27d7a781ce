/** What the installation asks of a provider of e-mail, and what a provider is given. Pure. */
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

export type ProviderRequest = { path: string; headers: Record<string, string>; body: unknown };

export const REPORT_KINDS = ["delivered", "bounced", "complained"] as const;

/** What a provider reports of one recipient of a message; `message` is our own id of it. */
export type Report = {
  message: string;
  address: string;
  kind: (typeof REPORT_KINDS)[number];
  /** The address itself is dead, or its owner wants no more. */
  permanent: boolean;
  reason: string | null;
};

export type Callback = { body: string; headers: Headers };

/** A provider that takes e-mails over HTTP and reports at /hooks/email what became of them. */
export type HttpProvider = {
  /** Its name for people, and in the API's operation ids. */
  title: string;
  /** What EMAIL_CALLBACK_SECRET is for it. */
  secret: string;
  baseUrl: string;
  request: (mail: Email, key: string, idempotencyKey: string) => ProviderRequest;
  /** The provider's id of an accepted message. */
  idOf: (body: Record<string, unknown>, headers: Headers) => unknown;
  /** True where the callback is the provider's own. */
  isGenuine: (callback: Callback, secret: string, nowMs: number) => boolean;
  reportsOf: (body: unknown) => Report[];
};

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** A display name and address as RFC 5322 section 3.4 writes them. */
export function mailbox({ fromName, fromAddress }: Email): string {
  return `"${fromName.replace(/["\\]/g, "\\$&")}" <${fromAddress}>`;
}

/** The object under `name` of a value that came as JSON; an empty one where there is none. */
export function objectAt(value: unknown, name: string): Record<string, unknown> {
  return Object((value as Record<string, unknown> | null)?.[name]);
}

/** The text under `name` of a value that came as JSON; null where it is empty or none. */
export function textAt(value: unknown, name: string): string | null {
  const found = (value as Record<string, unknown> | null)?.[name];
  return typeof found === "string" && found !== "" ? found : null;
}
