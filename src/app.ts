/**
 * The HTTP application: what stands around every answer, and the routes that a fresh isolate should
 * answer at once. All others stand in routes.ts, which is loaded with the first request for one.
 */
import { type Context, Hono } from "hono";
import type { AppEnv } from "./accounts/actor/actor.ts";
import { answeredBy, handOn, patternOf } from "./accounts/guard/hand-on.ts";
import { remembered } from "./core/recent.ts";
import { loadRoutes } from "./loaders.ts";
import { recordRoutes } from "./metering/record/record-routes.ts";
import { problemOf, problemReply } from "./platform/http/problem.ts";
import { HEADERS, isStamped, PDF_POLICY, POLICY } from "./platform/http/stamp.ts";
import { randomToken } from "./platform/runtime/crypto.ts";
import { inRequest, logWarning } from "./platform/runtime/log.ts";
import { isOwnAddress } from "./platform/runtime/public-url.ts";
import { count, tellCounts, timer } from "./platform/watch/counts.ts";

/** The whole API, dashboard and reference, as one Hono application. */
export function createApp() {
  const app = new Hono<AppEnv>();

  app.use("*", async (c, next) => {
    const given = c.req.header("x-request-id");
    const requestId = makeRequestId();
    c.set("requestId", requestId);
    c.set("callerRequestId", given && /^[\w.-]{1,64}$/.test(given) ? given : null);
    const beganMs = Date.now();
    if (isOwnAddress(c.env, c.req.url)) await inRequest(requestId, next);
    else c.res = (await loadRoutes()).refuseHost(c);
    stampHeaders(c);
    noteAnswer(c, beganMs);
  });
  app.onError((error, c) => {
    const requestId = c.get("requestId");
    return problemReply(c, problemOf(error, requestId), requestId);
  });

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  // Recording has its own identity, budget and body limits: nothing more stands before it.
  app.route("/", recordRoutes);
  app.get("/d/:token", async (c) => (await loadRoutes()).answerLink(c));
  app.notFound(async (c) => handOn((await loadRoutes()).app, c));
  return app;
}

/** A request that took longer has a line in the log. */
const SLOW_MS = 5_000;

/** The names of what is counted of a route's answers, which are made once. */
const seriesOf = remembered(2_000, (route) => ({
  answers: ["0xx", "1xx", "2xx", "3xx", "4xx", "5xx"].map(
    (status) => `boxcostpro_requests_total{route="${route}",status="${status}"}`,
  ),
  timeArea: timer("boxcostpro_request_duration_seconds", `area="${areaOf(route)}",`),
}));

/** Counts an answer by its route, which no caller can name as it likes, and how long it took. */
function noteAnswer(c: Context<AppEnv>, beganMs: number): void {
  const route = answeredBy(c.req.raw) ?? patternOf(c) ?? "none";
  const nowMs = Date.now();
  const ms = nowMs - beganMs;
  const { status } = c.res;
  const { answers, timeArea } = seriesOf(route);
  count(answers[Math.floor(status / 100)] ?? "");
  timeArea(ms);
  if (status >= 500 || ms > SLOW_MS) {
    const request_id = c.get("requestId");
    logWarning({
      at: "request",
      request_id,
      method: c.req.method,
      route,
      status,
      ms,
    });
  }
  tellCounts(c.env, nowMs, (work) => c.executionCtx.waitUntil(work));
}

function areaOf(route: string): string {
  if (route === "/api/usage/record" || route === "/api/usage/events") return "record";
  const [, area = ""] = route.split("/");
  return area === "api" || area === "dashboard" ? area : "other";
}

let isolate = "";
let requests = 0;

/** A prefix that is random for each isolate, and a count: unique, and cheap for every request. */
function makeRequestId(): string {
  isolate ||= randomToken(9);
  return `req_${isolate}${(requests++).toString(36).padStart(4, "0")}`;
}

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
  if (isStamped(c.res)) return;
  const isPdf = headers.get("content-type") === "application/pdf";
  if (isPdf && !headers.has(POLICY)) headers.set(POLICY, PDF_POLICY);
  for (const [name, value] of HEADERS) if (!headers.has(name)) headers.set(name, value);
}
