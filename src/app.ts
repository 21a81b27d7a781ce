/** The HTTP application: middleware, mounts, the OpenAPI document, and how errors are answered. */
import type { Context, MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnv } from "./accounts/actor/actor.ts";
import { guard, shield } from "./accounts/guard/guard.ts";
import { idempotent } from "./accounts/guard/idempotent.ts";
import { accountRoutes } from "./accounts/routes.ts";
import { testClockRoutes } from "./accounts/test-clock/test-clock-routes.ts";
import { operationsOf } from "./answers.ts";
import { billingRoutes } from "./billing/routes.ts";
import { budgetRoutes } from "./budget/budget-routes.ts";
import { answerIn, refusalIn } from "./compat/common/dialect.ts";
import { DIALECTS, dialectAt } from "./compat/registry.ts";
import { Problem, problemBody } from "./core/errors.ts";
import { describeApi } from "./dashboard/reference/docs.ts";
import { dashboardRoutes } from "./dashboard/routes.ts";
import { deliveryRoutes } from "./delivery/routes.ts";
import { documentRoutes } from "./documents/routes.ts";
import { intakeRoutes } from "./metering/intake/intake-routes.ts";
import { liveRoutes, liveTicketRoutes } from "./metering/live/live-routes.ts";
import { recordRoutes } from "./metering/record/record-routes.ts";
import { trackApiCall } from "./metering/record/track.ts";
import { meteringRoutes } from "./metering/routes.ts";
import { exactJsonBody } from "./platform/http/http.ts";
import { problemHeaders, problemOf } from "./platform/http/problem.ts";
import { relay } from "./platform/queue/outbox.ts";
import { makeId, randomToken } from "./platform/runtime/crypto.ts";
import { isOwnAddress } from "./platform/runtime/public-url.ts";
import { createApi } from "./platform/schema/openapi.ts";
import { runUntil } from "./schedule.ts";

const POLICY = "Content-Security-Policy";
/** A PDF's policy holds the browser's own viewer, too: it may say no more than who frames it. */
const PDF_POLICY = "frame-ancestors 'none'";

const UNKNOWN_HOST =
  "nothing is served at this address: the installation's own are listed in its PUBLIC_URL";

/** On every answer that does not say otherwise. */
const HEADERS: readonly [string, string][] = [
  ["Cache-Control", "no-store"],
  [POLICY, "default-src 'none'; frame-ancestors 'none'"],
  ["Referrer-Policy", "no-referrer"],
  ["Strict-Transport-Security", "max-age=31536000"],
  ["X-Content-Type-Options", "nosniff"],
];

/** The whole API, dashboard and reference, as one Hono application. */
export function createApp() {
  const app = createApi<AppEnv>();
  const routers = [
    accountRoutes,
    meteringRoutes,
    liveRoutes,
    documentRoutes,
    billingRoutes,
    deliveryRoutes,
    budgetRoutes,
    testClockRoutes(runUntil),
  ];

  app.use("*", async (c, next) => {
    const given = c.req.header("x-request-id");
    c.set("requestId", makeRequestId());
    c.set("callerRequestId", given && /^[\w.-]{1,64}$/.test(given) ? given : null);
    if (isOwnAddress(c.env, c.req.url)) await next();
    else c.res = refuse(c, new Problem("route.unknown_host", UNKNOWN_HOST));
    stampHeaders(c);
  });
  app.notFound((c) => {
    const problem = new Problem("route.not_found", `no ${c.req.method} ${c.req.path} here`);
    return problemReply(c, problem);
  });
  app.onError((error, c) => problemReply(c, problemOf(error, c.get("requestId"))));

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/", (c) => c.redirect("/docs"));
  // Viewers of PDFs ask for it, whose pages can name no other.
  app.get("/favicon.ico", (c) => c.redirect("/dashboard/assets/icon.svg"));

  app.route("/", liveTicketRoutes);
  // Recording has its own identity, budget and body limits: nothing more stands before it.
  app.route("/", recordRoutes);
  app.route("/", intakeRoutes);
  // Other products' APIs: each with its own guard, limits, errors and relay.
  for (const dialect of DIALECTS) {
    for (const path of dialect.paths) app.all(path, (c) => answerIn(dialect, c));
  }
  app.on(WRITES, "*", relayEvents);
  const once = idempotent(operationsOf(routers));
  app.use("/api/*", guard, shield, countCall, exactJsonBody, once);
  for (const router of routers) app.route("/", router);
  app.route("/", dashboardRoutes(runUntil));

  describeApi(app);
  return app;
}

let isolate = "";
let requests = 0;

/** A prefix that is random for each isolate, and a count: unique, and cheap for every request. */
function makeRequestId(): string {
  isolate ||= randomToken(9);
  return `req_${isolate}${(requests++).toString(36).padStart(4, "0")}`;
}

const UNCOUNTED = /^\/api\/(?:usage|billing|test-clock)(?:\/|$)/;

/** Counts what a tenant's key asks for as usage, after the answer; an error there is ignored. */
const countCall: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const actor = c.get("actor");
  if (actor.operator || actor.actedBy || UNCOUNTED.test(c.req.path)) return;
  c.executionCtx.waitUntil(trackApiCall(c.env, actor, makeId("call", actor.realMs)));
};

const WRITES = ["POST", "PUT", "PATCH", "DELETE"];

/** What a write announced goes to the queue after its answer, and not with the minute's sweep. */
const relayEvents: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  if (c.res.status >= 400) return;
  c.executionCtx.waitUntil(relay(c.env.DB, c.env.JOBS, Date.now()));
};

function stampHeaders(c: Context<AppEnv>): void {
  if (c.res.status === 101) return; // an accepted WebSocket is passed on untouched
  let { headers } = c.res;
  try {
    headers.set("X-Request-Id", c.get("requestId"));
  } catch {
    c.res = new Response(c.res.body, c.res); // headers of a fetched answer cannot be changed
    headers = c.res.headers;
    headers.set("X-Request-Id", c.get("requestId"));
  }
  const isPdf = headers.get("content-type") === "application/pdf";
  if (isPdf && !headers.has(POLICY)) headers.set(POLICY, PDF_POLICY);
  for (const [name, value] of HEADERS) if (!headers.has(name)) headers.set(name, value);
}

/** A problem in the form of whoever answers at the request's path. */
function refuse(c: Context<AppEnv>, problem: Problem): Response {
  const dialect = dialectAt(c.req.path);
  return dialect ? refusalIn(dialect.form, c, problem) : problemReply(c, problem);
}

function problemReply(c: Context<AppEnv>, problem: Problem): Response {
  return c.body(
    JSON.stringify(problemBody(problem, c.get("requestId"))),
    problem.status as ContentfulStatusCode,
    { "Content-Type": "application/problem+json", ...problemHeaders(problem) },
  );
}
