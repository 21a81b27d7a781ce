/** What stands beside a document, and taking it away. */
import { eq } from "drizzle-orm";
import type { Actor } from "../../accounts/actor/actor.ts";
import { addStored } from "../../accounts/store/budget-store.ts";
import { orm, statement } from "../../platform/db/db.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { dropFiles, fileKey } from "../attachment/file.ts";
import { type Attachment, type DocumentParticulars, withoutEmpty } from "../model/particulars.ts";
import type { Document } from "../store/row.ts";
import { documents } from "../store/table.ts";

type FileOf = NonNullable<Attachment["file"]>;

/** The statements and the files that go with a draft that is discarded. */
export function withoutFiles(
  db: D1Database,
  draft: Document,
): { statements: D1PreparedStatement[]; files: FileOf[] } {
  const attachments = attachmentsOf(draft);
  const files = filesOf(attachments, draft);
  if (files.length === 0) return { statements: [], files };
  const links = attachments.filter(({ file }) => file === null);
  const particulars = withAttachments(draft, links);
  const query = orm(db).update(documents).set({ particulars }).where(eq(documents.id, draft.id));
  return { statements: [statement(db, query)], files };
}

/** Takes files away that nothing names any more, and gives back their room. */
export async function release(
  env: Env,
  actor: Pick<Actor, "tenantId">,
  files: readonly FileOf[],
): Promise<void> {
  if (files.length === 0) return;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  await dropFiles(env, actor.tenantId, files);
  await addStored(env.DB, actor, -size).run();
}

/** What stands beside a document. */
export function attachmentsOf({ particulars }: Document): Attachment[] {
  return particulars?.attachments ?? [];
}

/** The files that are a document's own: an invoice shows those of its quote, which keeps them. */
export function filesOf(attachments: readonly Attachment[], { issuer, id }: Document): FileOf[] {
  const own = fileKey(issuer, id, "");
  return attachments.flatMap(({ file }) => (file?.key.startsWith(own) ? [file] : []));
}

/** A document's particulars with other attachments. */
export function withAttachments(
  { particulars }: Document,
  attachments: Attachment[],
): DocumentParticulars | null {
  return withoutEmpty<DocumentParticulars>({ ...particulars, attachments });
}
