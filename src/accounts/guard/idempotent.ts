/** Idempotency-Key on writes, but not on uploads: the first answer is given again. */
import type { Context, MiddlewareHandler, Next } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { invalidField, Problem, problemBody } from "../../core/errors.ts";
import { isUpload } from "../../platform/http/http.ts";
import {
  type Claim,
  claimKey,
  keepAnswer,
  releaseKey,
  type Stored,
} from "../../platform/http/idempotency.ts";
import { seal, sha256Hex, unseal } from "../../platform/runtime/crypto.ts";
import type { AppEnv } from "../actor/actor.ts";
import { bearerOf } from "../actor/key-text.ts";

const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;
/** Characters of an answer that is kept; a row of the database holds 2,000,000 bytes, sealed. */
const KEPT_LENGTH = 256_000;
const BEGINS_WITH_ID = /^\{"id":"(\w+)"/;

/**
 * Behind the guard and the body's reader. Kept is the answer to what was done: a refusal or a read
 * changed nothing, and the same key may try again. Answers may hold secrets that are shown once, so
 * they are sealed with the caller's own API key, which is nowhere stored.
 * Errors: 422 for a key that is malformed or names another request, 409 while the first one runs.
 */
export const idempotent: MiddlewareHandler<AppEnv> = async (c, next) => {
  const key = c.req.header("idempotency-key");
  const { method, path } = c.req;
  if (key === undefined || !WRITES.has(method)) return next();
  if (isUpload(method, path)) return next();
  if (!VISIBLE_ASCII.test(key)) {
    throw invalidField("/header/Idempotency-Key", "has 1 to 255 visible ASCII characters");
  }
  const actor = c.get("actor");
  const secret = bearerOf(c.req.header("authorization")) ?? "";
  const fingerprint = await fingerprintOf(c);
  const claim = { caller: actor.keyId, key, fingerprint, nowMs: actor.realMs };
  const kept = await claimKey(c.env.DB, claim);
  if (kept) {
    const type = kept.status < 400 ? "application/json" : "application/problem+json";
    const body = await unseal(secret, key, kept.body);
    return c.newResponse(body === "" ? null : body, kept.status as StatusCode, {
      "Content-Type": type,
      "Idempotency-Replayed": "true",
    });
  }
  const run = answerOnce(c, next, claim, secret);
  c.executionCtx.waitUntil(run.catch(() => {})); // also when the caller hangs up and asks again
  await run;
};

async function answerOnce(
  c: Context<AppEnv>,
  next: Next,
  claim: Claim,
  secret: string,
): Promise<void> {
  await next();
  if (c.res.status >= 400 || c.var.onlyReads) return releaseKey(c.env.DB, claim);
  const { status, body } = keptOf(c.res.status, await c.res.clone().text(), c.var.requestId);
  await keepAnswer(c.env.DB, claim, { status, body: await seal(secret, claim.key, body) });
}

/** The answer, or, where it is too long to be kept, that it was done and what to read instead. */
function keptOf(status: number, body: string, requestId: string): Stored {
  if (body.length <= KEPT_LENGTH) return { status, body };
  const id = BEGINS_WITH_ID.exec(body)?.[1];
  const what = id === undefined ? "read what it changed" : `read ${id}`;
  const detail = `it was done and answered ${status}, but the answer was too long to keep; ${what}`;
  const problem = new Problem("resource.conflict", detail);
  return { status: problem.status, body: JSON.stringify(problemBody(problem, requestId)) };
}

async function fingerprintOf(c: Context): Promise<string> {
  const url = new URL(c.req.url);
  return sha256Hex(`${c.req.method} ${url.pathname}${url.search}\n${await c.req.text()}`);
}
