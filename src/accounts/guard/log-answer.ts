/**
 * The log of requests: what callers with a key were answered, written after the answer. Left out
 * are usage that was recorded and questions whether it may be, since each event is a record of its
 * own; pages of the dashboard; whoever has no valid key; and in an isolate what a tenant asks
 * beyond 60 requests in a minute, or beyond 40 where they succeed. Nothing that was sent or
 * answered is kept, and of a path no value that is not an id of ours.
 */
import type { Context } from "hono";
import { Problem } from "../../core/errors.ts";
import { evictOldest } from "../../core/recent.ts";
import { MINUTE_MS } from "../../core/time.ts";
import { logWarning } from "../../platform/runtime/log.ts";
import type { Actor, AppEnv } from "../actor/actor.ts";
import {
  dropSurplusLogs,
  insertRequestLog,
  type RequestLog,
  requestLogId,
} from "../store/request-log-store.ts";
import { patternOf } from "./hand-on.ts";

/** Of a tenant in a minute: so many that succeed, and with those that were refused so many. */
export const MOST_SUCCEEDED = 40;
export const MOST_LOGGED = 60;
/** After so many rows of a tenant an isolate looks whether it has too many. */
const ROWS_A_LOOK = 100;
const MOST_TENANTS = 10_000;

type Count = { minute: number; logged: number; untilLook: number };
const counts = new Map<string, Count>();

/** Counts a row of a tenant; null where it has had its rows of the minute. */
export function countRow(tenant: string, nowMs: number, refused: boolean): Count | null {
  const minute = Math.floor(nowMs / MINUTE_MS);
  let count = counts.get(tenant);
  if (!count) {
    evictOldest(counts, MOST_TENANTS);
    count = { minute, logged: 0, untilLook: ROWS_A_LOOK };
    counts.set(tenant, count);
  }
  if (count.minute !== minute) {
    count.minute = minute;
    count.logged = 0;
  }
  if (count.logged >= (refused ? MOST_LOGGED : MOST_SUCCEEDED)) return null;
  count.logged++;
  count.untilLook--;
  return count;
}

type Answer = { status: number; error: unknown };

/** Logs what an actor was answered, once it has its answer; an error there is ignored. */
export function logAnswer(c: Context<AppEnv>, actor: Actor, { status, error }: Answer): void {
  const refused = status >= 400;
  if (!refused && !c.get("shielded")) return;
  const count = countRow(actor.tenantId, actor.realMs, refused);
  if (!count) return;
  const row = rowOf(c, actor, status);
  const { DB } = c.env;
  const rows = [insertRequestLog(DB, { ...row, code: refused ? codeOf(status, error) : null })];
  if (count.untilLook <= 0) {
    count.untilLook = ROWS_A_LOOK;
    rows.push(dropSurplusLogs(DB, actor.tenantId));
  }
  c.executionCtx.waitUntil(
    DB.batch(rows).catch((failure: unknown) => {
      logWarning({ at: "logAnswer", error: failure });
    }),
  );
}

function rowOf(c: Context<AppEnv>, actor: Actor, status: number): RequestLog {
  const { tenantId, keyId, actedBy, realMs, requestId } = actor;
  return {
    id: requestLogId(realMs, crypto.getRandomValues(new Uint8Array(10))),
    tenant: tenantId,
    atMs: realMs,
    method: c.req.method.slice(0, 20),
    path: shownPath(c.req.path, patternOf(c)),
    status,
    code: null,
    keyId,
    userId: actedBy ? actedBy.userId : actor.userId,
    actedBy: actedBy?.tenantId ?? null,
    durationMs: Math.max(0, Date.now() - realMs),
    requestId,
  };
}

/** Errors that are no problems have become one by their status. */
const CODES: Readonly<Record<number, string>> = {
  400: "request.unreadable",
  404: "route.not_found",
  415: "request.unsupported_media_type",
  503: "service.busy",
};

function codeOf(status: number, error: unknown): string {
  return error instanceof Problem ? error.code : (CODES[status] ?? "internal");
}

const ID = /^[a-z]{2,8}_[0-9a-z]{10}(?:_(?:eu|fedramp)_)?[0-9a-z]{16}$/;
const WORD = /^[a-z][a-z0-9_-]{0,39}$/;
const MOST_PARTS = 12;

/**
 * A path as it is logged: each id of ours stands, and for any other value the name of its
 * parameter. Of a path that is no route's stand the ids, and the words it begins with. Pure.
 */
export function shownPath(path: string, pattern: string | null): string {
  const parts = path.split("/").slice(1);
  const own = pattern?.split("/").slice(1);
  if (own && own.length !== parts.length) return pattern ?? "";
  const version = parts.slice(0, 3).findIndex((part) => /^v\d$/.test(part));
  const begins = version < 0 ? 2 : version + 2;
  const shown = parts.slice(0, MOST_PARTS).map((part, i) => {
    if (ID.test(part)) return part;
    if (!own) return i < begins && WORD.test(part) ? part : "{}";
    const name = /^:(\w+)/.exec(own[i] ?? "")?.[1];
    return name === undefined ? (own[i] ?? "") : `{${name}}`;
  });
  return `/${shown.join("/")}`;
}
