/** Signatures of Standard Webhooks 1.0, symmetric scheme `v1`. Pure. */
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";

export const SECRET_PREFIX = "whsec_";
/** The specification asks for 24 to 64. */
export const SECRET_BYTES = 32;

export function secretText(bytes: Uint8Array): string {
  return SECRET_PREFIX + Buffer.from(bytes).toString("base64");
}

export type Message = { id: string; atSeconds: number; body: string };

/** The headers of a message, with one signature for each live secret. */
export function signedHeaders(
  { id, atSeconds, body }: Message,
  secrets: readonly string[],
): Record<string, string> {
  const content = `${id}.${atSeconds}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), "base64");
    return `v1,${createHmac("sha256", key).update(content).digest("base64")}`;
  });
  return {
    "webhook-id": id,
    "webhook-timestamp": String(atSeconds),
    "webhook-signature": signatures.join(" "),
  };
}
