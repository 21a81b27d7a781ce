/** Reading usage, taking events back, and the catalogue of metrics. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { may } from "../../accounts/actor/roles.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { invalidField, notFound, Problem } from "../../core/errors.ts";
import { parseTime } from "../../core/time.ts";
import { decodeCursor, encodeCursor, pageLimit } from "../../platform/http/http.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { listMetrics, readMetric } from "../catalogue/catalogue.ts";
import { calendarWindow } from "../counter/terms.ts";
import { DEFAULT_SOURCE } from "../event/line.ts";
import { declareMetric } from "../metric/metric.ts";
import { eventBody, findEvent, isVoided, listEvents, voidEvent } from "./event.ts";
import * as schema from "./schema.ts";
import { type SummaryQuery, summarize, summaryBody } from "./summary.ts";

const app = createApi<AppEnv>();

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/events",
    operationId: "listUsageEvents",
    summary: "List events, newest first",
    tags: ["Usage"],
    security,
    request: { query: schema.eventQuery },
    responses: { 200: jsonReply(pageSchema(schema.eventSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read");
    const query = c.req.valid("query");
    const [before] = query.cursor ? decodeCursor(query.cursor, 1) : [];
    if (before !== undefined && !Number.isSafeInteger(before)) {
      throw new Problem("request.cursor_invalid", "cursor must be a next_cursor of this list");
    }
    const { lines, voided, next } = await listEvents(
      c.env,
      actor.tenantId,
      {
        metric: query.metric_name ?? null,
        userId: userOf(actor, query.user_id),
        source: query.source ?? null,
        startMs: timeOf(query.start_date) ?? 0,
        endMs: timeOf(query.end_date) ?? Number.MAX_SAFE_INTEGER,
      },
      {
        beforeSeq: before === undefined ? Number.MAX_SAFE_INTEGER : Number(before),
        limit: pageLimit(query.limit),
      },
    );
    const data = lines.map((line) => eventBody(line, voided.has(line.seq)));
    return c.json({ data, next_cursor: next === null ? null : encodeCursor([next]) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/events/{id}",
    operationId: "getUsageEvent",
    summary: "Read one event",
    description: "By its id within `source` (default `api`), or by its sequence as `seq_<n>`.",
    tags: ["Usage"],
    security,
    request: { params: schema.eventParams, query: schema.sourceQuery },
    responses: { 200: jsonReply(schema.eventSchema, "The event"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read");
    const { id } = c.req.valid("param");
    const source = c.req.valid("query").source ?? DEFAULT_SOURCE;
    const line = await findEvent(c.env, actor.tenantId, source, id);
    const user = userOf(actor, undefined);
    if (user !== null && line.tuple[4] !== user) throw notFound("event");
    return c.json(eventBody(line, await isVoided(c.env, actor.tenantId, line.seq)), 200);
  },
);

app.openapi(
  createRoute({
    method: "post",
    path: "/api/usage/events/{id}/void",
    operationId: "voidUsageEvent",
    summary: "Take an event back",
    description:
      "A compensating event follows; the id stays used, and the alerts that were sent stay sent.",
    tags: ["Usage"],
    security,
    request: { params: schema.eventParams, query: schema.sourceQuery },
    responses: { 200: jsonReply(schema.eventSchema, "The voided event"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.void");
    const { id } = c.req.valid("param");
    const source = c.req.valid("query").source ?? DEFAULT_SOURCE;
    const { line } = await voidEvent(c.env, actor, source, id);
    return c.json(eventBody(line, true), 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/summary",
    operationId: "getUsageSummary",
    summary: "Usage over a range, per metric",
    description:
      "Default: this calendar month (UTC) so far. `window` and `group_by` add a breakdown. A key " +
      "of a user sees that user's usage; without one, the tenant's.",
    tags: ["Usage"],
    security,
    request: { query: schema.summaryQuery },
    responses: { 200: jsonReply(schema.summarySchema, "The summary"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read");
    const query = c.req.valid("query");
    const startMs = timeOf(query.start_date) ?? calendarWindow(actor.nowMs).startMs;
    const endMs = timeOf(query.end_date) ?? Math.max(startMs, actor.nowMs + 1);
    if (endMs < startMs) throw invalidField("/query/end_date", "is not before start_date");
    const asked: SummaryQuery = {
      startMs,
      endMs,
      metric: query.metric_name ?? null,
      userId: userOf(actor, query.user_id),
      window: query.window ?? null,
      groupBy: query.group_by ?? null,
      timeZone: zoneOf(query.time_zone),
    };
    await checkGroup(c.env.DB, actor.tenantId, asked.groupBy);
    return c.json(summaryBody(await summarize(c.env, actor.tenantId, asked)), 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/metrics",
    operationId: "listUsageMetrics",
    summary: "What can be recorded: the ten standard metrics, then the tenant's own",
    tags: ["Usage"],
    security,
    responses: {
      200: jsonReply(z.object({ metrics: z.array(schema.metricSchema) }), "The metrics"),
      ...problems(),
    },
  }),
  async (c) => {
    const { tenantId } = allow(c, "usage.read");
    return c.json({ metrics: await listMetrics(c.env.DB, tenantId) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/api/metrics/{name}",
    operationId: "getMetric",
    summary: "Read a metric",
    tags: ["Metrics"],
    security,
    request: { params: schema.metricParams },
    responses: { 200: jsonReply(schema.metricSchema, "The metric"), ...problems(404) },
  }),
  async (c) => {
    const { tenantId } = allow(c, "usage.read");
    const metric = await readMetric(c.env.DB, tenantId, c.req.valid("param").name);
    if (!metric) throw notFound("metric");
    return c.json(metric, 200);
  },
);

app.openapi(
  createRoute({
    method: "put",
    path: "/api/metrics/{name}",
    operationId: "declareMetric",
    summary: "Declare or change one of the tenant's own metrics",
    description: "Fields that are missing stay as they are. The first event fixes aggregation.",
    tags: ["Metrics"],
    security,
    request: { params: schema.metricParams, body: jsonBody(schema.metricInput) },
    responses: { 200: jsonReply(schema.metricSchema, "The metric"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "metrics.write");
    const given = c.req.valid("json");
    const change = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
    return c.json(await declareMetric(c.env, actor, c.req.valid("param").name, change), 200);
  },
);

/** The user whose usage is read: the key's own, where it has one. Errors: 403 for another's. */
export function userOf(actor: Actor, asked: string | undefined): string | null {
  if (actor.userId === null || may(actor.role, "usage.for_others")) {
    return asked ?? actor.userId;
  }
  if (asked !== undefined && asked !== actor.userId) {
    throw new Problem("auth.forbidden", "this key reads only its own user's usage");
  }
  return actor.userId;
}

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : parseTime(text);
}

function zoneOf(zone: string | undefined): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone ?? "UTC" }).resolvedOptions().timeZone;
  } catch {
    throw invalidField("/query/time_zone", "is an IANA time zone, such as Europe/Berlin");
  }
}

async function checkGroup(
  db: Parameters<typeof listMetrics>[0],
  tenant: string,
  groupBy: string | null,
): Promise<void> {
  if (groupBy === null || groupBy === "user_id") return;
  const metrics = await listMetrics(db, tenant);
  if (metrics.some(({ dimensions }) => dimensions.includes(groupBy))) return;
  throw invalidField("/query/group_by", "is user_id, or a dimension that a metric declares");
}

export const meteringRoutes = app;
