/** The catalogue of metrics: what can be recorded; `billing/correction` declares metrics. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { pageByName, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  jsonReply,
  pageQuery,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { readMetric, sliceMetrics } from "../catalogue/catalogue.ts";
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
    const { tenantId } = allow(c, "usage.read");
    const slice = sliceOf(c.req.valid("query"), MAX_PAGE);
    const found = await sliceMetrics(c.env.DB, tenantId, slice);
    const { data, next_cursor } = pageByName(found, slice);
    return c.json({ metrics: data.map(schema.metricBody), next_cursor }, 200);
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
    return c.json(schema.metricBody(metric), 200);
  },
);

export const metricRoutes = app;
