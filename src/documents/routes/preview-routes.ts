/**
 * /api/{invoices,quotes,credit-notes}/{id}/preview: the pages as HTML; and what previews are shown
 * with, their style and the faces in the Worker.
 */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { createApi, problems, security } from "../../platform/schema/openapi.ts";
import { DOCUMENT_KINDS, KINDS } from "../kind/registry.ts";
import { readFor } from "../lifecycle/list.ts";
import { FACES, facesAt, PREVIEW_POLICY } from "../render/html/address.ts";
import { previewHtml } from "../render/html/preview.ts";
import { FONT_FILES, FONTS_VERSION } from "../render/pdf/font-set.ts";
import { drawnDocument } from "../render/print.ts";
import { SHEET_STYLE, SHEETS, sheetStyle, type WebFont } from "../render/svg/web-face.ts";
import { idOrNumberParam } from "../wire/route-parts.ts";

export const previewRoutes = createApi<AppEnv>();

previewRoutes.get(SHEET_STYLE, (c) =>
  c.body(sheetStyle(FACES), 200, {
    "Content-Type": "text/css; charset=utf-8",
    "Cache-Control": "public, max-age=300, must-revalidate",
  }),
);

previewRoutes.get(`${SHEETS}/:version/:file{[A-Za-z-]+\\.ttf}`, (c) => {
  const file = FONT_FILES[c.req.param("file").slice(0, -".ttf".length) as WebFont];
  if (!file || c.req.param("version") !== FONTS_VERSION) throw notFound("file");
  return c.body(file, 200, {
    "Content-Type": "font/ttf",
    "Cache-Control": "public, max-age=31536000, immutable",
    // A page may be shown by whoever asked for it, from their own address.
    "Access-Control-Allow-Origin": "*",
  });
});

for (const kind of DOCUMENT_KINDS) {
  const { path, schemaName } = KINDS[kind];
  previewRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${path}/{id}/preview`,
      operationId: `preview${schemaName}`,
      summary: "The pages as HTML with SVG, as the PDF shows them, without scripts",
      tags: ["PDFs"],
      security,
      request: { params: idOrNumberParam },
      responses: {
        200: { description: "The page", content: { "text/html": { schema: z.string() } } },
        ...problems(404, 409),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const { row, nowMs } = await readFor(c.env, actor, kind, c.req.valid("param").id);
      c.header("Content-Security-Policy", PREVIEW_POLICY);
      return c.html(previewHtml(await drawnDocument(c.env, row, nowMs), facesAt(c.req.url)));
    },
  );
}
