/** The catalogue of metrics: what can be recorded, and declaring metrics of one's own. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { listMetrics, readMetric } from "../catalogue/catalogue.ts";
import { declareMetric } from "./metric.ts";
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

export const metricRoutes = app;
