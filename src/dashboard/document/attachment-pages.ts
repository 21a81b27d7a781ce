/** Where the files beside a document are put, read and taken away. */
import { Hono } from "hono";
import { invalidField } from "../../core/errors.ts";
import { MAX_ATTACHED_BYTES } from "../../documents/attachment/file.ts";
import { typeOfName } from "../../documents/code/attachment-type.ts";
import { DRAFT_KINDS, KINDS } from "../../documents/kind/registry.ts";
import { fileOf } from "../../documents/lifecycle/attach.ts";
import { readFor } from "../../documents/lifecycle/list.ts";
import { documentRoutes } from "../../documents/routes.ts";
import { bodyOf } from "../form/form.ts";
import { apiPath, runOperation } from "../page/operation.ts";
import { refusalOf } from "../page/page.tsx";
import { allowed, type PageEnv, readFileForm, readForm, seeOther } from "../page/request.ts";
import { DESCRIPTION_FIELD, FILE_FIELD } from "./attachment-list.tsx";
import { documentPage } from "./document-page.tsx";

export const attachmentPages = new Hono<PageEnv>();

for (const kind of DRAFT_KINDS) {
  const base = KINDS[kind].path;

  attachmentPages.post(`/${base}/:id/attachments`, async (c) => {
    const actor = allowed(c, "documents.write");
    const id = c.req.param("id");
    const { bytes, name, type, sent } = await readFileForm(c, FILE_FIELD, MAX_ATTACHED_BYTES);
    try {
      if (bytes.length === 0) throw invalidField("", "choose a file that is not empty");
      const { description } = bodyOf([DESCRIPTION_FIELD], sent);
      const query = { description: String(description ?? "") };
      await runOperation(c, documentRoutes, {
        method: "PUT",
        path: apiPath([base, id, "attachments", name], query),
        body: bytes,
        type: typeOfName(name) ?? (type || "application/octet-stream"),
      });
      return seeOther(c, `/${base}/${id}`, "attached");
    } catch (error) {
      return documentPage(c, actor, kind, { id, refused: refusalOf(error), status: 422 });
    }
  });

  attachmentPages.post(`/${base}/:id/attachments/:name/remove`, async (c) => {
    const actor = allowed(c, "documents.write");
    const { id, name } = c.req.param();
    await readForm(c);
    try {
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
