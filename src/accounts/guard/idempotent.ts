/** Idempotency-Key on writes, but not on uploads: what was done once is answered again. */
import type { Context, MiddlewareHandler } from "hono";
import type { StatusCode } from "hono/utils/http-status";
import { invalidField, Problem } from "../../core/errors.ts";
import type { Claim, Essentials } from "../../platform/db/once.ts";
import { isUpload } from "../../platform/http/http.ts";
import {
  type Done,
  endUnkept,
  essentialsFrom,
  findDone,
  keepAnswer,
} from "../../platform/http/idempotency.ts";
import { seal, sha256Hex, unseal } from "../../platform/runtime/crypto.ts";
import type { AppEnv } from "../actor/actor.ts";
import { keyIn } from "../actor/key-text.ts";

const WRITES = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/;

/** What the middleware has to know of the operations that come after it. */
export type Operations = {
  /** True for one that may run again: what it did already, it does not do twice. */
  repeats(c: Context<AppEnv>): boolean;
  /** The status of its answer. */
  statusOf(c: Context<AppEnv>): number;
  /** Its answer from what that shows, or null where it cannot be made. */
  answerAgain(c: Context<AppEnv>, essentials: Essentials): Promise<Response | null>;
};

/**
 * Behind the guard and the body's reader. Nothing is kept of a request before its own change, which
 * its claim is a part of; a refusal or a read changed nothing, and the same key may try again.
 * Answers may hold secrets that are shown once, so they are sealed with the caller's own API key,
 * which is nowhere stored. Errors: 422 for a key that is malformed or names another request, 409
 * while the first one runs, 429 for too many keys in a day.
 */
export function idempotent(operations: Operations): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = c.req.header("idempotency-key");
    const { method, path } = c.req;
    if (key === undefined || !WRITES.has(method)) return next();
    if (isUpload(method, path)) return next();
    if (!VISIBLE_ASCII.test(key)) {
      throw invalidField("/header/Idempotency-Key", "has 1 to 255 visible ASCII characters");
    }
    const actor = c.get("actor");
    const claim = await claimOf(c, key);
    const done = await findDone(c.env.DB, claim);
    if (done) return replay(c, operations, claim, done);
    if (!operations.repeats(c)) c.set("actor", { ...actor, claim });
    const run = next().then(() => settle(c, operations, claim));
    c.executionCtx.waitUntil(run.catch(() => {})); // also when the caller hangs up and asks again
    await run;
  };
}

async function claimOf(c: Context<AppEnv>, key: string): Promise<Claim> {
  const { tenantId: tenant, keyId, actedBy, realMs: nowMs } = c.get("actor");
  // One key that acts for many tenants has an Idempotency-Key for each of them.
  const caller = actedBy === undefined ? keyId : `${keyId}/${tenant}`;
  const secret = secretOf(c);
  const seals = (text: string) => seal(secret, key, text);
  const fingerprint = await fingerprintOf(c);
  return { tenant, caller, key, fingerprint, nowMs, seal: seals, written: false };
}

function secretOf(c: Context): string {
  return keyIn(c.req.header("authorization")) ?? "";
}

async function fingerprintOf(c: Context): Promise<string> {
  const url = new URL(c.req.url);
  return sha256Hex(`${c.req.method} ${url.pathname}${url.search}\n${await c.req.text()}`);
}

/** Keeps what was answered; where another run of the request was first, answers as that one did. */
async function settle(c: Context<AppEnv>, operations: Operations, claim: Claim): Promise<void> {
  const { status } = c.res;
  if (status < 400) {
    if (c.var.onlyReads) return;
    const body = await claim.seal(await c.res.clone().text());
    return keepAnswer(c.env.DB, claim, { status, body });
  }
  if (claim.written) return endUnkept(c.env.DB, claim, operations.statusOf(c));
  const done = await findDone(c.env.DB, claim).catch((error: unknown) => {
    if (error instanceof Problem && error.code === "idempotency.too_many") return null;
    c.res = undefined;
    throw error;
  });
  if (!done) return;
  c.res = undefined; // the headers of the refusal are not the answer's
  c.res = await replay(c, operations, claim, done);
}

async function replay(
  c: Context<AppEnv>,
  operations: Operations,
  { key }: Claim,
  done: Done,
): Promise<Response> {
  if ("answer" in done) {
    const { status, body: sealed } = done.answer;
    const body = await unseal(secretOf(c), key, sealed);
    const type = status < 400 ? "application/json" : "application/problem+json";
    const headers = { "Content-Type": type, "Idempotency-Replayed": "true" };
    return c.newResponse(body === "" ? null : body, status as StatusCode, headers);
  }
  const essentials = essentialsFrom(await unseal(secretOf(c), key, done.essentials));
  const again = await operations.answerAgain(c, essentials);
  if (again) return again;
  const { made } = essentials;
  const detail = `the request was done, and its answer was lost: read what it changed, ${made}`;
  throw new Problem("idempotency.answer_lost", detail);
}
