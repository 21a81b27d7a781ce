/**
 * Rendered documents in R2, each under the hash of what it shows: the same content is rendered
 * once, a changed one has another key, and a lost object is rendered again to the same bytes.
 */
import { makeRoom } from "../../core/recent.ts";
import { SECOND_MS } from "../../core/time.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { loadLogo } from "../logo/logo.ts";
import type { DocumentModel } from "../model/model.ts";
import { FONTS_VERSION, fontsFor } from "./pdf/font-set.ts";
import { renderPdf } from "./pdf/render.ts";

/** `whole` is false where the logo was lost. */
export type Rendered = { key: string; bytes: Uint8Array; whole: boolean };

/**
 * What a PDF is made of: the model without logo and e-invoice, the logo's key, and the e-invoice,
 * which follows from the document and is written only where the PDF is.
 */
export type Page = { model: DocumentModel; logoKey: string | null; eInvoice: () => string | null };

/** The key of a page: also its ETag. */
function keyOf({ model, logoKey }: Pick<Page, "model" | "logoKey">): Promise<string> {
  const { name, version } = model.template;
  const parts = [`${name}/${version}`, FONTS_VERSION, logoKey ?? "", canonicalJson(model)];
  return sha256Hex(parts.join("|"));
}

/** JSON whose objects name their members in alphabetical order. */
function canonicalJson(model: DocumentModel): string {
  return JSON.stringify(model, (_name, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * A document's PDF from R2; rendered and put there where it is not. A page whose logo cannot be had
 * is the page without it, under a key of its own.
 */
export async function cachedPdf(
  env: Env,
  documentId: string,
  page: Page,
  onRendered: (path: string) => void,
): Promise<Rendered> {
  const { model, logoKey, eInvoice } = page;
  const key = await keyOf(page);
  const stored = await keptPdf(env, documentId, key);
  if (stored) return { key, bytes: stored, whole: true };
  const logo = logoKey ? await loadLogo(env, logoKey) : null;
  if (logoKey && !logo) {
    const bare = await cachedPdf(env, documentId, { ...page, logoKey: null }, onRendered);
    return { ...bare, whole: false };
  }
  const branding = { ...model.branding, logo };
  const bytes = await freshPdf(env, { ...model, branding, facturX: eInvoice() });
  const path = pathOf(documentId, key);
  await env.FILES.put(path, bytes, { httpMetadata: { contentType: "application/pdf" } });
  onRendered(path);
  return { key, bytes, whole: true };
}

/** A PDF from R2, or null where it is not there. */
export async function keptPdf(
  env: Env,
  documentId: string,
  key: string,
): Promise<Uint8Array | null> {
  const stored = await env.FILES.get(pathOf(documentId, key));
  return stored ? new Uint8Array(await stored.arrayBuffer()) : null;
}

function pathOf(documentId: string, key: string): string {
  return `pdf/${documentId}/${key}`;
}

// Its content never changes; how long the edge keeps it is the edge's to say.
const EDGE_HEADERS = {
  "Content-Type": "application/pdf",
  "Cache-Control": "public, max-age=604800, immutable",
};

/** Errors of `later`'s promises are nobody's: what was not put is put another time. */
type Later = (promise: Promise<unknown>) => void;

/**
 * A PDF that was rendered before: from this isolate, else from the edge's cache, else from R2. Null
 * where it was lost. The first time it goes to the edge; after that it is passed on as it comes,
 * unless it is asked for again and again.
 */
export async function storedPdf(
  env: Env,
  documentId: string,
  key: string,
  realMs: number,
  later: Later,
): Promise<Uint8Array | ReadableStream | null> {
  const path = pathOf(documentId, key);
  const known = hot.get(path);
  if (known) return known;
  const again = wasAskedLately(path);
  const address = `https://files.invalid/${path}`;
  const near = await caches.default.match(address);
  const found = near ?? (await env.FILES.get(path));
  if (!found?.body) return null;
  const toPut = !near && claimPut(path, realMs);
  if (!toPut && !again) return found.body as ReadableStream;
  const bytes = new Uint8Array(await found.arrayBuffer());
  if (toPut) later(caches.default.put(address, new Response(bytes, { headers: EDGE_HEADERS })));
  if (again) keepHot(path, bytes);
  return bytes;
}

/** When this isolate last put a file at the edge. */
const puts = new Map<string, number>();
const MOST_PUTS = 1_000;
/** So long a file that was put is taken to be at the edge, or on its way there. */
const PUT_MS = 60 * SECOND_MS;

/** True where the caller is to put a file at the edge: nobody did a short while ago. */
function claimPut(path: string, realMs: number): boolean {
  if ((puts.get(path) ?? 0) + PUT_MS > realMs) return false;
  puts.delete(path);
  makeRoom(puts, MOST_PUTS);
  puts.set(path, realMs);
  return true;
}

/** Files that were passed on last. */
const lately = new Set<string>();
const MOST_LATELY = 32;

function wasAskedLately(path: string): boolean {
  if (lately.has(path)) return true;
  makeRoom(lately, MOST_LATELY);
  lately.add(path);
  return false;
}

/** Files that were handed out last: a viewer asks for the same one again and again, in parts. */
const hot = new Map<string, Uint8Array>();
const HOT_BYTES = 4_000_000;
let hotBytes = 0;

function keepHot(path: string, bytes: Uint8Array): void {
  if (hot.has(path) || bytes.length > HOT_BYTES) return;
  for (const [oldest, { length }] of hot) {
    if (hotBytes + bytes.length <= HOT_BYTES) break;
    hot.delete(oldest);
    hotBytes -= length;
  }
  hot.set(path, bytes);
  hotBytes += bytes.length;
}

/** A complete model's PDF, kept nowhere. */
export async function freshPdf(env: Env, model: DocumentModel): Promise<Uint8Array> {
  return renderPdf(model, await fontsFor(model, env.ASSETS));
}
