/** /api/usage/events: listing and reading events; `billing/correction` takes them back. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound, Problem } from "../../core/errors.ts";
import { parseTime } from "../../core/time.ts";
import { decodeCursor, encodeCursor, pageLimit } from "../../platform/http/http.ts";
import {
  createApi,
  jsonReply,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { DEFAULT_SOURCE } from "../event/line.ts";
import { eventBody, findEvent, isVoided, listEvents } from "./event.ts";
import * as schema from "./event-schema.ts";
import { userOf } from "./reader.ts";

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

function timeOf(text: string | undefined): number | null {
  return text === undefined ? null : parseTime(text);
}

export const eventRoutes = app;
