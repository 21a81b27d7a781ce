/** Signatures of events: HMACs of their text, compared in constant time. Pure. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** The HMAC-SHA-256 of a text under a secret, hexadecimal. */
export function hmacHex(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

/** True where a signature is the expected one; the time taken does not depend on the difference. */
export function isSameSignature(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
