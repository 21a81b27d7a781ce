/** /api/invoices/{id}/attachments and its like: the files of a document. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { readBytes } from "../../platform/http/http.ts";
import {
  createApi,
  jsonReply,
  lineInput,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { MAX_ATTACHED_BYTES } from "../attachment/file.ts";
import { ATTACHMENT_TYPES } from "../code/attachment-type.ts";
import { kindHeading, withArticle } from "../kind/kind.ts";
import { DRAFT_KINDS, type DraftKind, KINDS } from "../kind/registry.ts";
import { attachFile, detachFile, fileOf } from "../lifecycle/attach.ts";
import { readFor } from "../lifecycle/list.ts";
import { attachmentName } from "../schema/particular-schema.ts";
import { documentView, showDocument } from "../wire/document-view.ts";

export const attachmentRoutes = createApi<AppEnv>();

const fileParam = z.object({ id: z.string().max(100), name: attachmentName });
const binary = { schema: { type: "string", format: "binary" } } as const;
const files = Object.fromEntries(ATTACHMENT_TYPES.map((type) => [type, binary]));

function mountFiles(kind: DraftKind): void {
  const record = KINDS[kind];
  const { schemaName, noun } = record;
  const path = `/api/${record.path}/{id}/attachments/{name}`;
  const described = { tags: [kindHeading(record)], security };
  attachmentRoutes.openapi(
    createRoute({
      ...described,
      method: "put",
      path,
      operationId: `attachTo${schemaName}`,
      summary: `Put a file beside a draft ${noun}, as it is sent, under its name`,
      description:
        "A PDF, PNG, JPEG, CSV, XLSX or ODS; 5 attachments and 2,000,000 bytes a document. It " +
        "stands in the PDF and in the e-invoice (BG-24).",
      request: {
        params: fileParam,
        query: z.strictObject({ description: lineInput(100).optional() }),
        body: { content: files, required: true },
      },
      responses: {
        200: jsonReply(documentView, "The draft"),
        ...problems(404, 409, 413, 415),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const { id, name } = c.req.valid("param");
      const { description = null } = c.req.valid("query");
      const type = (c.req.header("content-type") ?? "").split(";", 1)[0] ?? "";
      const bytes = new Uint8Array(await readBytes(c, MAX_ATTACHED_BYTES));
      const given = { name, description, type: type.trim().toLowerCase(), bytes };
      const draft = await attachFile(c.env, actor, kind, id, given);
      return c.json(showDocument(draft, actor.nowMs), 200);
    },
  );
  attachmentRoutes.openapi(
    createRoute({
      ...described,
      method: "get",
      path,
      operationId: `get${schemaName}Attachment`,
      summary: `A file beside ${withArticle(record)}, as it was sent`,
      request: { params: fileParam },
      responses: { 200: { description: "The file", content: files }, ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const { id, name } = c.req.valid("param");
      const { row } = await readFor(c.env, actor, kind, id);
      const { type, bytes } = await fileOf(c.env, row, name);
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
        "Content-Type": type,
        "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      });
    },
  );
  attachmentRoutes.openapi(
    createRoute({
      ...described,
      method: "delete",
      path,
      operationId: `detachFrom${schemaName}`,
      summary: `Take a file from a draft ${noun}`,
      request: { params: fileParam },
      responses: { 204: { description: "It is gone" }, ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const { id, name } = c.req.valid("param");
      await detachFile(c.env, actor, kind, id, name);
      return c.body(null, 204);
    },
  );
}

for (const kind of DRAFT_KINDS) mountFiles(kind);
