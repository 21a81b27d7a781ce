/**
 * Answers in the shape of the version that asks. It stands before the operations that some version
 * has in another shape, and before no other; behind it everything is the newest version's, what is
 * kept of a request with an Idempotency-Key, too, so that a repetition is answered as it asks.
 */
import type { Context, MiddlewareHandler } from "hono";
import { type ApiVersion, endOfVersion } from "../../core/api-version.ts";
import type { FieldError } from "../../core/errors.ts";
import { type Older, olderShapes } from "../../versions/operation.ts";
import type { AppEnv } from "../actor/actor.ts";

/** Where it is said what became of a version. */
const ABOUT = "/docs/guides/versions";

/** For an operation, as "POST /api/things/{id}". */
export function versioned(operation: string): MiddlewareHandler<AppEnv> {
  const shapes = olderShapes(operation);
  return async (c, next) => {
    const { apiVersion } = c.var.actor;
    const older = shapes.get(apiVersion);
    if (!older) return next();
    sayEnd(c, apiVersion);
    if (older.asks) await takeOlder(c, older);
    await next();
    if (/\bjson$/.test(c.res.headers.get("content-type") ?? ""))
      c.res = await asOlder(c.res, older);
  };
}

/** The body is already read and parsed; it stays as it was sent where nothing of it changed. */
async function takeOlder(c: Context<AppEnv>, { newerBody }: Older): Promise<void> {
  const body: unknown = await c.req.json();
  const newer = newerBody(body);
  const text = JSON.stringify(newer);
  if (text === JSON.stringify(body)) return;
  c.req.json = async () => newer as never;
  c.req.text = async () => text;
}

async function asOlder(answer: Response, older: Older): Promise<Response> {
  const value = parsed(await answer.text());
  const shown = answer.ok ? older.olderAnswer(value) : olderProblem(value, older);
  return new Response(JSON.stringify(shown), answer);
}

type Source = { source?: string };
type RawJson = { rawJSON(text: string): unknown };

/** Numbers keep their digits. */
function parsed(text: string): unknown {
  const { rawJSON } = JSON as unknown as RawJson;
  const exact = (_: string, value: unknown, { source = "" }: Source = {}) =>
    typeof value === "number" ? rawJSON(source) : value;
  return JSON.parse(text, exact as Parameters<typeof JSON.parse>[1]);
}

/** What points to a field of the newest version points to the one that was sent. */
function olderProblem(problem: unknown, { olderPointer }: Older): unknown {
  const { errors, detail, ...rest } = problem as { errors?: FieldError[]; detail?: string };
  if (!errors) return problem;
  const [pointer = ""] = /^\/[^:]+(?=:)/.exec(detail ?? "") ?? [];
  return {
    ...rest,
    detail: olderPointer(pointer) + (detail ?? "").slice(pointer.length),
    errors: errors.map((error) => ({ ...error, pointer: olderPointer(error.pointer) })),
  };
}

/** RFC 9745 and RFC 8594: since when this shape is an old one, and how long it is answered. */
function sayEnd(c: Context<AppEnv>, version: ApiVersion): void {
  const end = endOfVersion(version);
  if (!end) return;
  c.header("Deprecation", `@${end.sinceMs / 1_000}`);
  c.header("Sunset", new Date(end.sunsetMs).toUTCString());
  const about = new URL(ABOUT, c.req.url);
  c.header("Link", `<${about}>; rel="deprecation"; type="text/html"`, { append: true });
}
