/**
 * Rendered documents in R2, each under the hash of what it shows: the same content is rendered
 * once, a changed one has another key, and a lost object is rendered again to the same bytes.
 */
import { sha256Hex } from "../../../platform/runtime/crypto.ts";
import type { Env } from "../../../platform/runtime/env.ts";
import { bucketOf } from "../../../platform/runtime/jurisdiction.ts";
import { noteIssuedFile } from "../../chain/issued-file.ts";
import { loadLogo } from "../../logo/logo.ts";
import type { DocumentModel } from "../../model/model.ts";
import { FONTS_VERSION, fontsFor } from "../pdf/font-set.ts";
import { versionOf } from "../version/version.ts";

/** A document whose PDF it is, and whose files its lie among. */
export type Issued = { id: string; issuer: string };

/** `whole` is false where the logo was lost. */
export type Rendered = { key: string; bytes: Uint8Array; whole: boolean };

/**
 * What a PDF is made of: the model without logo and e-invoice, the logo's key, and the e-invoice,
 * which follows from the document and is written only where the PDF is.
 */
export type Page = {
  model: DocumentModel;
  logoKey: string | null;
  /** True for a document that has its number: its files are known by what they hold. */
  isFinal: boolean;
  eInvoice: () => Promise<string | null>;
  /** The model with the contents of its attachments, as far as they can be had. */
  withContents: () => Promise<DocumentModel>;
};

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
 * A document's PDF from R2; rendered and put there where it is not, under the key that it had where
 * that is known. A page whose logo cannot be had
 * is the page without it, under a key of its own.
 */
export async function cachedPdf(
  env: Env,
  { id: documentId, issuer }: Issued,
  page: Page,
  onRendered: (path: string) => void,
  knownKey: string | null = null,
): Promise<Rendered> {
  const { model, logoKey, eInvoice } = page;
  const key = knownKey ?? (await keyOf(page));
  const stored = await keptPdf(env, { id: documentId, issuer }, key);
  if (stored) return { key, bytes: stored, whole: true };
  const logo = logoKey ? await loadLogo(env, issuer, logoKey) : null;
  if (logoKey && !logo) {
    const bare = await cachedPdf(
      env,
      { id: documentId, issuer },
      { ...page, logoKey: null },
      onRendered,
    );
    return { ...bare, whole: false };
  }
  const branding = { ...model.branding, logo };
  const whole = await page.withContents();
  const { attachments = [] } = whole;
  const facturX = await eInvoice();
  const bytes = await freshPdf(env, { ...whole, branding, facturX });
  // A page without a file that was lost is kept under no key.
  const isLost = attachments.some(({ type, content }) => type !== null && content === undefined);
  if (isLost) return { key, bytes, whole: false };
  const path = pdfPath(documentId, key);
  const httpMetadata = { contentType: "application/pdf" };
  const files = page.isFinal ? [bytes, ...(facturX === null ? [] : [facturX])] : [];
  await Promise.all([
    bucketOf(env, issuer).put(path, bytes, { httpMetadata }),
    ...files.map((file) => noteIssuedFile(env, documentId, file)),
  ]);
  onRendered(path);
  return { key, bytes, whole: true };
}

/** A PDF from R2, or null where it is not there. */
export async function keptPdf(
  env: Env,
  { id, issuer }: Issued,
  key: string,
): Promise<Uint8Array | null> {
  const stored = await bucketOf(env, issuer).get(pdfPath(id, key));
  return stored ? new Uint8Array(await stored.arrayBuffer()) : null;
}

/** Where a rendered PDF is kept in R2. */
export function pdfPath(documentId: string, key: string): string {
  return `pdf/${documentId}/${key}`;
}

/** Objects of R2 that one call deletes. */
const MOST_PRINTS = 1_000;

/** Deletes what is kept printed of a document. */
export async function deletePrints(files: R2Bucket, documentId: string): Promise<void> {
  const { objects } = await files.list({ prefix: pdfPath(documentId, ""), limit: MOST_PRINTS });
  if (objects.length > 0) await files.delete(objects.map(({ key }) => key));
}

/** Renders the PDF of a complete model, and keeps it nowhere. */
export async function freshPdf(env: Env, model: DocumentModel): Promise<Uint8Array> {
  const { renderPdf } = await versionOf(model);
  return renderPdf(model, await fontsFor(model, env.ASSETS));
}
