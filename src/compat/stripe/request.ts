/** What every call of Stripe's clients shares: its parameters, its headers, and who may send it. */
import type { Context, MiddlewareHandler } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { TENANT_HEADER } from "../../accounts/guard/acting.ts";
import { Problem } from "../../core/errors.ts";
import { MAX_BODY_BYTES, parseBody, readText } from "../../platform/http/http.ts";
import { contentType } from "../common/dialect.ts";
import { invalid } from "./error.ts";
import { parseForm } from "./form.ts";
import { type Params, paramsOf } from "./param.ts";

/** Refuses connected accounts, of which there are none here. */
export const asStripe: MiddlewareHandler<AppEnv> = async (c, next) => {
  for (const name of ["Stripe-Account", "Stripe-Context"]) {
    if (c.req.header(name) === undefined) continue;
    throw invalid(`There are no connected accounts here: name a tenant in ${TENANT_HEADER}.`);
  }
  await next();
};

/** Says in each answer which request it is to, and under which key it was sent. */
export const stamped: MiddlewareHandler<AppEnv> = async (c, next) => {
  await next();
  c.res.headers.set("Request-Id", c.get("requestId"));
  const key = c.req.header("idempotency-key");
  if (key !== undefined && /^[\x21-\x7e]{1,255}$/.test(key)) {
    c.res.headers.set("Idempotency-Key", key);
  }
};

/**
 * Reads a body once, before whoever has to know it again. Errors: 400 unreadable, 413, 415 for
 * neither a form, as v1 takes, nor JSON, as v2 does.
 */
export const readBody: MiddlewareHandler<AppEnv> = async (c, next) => {
  if (c.req.method === "GET" || c.req.method === "HEAD") return next();
  const text = await bodyText(c);
  c.req.text = async () => text;
  return next();
};

async function bodyText(c: Context<AppEnv>): Promise<string> {
  const type = contentType(c);
  const text = await readText(c, MAX_BODY_BYTES);
  const taken = isV2(c) ? "application/json" : "application/x-www-form-urlencoded";
  if (text === "" || type === taken) return text;
  throw new Problem("request.unsupported_media_type", `send ${taken}`);
}

function isV2(c: Context<AppEnv>): boolean {
  return c.req.path.startsWith("/v2/");
}

/** The parameters of a call behind `readBody`: of its query, its form or its JSON. Errors: 400. */
export async function paramsIn(c: Context<AppEnv>): Promise<Params> {
  if (c.req.method === "GET") return paramsOf(parseForm(new URL(c.req.url).search.slice(1)));
  const text = await c.req.text();
  if (!isV2(c)) return paramsOf(parseForm(text));
  const body = text === "" ? {} : parseBody(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw invalid("Invalid request: the body is a JSON object.");
  }
  return paramsOf(body as Record<string, unknown>);
}
