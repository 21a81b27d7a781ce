/** /api/usage/summary: usage over a range. */
import { createRoute } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { invalidField } from "../../core/errors.ts";
import { parseTime } from "../../core/time.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { listMetrics } from "../catalogue/catalogue.ts";
import { calendarWindow } from "../counter/terms.ts";
import { userOf } from "./reader.ts";
import { type SummaryQuery, summarize, summaryBody } from "./summary.ts";
import * as schema from "./summary-schema.ts";

const app = createApi<AppEnv>();

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
      metrics: query.metric_name === undefined ? null : [query.metric_name],
      userId: userOf(actor, query.user_id),
      window: query.window ?? null,
      groupBy: query.group_by ?? null,
      timeZone: zoneOf(query.time_zone),
    };
    await checkGroup(c.env.DB, actor.tenantId, asked.groupBy);
    return c.json(summaryBody(await summarize(c.env, actor.tenantId, asked)), 200);
  },
);

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

async function checkGroup(db: D1Database, tenant: string, groupBy: string | null): Promise<void> {
  if (groupBy === null || groupBy === "user_id") return;
  const metrics = await listMetrics(db, tenant);
  if (metrics.some(({ dimensions }) => dimensions.includes(groupBy))) return;
  throw invalidField("/query/group_by", "is user_id, or a dimension that a metric declares");
}

export const summaryRoutes = app;
