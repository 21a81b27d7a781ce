/**
 * Logos: decoded once at upload to what a PDF takes, and kept in R2 by their hash for as long as a
 * document may show them, which is for ever.
 */
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import { invalidField, Problem } from "../../core/errors.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import type { Logo } from "../model/model.ts";
import { insistWholeJpeg, isJpeg, readJpegHead } from "./jpeg.ts";
import { decodePng, isPng, readPngHead } from "./png.ts";

export const MAX_LOGO_BYTES = 512_000;
const MAX_SIDE_PX = 2_000;

/**
 * Keeps a logo as it came, and decoded; returns its key. `reserve` is asked for room before
 * anything is kept. Errors: 415, 422 naming what is wrong with it; those of `reserve`.
 */
export async function keepLogo(
  env: Env,
  tenant: string,
  bytes: Uint8Array<ArrayBuffer>,
  reserve: (size: number) => Promise<void>,
): Promise<string> {
  const decoded = JSON.stringify(await decodeLogo(bytes));
  await reserve(bytes.length + decoded.length);
  const key = await sha256Hex(bytes);
  const contentType = isPng(bytes) ? "image/png" : "image/jpeg";
  const files = bucketOf(env, tenant);
  await files.put(`logo/${key}`, bytes, { httpMetadata: { contentType } });
  await files.put(decodedPath(key), decoded);
  return key;
}

function decodedPath(key: string): string {
  return `logo/${key}.json`;
}

export type UploadedLogo = { type: "image/png" | "image/jpeg"; bytes: Uint8Array<ArrayBuffer> };

/** A logo as it was uploaded, or null where it was lost. */
export async function uploadedLogo(
  env: Env,
  tenant: string,
  key: string,
): Promise<UploadedLogo | null> {
  const stored = await bucketOf(env, tenant).get(`logo/${key}`);
  if (!stored) return null;
  const bytes = new Uint8Array(await stored.arrayBuffer());
  return { type: isPng(bytes) ? "image/png" : "image/jpeg", bytes };
}

/** A logo as it was uploaded, and its place on a page: a logo without its data. */
export type ShownLogo = { picture: UploadedLogo; place: Logo };

/** A logo to be shown on screens, or null where it cannot be had. */
export async function shownLogo(env: Env, tenant: string, key: string): Promise<ShownLogo | null> {
  try {
    const picture = await uploadedLogo(env, tenant, key);
    return picture && { picture, place: placeOf(picture) };
  } catch (error) {
    logWarning({ at: "shownLogo", key, error });
    return null;
  }
}

function placeOf({ type, bytes }: UploadedLogo): Logo {
  if (type === "image/jpeg") {
    const { widthPx, heightPx } = readJpegHead(bytes);
    return { format: "jpeg", widthPx, heightPx, components: 3, data: "" };
  }
  const { widthPx, heightPx } = readPngHead(bytes);
  return { format: "flate", widthPx, heightPx, components: 3, data: "", alpha: null };
}

/** A logo, or null where it cannot be had: a document is printed without it then. */
export async function loadLogo(env: Env, tenant: string, key: string): Promise<Logo | null> {
  try {
    const stored = await bucketOf(env, tenant).get(decodedPath(key));
    return stored ? await stored.json<Logo>() : null;
  } catch (error) {
    logWarning({ at: "loadLogo", key, error });
    return null;
  }
}

/** A picture as PDFs take it. Errors: 415 for no PNG or JPEG, 422 where animated or broken. */
export async function decodeLogo(bytes: Uint8Array): Promise<Logo> {
  try {
    if (isPng(bytes)) return await pngLogo(bytes);
    if (isJpeg(bytes)) return jpegLogo(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidField("", `the picture is broken: ${error.message}`);
  }
  throw new Problem("request.unsupported_media_type", "a logo is a PNG or a JPEG");
}

async function pngLogo(bytes: Uint8Array): Promise<Logo> {
  const head = readPngHead(bytes);
  if (head.animated) throw invalidField("", "the picture is animated");
  checkSize(head);
  const { samples, alpha, ...size } = await decodePng(bytes);
  return { format: "flate", ...size, data: packed(samples), alpha: alpha && packed(alpha) };
}

function jpegLogo(bytes: Uint8Array): Logo {
  const { components, orientation, ...size } = readJpegHead(bytes);
  checkSize(size);
  if (components !== 1 && components !== 3) {
    throw invalidField("", "a JPEG is grey or RGB, not CMYK");
  }
  insistWholeJpeg(bytes);
  return {
    format: "jpeg",
    ...size,
    components,
    ...(orientation === 1 ? {} : { orientation }),
    data: Buffer.from(bytes).toString("base64"),
  };
}

function checkSize({ widthPx, heightPx }: { widthPx: number; heightPx: number }): void {
  if (widthPx > 0 && heightPx > 0 && Math.max(widthPx, heightPx) <= MAX_SIDE_PX) return;
  throw invalidField("", `the picture has 1 to ${MAX_SIDE_PX} pixels on each side`);
}

function packed(samples: Uint8Array): string {
  return deflateSync(samples).toString("base64");
}
