/**
 * An application inside another one, which is made with its first request: what of a request the
 * outer one found out is handed on with it.
 */
import type { Context, Hono, MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { AppEnv } from "../actor/actor.ts";

const told = new WeakMap<Request, AppEnv["Variables"]>();
const answered = new WeakMap<Request, string>();

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
  // The innermost application's route is the one that answered.
  if (!answered.has(c.req.raw)) answered.set(c.req.raw, patternOf(c) ?? "none");
};

/** The route that an inner application answered a request by; undefined where none was asked. */
export function answeredBy(request: Request): string | undefined {
  return answered.get(request);
}

/** The route that answers, as Hono writes it; null where there is none. */
export function patternOf(c: Context): string | null {
  return matchedRoutes(c).find(({ path }) => !path.includes("*"))?.path ?? null;
}
