/** /api/pdf and /api/pdf-archives: documents as PDFs, by id or number, and many in one file. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { trackPdfGeneration } from "../../metering/record/track.ts";
import { type ZipFile, zipOf } from "../../platform/http/zip.ts";
import { createApi, problems, security } from "../../platform/schema/openapi.ts";
import { afterTheirOrigins, DOCUMENT_KINDS, type DocumentKind, KINDS } from "../kind/registry.ts";
import { listFor, readFor, type Timed } from "../lifecycle/list.ts";
import { printDocument } from "../render/print.ts";
import type { Summary } from "../store/row.ts";
import { readDocument } from "../store/store.ts";
import {
  filterQuery,
  idOrNumberParam,
  pdfName,
  sendPdf,
  sentPdfReplies,
  sortInput,
} from "../wire/route-parts.ts";

export const pdfRoutes = createApi<AppEnv>();

const query = z.strictObject({
  disposition: z.enum(["attachment", "inline"]).optional(),
  as: z
    .enum(["issued", "copy"])
    .optional()
    .openapi({ description: "as it was finalised, without today's status; or marked as a copy" }),
});

for (const kind of DOCUMENT_KINDS) {
  const { noun, schemaName } = KINDS[kind];
  pdfRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/pdf/${noun.replaceAll(" ", "-")}/{id}`,
      operationId: `get${schemaName}Pdf`,
      summary: `Download the PDF of a ${noun}`,
      tags: ["PDFs"],
      security,
      request: { params: idOrNumberParam, query },
      responses: { ...sentPdfReplies, ...problems(404, 409, 416) },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const { row, nowMs } = await readFor(c.env, actor, kind, c.req.valid("param").id);
      const { disposition = "attachment", as: rendition = "today" } = c.req.valid("query");
      const issuer = { tenantId: row.issuer, nowMs, userId: null };
      const onRendered = (rendered: string) =>
        c.executionCtx.waitUntil(trackPdfGeneration(c.env, issuer, rendered));
      const printed = await printDocument(c.env, row, { rendition, nowMs, onRendered });
      const name = pdfName(kind, row.number ?? row.id);
      return sendPdf(c, { ...printed, disposition, name });
    },
  );
}

/** Documents of one archive: within the queries that an invocation may ask. */
const MOST_IN_ARCHIVE = 100;

for (const kind of afterTheirOrigins(DOCUMENT_KINDS)) {
  const { path, schemaName, nouns } = KINDS[kind];
  pdfRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/pdf-archives/${path}`,
      operationId: `get${schemaName}Archive`,
      summary: `Download the PDFs of ${nouns} in one ZIP file`,
      description:
        `Filtered and sorted as their list is; at most ${MOST_IN_ARCHIVE} of them. Where there ` +
        "are more, the header `Next-After` holds what `after` is for the next file.",
      tags: ["PDFs"],
      security,
      request: {
        query: z.strictObject({
          ...filterQuery,
          sort: sortInput,
          after: z.string().max(500).optional(),
        }),
      },
      responses: {
        200: {
          description: "The archive, written while it is read",
          content: { "application/zip": { schema: z.string().openapi({ format: "binary" }) } },
        },
        ...problems(404),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const { after: cursor, ...asked } = c.req.valid("query");
      const listed = { ...asked, cursor, limit: MOST_IN_ARCHIVE };
      const { data, next_cursor } = await listFor(c.env, actor, kind, listed);
      if (data.length === 0) throw notFound(KINDS[kind].noun);
      const headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": `attachment; filename=${path}.zip`,
        ...(next_cursor === null ? {} : { "Next-After": next_cursor }),
      };
      return c.body(zipOf(filesOf(c, kind, data)), 200, headers);
    },
  );
}

/** The PDFs of documents, each made or fetched when it is asked for. */
async function* filesOf(
  c: Context<AppEnv>,
  kind: DocumentKind,
  listed: readonly Timed<Summary>[],
): AsyncGenerator<ZipFile, undefined> {
  for (const { row, nowMs } of listed) {
    const document = await readDocument(c.env.DB, c.var.actor, kind, row.id);
    if (!document) continue;
    const issuer = { tenantId: row.issuer, nowMs, userId: null };
    const onRendered = (rendered: string) =>
      c.executionCtx.waitUntil(trackPdfGeneration(c.env, issuer, rendered));
    const { bytes } = await printDocument(c.env, document, {
      rendition: "issued",
      nowMs,
      onRendered,
    });
    yield { name: pdfName(kind, row.number ?? row.id).replaceAll(/[\\/:]/g, "-"), bytes };
  }
}
