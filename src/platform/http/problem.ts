/** What is answered where something fails: the Problem that an error is, and its headers. */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { Problem, problemBody } from "../../core/errors.ts";
import { logError } from "../runtime/log.ts";
import { TAKEN_CODINGS } from "./coding.ts";

/** Every error becomes one of ours; what is not one reveals nothing but the request's id. */
export function problemOf(error: unknown, requestId: string): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException && error.status === 400) {
    return new Problem("request.unreadable", "the body is not readable");
  }
  if (error instanceof HTTPException && error.status === 415) {
    return new Problem("request.unsupported_media_type", "send application/json");
  }
  logError({ at: "onError", request_id: requestId, error, stack: stackOf(error) });
  if (isOverloaded(error)) {
    return new Problem("service.busy", "too much at once; send the same request again", {
      retryAfterSeconds: 1,
    });
  }
  return new Problem("internal", "the request failed; quote the request id when you report it");
}

/** What Durable Objects set on the errors of calls that may be sent again. */
function isOverloaded(error: unknown): boolean {
  const marks = error as { retryable?: boolean; overloaded?: boolean } | null;
  return marks?.retryable === true || marks?.overloaded === true;
}

/** Where an error was thrown, without what it says. */
function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.stack === undefined) return undefined;
  return error.stack.replace(String(error), "").trim();
}

/** The headers that a problem's answer has, beside its content type. */
export function problemHeaders({ status, code, extra }: Problem): Record<string, string> {
  const { retryAfterSeconds: retry } = extra;
  return {
    ...(retry === undefined ? {} : { "Retry-After": String(retry) }),
    ...(code === "request.unsupported_encoding" ? { "Accept-Encoding": TAKEN_CODINGS } : {}),
    ...(status === 401 ? { "WWW-Authenticate": 'Bearer realm="api"' } : {}),
  };
}

/** A problem as our own routes say it: RFC 9457. */
export function problemReply(c: Context, problem: Problem, requestId: string): Response {
  return c.body(
    JSON.stringify(problemBody(problem, requestId)),
    problem.status as ContentfulStatusCode,
    { "Content-Type": "application/problem+json", ...problemHeaders(problem) },
  );
}
