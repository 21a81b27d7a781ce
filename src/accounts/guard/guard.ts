/** Who may come in: verifies the API key, keeps the limits on requests, and sets the actor. */
import type { Context, MiddlewareHandler } from "hono";
import { VERSION_HEADER, versionNamed } from "../../core/api-version.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { LIMIT_HEADER, limitItem, POLICY_HEADER, policyItem } from "../../core/rate-limit.ts";
import { evictOldest } from "../../core/recent.ts";
import { MINUTE_MS, SECOND_MS, timeText } from "../../core/time.ts";
import { isStamped } from "../../platform/http/stamp.ts";
import { sha256Hex } from "../../platform/runtime/crypto.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import { nextTurn } from "../../platform/runtime/turn.ts";
import type { Actor, AppEnv, Beside, Origin } from "../actor/actor.ts";
import {
  type Confinement,
  hasEnded,
  isConfinedIn,
  isTakenFrom,
  mayDo,
  reaches,
  type Subject,
} from "../actor/confinement.ts";
import { bearerOf, isKeyText } from "../actor/key-text.ts";
import { may, type Permission, roleName } from "../actor/roles.ts";
import { budgetReached } from "../store/budget-store.ts";
import {
  type FoundHolder,
  holderBeside,
  holderOf,
  type KeyHolder,
  noteKeyUse,
} from "../store/key-store.ts";
import { actingFor, forgetAccount, notForTenant, TENANT_HEADER } from "./acting.ts";
import { logAnswer } from "./log-answer.ts";
import type { Question } from "./question.ts";
import { askPlatform, countRequest, kindOf } from "./rate.ts";
import { isRefusedOften, noteRefusal, noteWritten } from "./refusals.ts";

const CACHE_MS = 30 * SECOND_MS;
const CACHE_ENTRIES = 10_000;

/** How exactly the last use of a key is kept: a write of a key in so long, by each isolate. */
const USE_MS = 5 * MINUTE_MS;

type Known = { holder: FoundHolder; untilMs: number; isNoted: boolean };

// Positive answers only, by the key itself: the hot path costs neither a hash nor a query. What a
// key is confined to is asked of each request, so that its end and its addresses hold exactly.
const verified = new Map<string, Known>();

async function verify(
  db: D1Database,
  key: string,
  realMs: number,
  ofKey?: Question["ofKey"],
): Promise<{ known: Known; beside?: Beside }> {
  const cached = verified.get(key);
  if (cached && cached.untilMs > realMs) return { known: cached };
  verified.delete(key);
  const [holder, row] = isKeyText(key) ? await lookUp(db, await sha256Hex(key), ofKey) : [null];
  if (!holder) throw new Problem("auth.invalid", "the API key is unknown or revoked");
  const known = { holder, untilMs: realMs + CACHE_MS, isNoted: false };
  // A test tenant's clock moves at any time, so its holder is always read afresh.
  if (holder.mode === "live") remember(key, known);
  return row === undefined ? { known } : { known, beside: { row, readMs: realMs } };
}

async function lookUp(
  db: D1Database,
  hash: string,
  ofKey?: Question["ofKey"],
): Promise<[holder: FoundHolder | null, row?: unknown]> {
  return ofKey ? holderBeside(db, hash, ofKey(db, hash)) : [await holderOf(db, hash)];
}

