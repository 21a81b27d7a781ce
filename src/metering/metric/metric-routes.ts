/** The catalogue of metrics: what can be recorded; `billing/correction` declares metrics. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { notFound } from "../../core/errors.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import { listMetrics, readMetric } from "../catalogue/catalogue.ts";
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

export const metricRoutes = app;
