/** The e-mail that brings a document: its letter, its files and its recipients. */
import { type Actor, onTheWay } from "../../accounts/actor/actor.ts";
import { type Author, auditRow } from "../../accounts/audit/audit.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { dateText } from "../../core/period.ts";
import { DAY_MS } from "../../core/time.ts";
import { type DocumentKind, KINDS } from "../../documents/kind/registry.ts";
import { ownDocument } from "../../documents/lifecycle/draft.ts";
import { insistPossible } from "../../documents/lifecycle/transition.ts";
import { createLink, MAX_LINK_DAYS } from "../../documents/link/link.ts";
import type { EInvoiceFormat } from "../../documents/render/pack/registry.ts";
import type { Rendition } from "../../documents/render/present/present.ts";
import { presentDocument, printDocument } from "../../documents/render/print.ts";
import { xmlOf } from "../../documents/render/xml.ts";
import { type Document, openMinor } from "../../documents/store/row.ts";
import { trackPdfGeneration } from "../../metering/record/track.ts";
import { commit } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import { publicUrl } from "../../platform/runtime/public-url.ts";
import { documentLetter, type Occasion } from "./document-letter.ts";
import { logoOf } from "./logo.ts";
import type { Attachment } from "./provider/contract.ts";
import { emailRow, queueStatements } from "./send.ts";
import type { EmailRow, StoredAttachment } from "./table.ts";

/** The smallest limit of the providers, 5 MiB, less what base64, logo and text take. */
export const MAX_ATTACHED_BYTES = 3_000_000;

export type Sending = {
  /** The message's id: the same one again sends nothing new. Made unless given. */
  id?: string;
  occasion: Occasion;
  /** The buyer's own address unless given. */
  to: string[] | null;
  cc: string[];
  message: string | null;
  xml: EInvoiceFormat | null;
};

/** Whose document it is: an `Actor`, or with `keyId: "system"` the product by itself. */
export type Sender = Author & Pick<Actor, "nowMs" | "realMs">;

/** The occasion of a reminder that somebody sends, by the days since it was due. Errors: 404. */
export async function reminderOf(
  env: Env,
  actor: Pick<Actor, "tenantId" | "nowMs">,
  kind: DocumentKind,
  documentId: string,
): Promise<Occasion> {
  const { dueDate, timeZone } = await ownDocument(env, actor, kind, documentId);
  const today = dateText(actor.nowMs, timeZone);
  const days = dueDate === null ? 0 : (Date.parse(today) - Date.parse(dueDate)) / DAY_MS;
  return { letter: "reminder", days };
}

/**
 * Queues a final document's e-mail; the caller wakes it. Errors: 404, 409 for a draft, a void one
 * or one without occasion, 422 without a recipient, for files that are too large or an incomplete
 * e-invoice.
 */
export async function composeDocument(
  env: Env,
  actor: Sender,
  kind: DocumentKind,
  documentId: string,
  sending: Sending,
): Promise<EmailRow> {
  const document = await ownDocument(env, actor, kind, documentId);
  insistOccasion(document, sending.occasion);
  const buyer = document.buyer?.email ?? document.buyer?.party.email ?? null;
  const recipients = sending.to ?? (buyer === null ? [] : [buyer]);
  if (recipients.length === 0) throw invalidField("/to", "is required: the buyer has no address");
  const { nowMs, realMs } = actor;
  const { occasion, message } = sending;
  const id = sending.id ?? makeId("eml", realMs);
  const rendition = occasion.letter === "document" ? "issued" : "today";
  const { model, logoKey } = await presentDocument(env, document, { rendition, nowMs });
  const files = await filesOf(env, document, { xml: sending.xml, rendition, nowMs });
  const logo = await logoOf(env, document.issuer, logoKey);
  const viewUrl = await viewUrlOf(env, actor, document);
  const row = emailRow({
    id,
    tenant: actor.tenantId,
    scope: document.scope,
    recipients,
    cc: sending.cc,
    letter: occasion.letter,
    documentKind: kind,
    documentId,
    documentNumber: document.number,
    ...documentLetter({ model, occasion, message, viewUrl, logo: logo?.shown ?? null }),
    fromName: model.seller.name,
    replyTo: model.seller.email,
    attachments: await keep(env, actor.tenantId, id, [...files, ...(logo ? [logo.file] : [])]),
    createdMs: realMs,
  });
  const detail = { email_id: id };
  const entry = { action: `${kind}.send`, target: documentId, detail, answer: { made: id } };
  await commit(env.DB, [
    ...(await queueStatements(env, row)),
    auditRow(env.DB, actor, entry, realMs),
  ]);
  return row;
}

function insistOccasion(document: Document, { letter }: Occasion): void {
  const { kind, paidMinor } = document;
  const refuse = (why: string) => new Problem("resource.conflict", `the ${kind} is ${why}`);
  insistPossible("send", document);
  if (letter === "receipt" && paidMinor <= 0) throw refuse("not paid");
  if (letter === "reminder" && openMinor(document) <= 0n) throw refuse("paid");
}

/** A link that this e-mail alone has, for as long as links can stand; null where they cannot be. */
async function viewUrlOf(env: Env, sender: Sender, { kind, id }: Document): Promise<string | null> {
  const address = publicUrl(env);
  // Its token lies in the stored letter, which is sealed.
  if (address === null || !env.DELIVERY_SECRET) return null;
  const { token } = await createLink(env, onTheWay(sender), kind, id, MAX_LINK_DAYS);
  return `${address}/d/${token}`;
}

async function filesOf(
  env: Env,
  document: Document,
  how: { xml: Sending["xml"]; rendition: Rendition; nowMs: number },
): Promise<Attachment[]> {
  const { xml, rendition, nowMs } = how;
  const name = `${KINDS[document.kind].fileName}-${document.number}`;
  const tracked: Promise<void>[] = [];
  const issuer = { tenantId: document.issuer, nowMs, userId: null };
  const onRendered = (key: string) => tracked.push(trackPdfGeneration(env, issuer, key));
  const { bytes } = await printDocument(env, document, { rendition, nowMs, onRendered });
  await Promise.all(tracked);
  const files: Attachment[] = [{ name: `${name}.pdf`, type: "application/pdf", bytes }];
  if (xml) {
    const written = await xmlOf(env, document, xml, nowMs);
    const encoded = new TextEncoder().encode(written.xml);
    files.push({ name: `${name}-${xml}.xml`, type: "application/xml", bytes: encoded });
  }
  const size = files.reduce((sum, file) => sum + file.bytes.length, 0);
  if (size <= MAX_ATTACHED_BYTES) return files;
  throw new Problem(
    "request.invalid",
    `the attachments have ${size} bytes together; ${MAX_ATTACHED_BYTES} are allowed`,
  );
}

/** Stores the files as they are now, whatever becomes of the document. */
async function keep(
  env: Env,
  tenant: string,
  id: string,
  files: Attachment[],
): Promise<StoredAttachment[]> {
  return Promise.all(
    files.map(async ({ bytes, ...file }, n) => {
      const key = `mail/${id}/${n}`;
      await bucketOf(env, tenant).put(key, bytes);
      return { ...file, size: bytes.length, key };
    }),
  );
}
