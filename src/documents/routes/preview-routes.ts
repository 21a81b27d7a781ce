/** /api/{invoices,quotes,credit-notes}/{id}/preview: the page as HTML. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { createApi, problems, security } from "../../platform/schema/openapi.ts";
import { DOCUMENT_KINDS, KINDS } from "../kind/registry.ts";
import { readFor } from "../lifecycle/list.ts";
import { previewDocument } from "../render/print.ts";
import { idOrNumberParam } from "../wire/route-parts.ts";

export const previewRoutes = createApi<AppEnv>();

// The page has its style and its logo in itself, and nothing else.
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

for (const kind of DOCUMENT_KINDS) {
  const { path, schemaName } = KINDS[kind];
  previewRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${path}/{id}/preview`,
      operationId: `preview${schemaName}`,
      summary: "The page as HTML, without scripts",
      tags: ["PDFs"],
      security,
      request: { params: idOrNumberParam },
      responses: {
        200: { description: "The page", content: { "text/html": { schema: z.string() } } },
        ...problems(404, 409),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.read");
      const { row, nowMs } = await readFor(c.env, actor, kind, c.req.valid("param").id);
      c.header("Content-Security-Policy", POLICY);
      return c.html(await previewDocument(c.env, row, nowMs));
    },
  );
}
