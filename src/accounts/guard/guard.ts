/** Who may come in: verifies the API key, keeps the coarse rate limit, and sets the actor. */
import type { Context, MiddlewareHandler } from "hono";
import { Problem } from "../../core/errors.ts";
import { evictOldest } from "../../core/recent.ts";
import { SECOND_MS } from "../../core/time.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import type { Actor, AppEnv } from "../actor/actor.ts";
import { bearerOf, isKeyText } from "../actor/key-text.ts";
import { may, type Permission } from "../actor/roles.ts";
import { budgetReached } from "../store/budget-store.ts";
import { holderOf, type KeyHolder } from "../store/key-store.ts";
import { actingFor, forgetAccount, notForTenant, TENANT_HEADER } from "./acting.ts";
import { isRefusedOften, noteRefusal, noteWritten } from "./refusals.ts";

const CACHE_MS = 30 * SECOND_MS;
const CACHE_ENTRIES = 10_000;

/** What wrangler.toml gives SHIELD, in the form of draft-ietf-httpapi-ratelimit-headers. */
const RATE_LIMIT_POLICY = '"key";q=6000;w=60';
const RATE_LIMIT_WINDOW_S = 60;

// Positive answers only, by the key itself: the hot path costs neither a hash nor a query.
const verified = new Map<string, { holder: KeyHolder; untilMs: number }>();

async function verify(db: D1Database, key: string, realMs: number): Promise<KeyHolder> {
  const cached = verified.get(key);
  if (cached && cached.untilMs > realMs) return cached.holder;
  verified.delete(key);
  const holder = isKeyText(key) ? await holderOf(db, await sha256Hex(key)) : null;
  if (!holder) throw new Problem("auth.invalid", "the API key is unknown or revoked");
  // A test tenant's clock moves at any time, so its holder is always read afresh.
  if (holder.mode === "live") remember(key, holder, realMs + CACHE_MS);
  return holder;
}

function remember(key: string, holder: KeyHolder, untilMs: number): void {
  evictOldest(verified, CACHE_ENTRIES);
  verified.set(key, { holder, untilMs });
}

/**
 * Forgets a tenant's keys, and the tenant by its names, in this isolate at once; the others follow
 * when their entry expires.
 */
export function forgetKeys(tenantId: string): void {
  forgetAccount(tenantId);
  for (const [key, { holder }] of verified) {
    if (holder.tenantId === tenantId) verified.delete(key);
  }
}

/** The actor that a verified key or session stands for. */
export function actorOf(
  holder: KeyHolder,
  realMs: number,
  { requestId, callerRequestId }: AppEnv["Variables"],
): Actor {
  return {
    tenantId: holder.tenantId,
    tenantName: holder.tenantName,
    mode: holder.mode,
    operator: holder.operator,
    keyId: holder.keyId,
    userId: holder.userId,
    role: holder.role,
    eventsPerMinute: holder.eventsPerMinute,
    metricNames: holder.metricNames,
    fullAt: holder.fullAt,
    nowMs: holder.testClockMs ?? realMs,
    realMs,
    requestId,
    callerRequestId,
  };
}

/**
 * Sets `c.var.actor`: the key's, or the tenant that an operator's key acts for. Errors: 401
 * `auth.missing` without a bearer key, 401 `auth.invalid` for one that is malformed, unknown or
 * revoked; 403 and 404 as `actingFor`.
 */
export const guard: MiddlewareHandler<AppEnv> = async (c, next) => {
  const key = bearerOf(c.req.header("authorization"));
  if (key === null) {
    throw new Problem("auth.missing", "send the header Authorization: Bearer <API key>");
  }
  const realMs = Date.now();
  const holder = await verify(c.env.DB, key, realMs);
  const actor = actorOf(holder, realMs, c.var);
  const named = c.req.header(TENANT_HEADER);
  c.set("actor", named === undefined ? actor : await actingFor(c.env.DB, actor, named));
  return next();
};

/** What is ended or taken away by DELETE always may be. */
const WRITES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/**
 * Behind the guard: a coarse limit for each key, and for writes that a budget refused again
 * and again just now. Errors: 429 `request.rate_limited`.
 */
export const shield: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.header("RateLimit-Policy", RATE_LIMIT_POLICY);
  const { tenantId, keyId, realMs } = c.var.actor;
  const { method, path } = c.req;
  if (WRITES.has(method) && isRefusedOften(tenantId, path, realMs)) {
    throw new Problem("request.rate_limited", "a budget is used up; read what refused you before", {
      retryAfterSeconds: 1,
    });
  }
  const { success } = await c.env.SHIELD.limit({ key: keyId });
  if (!success) {
    throw new Problem("request.rate_limited", "this key sends too many requests; slow down", {
      retryAfterSeconds: RATE_LIMIT_WINDOW_S,
    });
  }
  await next();
  if (c.error instanceof Problem && c.error.code === "budget.reached") {
    noteRefusal(tenantId, path, realMs);
  } else if (method !== "GET" && c.res.ok) noteWritten(tenantId, path);
};

/** Usage is kept by the meter and bounded there; the operator is who gives room. */
const STORES_NOTHING = /\.read$|^usage\.|^operator\.|^clock\./;

/**
 * The actor, where its role has `permission`. Errors: 403 `auth.forbidden`; 403
 * `auth.not_for_tenant` for the operator's own where its key acts for a tenant; 429
 * `budget.reached` for a write of a tenant that has long been over what it may store.
 */
export function allow(c: Context<AppEnv>, permission: Permission): Actor {
  const { actor } = c.var;
  if (permission.startsWith("operator.") && actor.actedBy) {
    throw notForTenant(`this is the operator's own: send it without ${TENANT_HEADER}`);
  }
  if (permission.startsWith("operator.") && !actor.operator) {
    throw new Problem("auth.forbidden", "only the operator's keys may do this");
  }
  if (!may(actor.role, permission)) {
    throw new Problem("auth.forbidden", `a key with the role ${actor.role} may not do this`);
  }
  const stores = WRITES.has(c.req.method) && !STORES_NOTHING.test(permission);
  if (actor.fullAt !== null && stores) throw budgetReached("stored_bytes", actor.fullAt);
  c.set("onlyReads", permission.endsWith(".read") && c.var.onlyReads !== false);
  return actor;
}
