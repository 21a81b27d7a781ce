/**
 * The API's own operations, run for whoever is signed in: their schemas check the body, their verbs
 * do it, and a problem's pointers lead back to the form's fields.
 */
import { Hono } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import type { Body } from "../form/form.ts";
import type { PageContext } from "./request.ts";

type Request = { method?: "GET" | "POST" | "PUT" | "PATCH"; path: string; body?: Body };

/** What the operation answers, with numbers as their text. Errors: the operation's. */
export async function runOperation(
  c: PageContext,
  routes: Hono<AppEnv>,
  { method = "GET", path, body }: Request,
): Promise<Body> {
  const api = new Hono<AppEnv>();
  api.onError((error) => {
    throw error;
  });
  api.use("*", async (inner, next) => {
    inner.set("actor", c.var.actor);
    inner.set("requestId", c.var.requestId);
    await next();
  });
  api.route("/", routes);
  const sent =
    body === undefined
      ? {}
      : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await api.request(path, { method, ...sent }, c.env, c.executionCtx);
  return parseJsonExactly(await answer.text()) as Body;
}

/** A path of the API with its parts and its query escaped. */
export function apiPath(parts: readonly string[], query: Record<string, string> = {}): string {
  const asked = Object.entries(query).filter(([, value]) => value !== "");
  const path = `/api/${parts.map(encodeURIComponent).join("/")}`;
  return asked.length === 0 ? path : `${path}?${new URLSearchParams(asked)}`;
}
