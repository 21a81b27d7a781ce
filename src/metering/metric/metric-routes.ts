/** The catalogue of metrics: what can be recorded; `billing/correction` declares metrics. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { pageByName, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { readMetric, readStrict, sliceMetrics } from "../catalogue/catalogue.ts";
import { meterOf } from "../meter/meter.ts";
import { setStrictMetrics } from "./metric.ts";
import * as schema from "./metric-schema.ts";

const app = createApi<AppEnv>();

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/metrics",
    operationId: "listUsageMetrics",
    summary: "What can be recorded: the ten standard metrics, then the tenant's own",
    tags: ["Usage"],
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(schema.metricsPage, "A page"), ...problems() },
  }),
  async (c) => {
    const { tenantId } = allow(c, "usage.read", "own", "theirs");
    const slice = sliceOf(c.req.valid("query"), MAX_PAGE);
    const found = await sliceMetrics(c.env.DB, tenantId, slice);
    const { data, next_cursor } = pageByName(found, slice);
    return c.json({ metrics: data.map(schema.metricBody), next_cursor }, 200);
  },
);

app.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/metrics/undeclared",
    operationId: "listUndeclaredMetrics",
    summary: "Names that usage was recorded under, that nobody declared and no plan prices",
    description:
      "Of the periods that usage can still reach. A name that was mistyped stands here, with the " +
      "known name that is most like it; one that is right is declared.",
    tags: ["Usage"],
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(schema.undeclaredSchema), "By name"), ...problems() },
  }),
  async (c) => {
    const { tenantId } = allow(c, "usage.read", "own", "usage");
    const slice = sliceOf(c.req.valid("query"));
    const found = await meterOf(c.env, tenantId).undeclared(tenantId, slice.after, slice.limit);
    const { data, next_cursor } = pageByName(found.map(schema.undeclaredBody), slice);
    return c.json({ data, next_cursor }, 200);
  },
);

const SETTINGS = "/api/usage/settings";

app.openapi(
  createRoute({
    method: "get",
    path: SETTINGS,
    operationId: "getUsageSettings",
    summary: "How strictly usage is taken",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(schema.usageSettings, "The settings"), ...problems() },
  }),
  async (c) => {
    const { tenantId } = allow(c, "usage.read", "own", "theirs");
    return c.json({ strict_metrics: await readStrict(c.env.DB, tenantId) }, 200);
  },
);

app.openapi(
  createRoute({
    method: "put",
    path: SETTINGS,
    operationId: "changeUsageSettings",
    summary: "Change how strictly usage is taken",
    description:
      "With `strict_metrics`, usage of a metric that nobody declared and no plan prices is " +
      "refused as `usage.metric_undeclared`, however it comes; without, it is taken with a " +
      "warning. What was recorded before stays.",
    tags: ["Usage"],
    security,
    request: { body: jsonBody(schema.usageSettings) },
    responses: { 200: jsonReply(schema.usageSettings, "The settings"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "metrics.write");
    const { strict_metrics } = c.req.valid("json");
    await setStrictMetrics(c.env, actor, strict_metrics);
    return c.json({ strict_metrics }, 200);
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
    const { tenantId } = allow(c, "usage.read", "own", "theirs");
    const metric = await readMetric(c.env.DB, tenantId, c.req.valid("param").name);
    if (!metric) throw notFound("metric");
    return c.json(schema.metricBody(metric), 200);
  },
);

export const metricRoutes = app;
