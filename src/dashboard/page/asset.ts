/** /dashboard/assets: the scripts, styles and fonts of the pages, from public/dashboard. */
import { Hono } from "hono";
import { notFound } from "../../core/errors.ts";
import type { PageEnv } from "./request.ts";

export const assetRoutes = new Hono<PageEnv>();

assetRoutes.get("/assets/:file{[a-z-]+\\.[a-z0-9]+}", async (c) => {
  const url = `https://assets.invalid/dashboard/${c.req.param("file")}`;
  const etag = c.req.header("if-none-match");
  const found = await c.env.ASSETS.fetch(url, etag ? { headers: { "If-None-Match": etag } } : {});
  if (found.status !== 200 && found.status !== 304) throw notFound("file");
  const headers = new Headers({ "Cache-Control": "public, max-age=300, must-revalidate" });
  for (const name of ["content-type", "etag"]) {
    const value = found.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return new Response(found.body as ReadableStream | null, { status: found.status, headers });
});