function remember(key: string, known: Known): void {
  evictOldest(verified, CACHE_ENTRIES);
  verified.set(key, known);
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

/**
 * Refuses a key that has ended, or that is used from elsewhere than it may be. `address` is the
 * caller's, as the platform says it; null where it says none. Errors: 401 `auth.invalid`, 403
 * `auth.address_refused`.
 */
export function insistHolds(
  confinement: Confinement,
  address: string | null,
  realMs: number,
): void {
  if (hasEnded(confinement, realMs)) {
    const ended = timeText(confinement.endsMs ?? realMs);
    throw new Problem("auth.invalid", `the API key has ended, at ${ended}; use another one`);
  }
  if (isTakenFrom(confinement, address)) return;
  const detail =
    address === null
      ? "this key is confined to addresses, and nothing says from which this was sent"
      : `this key is confined to other addresses than ${address}, from which this was sent`;
  throw new Problem("auth.address_refused", detail);
}

/** Where an isolate has lately noted the use of a key, and when. */
const uses = new Map<string, number>();

/** Notes that a key was used, after the answer: seldom, and nothing waits for it. */
function noteUse(c: Context<AppEnv>, { keyId, lastUsedMs }: FoundHolder, realMs: number): void {
  const sinceMs = realMs - USE_MS;
  if (Math.max(lastUsedMs ?? 0, uses.get(keyId) ?? 0) > sinceMs) return;
  evictOldest(uses, CACHE_ENTRIES);
  uses.set(keyId, realMs);
  // The answer goes first, which would wait for what the database is asked in its turn.
  const written = nextTurn().then(() =>
    noteKeyUse(c.env.DB, keyId, { atMs: realMs, sinceMs }).run(),
  );
  c.executionCtx.waitUntil(
    written.catch((error: unknown) => {
      logWarning({ at: "noteUse", keyId, error });
    }),
  );
}

/** How much of a User-Agent is kept. */
const AGENT_LENGTH = 200;

/** Where a request came from, as the platform and the caller say. */
export function originOf(req: Context["req"]): Origin {
  return {
    address: req.header("cf-connecting-ip") ?? null,
    userAgent: req.header("user-agent")?.slice(0, AGENT_LENGTH) ?? null,
  };
}

/** The actor that a verified key or session stands for. */
export function actorOf(
  holder: KeyHolder,
  realMs: number,
  { get, req }: Pick<Context<AppEnv>, "get" | "req">,
): Actor {
  return {
    tenantId: holder.tenantId,
    tenantName: holder.tenantName,
    mode: holder.mode,
    operator: holder.operator,
    keyId: holder.keyId,
    keyName: holder.name,
    userId: holder.userId,
    role: holder.role,
    confinement: holder.confinement,
    eventsPerMinute: holder.eventsPerMinute,
    limits: holder.limits,
    apiVersion: holder.apiVersion,
    metricNames: holder.metricNames,
    fullAt: holder.fullAt,
    nowMs: holder.testClockMs ?? realMs,
    realMs,
    requestId: get("requestId"),
    callerRequestId: get("callerRequestId"),
    from: () => originOf(req),
  };
}

/**
 * Sets `c.var.actor`: the key's, or the tenant that an operator's key acts for. `keyOf` finds the
 * key in the header Authorization; where it is `dated`, API-Version names the version. Errors: 401
 * `auth.missing` without a key, 401 `auth.invalid` for one that is malformed, unknown, revoked or
 * has ended; 403 `auth.address_refused`; 403 and 404 as `actingFor`; 400
 * `request.version_unknown`. What is answered to a known key is logged, by `logAnswer`. The
 * `question` costs no time of its own: it is asked with what the database has to be asked anyway.
 */
export function guardBy(
  keyOf: (header: string | undefined) => string | null,
  { dated = false, question }: { dated?: boolean; question?: Question } = {},
): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const key = keyOf(c.req.header("authorization"));
    if (key === null) {
      throw new Problem("auth.missing", "send the header Authorization: Bearer <API key>");
    }
    const realMs = Date.now();
    const named = c.req.header(TENANT_HEADER);
    const ofKey = named === undefined ? question?.ofKey : undefined;
    const { known, beside } = await verify(c.env.DB, key, realMs, ofKey);
    const { holder } = known;
    const actor = actorOf(holder, realMs, c);
    if (beside) actor.beside = beside;
    let isFirstUse = false;
    try {
      if (holder.confinement !== null) {
        insistHolds(holder.confinement, c.req.header("cf-connecting-ip") ?? null, realMs);
      }
      const version = dated ? c.req.header(VERSION_HEADER) : undefined;
      if (version !== undefined) actor.apiVersion = versionNamed(version);
      isFirstUse = !known.isNoted;
      known.isNoted = true;
      c.set(
        "actor",
        named === undefined
          ? actor
          : await actingFor(c.env.DB, actor, { header: named, question, reads: isRead(c.req) }),
      );
    } catch (error) {
      const status = error instanceof Problem ? error.status : 500;
      if (isFirstUse) noteUse(c, holder, realMs);
      logAnswer(c, actor, { status, error });
      throw error;
    }
    await next();
    if (dated && !isStamped(c.res)) sayVersion(c);
    if (c.get("overLimit")) {
      if (isFirstUse) known.isNoted = false;
      return;
    }
    const answered = c.get("actor");
    if (answered.eventsPerMinute !== null) sayEventsLeft(c);
    // Not before: the database does one thing at a time, and what is asked would wait for this.
    if (isFirstUse) noteUse(c, holder, realMs);
    logAnswer(c, answered, { status: c.res.status, error: c.error });
  };
}

