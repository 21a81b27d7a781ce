/** OpenMeter's lists of events, newest first. */
import type { Context, Hono } from "hono";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow, insistAllTenants } from "../../accounts/guard/guard.ts";
import { ruleScopesOf } from "../../billing/correction/usage-rule.ts";
import { invalidField, Problem } from "../../core/errors.ts";
import { listRules } from "../../metering/intake/rule-store.ts";
import { listEvents } from "../../metering/read/event.ts";
import { userOf } from "../../metering/read/reader.ts";
import { decodeCursor, encodeCursor } from "../../platform/http/http.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { whoseIs } from "../common/whose.ts";
import { customersNamed } from "./customer-store.ts";
import {
  type EventQuery,
  isWanted,
  queryOfFilter,
  queryOfV1,
  type Shown,
  shownEvent,
} from "./event-list.ts";

const MAX_EVENTS = 100;
const MAX_RULES = 1_000;
/** Parts of the ledger that one list looks through: it may then be short, with a cursor. */
const MAX_PARTS = 5;

/** Adds the lists of events; version 1 stands below `base`. */
export function routeEvents(app: Hono<AppEnv>, base: string): void {
  app.get(`${base}/events`, async (c) => {
    const actor = allow(c, "usage.read", "tenants");
    const query = queryOfV1(new URL(c.req.url).searchParams, actor.nowMs);
    const { events } = await read(c.env, actor, query, { limit: limitOf(c), beforeSeq: null });
    return c.json(events);
  });
}

/** Adds the list of version 2. */
export function routeEventsV2(app: Hono<AppEnv>, base: string): void {
  app.get(`${base}/events`, async (c) => {
    const actor = allow(c, "usage.read", "tenants");
    const query = queryOfFilter(c.req.query("filter"));
    const page = { limit: limitOf(c), beforeSeq: cursorOf(c) };
    const { events, next } = await read(c.env, actor, query, page);
    return c.json({
      items: events,
      ...(next === null ? {} : { nextCursor: encodeCursor([next]) }),
    });
  });
}

function limitOf(c: Context): number {
  const text = c.req.query("limit");
  if (text === undefined || text === "") return MAX_EVENTS;
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_EVENTS) return limit;
  throw invalidField("/limit", `is 1 to ${MAX_EVENTS}`);
}

function cursorOf(c: Context): number | null {
  const cursor = c.req.query("cursor");
  if (cursor === undefined || cursor === "") return null;
  const [seq] = decodeCursor(cursor, 1);
  if (typeof seq === "number" && Number.isSafeInteger(seq)) return seq;
  throw new Problem("request.cursor_invalid", "cursor must be a nextCursor of this list");
}

/** The tenant and user whose events are listed: one customer's or whole subject's, if named. */
async function listedOf(env: Env, actor: Actor, { subject, customers }: EventQuery) {
  const [customer, more] = customers ?? [];
  if (more !== undefined) throw invalidField("/customerId", "names one customer");
  const named =
    customer === undefined ? null : await customersNamed(env.DB, actor.tenantId, [customer]);
  const row = named?.get(customer ?? "");
  const name =
    customer === undefined ? subject?.text : (row?.linkedTenant ?? row?.reference ?? customer);
  if (name === undefined) {
    insistAllTenants(actor);
    return { tenantId: actor.tenantId, userId: userOf(actor, undefined), label: null };
  }
  const whose = await whoseIs(env, actor, name);
  if (whose.userId === null) return { tenantId: whose.actor.tenantId, userId: null, label: name };
  const isWhole = customer !== undefined || subject?.part === false;
  const userId = userOf(actor, isWhole ? whose.userId : undefined);
  return { tenantId: actor.tenantId, userId, label: null };
}

async function read(
  env: Env,
  actor: Actor,
  query: EventQuery,
  { limit, beforeSeq }: { limit: number; beforeSeq: number | null },
): Promise<{ events: Shown[]; next: number | null }> {
  const { tenantId, userId, label } = await listedOf(env, actor, query);
  const rules = await listRules(env.DB, { scopes: ruleScopesOf(actor) }, MAX_RULES);
  const types = new Map(rules.map(({ metric, eventType }) => [metric, eventType]));
  const typeOf = (metric: string) => types.get(metric) ?? metric;
  const { startMs, endMs } = query;
  const filter = { metric: null, userId, source: null, startMs, endMs };
  const events = new Map<string, Shown>();
  let next = beforeSeq ?? Number.MAX_SAFE_INTEGER;
  for (let parts = 0; parts < MAX_PARTS; parts++) {
    const page = { beforeSeq: next, limit: limit * 2 };
    const found = await listEvents(env, tenantId, filter, page);
    for (const line of found.lines) {
      const shown = shownEvent(line, typeOf, label);
      const { id, source } = shown.event;
      const key = JSON.stringify([source, id]);
      // A whole subject that is a tenant is all of its events, whoever of its users they are of.
      const asked = label === null ? query : { ...query, subject: null };
      // Events of a rule each come one behind the other; the first one shows them all.
      if (!events.has(key) && isWanted(shown, asked)) {
        if (events.size === limit) return { events: [...events.values()], next };
        events.set(key, shown);
      }
      next = line.seq;
    }
    if (found.next === null) return { events: [...events.values()], next: null };
    next = Math.min(next, found.next);
  }
  return { events: [...events.values()], next };
}
