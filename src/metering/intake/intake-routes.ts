/** The routes of all formats: each reads its body, and they are recorded and answered alike. */
import { createRoute } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow, insistAllTenants } from "../../accounts/guard/guard.ts";
import { Problem } from "../../core/errors.ts";
import { readText } from "../../platform/http/http.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { prefersLater } from "../record/later.ts";
import { recordingGuard } from "../record/starts.ts";
import { LATER_WARNINGS } from "../record/warning.ts";
import type { Mapped } from "./foreign.ts";
import { type Format, postponedProblem, problemOfOne, type Sent } from "./format.ts";
import { refusedSchema } from "./format-schema.ts";
import { recordForeign } from "./intake.ts";
import { type Recorded, recordNamed, refusingNamed, tenantsNamed } from "./named.ts";
import { FORMATS } from "./registry.ts";
import type { UsageRule } from "./rule.ts";
import { ensureDeclared } from "./rule-metric.ts";
import { rulesFor } from "./rule-store.ts";

const app = createApi<AppEnv>();

const PREFER =
  "Send `Prefer: respond-async` for a 202 once the events are read and kept; what cannot be " +
  `counted afterwards is listed at \`/api/usage/refused\`. ${LATER_WARNINGS}`;

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
        description: `${description}\n\n${PREFER}`,
        tags: ["Usage"],
        security,
        request: { body: { required: true, content }, ...(query ? { query } : {}) },
        responses: {
          200: jsonReply(reply, "What became of them"),
          202: jsonReply(reply, "What is queued of them"),
          ...problems(400, 409, 413, 415),
          422: {
            description: "An event is not valid; `errors` points to each",
            content: { "application/problem+json": { schema: refusedSchema } },
          },
        },
      }),
    );
    app.on(method.toUpperCase(), path, recordingGuard, (c) => take(c, format));
  }
}

async function take(c: Context<AppEnv>, format: Format): Promise<Response> {
  const recorder = allow(c, "usage.write", "tenants", "theirs");
  const type = (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!format.takes(type)) {
    const taken = Object.keys(format.content).join(" or ");
    throw new Problem("request.unsupported_media_type", `send ${taken}`);
  }
  const text = await readText(c, format.maxBytes);
  const { headers } = c.req.raw;
  const rules = format.ruled ? await rulesFor(c.env, recorder) : [];
  const read = (by: Pick<Sent, "rules" | "rulesOf">) =>
    format.read({ type, text, headers, query: c.req.query(), ...by });
  const taken = read({ rules });
  const later = prefersLater(c.req.header("prefer"));
  const names = tenantsNamed(taken.events);
  const { results, postponed } =
    recorder.operator && names.size > 0
      ? await recordNamed(c.env, recorder, {
          names,
          read,
          taken,
          ruled: format.ruled ?? false,
          later,
        })
      : await recordOwn(c.env, recorder, rules, taken.events, later);
  if (postponed) throw postponedProblem(postponed, results);
  const problem = taken.single && results.length === 1 ? problemOfOne(results) : null;
  if (problem) throw problem;
  return Response.json(format.answer(results), { status: later ? 202 : 200 });
}

async function recordOwn(
  env: Env,
  recorder: Actor,
  rules: readonly UsageRule[],
  events: readonly Mapped[],
  later: boolean,
): Promise<Recorded> {
  // Whoever tries a connection sends nothing, with whichever key.
  if (events.length > 0) insistAllTenants(recorder);
  const ready = await ensureDeclared(env, recorder, rules, refusingNamed(events));
  return { results: await recordForeign(env, recorder, ready, later), postponed: null };
}

export const intakeRoutes = app;
