/** Randomness, hashes and constant-time comparison. */
import { idFrom } from "../core/id.ts";

/** A new id such as `inv_01k…`, sortable by the time it was made at. */
export function makeId(prefix: string, nowMs: number): string {
  return idFrom(prefix, nowMs, crypto.getRandomValues(new Uint8Array(10)));
}

/** SHA-256 as 64 hexadecimal characters. */
export async function sha256Hex(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** `n` random bytes as base64url without padding. */
export function randomToken(n: number): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(n)));
}

export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
