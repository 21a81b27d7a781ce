/**
 * A dialect: another product's API, answered by this one. Each has an application of its own, made
 * with its first request, so that it costs the product's own routes nothing; from its first
 * middleware on it answers in its own form, errors and unknown paths too.
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { keyIn } from "../../accounts/actor/key-text.ts";
import { guardBy, shield } from "../../accounts/guard/guard.ts";
import { handedOn, handOn } from "../../accounts/guard/hand-on.ts";
import { Problem } from "../../core/errors.ts";
import { START_BESIDE } from "../../metering/record/starts.ts";
import { MAX_BODY_BYTES, parseBody, readText } from "../../platform/http/http.ts";
import { problemHeaders, problemOf } from "../../platform/http/problem.ts";
import { relay } from "../../platform/queue/outbox.ts";

/** A refusal as the dialect's clients read it. `type` is its content type. */
export type Refusal = { status: number; type: string; body: unknown };

/** How a dialect says what it refuses. Pure. */
export type ErrorForm = (problem: Problem, requestId: string) => Refusal;

export type Dialect = {
  name: string;
  /** The paths that it answers, as Hono matches them. */
  paths: readonly string[];
  form: ErrorForm;
  /** What it has no route for, by path, and which native call does it. */
  elsewhere: readonly Elsewhere[];
  /** Gives its application its routes: what records behind `enter`, all else behind the others. */
  route: (app: Hono<AppEnv>) => void;
};

/** What a dialect does not have: paths that match, and what to do instead. */
export type Elsewhere = readonly [path: RegExp, instead: string];

const apps = new Map<Dialect, Hono<AppEnv>>();

/** Answers a request in its dialect. */
export async function answerIn(dialect: Dialect, c: Context<AppEnv>): Promise<Response> {
  let app = apps.get(dialect);
  if (!app) {
    app = appOf(dialect);
    apps.set(dialect, app);
  }
  return handOn(app, c);
}

/** A problem as the dialect says it. */
export function refusalIn(form: ErrorForm, c: Context<AppEnv>, problem: Problem): Response {
  const { status, type, body } = form(problem, c.get("requestId"));
  const headers = { "Content-Type": type, ...problemHeaders(problem) };
  return c.body(JSON.stringify(body), status as ContentfulStatusCode, headers);
}

/** An application that answers in its dialect's form whatever is thrown, or has no route. */
function appOf({ form, elsewhere, route }: Dialect): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use("*", handedOn);
  app.notFound((c) => refusalIn(form, c, notHere(c.req.method, c.req.path, elsewhere)));
  app.onError((error, c) => refusalIn(form, c, problemOf(error, c.get("requestId"))));
  route(app);
  return app;
}

/** The 404 of a path without a route, with the native call that does the same, if there is one. */
function notHere(method: string, path: string, elsewhere: readonly Elsewhere[]): Problem {
  const [, instead] = elsewhere.find(([pattern]) => pattern.test(path)) ?? [];
  const detail = `no ${method} ${path} here`;
  return new Problem("route.not_found", instead === undefined ? detail : `${detail}; ${instead}`);
}

/** Lets in who has a key, as a bearer token or as the name of Basic: all that recording needs. */
export const enter = guardBy(keyIn, { question: START_BESIDE });

/** What a write announced goes to the queue after its answer, and not with the minute's sweep. */
const relayEvents: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  const { method } = c.req;
  if (method === "GET" || method === "HEAD" || c.res.status >= 400) return;
  c.executionCtx.waitUntil(relay(c.env.DB, c.env.NEWS, Date.now()));
};

/** What stands before every route that does not record: guard, limits, and the relay after it. */
export const AS_OTHER_ROUTES = [enter, shield, relayEvents] as const;

/** The content type in small letters, without its parameters; "" where there is none. */
export function contentType(c: Context): string {
  return (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** The JSON of a body, whatever its type says, exact as `parseBody` is. Errors: 400, 413. */
export async function readJson(c: Context, maxBytes = MAX_BODY_BYTES): Promise<unknown> {
  return parseBody(await readText(c, maxBytes));
}
