/**
 * Bodies that come compressed (RFC 9110 section 8.4): which content codings are taken, and
 * unpacking within a limit. The platform's DecompressionStream has no backpressure: one write
 * unpacks its whole piece into memory, a gigabyte from a megabyte. zlib gives a block at a time,
 * and stops at the limit.
 */
import { gunzipSync, inflateRawSync, inflateSync, type Zlib } from "node:zlib";
import { Problem } from "../../core/errors.ts";

export type Coding = "gzip" | "deflate";

/** What a body may be, for the Accept-Encoding of a refusal (RFC 9110 section 15.5.16). */
export const TAKEN_CODINGS = "gzip, deflate, identity";

const NAMES: Readonly<Record<string, Coding | null>> = {
  "": null,
  identity: null,
  gzip: "gzip",
  "x-gzip": "gzip",
  deflate: "deflate",
};

/**
 * The coding that a Content-Encoding names, null where the body is as it is.
 * Errors: 415 `request.unsupported_encoding` for another, and for several.
 */
export function codingOf(header: string | undefined): Coding | null {
  if (header === undefined) return null;
  const name = header.trim().toLowerCase();
  const coding = Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  if (coding !== undefined) return coding;
  const detail = "send one Content-Encoding: gzip, deflate or identity; or none";
  throw new Problem("request.unsupported_encoding", detail);
}

/** The Problem of a body beyond its limit. */
export function tooLarge(maxBytes: number): Problem {
  return new Problem("request.too_large", `the body has at most ${maxBytes} bytes`);
}

/** What zlib's functions answer where they are asked for `info`, which their types leave out. */
type Unpacked = { buffer: Uint8Array; engine: Zlib };

/**
 * What a compressed body unpacks to; an empty one is empty. `deflate` is read with a zlib header,
 * as RFC 9110 has it, and without one, as some send it.
 * Errors: 413 beyond `maxBytes`; 400 for what is broken, cut off, or followed by other bytes.
 */
export function unpacked(packed: Uint8Array, coding: Coding, maxBytes: number): Uint8Array {
  if (packed.length === 0) return packed;
  const unpack =
    coding === "gzip" ? gunzipSync : hasZlibHeader(packed) ? inflateSync : inflateRawSync;
  let found: Unpacked;
  try {
    found = unpack(packed, { maxOutputLength: maxBytes, info: true }) as unknown as Unpacked;
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxBytes);
    throw new Problem("request.unreadable", `the body is not whole ${coding} data`);
  }
  if (found.engine.bytesWritten < packed.length) {
    throw new Problem("request.unreadable", `bytes follow the end of the body's ${coding} data`);
  }
  return found.buffer;
}

/**
 * True for the two bytes that begin a zlib stream (RFC 1950 section 2.2). Without one they would
 * begin a stored block with padding that is not zero, which nobody writes.
 */
function hasZlibHeader([method = 0, flags = 0]: Uint8Array): boolean {
  return (method & 0x0f) === 8 && (method * 256 + flags) % 31 === 0;
}
