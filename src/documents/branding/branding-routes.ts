/** /api/branding: how the tenant's documents look. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { readBytes } from "../../platform/http/http.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { MAX_LOGO_BYTES, uploadedLogo } from "../logo/logo.ts";
import { readBranding } from "../party/party-store.ts";
import { freshPdf } from "../render/cache/rendered.ts";
import { brandingSchema } from "../schema/schema.ts";
import { brandingView, showBranding } from "../wire/party-view.ts";
import { pdfReply } from "../wire/route-parts.ts";
import { putBranding, putLogo, sampleModel } from "./branding.ts";

export const brandingRoutes = createApi<AppEnv>();

brandingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/branding",
    operationId: "getBranding",
    summary: "Read how the tenant's documents look",
    tags: ["Branding"],
    security,
    responses: { 200: jsonReply(brandingView, "The branding, or its defaults"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    return c.json(showBranding(await readBranding(c.env.DB, actor.tenantId)), 200);
  },
);

brandingRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/branding",
    operationId: "putBranding",
    summary: "Replace all but the logo; an accent too pale for white paper is darkened on the page",
    tags: ["Branding"],
    security,
    request: { body: jsonBody(brandingSchema) },
    responses: { 200: jsonReply(brandingView, "The branding"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    return c.json(showBranding(await putBranding(c.env, actor, c.req.valid("json"))), 200);
  },
);

const image = { schema: { type: "string", format: "binary" } } as const;

brandingRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/branding/logo",
    operationId: "putLogo",
    summary:
      "Set the logo: the bytes of a PNG or JPEG of at most 512,000 bytes and 2,000 pixels a side",
    tags: ["Branding"],
    security,
    request: { body: { content: { "image/png": image, "image/jpeg": image }, required: true } },
    responses: { 200: jsonReply(brandingView, "The branding"), ...problems(413, 415) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const bytes = new Uint8Array(await readBytes(c, MAX_LOGO_BYTES));
    return c.json(showBranding(await putLogo(c.env, actor, bytes)), 200);
  },
);

brandingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/branding/logo",
    operationId: "getLogo",
    summary: "The logo as it was uploaded",
    tags: ["Branding"],
    security,
    responses: {
      200: { description: "The picture", content: { "image/png": image, "image/jpeg": image } },
      ...problems(404),
    },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const { logoKey } = await readBranding(c.env.DB, actor.tenantId);
    const logo = logoKey && (await uploadedLogo(c.env, actor.tenantId, logoKey));
    if (!logo) throw notFound("logo");
    return c.body(logo.bytes, 200, { "Content-Type": logo.type });
  },
);

brandingRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/branding/logo",
    operationId: "deleteLogo",
    summary: "Take the logo away; documents that are final keep theirs",
    tags: ["Branding"],
    security,
    responses: { 200: jsonReply(brandingView, "The branding"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    return c.json(showBranding(await putLogo(c.env, actor, null)), 200);
  },
);

brandingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/branding/preview.pdf",
    operationId: "previewBranding",
    summary: "A sample invoice as it would look today",
    tags: ["Branding"],
    security,
    responses: { 200: pdfReply, ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "documents.read", "own", "theirs");
    const bytes = await freshPdf(c.env, await sampleModel(c.env, actor));
    return c.body(bytes as Uint8Array<ArrayBuffer>, 200, {
      "Content-Type": "application/pdf",
      "Content-Disposition": "inline; filename=preview.pdf",
    });
  },
);
