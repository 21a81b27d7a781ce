/** The routes of all formats: each reads its body, and they are recorded and answered alike. */
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow, guard } from "../../accounts/guard/guard.ts";
import { Problem } from "../../core/errors.ts";
import { readText } from "../../platform/http/http.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { type Format, problemOfOne } from "./format.ts";
import { refusedSchema } from "./format-schema.ts";
import { recordForeign } from "./intake.ts";
import { FORMATS } from "./registry.ts";
import { ensureDeclared } from "./rule-metric.ts";
import { rulesFor } from "./rule-store.ts";

const app = createApi<AppEnv>();

for (const format of Object.values<Format>(FORMATS)) {
  const { path, operations, summary, description, content, query, reply } = format;
  for (const method of ["post", "put"] as const) {
    const operationId = operations[method];
    if (operationId === undefined) continue;
    app.openAPIRegistry.registerPath(
      createRoute({
        method,
        path,
        operationId,
        summary,
        description,
        tags: ["Usage"],
        security,
        request: { body: { required: true, content }, ...(query ? { query } : {}) },
        responses: {
          200: jsonReply(reply, "What became of them"),
          ...problems(400, 409, 413, 415),
          422: {
            description: "An event is not valid; `errors` points to each",
            content: { "application/problem+json": { schema: refusedSchema } },
          },
        },
      }),
    );
    app.on(method.toUpperCase(), path, guard, (c) => take(c, format));
  }
}

async function take(c: Context<AppEnv>, format: Format): Promise<Response> {
  const recorder = allow(c, "usage.write");
  const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!format.takes(type)) {
    const taken = Object.keys(format.content).join(" or ");
    throw new Problem("request.unsupported_media_type", `send ${taken}`);
  }
  const text = await readText(c, format.maxBytes);
  const { headers } = c.req.raw;
  const rules = format.ruled ? await rulesFor(c.env, recorder) : [];
  const { events, single } = format.read({ type, text, headers, query: c.req.query(), rules });
  const ready = await ensureDeclared(c.env, recorder, rules, events);
  const results = await recordForeign(c.env, recorder, ready);
  const problem = single && results.length === 1 ? problemOfOne(results) : null;
  if (problem) throw problem;
  return Response.json(format.answer(results));
}

export const intakeRoutes = app;
