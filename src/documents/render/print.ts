/** Documents as PDFs: what is read for a page, and the page from the cache. */
import { Buffer } from "node:buffer";
import { notFound } from "../../core/errors.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { loadContents } from "../attachment/file.ts";
import type { DocumentKind } from "../kind/registry.ts";
import { shownLogo } from "../logo/logo.ts";
import type { DocumentModel } from "../model/model.ts";
import { readParties } from "../party/party-store.ts";
import type { Document } from "../store/row.ts";
import { snapshotsOf } from "../store/snapshot.ts";
import { keepIssuedKey, readDocument, readOrigin } from "../store/store.ts";
import { cachedPdf, keptPdf, type Page, type Rendered } from "./cache/rendered.ts";
import type { Drawn } from "./html/preview.ts";
import { fontsFor } from "./pdf/font-set.ts";
import { modelOf, type Rendition, type Surroundings } from "./present/present.ts";
import { versionOf } from "./version/version.ts";

export type Printing = { rendition: Rendition; nowMs: number; onRendered: (path: string) => void };

/**
 * A document's PDF. A draft shows its parties as they are now, a final one as they were. The first
 * PDF of a final document as it was issued stays that one, whatever later versions would print.
 */
export async function printDocument(
  env: Env,
  document: Document,
  how: Printing,
): Promise<Rendered> {
  const issued = how.rendition === "issued" && document.number !== null;
  const key = issued ? document.issuedKey : null;
  const kept = key && (await keptPdf(env, document, key));
  if (key && kept) return { key, bytes: kept, whole: true };
  const page = await presentDocument(env, document, how);
  const printed = await cachedPdf(env, document, page, how.onRendered, key);
  if (issued && key === null && printed.whole) {
    await keepIssuedKey(env.DB, document.id, printed.key).run();
  }
  return printed;
}

/** What a document's page shows; its logo and its e-invoice are fetched only when it is drawn. */
export async function presentDocument(
  env: Env,
  document: Document,
  how: Pick<Printing, "rendition" | "nowMs">,
  known?: Surroundings,
): Promise<Page> {
  const around = known ?? (await surroundingsOf(env, document, how.nowMs));
  const model = modelOf(document, around, how.rendition);
  return {
    model,
    logoKey: around.branding.logoKey,
    isFinal: document.number !== null,
    eInvoice: () => carriedXml(document, around),
    withContents: () => withContents(env, document, model),
  };
}

/** A model whose attachments have the contents of those files that can be had. */
export async function withContents(
  env: Env,
  { issuer, particulars }: Document,
  model: DocumentModel,
): Promise<DocumentModel> {
  if (!model.attachments) return model;
  const contents = await loadContents(env, issuer, particulars?.attachments ?? []);
  const attachments = model.attachments.map((attachment, i) => {
    const content = contents[i];
    return content ? { ...attachment, content } : attachment;
  });
  return { ...model, attachments };
}

/** What a document's page shows beside its own rows: a draft's parties as they are now. */
export async function surroundingsOf(
  env: Env,
  document: Document,
  nowMs: number,
): Promise<Surroundings> {
  const [origin, snapshots] = await Promise.all([
    document.originId ? readOrigin(env.DB, document.originId) : null,
    readSnapshots(env, document),
  ]);
  return { ...snapshots, origin, nowMs };
}

/** The e-invoice that every rendition of a document carries; null where its data do not suffice. */
async function carriedXml(document: Document, around: Surroundings): Promise<string | null> {
  const issued = modelOf(document, around, "issued");
  return (await versionOf(issued)).carriedXml(issued);
}

async function readSnapshots(
  env: Env,
  document: Document,
): Promise<Pick<Surroundings, "seller" | "buyer" | "branding">> {
  const { seller, buyer, branding } = document;
  if (seller && buyer && branding) return { seller, buyer, branding };
  return snapshotsOf(await readParties(env.DB, { tenantId: document.issuer }, document.customerId));
}

/** Today's rendition as it is drawn, for screens; `known` is what `surroundingsOf` answered. */
export async function drawnDocument(
  env: Env,
  document: Document,
  nowMs: number,
  known?: Surroundings,
): Promise<Drawn> {
  const how = { rendition: "today", nowMs } as const;
  const { model, logoKey } = await presentDocument(env, document, how, known);
  return drawnModel(env, document.issuer, model, logoKey);
}

/** A model's pages by its own version, with the logo of a key; without it where it was lost. */
export async function drawnModel(
  env: Env,
  issuer: string,
  model: DocumentModel,
  logoKey: string | null,
): Promise<Drawn> {
  const shown = logoKey ? await shownLogo(env, issuer, logoKey) : null;
  const whole = { ...model, branding: { ...model.branding, logo: shown?.place ?? null } };
  const { layOut } = await versionOf(model);
  const drawn = layOut(whole, await fontsFor(model, env.ASSETS));
  const logo = shown && {
    type: shown.picture.type,
    base64: Buffer.from(shown.picture.bytes).toString("base64"),
  };
  return { model: whole, drawn, logo };
}

/**
 * The PDF of a document as it was finalised: what is archived and sent. Errors: 404 for what is not
 * the issuer's own.
 */
export async function printIssued(
  env: Env,
  issuer: string,
  kind: DocumentKind,
  id: string,
  onRendered: (path: string) => void = () => {},
): Promise<Rendered> {
  const document = await readDocument(env.DB, { tenantId: issuer }, kind, id);
  if (document?.issuer !== issuer) throw notFound("document");
  return printDocument(env, document, { rendition: "issued", nowMs: 0, onRendered });
}