function isRead({ method }: Context["req"]): boolean {
  return method === "GET" || method === "HEAD";
}

/** The guard of the product's own routes: the key is a bearer token. */
export const guard = guardBy(bearerOf, { dated: true });

/** What is stamped says its version already. */
function sayVersion(c: Context<AppEnv>): void {
  if (c.res.status === 101) return;
  try {
    c.res.headers.set(VERSION_HEADER, c.var.actor.apiVersion);
  } catch {
    c.res = new Response(c.res.body, c.res); // headers of a fetched answer cannot be changed
    c.res.headers.set(VERSION_HEADER, c.var.actor.apiVersion);
  }
}

/** What is ended or taken away by DELETE always may be. */
const WRITES: ReadonlySet<string> = new Set(["POST", "PUT", "PATCH"]);

/** Says what a tenant may record a minute, and what its meter said is left of that. */
function sayEventsLeft(c: Context<AppEnv>): void {
  const { eventsPerMinute, eventsLeft } = c.var.actor;
  if (eventsPerMinute === null || c.var.shielded) return;
  const { headers } = c.res;
  headers.set(
    POLICY_HEADER,
    policyItem({ name: "events", quota: eventsPerMinute, unit: "events" }),
  );
  if (eventsLeft) headers.set(LIMIT_HEADER, limitItem("events", eventsLeft));
}

/**
 * Behind the guard, before anything is read: how many reads and writes a tenant and its key may
 * send a minute, and writes that a budget refused again and again just now. Errors: 429
 * `request.rate_limited`.
 */
export const shield: MiddlewareHandler<AppEnv> = async (c, next) => {
  c.set("shielded", true);
  const { actor } = c.var;
  const { tenantId, realMs } = actor;
  const { method, path } = c.req;
  const kind = kindOf(method);
  const { policy, left, refused } = countRequest(actor, kind);
  c.header(POLICY_HEADER, policy);
  c.header(LIMIT_HEADER, left);
  if (refused) throw overLimit(c, refused);
  if (WRITES.has(method) && isRefusedOften(tenantId, path, realMs)) {
    const detail =
      "a budget of the tenant is used up, as the refusals before this one say in `budget`";
    throw overLimit(c, new Problem("request.rate_limited", detail, { retryAfterSeconds: 1 }));
  }
  const flood = await askPlatform(c.env, actor, kind);
  if (flood) {
    c.header(LIMIT_HEADER, flood.left);
    throw overLimit(c, flood.refused);
  }
  await next();
  if (c.error instanceof Problem && c.error.code === "budget.reached") {
    noteRefusal(tenantId, path, realMs);
  } else if (method !== "GET" && c.res.ok) noteWritten(tenantId, path);
};

function overLimit(c: Context<AppEnv>, problem: Problem): Problem {
  c.set("overLimit", true);
  return problem;
}

