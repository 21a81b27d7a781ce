/**
 * All routes but those of app.ts, with what stands before them, and the OpenAPI document. Loaded
 * with the first request for one.
 */
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "./accounts/actor/actor.ts";
import { guard, shield } from "./accounts/guard/guard.ts";
import { handedOn } from "./accounts/guard/hand-on.ts";
import { idempotent } from "./accounts/guard/idempotent.ts";
import { versioned } from "./accounts/guard/versioned.ts";
import { accountRoutes } from "./accounts/routes.ts";
import { testClockRoutes } from "./accounts/test-clock/test-clock-routes.ts";
import { operationsOf } from "./answers.ts";
import "./audited.ts";
import { billingRoutes } from "./billing/routes.ts";
import { budgetRoutes } from "./budget/budget-routes.ts";
import { answerIn, refusalIn } from "./compat/common/dialect.ts";
import { DIALECTS, dialectAt } from "./compat/registry.ts";
import { Problem } from "./core/errors.ts";
import { describeApi } from "./dashboard/reference/docs.ts";
import { dashboardRoutes } from "./dashboard/routes.ts";
import { deliveryRoutes } from "./delivery/routes.ts";
import { documentRoutes } from "./documents/routes.ts";
import { intakeRoutes } from "./metering/intake/intake-routes.ts";
import { liveRoutes, liveTicketRoutes } from "./metering/live/live-routes.ts";
import { recordOperations } from "./metering/record/record-operation.ts";
import { trackApiCall } from "./metering/record/track.ts";
import { meteringRoutes } from "./metering/routes.ts";
import { exactJsonBody } from "./platform/http/http.ts";
import { problemOf, problemReply } from "./platform/http/problem.ts";
import { relay } from "./platform/queue/outbox.ts";
import { makeId } from "./platform/runtime/crypto.ts";
import { createApi } from "./platform/schema/openapi.ts";
import { retentionRoutes } from "./retention/routes.ts";
import { runUntil } from "./schedule.ts";
import { changedOperations } from "./versions/operation.ts";
import { healthRoutes } from "./watch/health-routes.ts";
import { stuckRoutes } from "./watch/stuck-routes.ts";
import { watchRoutes } from "./watch/watch-routes.ts";

export { answerLink } from "./documents/link/link-routes.ts";

const UNKNOWN_HOST =
  "nothing is served at this address: the installation's own are listed in its PUBLIC_URL";

/** The routes as an application inside the one of app.ts. */
export function createRoutes() {
  const app = createApi<AppEnv>();
  const routers = [
    accountRoutes,
    meteringRoutes,
    liveRoutes,
    documentRoutes,
    billingRoutes,
    deliveryRoutes,
    budgetRoutes,
    retentionRoutes,
    healthRoutes,
    stuckRoutes,
    testClockRoutes(runUntil),
  ];

  app.use("*", handedOn);
  app.notFound((c) => {
    const problem = new Problem("route.not_found", `no ${c.req.method} ${c.req.path} here`);
    return problemReply(c, problem, c.get("requestId"));
  });
  app.onError((error, c) => {
    const requestId = c.get("requestId");
    return problemReply(c, problemOf(error, requestId), requestId);
  });

  app.get("/", (c) => c.redirect("/docs"));
  // Viewers of PDFs ask for it, whose pages can name no other.
  app.get("/favicon.ico", (c) => c.redirect("/dashboard/assets/icon.svg"));

  app.route("/", watchRoutes);
  app.route("/", liveTicketRoutes);
  app.route("/", recordOperations);
  app.route("/", intakeRoutes);
  // Other products' APIs: each with its own guard, limits, errors and relay.
  for (const dialect of DIALECTS) {
    for (const path of dialect.paths) app.all(path, (c) => answerIn(dialect, c));
  }
  app.on(WRITES, "*", relayEvents);
  const once = idempotent(operationsOf(routers));
  app.use("/api/*", guard, shield, countCall, exactJsonBody);
  for (const operation of changedOperations()) {
    const [method = "", path = ""] = operation.split(" ");
    app.on(method, path.replace(/\{(\w+)\}/g, ":$1"), versioned(operation));
  }
  app.use("/api/*", once);
  for (const router of routers) app.route("/", router);
  app.route("/", dashboardRoutes(runUntil));

  describeApi(app);
  return app;
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
  c.executionCtx.waitUntil(relay(c.env.DB, c.env.NEWS, Date.now()));
};

/** The refusal of a host that is not ours, in the form of whoever answers at the request's path. */
export function refuseHost(c: Context<AppEnv>): Response {
  const problem = new Problem("route.unknown_host", UNKNOWN_HOST);
  const dialect = dialectAt(c.req.path);
  if (dialect) return refusalIn(dialect.form, c, problem);
  return problemReply(c, problem, c.get("requestId"));
}
