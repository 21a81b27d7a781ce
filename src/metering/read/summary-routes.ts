/** /api/usage/summary: usage over a range. */
import { createRoute } from "@hono/zod-openapi";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { invalidField } from "../../core/errors.ts";
import { parseTime } from "../../core/time.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { listMetrics } from "../catalogue/catalogue.ts";
import { calendarWindow } from "../counter/terms.ts";
import { USER_KEY } from "./grouping.ts";
import { userOf } from "./reader.ts";
import { type SummaryQuery, summarize, summaryBody } from "./summary.ts";
import { eachOf, type Given, listOf, MAX_KEYS } from "./summary-query.ts";
import * as schema from "./summary-schema.ts";

const app = createApi<AppEnv>();

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/summary",
    operationId: "getUsageSummary",
    summary: "Usage over a range, per metric",
    description:
      "Default: this calendar month (UTC) so far. `window` and `group_by` add a breakdown: a row " +
      "of each window, group and metric with usage; those without are absent. `window=minute` is " +
      "for ranges of six days at most. A key of a user sees that user's usage; without one, the " +
      "tenant's.",
    tags: ["Usage"],
    security,
    request: { query: schema.summaryQuery },
    responses: { 200: jsonReply(schema.summarySchema, "The summary"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "theirs");
    const query = c.req.valid("query");
    const startMs = timeOf(query.start_date) ?? calendarWindow(actor.nowMs).startMs;
    const endMs = timeOf(query.end_date) ?? Math.max(startMs, actor.nowMs + 1);
    if (endMs < startMs) throw invalidField("/query/end_date", "is not before start_date");
    const asked: SummaryQuery = {
      startMs,
      endMs,
      metrics: query.metric_name === undefined ? null : [query.metric_name],
      users: usersOf(actor, query.user_id),
      window: query.window ?? null,
      groupBy: query.group_by === undefined ? [] : listOf(query.group_by),
      filters: query.filter ?? new Map(),
      timeZone: zoneOf(query.time_zone),
    };
    await checkKeys(c.env.DB, actor.tenantId, asked);
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

/** Whose usage it is: theirs that are named, or the key's own user's, or null for the tenant's. */
function usersOf(actor: Actor, given: Given | undefined): string[] | null {
  const named = given === undefined ? [undefined] : eachOf(given);
  const users = new Set(named.map((user) => userOf(actor, user)));
  return users.has(null) ? null : ([...users] as string[]);
}

/** Errors: 422 for a key that is neither `user_id` nor a dimension, and for one named twice. */
async function checkKeys(
  db: D1Database,
  tenant: string,
  { groupBy, filters }: Pick<SummaryQuery, "groupBy" | "filters">,
): Promise<void> {
  if (groupBy.length > MAX_KEYS || new Set(groupBy).size < groupBy.length) {
    throw invalidField("/query/group_by", `names at most ${MAX_KEYS} keys, each of them once`);
  }
  const keys = [...groupBy, ...filters.keys()];
  if (keys.every((key) => key === USER_KEY)) return;
  const metrics = await listMetrics(db, tenant);
  const known = new Set([USER_KEY, ...metrics.flatMap(({ dimensions }) => dimensions)]);
  const unknown = keys.findIndex((key) => !known.has(key));
  if (unknown < 0) return;
  const pointer = unknown < groupBy.length ? "group_by" : "filter";
  throw invalidField(`/query/${pointer}`, "is user_id, or a dimension that a metric declares");
}

export const summaryRoutes = app;
