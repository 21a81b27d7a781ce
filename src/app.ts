/** The HTTP application: middleware, mounts, the OpenAPI document, and the only onError. */
import { HTTPException } from "hono/http-exception";
import type { AppEnv } from "./accounts/actor.ts";
import { Problem, problemBody } from "./core/errors.ts";
import { randomToken } from "./platform/crypto.ts";
import { createApi } from "./platform/openapi.ts";

export function createApp() {
  const app = createApi<AppEnv>();

  app.use("*", async (c, next) => {
    const given = c.req.header("x-request-id");
    const requestId = given && /^[\w.-]{1,64}$/.test(given) ? given : `req_${randomToken(12)}`;
    c.set("requestId", requestId);
    await next();
    c.header("X-Request-Id", requestId);
  });

  app.notFound((c) => {
    const problem = new Problem("route.not_found", `no ${c.req.method} ${c.req.path} here`);
    return problemReply(problem, c.get("requestId"));
  });
  app.onError((error, c) => problemReply(problemOf(error, c.get("requestId")), c.get("requestId")));

  app.get("/healthz", (c) => c.json({ status: "ok" }));

  return app;
}

function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException && error.status === 400) {
    return new Problem("request.unreadable", error.message || "the body is not readable");
  }
  console.error(JSON.stringify({ at: "onError", requestId, error: describe(error) }));
  return new Problem("internal", "the request failed; quote the request id when you report it");
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}\n${error.stack}` : String(error);
}

function problemReply(problem: Problem, requestId: string): Response {
  const headers = new Headers({ "content-type": "application/problem+json" });
  headers.set("X-Request-Id", requestId);
  const retry = problem.extra.retryAfterSeconds;
  if (retry !== undefined) headers.set("Retry-After", String(retry));
  if (problem.status === 401) headers.set("WWW-Authenticate", 'Bearer realm="api"');
  return new Response(JSON.stringify(problemBody(problem, requestId)), {
    status: problem.status,
    headers,
  });
}
