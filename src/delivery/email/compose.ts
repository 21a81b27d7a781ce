/** The e-mail that brings a document: its letter, its files and its recipients. */
import type { Actor } from "../../accounts/actor.ts";
import { type Author, auditRow } from "../../accounts/audit.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { ownDocument } from "../../documents/draft.ts";
import { presentDocument, printDocument } from "../../documents/print.ts";
import { FILE_NAMES } from "../../documents/route-parts.ts";
import type { Document } from "../../documents/row.ts";
import { xmlOf } from "../../documents/xml.ts";
import { trackPdfGeneration } from "../../metering/track.ts";
import { makeId } from "../../platform/crypto.ts";
import type { Env } from "../../platform/env.ts";
import { queueStatements } from "./send.ts";
import type { EmailRow, StoredAttachment } from "./table.ts";
import { documentLetter } from "./template.tsx";
import type { Attachment } from "./wire.ts";

/** The smallest limit of the three providers, less what base64 and the text take. */
export const MAX_ATTACHED_BYTES = 7_000_000;

export type Sending = {
  /** The same one again is the same message; a new one unless given. */
  id?: string;
  /** The buyer's own address unless given. */
  to: string[] | null;
  cc: string[];
  message: string | null;
  xml: "cii" | "ubl" | null;
};

/** Whose document it is: an `Actor`, or with `keyId: "system"` the product by itself. */
export type Sender = Author & Pick<Actor, "nowMs" | "realMs">;

/**
 * Queues a final document's e-mail; the caller wakes it. Errors: 404, 409 for a draft or a void
 * one, 422 without a recipient, for files that are too large or an incomplete e-invoice.
 */
export async function composeDocument(
  env: Env,
  actor: Sender,
  kind: "invoice" | "quote",
  documentId: string,
  sending: Sending,
): Promise<EmailRow> {
  const document = await ownDocument(env, actor, kind, documentId);
  const { number } = document;
  if (number === null || document.status === "void") {
    const state = number === null ? "a draft: finalize it first" : "void";
    throw new Problem("resource.conflict", `the ${kind} is ${state}`);
  }
  const buyer = document.buyer?.email ?? document.buyer?.party.email ?? null;
  const recipients = sending.to ?? (buyer === null ? [] : [buyer]);
  if (recipients.length === 0) throw invalidField("/to", "is required: the buyer has no address");
  const { nowMs, realMs } = actor;
  const id = sending.id ?? makeId("eml", realMs);
  const { model } = await presentDocument(env, document, { rendition: "issued", nowMs });
  const letter = documentLetter(model, sending.message);
  const files = await filesOf(env, document, sending.xml, nowMs);
  const row: EmailRow = {
    ...{ id, tenant: actor.tenantId, scope: document.scope, recipients, cc: sending.cc },
    ...{ documentKind: kind, documentId, documentNumber: number },
    ...letter,
    fromName: model.seller.name,
    replyTo: model.seller.email,
    attachments: await keep(env, id, files),
    ...{ status: "queued", attempts: 0, provider: null, providerId: null, reason: null },
    createdMs: realMs,
    sentMs: null,
  };
  const deed = { action: `${kind}.send`, target: documentId, detail: { email_id: id } };
  await env.DB.batch([...queueStatements(env, row), auditRow(env.DB, actor, deed, realMs)]);
  return row;
}

async function filesOf(
  env: Env,
  document: Document,
  xml: Sending["xml"],
  nowMs: number,
): Promise<Attachment[]> {
  const name = `${FILE_NAMES[document.kind]}-${document.number}`;
  const tracked: Promise<void>[] = [];
  const of = { tenantId: document.issuer, nowMs, userId: null };
  const onRendered = (key: string) => tracked.push(trackPdfGeneration(env, of, key));
  const { bytes } = await printDocument(env, document, { rendition: "issued", nowMs, onRendered });
  await Promise.all(tracked);
  const files: Attachment[] = [{ name: `${name}.pdf`, type: "application/pdf", bytes }];
  if (xml) {
    const text = await xmlOf(env, document, xml, nowMs);
    const encoded = new TextEncoder().encode(text);
    files.push({ name: `${name}-${xml}.xml`, type: "application/xml", bytes: encoded });
  }
  const size = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (size <= MAX_ATTACHED_BYTES) return files;
  throw new Problem(
    "request.invalid",
    `the attachments have ${size} bytes together; ${MAX_ATTACHED_BYTES} are allowed`,
  );
}

/** As the files were that day, whatever becomes of the document. */
async function keep(env: Env, id: string, files: Attachment[]): Promise<StoredAttachment[]> {
  return Promise.all(
    files.map(async ({ name, type, bytes }, n) => {
      const key = `mail/${id}/${n}`;
      await env.FILES.put(key, bytes);
      return { name, type, size: bytes.length, key };
    }),
  );
}
