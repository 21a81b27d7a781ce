/** /api/{invoices,quotes,credit-notes}/{id}/link, and /d/{token} for whoever was given one. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { insistRoom } from "../../accounts/store/budget-store.ts";
import { invalidField } from "../../core/errors.ts";
import { timeText } from "../../core/time.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import { insistPublicUrl } from "../../platform/runtime/public-url.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { DOCUMENT_KINDS, KINDS } from "../kind/registry.ts";
import { facesAt, PREVIEW_POLICY } from "../render/html/address.ts";
import { linkPage } from "../render/html/link-page.ts";
import type { LinkRow } from "../store/table.ts";
import {
  idParam,
  isConditional,
  pdfName,
  pdfReply,
  sendPdf,
  sentPdfReplies,
  wholePdf,
  wholePdfHeaders,
} from "../wire/route-parts.ts";
import {
  countView,
  createLink,
  DEFAULT_LINK_DAYS,
  endLink,
  linksOf,
  MAX_LINK_DAYS,
  openLink,
  openLinkPage,
} from "./link.ts";

export const linkRoutes = createApi<AppEnv>();

const linkView = z
  .object({
    id: z.string(),
    expires_at: z.string(),
    revoked_at: z.string().nullable(),
    views: z.number().int(),
    last_viewed_at: z.string().nullable(),
    created_at: z.string(),
  })
  .openapi("Link");

function showLink(row: LinkRow): z.infer<typeof linkView> {
  const orNull = (ms: number | null) => (ms === null ? null : timeText(ms));
  return {
    id: row.id,
    expires_at: timeText(row.expiresMs),
    revoked_at: orNull(row.revokedMs),
    views: row.views,
    last_viewed_at: orNull(row.viewedMs),
    created_at: timeText(row.createdMs),
  };
}

for (const kind of DOCUMENT_KINDS) {
  const { path, schemaName } = KINDS[kind];
  linkRoutes.openapi(
    createRoute({
      method: "post",
      path: `/api/${path}/{id}/link`,
      operationId: `create${schemaName}Link`,
      summary:
        "Make a link that shows the document without an API key; its address is shown only here",
      tags: ["Links"],
      security,
      request: {
        params: idParam,
        body: jsonBody(
          z.strictObject({
            days: z
              .number()
              .int()
              .min(1)
              .max(MAX_LINK_DAYS)
              .optional()
              .openapi({
                description: `how long it stands, ${DEFAULT_LINK_DAYS} unless given`,
              }),
          }),
        ),
      },
      responses: {
        201: jsonReply(linkView.extend({ url: z.string() }), "The link"),
        ...problems(404, 409),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const { id } = c.req.valid("param");
      const { days = DEFAULT_LINK_DAYS } = c.req.valid("json");
      const address = insistPublicUrl(c.env);
      const { link, token } = await createLink(c.env, actor, kind, id, days, [
        insistRoom(c.env.DB, actor, "stored_bytes"),
      ]);
      return c.json({ ...showLink(link), url: `${address}/d/${token}` }, 201);
    },
  );

  linkRoutes.openapi(
    createRoute({
      method: "get",
      path: `/api/${path}/{id}/links`,
      operationId: `list${schemaName}Links`,
      summary: "Its links, and how often each was opened",
      tags: ["Links"],
      security,
      request: { params: idParam, query: z.strictObject(pageQuery) },
      responses: {
        200: jsonReply(pageSchema(linkView), "The links"),
        ...problems(404),
      },
    }),
    async (c) => {
      const actor = allow(c, "documents.read", "own", "theirs");
      const slice = sliceOf(c.req.valid("query"), MAX_PAGE);
      const links = await linksOf(c.env, actor, kind, c.req.valid("param").id, slice);
      return c.json(pageById(links, slice, showLink), 200);
    },
  );

  linkRoutes.openapi(
    createRoute({
      method: "delete",
      path: `/api/${path}/{id}/links/{link}`,
      operationId: `revoke${schemaName}Link`,
      summary: "End a link now; a copy that is cached ends within 30 seconds",
      tags: ["Links"],
      security,
      request: { params: idParam.extend({ link: z.string().max(64) }) },
      responses: { 204: { description: "It has ended" }, ...problems(404) },
    }),
    async (c) => {
      const actor = allow(c, "documents.write", "own", "theirs");
      const { id, link } = c.req.valid("param");
      await endLink(c.env, actor, kind, id, link);
      return c.body(null, 204);
    },
  );
}

linkRoutes.openAPIRegistry.registerPath(
  createRoute({
    method: "get",
    path: "/d/{token}",
    operationId: "openLink",
    summary: "What a link shows: a page for browsers that ask for one, else the PDF",
    tags: ["Links"],
    request: {
      params: z.object({ token: z.string().max(200) }),
      query: z.object({ disposition: z.enum(["attachment", "inline"]).optional() }),
    },
    responses: {
      ...sentPdfReplies,
      200: {
        description: "The PDF, or where `Accept` names text/html a page of it",
        content: { ...pdfReply.content, "text/html": { schema: z.string() } },
      },
      ...problems(404, 410, 416),
    },
  }),
);

const HEADERS = { "X-Robots-Tag": "noindex", Vary: "Accept" };
const WHOLE_HEADERS = wholePdfHeaders(HEADERS);
const PAGE_HEADERS = {
  ...HEADERS,
  "Cache-Control": "private, no-cache",
  "Content-Security-Policy": `${PREVIEW_POLICY}; frame-ancestors 'none'`,
};

/**
 * Answers GET /d/{token}, which app.ts routes: links are opened often, and neither a second
 * application nor a schema for the query stands before them.
 */
export async function answerLink(c: Context<AppEnv, "/d/:token">): Promise<Response> {
  const token = c.req.param("token");
  const asked = c.req.query("disposition");
  const disposition = asked ?? "inline";
  if (disposition !== "inline" && disposition !== "attachment") {
    throw invalidField("/query/disposition", "is inline or attachment");
  }
  const realMs = Date.now();
  const later = (promise: Promise<unknown>) => c.executionCtx.waitUntil(promise);
  if (asked === undefined && c.req.header("accept")?.includes("text/html")) {
    const addresses = { fonts: facesAt(c.req.url), pdf: "?disposition=inline" };
    const page = await openLinkPage(c.env, token, realMs, (drawn) => linkPage(drawn, addresses));
    if (page) {
      countView(c.env, page.linkId, realMs, later);
      return c.html(page.html, 200, PAGE_HEADERS);
    }
  }
  const { linkId, kind, number, ...printed } = await openLink(c.env, token, realMs, later);
  if (linkId !== null) countView(c.env, linkId, realMs, later);
  const pdf = { ...printed, disposition, name: pdfName(kind, number), headers: HEADERS } as const;
  return isConditional(c.req.raw) ? sendPdf(c, pdf) : wholePdf(pdf, WHOLE_HEADERS);
}
