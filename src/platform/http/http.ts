/** What every route shares on the wire: cursors, exact JSON bodies, ETags. */
import { Buffer } from "node:buffer";
import type { Context, MiddlewareHandler } from "hono";
import { parseJsonExactly } from "../../core/decimal.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { base64Url } from "../runtime/crypto.ts";
import { type Coding, codingOf, tooLarge, unpacked } from "./coding.ts";

/** Bytes of a JSON body outside the recording routes. */
export const MAX_BODY_BYTES = 1_000_000;

const RECORDING = new Set(["/api/usage/record", "/api/usage/events"]);

/** True for recording, which has its own identity, budget and body limits. */
export function isRecording(method: string, path: string): boolean {
  return method === "POST" && RECORDING.has(path);
}

const UPLOAD = new RegExp(
  "^/api/(?:branding/logo|tenant-load|usage/imports/[^/]+/file|" +
    "[a-z-]+/[^/]+/attachments/[^/]+)$",
);

/** True for an upload: its body is no JSON, and its route reads it within a limit of its own. */
export function isUpload(method: string, path: string): boolean {
  return method === "PUT" && UPLOAD.test(path);
}

const DEFAULT_PAGE = 50;
export const MAX_PAGE = 200;

/** A page of a list; `next_cursor` is null on the last one. */
export type Page<T> = { data: T[]; next_cursor: string | null };

/** A cursor page from `limit + 1` rows; `keyOf` gives the sort key of the last one shown. */
export function pageOf<R, T>(
  rows: readonly R[],
  limit: number,
  keyOf: (row: R) => (string | number)[],
  show: (row: R) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null;
  return { data: shown.map(show), next_cursor: next };
}

/** Rows of a page: what was asked for, at most 200, or 50 where nothing was. */
export function pageLimit(limit: number | undefined): number {
  return Math.min(limit ?? DEFAULT_PAGE, MAX_PAGE);
}

/** A sort key as an opaque text that is safe in a URL. */
export function encodeCursor(key: (string | number)[]): string {
  return base64Url(new TextEncoder().encode(JSON.stringify(key)));
}

/** The sort key in a cursor. Errors: 422 `request.cursor_invalid`. */
export function decodeCursor(cursor: string, parts: number): (string | number)[] {
  try {
    const bytes = Uint8Array.from(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    );
    const key: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const ok =
      Array.isArray(key) &&
      key.length === parts &&
      key.every((part) => typeof part === "string" || typeof part === "number");
    if (ok) return key;
  } catch {
    // Whatever it is, it is not a cursor: answered below.
  }
  throw new Problem("request.cursor_invalid", "cursor must be a next_cursor of the same list", {
    errors: [{ pointer: "/query/cursor", detail: "not a next_cursor of this list" }],
  });
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** Reads a body as text within `maxBytes`. Errors: 400 not UTF-8, and as `readBytes`. */
export async function readText(c: Context, maxBytes: number): Promise<string> {
  return utf8Text(await readBytes(c, maxBytes));
}

/** Bytes as text. Errors: 400 where they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem("request.unreadable", "the body is not UTF-8 text");
  }
}

/**
 * Reads a body within `maxBytes`, which hold for what it unpacks to, too, where it comes
 * compressed. One of unknown length is read piece by piece, so that no more than the limit is ever
 * held. Errors: 413 `request.too_large`; 415 for a coding that is not taken, 400 for a broken one.
 */
export async function readBytes(c: Context, maxBytes: number): Promise<Uint8Array> {
  const { bytes, coding } = await readSent(c, maxBytes);
  return coding === null ? bytes : unpacked(bytes, coding, maxBytes);
}

/** A body as it was sent; `coding` is null where it is not compressed. */
export type SentBody = { bytes: Uint8Array; coding: Coding | null };

/** Reads a body as it was sent, within `maxBytes`. Errors: 413, 415. */
export async function readSent(c: Context, maxBytes: number): Promise<SentBody> {
  const coding = codingOf(c.req.header("content-encoding"));
  const declared = c.req.header("content-length");
  if (declared !== undefined) {
    if (Number(declared) > maxBytes) throw tooLarge(maxBytes);
    return { bytes: new Uint8Array(await c.req.raw.arrayBuffer()), coding };
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of c.req.raw.body ?? []) {
    size += piece.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    pieces.push(piece);
  }
  return { bytes: pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces), coding };
}

/**
 * Parses JSON bodies once, exactly (see core/decimal), before any validator asks for them.
 * Errors: 400 unreadable, 413 too large, 415 another content type.
 */
export const exactJsonBody: MiddlewareHandler = async (c, next) => {
  if (isUpload(c.req.method, c.req.path)) return next();
  if (c.req.method === "GET" || c.req.method === "HEAD") return next();
  const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  const text = await readText(c, MAX_BODY_BYTES);
  if (text !== "" && type !== "application/json" && !type.endsWith("+json")) {
    throw new Problem("request.unsupported_media_type", "send application/json");
  }
  const body = text === "" ? undefined : parseBody(text);
  c.req.json = async () => body as never;
  c.req.text = async () => text;
  return next();
};

/** The value of a JSON text, exact as `parseJsonExactly` is. Errors: 400 `request.unreadable`. */
export function parseBody(text: string): unknown {
  try {
    return parseJsonExactly(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : "not JSON";
    throw new Problem("request.unreadable", `the body is not JSON: ${why.slice(0, 120)}`);
  }
}

/** True where the caller's If-None-Match names `etag` (RFC 9110 section 13.1.2). */
export function matchesEtag(c: Context, etag: string): boolean {
  const header = c.req.header("if-none-match");
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}

/** The value, where it is there and not empty. Errors: 422 at `pointer`. */
export function required(value: string | undefined, pointer: string): string {
  if (!value) throw invalidField(pointer, "is required");
  return value;
}
