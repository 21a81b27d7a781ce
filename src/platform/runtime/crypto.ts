/** Randomness, ids, hashes and sealed text. */
import { Buffer } from "node:buffer";
import { idFrom } from "../../core/id.ts";

/** A new id such as `inv_01k…`, sortable by the time it was made at. */
export function makeId(prefix: string, nowMs: number): string {
  return idFrom(prefix, nowMs, crypto.getRandomValues(new Uint8Array(10)));
}

/** SHA-256 as 64 hexadecimal characters. */
export async function sha256Hex(data: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/** Bytes as lower-case hexadecimal. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** `n` random bytes as base64url without padding. */
export function randomToken(n: number): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(n)));
}

/** Bytes as base64url without padding (RFC 4648 section 5). */
export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

const IV_BYTES = 12;

/** AES-GCM under a key made from `secret` and `context` (HKDF-SHA-256); base64. */
export async function seal(secret: string, context: string, text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const key = await sealKey(secret, context);
  const data = new TextEncoder().encode(text);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, data);
  return Buffer.concat([iv, new Uint8Array(sealed)]).toString("base64");
}

/** What `seal` sealed. Errors: OperationError for another secret, context or text. */
export async function unseal(secret: string, context: string, sealed: string): Promise<string> {
  const bytes = Buffer.from(sealed, "base64");
  const iv = bytes.subarray(0, IV_BYTES);
  const key = await sealKey(secret, context);
  const data = bytes.subarray(IV_BYTES);
  return new TextDecoder().decode(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, data));
}

async function sealKey(secret: string, context: string): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, [
    "deriveKey",
  ]);
  const salt = encoder.encode(context);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt, info: encoder.encode("seal") },
    material,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}
