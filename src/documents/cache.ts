/**
 * Rendered documents in R2, each under the hash of what it shows: the same content is rendered
 * once, a changed one has another key, and a lost object is rendered again to the same bytes.
 */
import { sha256Hex } from "../platform/crypto.ts";
import type { Env } from "../platform/env.ts";
import type { DocumentModel } from "./model.ts";
import { FONTS_VERSION, fontsFor } from "./pdf/font-set.ts";
import { renderPdf } from "./pdf/render.ts";

export type Rendered = { key: string; bytes: Uint8Array };

/** The key of a model: also its ETag. */
export function keyOf(model: DocumentModel): Promise<string> {
  const { name, version } = model.template;
  return sha256Hex(`${name}/${version}|${FONTS_VERSION}|${canonicalJson(model)}`);
}

/** JSON whose objects name their members in alphabetical order. */
function canonicalJson(model: DocumentModel): string {
  return JSON.stringify(model, (_name, value: unknown) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** A document's PDF from R2; rendered and put there where it is not. */
export async function cachedPdf(
  env: Env,
  documentId: string,
  model: DocumentModel,
  onRendered: (path: string) => void,
): Promise<Rendered> {
  const key = await keyOf(model);
  const path = `pdf/${documentId}/${key}`;
  const stored = await env.FILES.get(path);
  if (stored) return { key, bytes: new Uint8Array(await stored.arrayBuffer()) };
  const bytes = await renderPdf(model, await fontsFor(model, env.ASSETS));
  await env.FILES.put(path, bytes, { httpMetadata: { contentType: "application/pdf" } });
  onRendered(path);
  return { key, bytes };
}
