/** Webhooks that come in: whether they are ours (Standard Webhooks 1.0, symmetric signatures). */
import type { WebhookEvent } from "./api.ts";

type Value = string | readonly string[] | undefined;
/**
 * Headers as servers hand them on: those of fetch, an object, a Map, a list of pairs, or Node's
 * `rawHeaders`, names and values in turn.
 */
type Given =
  | Headers
  | Record<string, Value>
  | Iterable<readonly [string, Value]>
  | readonly string[];

const PREFIX = "whsec_";
/** The specification's: how far a message's time may be from ours. */
const TOLERANCE_SECONDS = 300;

/**
 * The event of a webhook, once its signature and its time are found good; null where what was
 * signed is empty. `body` is what came in, byte for byte, and header names may have any case; the
 * event's `id` is the same for every attempt: keep it to do each once.
 * Errors: one that says what is wrong; answer 400 then.
 */
export async function verifyWebhook(
  secret: string,
  headers: Given,
  body: string,
  nowMs = Date.now(),
): Promise<WebhookEvent | null> {
  const id = headerOf(headers, "webhook-id");
  const seconds = headerOf(headers, "webhook-timestamp");
  const age = Math.abs(nowMs / 1000 - Number(seconds));
  if (!/^\d+$/.test(seconds) || age > TOLERANCE_SECONDS) {
    throw new Error("the webhook's time is too far from now");
  }
  const key = await importKey(secret);
  const signed = new TextEncoder().encode(`${id}.${seconds}.${body}`);
  for (const signature of headerOf(headers, "webhook-signature").split(" ")) {
    const bytes = signature.startsWith("v1,") ? bytesOf(signature.slice(3)) : null;
    if (bytes && (await crypto.subtle.verify("HMAC", key, bytes, signed))) {
      return body === "" ? null : (JSON.parse(body) as WebhookEvent);
    }
  }
  throw new Error("the webhook's signature is not valid");
}

/**
 * What to answer a challenge with, as text and status 200: it proves that you want messages at an
 * endpoint whose host has another one. Null for every other event.
 */
export function challengeAnswer(event: WebhookEvent | null): string | null {
  return event?.type === "webhook.challenge" ? event.data.challenge : null;
}

/** The value under a name in any case, as proxies and functions hand headers on. */
function headerOf(headers: Given, name: string): string {
  const values = pairsOf(headers).flatMap(([key, value]) =>
    key.toLowerCase() === name && value !== undefined ? value : [],
  );
  const [value] = values;
  if (value !== undefined && values.length === 1) return value;
  throw new Error(`the webhook has no ${name}`);
}

function pairsOf(headers: Given): (readonly [string, Value])[] {
  if (!(Symbol.iterator in headers)) return Object.entries(headers);
  const items = [...(headers as Iterable<readonly [string, Value] | string>)];
  return items.flatMap((item, i) => {
    if (typeof item !== "string") return [item];
    return i % 2 === 0 ? [[item, items[i + 1] as string] as const] : [];
  });
}

function importKey(secret: string): Promise<CryptoKey> {
  const bytes = bytesOf(secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : secret);
  if (!bytes) throw new Error("the secret is not one of a webhook's endpoint");
  const hmac = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", bytes, hmac, false, ["verify"]);
}

/** Null where it is no base64. */
function bytesOf(base64: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
