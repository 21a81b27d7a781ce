/** Idempotency-Key on writes, but not on uploads: the first answer is given again. */
import type { Context, MiddlewareHandler, Next } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { invalidField } from "../../core/errors.ts";
import { isUpload } from "../../platform/http/http.ts";
import { claimKey, keepAnswer, type Named, releaseKey } from "../../platform/http/idempotency.ts";
import { seal, sha256Hex, unseal } from "../../platform/runtime/crypto.ts";
import type { AppEnv } from "../actor/actor.ts";
import { bearerOf } from "../actor/key-text.ts";

const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/**
 * Behind the guard and the body's reader. Answers may hold secrets that are shown once, so they are
 * sealed with the caller's own API key, which is nowhere stored.
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
  const at = { caller: actor.keyId, key };
  const secret = bearerOf(c.req.header("authorization")) ?? "";
  const fingerprint = await fingerprintOf(c);
  const kept = await claimKey(c.env.DB, { ...at, fingerprint, nowMs: actor.realMs });
  if (kept) {
    const type = kept.status < 400 ? "application/json" : "application/problem+json";
    const body = await unseal(secret, key, kept.body);
    return c.newResponse(body === "" ? null : body, kept.status as StatusCode, {
      "Content-Type": type,
      "Idempotency-Replayed": "true",
    });
  }
  const run = answerOnce(c, next, at, secret);
  c.executionCtx.waitUntil(run.catch(() => {})); // also when the caller hangs up and asks again
  await run;
};

async function answerOnce(
  c: Context<AppEnv>,
  next: Next,
  at: Named,
  secret: string,
): Promise<void> {
  await next();
  const { status } = c.res;
  // What failed on our side, or came too soon, was not answered: the same key may try again.
  if (status >= 500 || status === 429) return releaseKey(c.env.DB, at);
  const body = await seal(secret, at.key, await c.res.clone().text());
  await keepAnswer(c.env.DB, at, { status, body });
}

async function fingerprintOf(c: Context): Promise<string> {
  const url = new URL(c.req.url);
  return sha256Hex(`${c.req.method} ${url.pathname}${url.search}\n${await c.req.text()}`);
}
