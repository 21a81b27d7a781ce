/** Where the files beside a document are put, read and taken away. */
import { Hono } from "hono";
import { invalidField, notFound } from "../../core/errors.ts";
import { MAX_ATTACHED_BYTES } from "../../documents/attachment/file.ts";
import { typeOfName } from "../../documents/code/attachment-type.ts";
import { DRAFT_KINDS, type DraftKind, KINDS } from "../../documents/kind/registry.ts";
import { fileOf } from "../../documents/lifecycle/attach.ts";
import { attachmentsOf } from "../../documents/lifecycle/attached.ts";
import { readFor } from "../../documents/lifecycle/list.ts";
import { documentRoutes } from "../../documents/routes.ts";
import type { Question } from "../component/question.tsx";
import { bodyOf } from "../form/form.ts";
import { ask } from "../page/ask.tsx";
import { apiPath, runOperation } from "../page/operation.ts";
import { refusalOf } from "../page/page.tsx";
import {
  allowed,
  type PageContext,
  type PageEnv,
  readFileForm,
  readForm,
  seeOther,
} from "../page/request.ts";
import { DESCRIPTION_FIELD, FILE_FIELD, sizeText } from "./attachment-list.tsx";
import { documentPage } from "./document-page.tsx";

export const attachmentPages = new Hono<PageEnv>();

for (const kind of DRAFT_KINDS) {
  const base = KINDS[kind].path;

  attachmentPages.post(`/${base}/:id/attachments`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const { bytes, name, type, sent } = await readFileForm(c, FILE_FIELD, MAX_ATTACHED_BYTES);
    const { description } = bodyOf([DESCRIPTION_FIELD], sent);
    try {
      if (bytes.length === 0) throw invalidField("", "choose a file that is not empty");
      const query = { description: String(description ?? "") };
      await runOperation(c, documentRoutes, {
        method: "PUT",
        path: apiPath([base, id, "attachments", name], query),
        body: bytes,
        type: typeOfName(name) ?? (type || "application/octet-stream"),
      });
      return seeOther(c, `/${base}/${id}`, "attached");
    } catch (error) {
      const refused = refusalOf(error);
      return documentPage(c, actor, kind, { id, refused, described: description, status: 422 });
    }
  });

  attachmentPages.post(`/${base}/:id/attachments/:name/remove`, async (c) => {
    const actor = allowed(c, "documents.write");
    const { id, name } = c.req.param();
    const sent = await readForm(c);
    try {
      const asked = await ask(c, sent, () => removeQuestion(c, kind, id, name));
      if (asked) return asked;
      const path = apiPath([base, id, "attachments", name]);
      await runOperation(c, documentRoutes, { method: "DELETE", path });
      return seeOther(c, `/${base}/${id}`, "removed");
    } catch (error) {
      return documentPage(c, actor, kind, { id, refused: refusalOf(error), status: 422 });
    }
  });

  attachmentPages.get(`/${base}/:id/attachments/:name`, async (c) => {
    const actor = allowed(c, "documents.read");
    const { id, name } = c.req.param();
    const { row } = await readFor(c.env, actor, kind, id);
    const { type, bytes } = await fileOf(c.env, row, name);
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "Content-Type": type,
      "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    });
  });
}

/** What removing a file asks first. Errors: 404. */
async function removeQuestion(
  c: PageContext,
  kind: DraftKind,
  id: string,
  name: string,
): Promise<Question> {
  const { row } = await readFor(c.env, c.var.actor, kind, id);
  const file = attachmentsOf(row).find((one) => one.name === name)?.file;
  if (!file) throw notFound("file");
  const { noun } = KINDS[kind];
  return {
    title: `Remove ${name}?`,
    consequences: [
      `Deletes the file of ${sizeText(file.size, c.var.format)}. ` +
        `The ${noun}'s PDF and e-invoice no longer carry it.`,
    ],
    act: "Remove file",
    undo: `To have it back, attach it again while the ${noun} is a draft.`,
  };
}
