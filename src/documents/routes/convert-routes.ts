/** /api/{quotes,proforma-invoices}/{id}/convert: an invoice made of what came before it. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { trackInvoiceGeneration } from "../../metering/record/track.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { kindHeading } from "../kind/kind.ts";
import { CONVERTED_KINDS, type DraftKind, KINDS } from "../kind/registry.ts";
import { convertDocument } from "../lifecycle/convert.ts";
import { answerDocument, answeredView } from "../wire/e-invoice-view.ts";
import { idParam } from "../wire/route-parts.ts";

export const convertRoutes = createApi<AppEnv>();

for (const kind of CONVERTED_KINDS) mountConversion(kind);

function mountConversion(kind: DraftKind): void {
  const { noun, path, schemaName, acts } = KINDS[kind];
  const summary = acts.accept
    ? `Make a draft invoice of an accepted ${noun}, once; a pending one is accepted by it`
    : `Make a draft invoice of a final ${noun}, once`;
  convertRoutes.openapi(
    createRoute({
      method: "post",
      path: `/api/${path}/{id}/convert`,
      operationId: `convert${schemaName}`,
      summary,
      tags: [kindHeading(KINDS[kind])],
      security,
      request: { params: idParam },
      responses: { 201: jsonReply(answeredView, "The draft invoice"), ...problems(404, 409) },
    }),
    async (c) => {
      const actor = allow(c, "documents.finalize", "own", "theirs");
      const invoice = await convertDocument(c.env, actor, kind, c.req.valid("param").id);
      c.executionCtx.waitUntil(trackInvoiceGeneration(c.env, actor, invoice.id));
      return c.json(await answerDocument(c.env, actor, invoice, actor.nowMs), 201);
    },
  );
}
