/**
 * The one way in which a page changes something: a form is the body of an operation of the API. The
 * operation's own route checks the role, checks the body by its schema and runs its verb, so audit,
 * usage and answers are the API's; the pointers of a problem lead back to the form's fields. A page
 * that only reads asks a store, a verb or a GET operation, whichever has what it shows. What is no
 * operation of the API calls its verb and says so.
 */
import { Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { notFound } from "../../core/errors.ts";
import type { Body } from "../form/form.ts";
import type { PageContext } from "./request.ts";

type Operation = {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Made by `apiPath`. */
  path: string;
  /** Sent as JSON, or unchanged where it is bytes. */
  body?: Body | Uint8Array<ArrayBuffer> | undefined;
  /** The media type of bytes. */
  type?: string | undefined;
  /** Whose operation it is, where the operator acts for a tenant; else whoever is signed in. */
  as?: Actor;
};

/**
 * Runs an operation of `routes` for whoever is signed in. Returns what it answers, with numbers as
 * their text; an empty object where it answers nothing. Errors: the operation's, as it throws them;
 * 404 where `routes` has no such operation.
 */
export async function runOperation(
  c: PageContext,
  routes: Hono<AppEnv>,
  operation: Operation,
): Promise<Body> {
  const answer = await openOperation(c, routes, operation);
  const text = await answer.text();
  return text === "" ? {} : (parseJsonExactly(text) as Body);
}

/** The same where the answer is a file: it is passed on as it comes. Errors: as `runOperation`. */
export async function openOperation(
  c: PageContext,
  routes: Hono<AppEnv>,
  { method = "GET", path, body, type, as = c.var.actor }: Operation,
): Promise<Response> {
  // The page's own origin, since some answers hold addresses of this installation.
  const request = new Request(new URL(path, c.req.url), { method, ...contentOf(body, type) });
  callers.set(request, { page: c, actor: as });
  return apiOf(routes).fetch(request, c.env, c.executionCtx);
}

/** The page that each inner request comes from, and who asks. */
const callers = new WeakMap<Request, { page: PageContext; actor: Actor }>();

/** Each router behind the middleware that sets its actor; kept, since building it is slow. */
const apis = new WeakMap<Hono<AppEnv>, Hono<AppEnv>>();

function apiOf(routes: Hono<AppEnv>): Hono<AppEnv> {
  const known = apis.get(routes);
  if (known) return known;
  const api = new Hono<AppEnv>();
  api.onError((error) => {
    throw error;
  });
  api.notFound(() => {
    throw notFound("page");
  });
  api.use("*", async (inner, next) => {
    const caller = callers.get(inner.req.raw);
    if (!caller) throw new Error("an operation was asked for by no page");
    inner.set("actor", caller.actor);
    inner.set("requestId", caller.page.var.requestId);
    inner.set("callerRequestId", caller.page.var.callerRequestId);
    await next();
  });
  api.route("/", routes);
  apis.set(routes, api);
  return api;
}

function contentOf(body: Operation["body"], type: Operation["type"]): RequestInit {
  if (body === undefined) return {};
  if (body instanceof Uint8Array) {
    return { body, ...(type === undefined ? {} : { headers: { "Content-Type": type } }) };
  }
  return { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
}

/** A path of the API with its parts and its query escaped; what is empty of a query is left out. */
export function apiPath(parts: readonly string[], query: Record<string, string> = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const path = `/api/${parts.map(encodeURIComponent).join("/")}`;
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
