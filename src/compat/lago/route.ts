/** How the dialect finds what answers a request. Paths may hold ids with any characters. */
import type { Context } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { Problem } from "../../core/errors.ts";
import { type Fields, isFields } from "../../metering/intake/foreign.ts";
import { readJson } from "../common/dialect.ts";

/** Where Lago's API is: the base URL of its clients. */
export const BASE = "/lago/api/v1";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What answers a method and a path, whose ids it is given as they were meant. */
export type Route = {
  method: Method;
  /** Of the path behind the base; its groups are ids. */
  path: RegExp;
  answer: (c: Context<AppEnv>, ...ids: string[]) => Promise<Response>;
};

/** The route of a request and the ids in its path, or null. The first one that fits answers. */
export function routeOf(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; ids: string[] } | null {
  for (const route of routes) {
    const found = route.method === method ? route.path.exec(path) : null;
    if (found) return { route, ids: found.slice(1).map(decoded) };
  }
  return null;
}

/**
 * The path of one thing of a collection, whose id may have slashes in it, but not of what Lago has
 * below it.
 */
export function itself(collection: string, parts: readonly string[]): RegExp {
  return new RegExp(`^/${collection}/((?:(?!/(?:${parts.join("|")})(?:/|$)).)+)$`);
}

/** An id as it was meant: Lago's clients leave it to their `fetch` to encode what it must. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id;
  }
}

/** The query of a request. */
export function queryOf(c: Context<AppEnv>): URLSearchParams {
  return new URL(c.req.url).searchParams;
}

/** The object under `name` in a body. Errors: 400 where there is none, 413. */
export async function objectIn(
  c: Context<AppEnv>,
  name: string,
  maxBytes?: number,
): Promise<Fields> {
  const body = await readJson(c, maxBytes);
  const value = isFields(body) ? body[name] : undefined;
  if (isFields(value)) return value;
  throw new Problem("request.unreadable", `the body is a JSON object with the object "${name}"`);
}
