/** /docs/guides, /llms.txt and /docs/assets: pages made at the build, from public/. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { notFound } from "../../core/errors.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

/** Five minutes, as of the dashboard's: a new version is seen soon, a page's own turns are free. */
const CACHED = "public, max-age=300, must-revalidate";

type AppContext = Context<AppEnv>;

/** Adds the guides, their pictures and Markdown, and the files that documentation pages load. */
export function guideRoutes(app: OpenAPIHono<AppEnv>): void {
  app.get("/docs/guides", (c) => fileAt(c, "guides/"));
  app.get("/docs/guides/:name{[a-z0-9-]+}", (c) => fileAt(c, `guides/${c.req.param("name")}`));
  app.get("/docs/guides/:file{[\\w-]+\\.(?:md|png|svg)}", (c) =>
    fileAt(c, `guides/${c.req.param("file")}`),
  );
  app.get("/docs/assets/:file{[a-z-]+\\.(?:css|js)}", (c) =>
    fileAt(c, `reference/${c.req.param("file")}`),
  );
  app.get("/llms.txt", (c) => fileAt(c, "guides/llms.txt"));
}

async function fileAt(c: AppContext, path: string): Promise<Response> {
  const etag = c.req.header("if-none-match");
  const given = etag ? { headers: { "If-None-Match": etag } } : {};
  const found = await c.env.ASSETS.fetch(`https://assets.invalid/${path}`, given);
  if (found.status !== 200 && found.status !== 304) throw notFound("page");
  const headers = new Headers({ "Cache-Control": CACHED, "Content-Security-Policy": POLICY });
  const type = found.headers.get("content-type");
  if (type !== null) headers.set("Content-Type", withCharset(type));
  const tag = found.headers.get("etag");
  if (tag !== null) headers.set("ETag", tag);
  return new Response(found.body as ReadableStream | null, { status: found.status, headers });
}

function withCharset(type: string): string {
  return /^text\/(?:markdown|plain)$/.test(type) ? `${type}; charset=utf-8` : type;
}
