/**
 * An application inside another one, which is made with its first request: what of a request the
 * outer one found out is handed on with it.
 */
import type { Context, Hono, MiddlewareHandler } from "hono";
import type { AppEnv } from "../actor/actor.ts";

const told = new WeakMap<Request, AppEnv["Variables"]>();

/** Has an inner application answer a request. */
export async function handOn(app: Hono<AppEnv>, c: Context<AppEnv>): Promise<Response> {
  told.set(c.req.raw, c.var);
  return app.fetch(c.req.raw, c.env, c.executionCtx);
}

/** The first middleware of an inner application: the request keeps the ids that it has. */
export const handedOn: MiddlewareHandler<AppEnv> = async (c, next) => {
  const outer = told.get(c.req.raw);
  c.set("requestId", outer?.requestId ?? "");
  c.set("callerRequestId", outer?.callerRequestId ?? null);
  await next();
};
