/** Signatures of Standard Webhooks 1.0, symmetric scheme `v1`. Pure. */
import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { SECOND_MS } from "../../core/time.ts";

export const SECRET_PREFIX = "whsec_";
/** The specification asks for 24 to 64. */
export const SECRET_BYTES = 32;

/** A new signing secret as its owner sees it: `whsec_` and base64. */
export function secretText(bytes: Uint8Array): string {
  return SECRET_PREFIX + Buffer.from(bytes).toString("base64");
}

export type Message = { id: string; atSeconds: number; body: string };

/** The headers of a message, with one signature for each live secret. */
export function signedHeaders(message: Message, secrets: readonly string[]) {
  return {
    "webhook-id": message.id,
    "webhook-timestamp": String(message.atSeconds),
    "webhook-signature": secrets.map((secret) => `v1,${signatureOf(message, secret)}`).join(" "),
  };
}

function signatureOf({ id, atSeconds, body }: Message, secret: string): string {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64");
  return createHmac("sha256", key).update(`${id}.${atSeconds}.${body}`).digest("base64");
}

/** The specification's: how far a message's time may be from the receiver's. */
const TOLERANCE_SECONDS = 300;

/** True where one of the signatures of a message that came in is `secret`'s, and it is fresh. */
export function isSigned(
  message: Message,
  signatures: string,
  secret: string,
  nowMs: number,
): boolean {
  const ageSeconds = Math.abs(nowMs / SECOND_MS - message.atSeconds);
  if (!(ageSeconds <= TOLERANCE_SECONDS)) return false;
  const ours = `v1,${signatureOf(message, secret)}`;
  return signatures.split(" ").some((theirs) => isSame(theirs, ours));
}

/** True where two texts are the same; how long it takes does not tell where they differ. */
export function isSame(theirs: string, ours: string): boolean {
  const [a, b] = [Buffer.from(theirs), Buffer.from(ours)];
  return a.length === b.length && timingSafeEqual(a, b);
}
