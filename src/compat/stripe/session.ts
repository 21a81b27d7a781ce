/**
 * Sessions of the meter event stream. A session's token is the caller's own API key with an end,
 * sealed, so that it needs no row and may do what the key may do, until the key ends or it does.
 */
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { keyIn } from "../../accounts/actor/key-text.ts";
import { TENANT_HEADER } from "../../accounts/guard/acting.ts";
import { Problem } from "../../core/errors.ts";
import { MINUTE_MS, timeText } from "../../core/time.ts";
import { signingKey } from "../../documents/link/link-store.ts";
import { makeId, seal, unseal } from "../../platform/runtime/crypto.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { StripeProblem } from "./error.ts";

const SESSION_MINUTES = 15;
const PREFIX = "bcs_";
const CONTEXT = "meter event session";

/** What a token holds: a key, the tenant that its requests name, and its end in real time. */
type Held = { key: string; tenant: string | null; untilMs: number };

let read: Promise<string> | null = null;

function secretOf(env: Env): Promise<string> {
  read ??= signingKey(env).catch((error: unknown) => {
    read = null; // a failed query is no key
    throw error;
  });
  return read;
}

/** A new session for whoever sends a request with these headers; times are real. */
export async function makeSession(
  env: Env,
  headers: Headers,
  { realMs, live }: { realMs: number; live: boolean },
) {
  const untilMs = realMs + SESSION_MINUTES * MINUTE_MS;
  const key = keyIn(headers.get("authorization") ?? undefined) ?? "";
  const held: Held = { key, tenant: headers.get(TENANT_HEADER), untilMs };
  const sealed = await seal(await secretOf(env), CONTEXT, JSON.stringify(held));
  return {
    id: makeId("mes", realMs),
    object: "v2.billing.meter_event_session",
    authentication_token: PREFIX + sealed.replaceAll("+", "-").replaceAll("/", "_"),
    created: timeText(realMs),
    expires_at: timeText(untilMs),
    livemode: live,
  };
}

/**
 * Puts the key into a request that a session's token came with; any other request stays as it is.
 * Errors: 401 for a token that we did not seal, and `temporary_session_expired` for one that ended.
 */
export const bySession: MiddlewareHandler<AppEnv> = async (c, next) => {
  const token = keyIn(c.req.header("authorization"));
  if (!token?.startsWith(PREFIX)) return next();
  const { key, tenant, untilMs } = await opened(c.env, token);
  if (Date.now() >= untilMs) {
    throw new StripeProblem({
      status: 401,
      type: "temporary_session_expired",
      code: "billing_meter_event_session_expired",
      message: "The meter event session has expired: create another one.",
    });
  }
  const headers = new Headers(c.req.raw.headers);
  headers.set("authorization", `Bearer ${key}`);
  if (tenant !== null) headers.set(TENANT_HEADER, tenant);
  c.req.raw = new Request(c.req.raw, { headers });
  return next();
};

async function opened(env: Env, token: string): Promise<Held> {
  const sealed = token.slice(PREFIX.length).replaceAll("-", "+").replaceAll("_", "/");
  const secret = await secretOf(env);
  try {
    return JSON.parse(await unseal(secret, CONTEXT, sealed)) as Held;
  } catch {
    throw new Problem("auth.invalid", "the session's token is not one of ours");
  }
}
