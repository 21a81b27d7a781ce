/** /api/pdf: documents as PDFs, by id or number. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { trackPdfGeneration } from "../../metering/record/track.ts";
import { createApi, problems, security } from "../../platform/schema/openapi.ts";
import { DOCUMENT_KINDS, KINDS } from "../kind/registry.ts";
import { readFor } from "../lifecycle/list.ts";
import { printDocument } from "../render/print.ts";
import { idOrNumberParam, pdfName, sendPdf, sentPdfReplies } from "../wire/route-parts.ts";

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
      const actor = allow(c, "documents.read");
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
