/**
 * Links to one document for people without an API key. A link's address carries its id, its end and
 * an HMAC of both, so that a forged one costs no query; revocation is read at most 30 s late.
 */
import type { Actor } from "../../accounts/actor/actor.ts";
import { type Author, auditRow } from "../../accounts/audit/audit.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { evictOldest } from "../../core/recent.ts";
import { DAY_MS, SECOND_MS } from "../../core/time.ts";
import { commit } from "../../platform/db/db.ts";
import type { Slice } from "../../platform/http/slice.ts";
import { base64Url, makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { publicUrl } from "../../platform/runtime/public-url.ts";
import type { DocumentKind } from "../kind/registry.ts";
import { ownDocument } from "../lifecycle/draft.ts";
import { insistPossible } from "../lifecycle/transition.ts";
import { storedPdf } from "../render/cache/edge.ts";
import type { Issued } from "../render/cache/rendered.ts";
import type { Drawn } from "../render/html/preview.ts";
import { drawnDocument, printDocument } from "../render/print.ts";
import type { Document } from "../store/row.ts";
import { readDocument } from "../store/store.ts";
import type { LinkRow } from "../store/table.ts";
import {
  addViews,
  hasLink,
  insertLink,
  type LinkTarget,
  listLinks,
  readLink,
  readOwnLink,
  revokeLink,
  signingKey,
} from "./link-store.ts";

export const DEFAULT_LINK_DAYS = 30;
/** How long the address of a PDF that has no row stands at least. */
const PDF_DAYS = 30;
export const MAX_LINK_DAYS = 120;

/**
 * Makes a link to a final document, in one batch with what `conditions` insist on. Errors: 404, 409
 * for a draft; those of the conditions.
 */
export async function createLink(
  env: Env,
  actor: Author & Pick<Actor, "nowMs" | "realMs">,
  kind: DocumentKind,
  id: string,
  days: number,
  conditions: readonly D1PreparedStatement[] = [],
): Promise<{ link: LinkRow; token: string }> {
  const document = await ownDocument(env, actor, kind, id);
  insistPossible("link", document);
  const link: LinkRow = {
    id: makeId("lnk", actor.realMs),
    documentId: id,
    issuer: actor.tenantId,
    // Whole seconds, since the address carries seconds.
    expiresMs: Math.floor((actor.nowMs + days * DAY_MS) / SECOND_MS) * SECOND_MS,
    revokedMs: null,
    views: 0,
    viewedMs: null,
    firstViewedMs: null,
    createdMs: actor.nowMs,
  };
  const token = await tokenOf(env, link);
  const entry = {
    action: `${kind}.link.create`,
    target: id,
    detail: { link_id: link.id },
    answer: { made: link.id, shown: { url: `${publicUrl(env) ?? ""}/d/${token}` } },
  };
  await commit(env.DB, [
    insertLink(env.DB, link),
    ...conditions,
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  return { link, token };
}

/** Ends a link before its time; ending it twice is the same. Errors: 404. */
export async function endLink(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  documentId: string,
  linkId: string,
): Promise<void> {
  await ownDocument(env, actor, kind, documentId);
  if (!(await hasLink(env.DB, documentId, linkId))) throw notFound("link");
  const entry = { action: `${kind}.link.revoke`, target: documentId, detail: { link_id: linkId } };
  await commit(env.DB, [
    revokeLink(env.DB, linkId, actor.nowMs),
    auditRow(env.DB, actor, entry, actor.realMs),
  ]);
  for (const [token, { link }] of opened) if (link.id === linkId) opened.delete(token);
}

/** A document's links, a slice of them. Errors: 404. */
export async function linksOf(
  env: Env,
  actor: Actor,
  kind: DocumentKind,
  documentId: string,
  slice: Slice,
): Promise<LinkRow[]> {
  await ownDocument(env, actor, kind, documentId);
  return listLinks(env.DB, documentId, slice);
}

let key: Promise<CryptoKey> | null = null;

async function importKey(env: Env): Promise<CryptoKey> {
  const secret = new TextEncoder().encode(await signingKey(env));
  const hmac = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", secret, hmac, false, ["sign", "verify"]);
}

function keyOf(env: Env): Promise<CryptoKey> {
  key ??= importKey(env).catch((error: unknown) => {
    key = null; // a failed query is no key
    throw error;
  });
  return key;
}

/**
 * The token of a final document's own PDF, which opens it as a link's does. It needs no row, so a
 * list may show a hundred, and cannot be revoked; it ends with the 31st day, and is the same for
 * all who ask on one day.
 */
export function pdfToken(env: Env, documentId: string, nowMs: number): Promise<string> {
  const expiresMs = (Math.ceil(nowMs / DAY_MS) + PDF_DAYS) * DAY_MS;
  return tokenOf(env, { id: documentId, expiresMs });
}

async function tokenOf(
  env: Env,
  { id, expiresMs }: Pick<LinkRow, "id" | "expiresMs">,
): Promise<string> {
  const claim = `${id}.${expiresMs / SECOND_MS}`;
  const mac = await crypto.subtle.sign("HMAC", await keyOf(env), new TextEncoder().encode(claim));
  return `${claim}.${base64Url(new Uint8Array(mac))}`;
}

/** The last character of 32 bytes has two spare bits (RFC 4648 section 3.5): one spelling only. */
const TOKEN = /^([a-z]{2,5}_[0-9a-z]{26})\.(\d{1,12})\.([\w-]{42}[AEIMQUYcgkosw048])$/;

/** The link, or the document, that a token names. Errors: 404 for one that we did not sign. */
async function verified(env: Env, token: string): Promise<{ id: string; expiresMs: number }> {
  const [, id, seconds, mac] = TOKEN.exec(token) ?? [];
  if (id === undefined || seconds === undefined || mac === undefined) throw notFound("document");
  const bytes = Uint8Array.from(atob(mac.replaceAll("-", "+").replaceAll("_", "/")), (char) =>
    char.charCodeAt(0),
  );
  const claim = new TextEncoder().encode(`${id}.${seconds}`);
  const ours = await crypto.subtle.verify("HMAC", await keyOf(env), bytes, claim);
  if (!ours) throw notFound("document");
  return { id, expiresMs: Number(seconds) * SECOND_MS };
}

/** What a link shows, as this isolate last read it, by tokens that we signed. */
type Opened = {
  link: LinkTarget;
  /** As its address says. */
  expiresMs: number;
  file: (Issued & { key: string; number: string }) | null;
  readMs: number;
};

const REREAD_MS = 30 * SECOND_MS;
const MAX_OPENED = 1_000;
const opened = new Map<string, Opened>();

export type Shown = {
  /** Null for a document's own address, whose views are not counted. */
  linkId: string | null;
  key: string;
  bytes: Uint8Array | ReadableStream;
  kind: DocumentKind;
  number: string;
};

/** What a link leads to, where it still stands. Errors: those of `openLink`. */
async function follow(env: Env, token: string, realMs: number) {
  const known = opened.get(token);
  const isFresh = known && known.readMs + REREAD_MS > realMs;
  const fresh = isFresh ? known : await reread(env, token, realMs);
  const { link, expiresMs } = fresh;
  const nowMs = link.scope === "" ? realMs : (await tenantClock(env.DB, link.scope)).nowMs;
  if (link.revokedMs !== null || nowMs >= expiresMs) {
    throw new Problem("link.gone", "the link has ended; ask its sender for another");
  }
  return { fresh, link, linkId: link.id === link.documentId ? null : link.id, nowMs };
}

async function targetOf(env: Env, link: LinkTarget): Promise<Document> {
  const document = await readDocument(
    env.DB,
    { tenantId: link.issuer },
    link.kind,
    link.documentId,
  );
  if (!document) throw notFound("document");
  return document;
}

/** The document that a link shows. Errors: those of `openLink`. */
export async function linkedDocument(env: Env, token: string, realMs: number): Promise<Document> {
  return targetOf(env, (await follow(env, token, realMs)).link);
}

/**
 * Today's rendition of what a link shows. `realMs` is real time; a test tenant's link ends by its
 * clock. Errors: 404 for a forged link, 410 `link.gone` for one that ended.
 */
export async function openLink(
  env: Env,
  token: string,
  realMs: number,
  later: (promise: Promise<unknown>) => void,
): Promise<Shown> {
  const { fresh, link, linkId, nowMs } = await follow(env, token, realMs);
  const { file } = fresh;
  const shown = { linkId, kind: link.kind };
  const bytes = file && (await storedPdf(env, file, file.key, realMs, later));
  if (file && bytes) return { ...shown, key: file.key, bytes, number: file.number };
  const document = await targetOf(env, link);
  const how = { rendition: "today", nowMs, onRendered: () => {} } as const;
  const printed = await printDocument(env, document, how);
  const number = document.number ?? document.id;
  fresh.file = { id: document.id, issuer: document.issuer, key: printed.key, number };
  return { ...shown, key: printed.key, bytes: printed.bytes, number };
}

/** As many characters of pages are kept for those who open a link again. */
const MOST_PAGE_LENGTH = 4_000_000;
const pages = new Map<string, { html: string; readMs: number }>();

/**
 * The page of what a link shows, as `pageOf` writes it, up to half a minute old; null for a
 * document's own address, which is that of its PDF. Errors: those of `openLink`.
 */
export async function openLinkPage(
  env: Env,
  token: string,
  realMs: number,
  pageOf: (drawn: Drawn) => string,
): Promise<{ linkId: string; html: string } | null> {
  const { link, linkId, nowMs } = await follow(env, token, realMs);
  if (linkId === null) return null;
  const known = pages.get(token);
  if (known && known.readMs + REREAD_MS > realMs) return { linkId, html: known.html };
  const html = pageOf(await drawnDocument(env, await targetOf(env, link), nowMs));
  // A test tenant's clock may be moved at any time.
  if (link.scope === "") keepPage(token, html, realMs);
  return { linkId, html };
}

function keepPage(token: string, html: string, readMs: number): void {
  pages.delete(token);
  let length = html.length;
  for (const page of pages.values()) length += page.html.length;
  for (const [oldest, page] of pages) {
    if (length <= MOST_PAGE_LENGTH) break;
    pages.delete(oldest);
    length -= page.html.length;
  }
  if (length <= MOST_PAGE_LENGTH) pages.set(token, { html, readMs });
}

async function reread(env: Env, token: string, realMs: number): Promise<Opened> {
  const { id, expiresMs } = await verified(env, token);
  const link = (await readLink(env.DB, id)) ?? (await readOwnLink(env.DB, id));
  if (!link) throw notFound("document");
  const fresh: Opened = { link, expiresMs, file: null, readMs: realMs };
  // A test tenant's clock may be moved at any time, which changes what the page says.
  if (link.scope !== "") return fresh;
  evictOldest(opened, MAX_OPENED);
  opened.set(token, fresh);
  return fresh;
}

const COUNT_EVERY_MS = SECOND_MS;
let seen = new Map<string, number>();

/** Counts a view of a link; all views within a second are written in one statement. */
export function countView(
  env: Env,
  linkId: string,
  realMs: number,
  later: (promise: Promise<unknown>) => void,
): void {
  if (seen.size === 0) later(writeViews(env, realMs));
  seen.set(linkId, (seen.get(linkId) ?? 0) + 1);
}

async function writeViews(env: Env, realMs: number): Promise<void> {
  await scheduler.wait(COUNT_EVERY_MS);
  const counts = [...seen];
  seen = new Map();
  await addViews(env.DB, counts, realMs).run();
}
