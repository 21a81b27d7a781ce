/** The files of drafts: put beside them, read, taken away; a final document keeps its own. */
import { eq } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { auditRow } from "../../accounts/audit/audit.ts";
import { addStored, insistRoom } from "../../accounts/store/budget-store.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { commit, orm, statement } from "../../platform/db/db.ts";
import { makeId } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { bucketOf } from "../../platform/runtime/jurisdiction.ts";
import {
  fileKey,
  keepFile,
  loadFile,
  MAX_ATTACHED_BYTES,
  MAX_ATTACHMENTS,
} from "../attachment/file.ts";
import { isOfType } from "../attachment/sniff.ts";
import { isAttachmentType } from "../code/attachment-type.ts";
import type { DraftKind } from "../kind/registry.ts";
import type { Attachment } from "../model/particulars.ts";
import type { Document } from "../store/row.ts";
import { commitDocuments } from "../store/store.ts";
import { documents } from "../store/table.ts";
import { attachmentsOf, filesOf, release, withAttachments } from "./attached.ts";
import { ownDocument } from "./draft.ts";
import { insistPossible } from "./transition.ts";

export type GivenFile = {
  name: string;
  description: string | null;
  /** As its sender says. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
};

/**
 * Puts a file beside a draft, in the place of one of the same name. Errors: 404, 409 where it is no
 * draft or was changed meanwhile, 415 for a type that e-invoices do not take, 422 where the bytes
 * are no such file or there are too many, 429 `budget.reached`.
 */
export async function attachFile(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  id: string,
  given: GivenFile,
): Promise<Document> {
  const draft = await ownDocument(env, actor, kind, id);
  insistPossible("edit", draft);
  const { name, description, type, bytes } = given;
  if (!isAttachmentType(type)) {
    const why = "a file is a PDF, PNG, JPEG, CSV, XLSX or ODS, sent with its media type";
    throw new Problem("request.unsupported_media_type", why);
  }
  if (!isOfType(bytes, type)) throw invalidField("", `the bytes are no file of type ${type}`);
  const before = attachmentsOf(draft);
  const others = before.filter((one) => one.name !== name);
  insistFits(others, bytes.length);
  const key = fileKey(actor.tenantId, id, makeId("att", actor.realMs));
  await commit(env.DB, [
    addStored(env.DB, actor, bytes.length),
    insistRoom(env.DB, actor, "stored_bytes"),
  ]);
  try {
    const file = await keepFile(env, actor.tenantId, key, bytes, type);
    const attached = [...others, { name, description, url: null, file }];
    await write(env, actor, draft, attached, { action: `${kind}.attach`, name });
  } catch (error) {
    await bucketOf(env, actor.tenantId).delete(key);
    await addStored(env.DB, actor, -bytes.length).run();
    throw error;
  }
  await release(
    env,
    actor,
    filesOf(
      before.filter((one) => one.name === name),
      draft,
    ),
  );
  return ownDocument(env, actor, kind, id);
}

function insistFits(others: readonly Attachment[], size: number): void {
  if (others.length >= MAX_ATTACHMENTS) {
    throw invalidField("", `a document has at most ${MAX_ATTACHMENTS} attachments`);
  }
  const all = others.reduce((sum, { file }) => sum + (file?.size ?? 0), size);
  if (all > MAX_ATTACHED_BYTES) {
    const why = `the files of a document have at most ${MAX_ATTACHED_BYTES} bytes together`;
    throw invalidField("", why);
  }
}

/** Takes a file from a draft. Errors: 404, 409 where it is no draft or was changed meanwhile. */
export async function detachFile(
  env: Env,
  actor: Actor,
  kind: DraftKind,
  id: string,
  name: string,
): Promise<void> {
  const draft = await ownDocument(env, actor, kind, id);
  const before = attachmentsOf(draft);
  const gone = before.filter((one) => one.name === name && one.file !== null);
  if (gone.length === 0) throw notFound("attachment");
  insistPossible("edit", draft);
  const rest = before.filter((one) => !gone.includes(one));
  await write(env, actor, draft, rest, { action: `${kind}.detach`, name });
  await release(env, actor, filesOf(gone, draft));
}

/** A file of a document, with its type. Errors: 404. */
export async function fileOf(
  env: Env,
  document: Document,
  name: string,
): Promise<{ type: string; bytes: Uint8Array }> {
  const file = attachmentsOf(document).find((one) => one.name === name)?.file;
  const bytes = file && (await loadFile(env, document.issuer, file));
  if (!file || !bytes) throw notFound("attachment");
  return { type: file.type, bytes };
}

async function write(
  env: Env,
  actor: Actor,
  draft: Document,
  attachments: Attachment[],
  { action, name }: { action: string; name: string },
): Promise<void> {
  const particulars = withAttachments(draft, attachments);
  const change = { particulars, revision: draft.revision + 1, updatedMs: actor.nowMs };
  const query = orm(env.DB).update(documents).set(change).where(eq(documents.id, draft.id));
  await commitDocuments(env.DB, [
    statement(env.DB, query),
    insistRoom(env.DB, actor, "stored_bytes"),
    auditRow(env.DB, actor, { action, target: draft.id, detail: { name } }, actor.realMs),
  ]);
}