/** Usage is kept by the meter and bounded there; the operator is who gives room. */
const STORES_NOTHING = /\.read$|^usage\.|^operator\.|^clock\./;

/**
 * What an operation is about: what is the actor's own tenant's, or tenants that the operator names,
 * of which its route asks `insistReach`. A key that is confined to tenants is let in to those only.
 */
export type Scope = "own" | "tenants";

/**
 * How an operation stands to actors that see only some rows of their tenant: it shows no others
 * than theirs (`theirs`), or all of a subject, and is closed to whoever sees only some of that.
 */
export type Shown = "theirs" | Subject;

/**
 * The actor, where its role has `permission`. An operation that does not say what it shows is
 * closed to whoever sees only some rows. Errors: 403 `auth.forbidden`; 403
 * `auth.not_for_tenant` for the operator's own where its key acts for a tenant; 429
 * `budget.reached` for a write of a tenant that has long been over what it may store.
 */
export function allow(
  c: Context<AppEnv>,
  permission: Permission,
  scope: Scope = "own",
  shown: Shown | null = null,
): Actor {
  const actor = c.get("actor");
  if (permission.startsWith("operator.") && actor.actedBy) {
    throw notForTenant(`this is the operator's own: send it without ${TENANT_HEADER}`);
  }
  if (permission.startsWith("operator.") && !actor.operator) {
    throw new Problem("auth.forbidden", "only the operator's keys may do this");
  }
  if (!may(actor.role, permission)) {
    throw new Problem(
      "auth.forbidden",
      `this needs ${permission}, which the role ${roleName(actor.role)} has not: use another key`,
    );
  }
  if (actor.confinement !== null) {
    insistPermits(actor, permission, scope);
    if (shown !== "theirs") insistSeesAll(actor, shown);
  }
  const { fullAt } = actor;
  if (fullAt !== null && WRITES.has(c.req.method) && !STORES_NOTHING.test(permission)) {
    throw budgetReached("stored_bytes", fullAt);
  }
  c.set("onlyReads", permission.endsWith(".read") && c.get("onlyReads") !== false);
  return actor;
}

function insistPermits(actor: Actor, permission: Permission, scope: Scope): void {
  if (!mayDo(actor, permission)) {
    const detail = `this key is confined to other permissions; this needs ${permission}`;
    throw new Problem("auth.forbidden", detail);
  }
  if (scope === "own") insistAllTenants(actor);
}

const INSTEAD: Record<Subject, string> = {
  usage: "read /api/usage/summary and /api/usage/events, which show your own",
  documents: "read the lists of documents and customers, which show yours",
};

/** Refuses whoever sees only some rows of a subject, or of any. Errors: 403 `auth.forbidden`. */
export function insistSeesAll({ confinement }: Actor, of: Subject | null): void {
  for (const subject of ["usage", "documents"] as const) {
    if ((of ?? subject) !== subject || !isConfinedIn(subject, confinement)) continue;
    const detail = `you see only some of the ${subject}, this is about all: ${INSTEAD[subject]}`;
    throw new Problem("auth.forbidden", detail);
  }
}

/** Refuses an operator's key that is confined to tenants. Errors: 403 `auth.forbidden`. */
export function insistAllTenants({ operator, confinement }: Actor): void {
  if (operator && confinement !== null && confinement.tenants !== null) throw ofTenantsAlone();
}

/** Why a key that is confined to tenants does not do what is the operator's own. */
export function ofTenantsAlone(): Problem {
  const detail = "this key is confined to tenants, and this is the operator's own; name a tenant";
  return new Problem("auth.forbidden", detail);
}

/**
 * Refuses a tenant that is neither the actor's own nor one for which the operator's key may act.
 * Errors: 404 for `what`, as for one that is not there; 403 where the operator named none.
 */
export function insistReach(actor: Actor, tenantId: string, what = "tenant"): void {
  if (reaches(actor, tenantId)) return;
  if (tenantId === actor.tenantId) insistAllTenants(actor);
  throw notFound(what);
}
