/** Taking events back, and declaring how metrics count: what may change what is billed. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import { notFound } from "../../core/errors.ts";
import { DEFAULT_SOURCE, eventOf } from "../../metering/event/line.ts";
import { declareMetric } from "../../metering/metric/metric.ts";
import {
  metricBody,
  metricInput,
  metricParams,
  metricSchema,
  metricsPage,
} from "../../metering/metric/metric-schema.ts";
import { eventBody, findEvent, voidEvent } from "../../metering/read/event.ts";
import { eventFilterOf } from "../../metering/read/event-filter.ts";
import {
  eventFilter,
  eventParams,
  eventSchema,
  sourceQuery,
} from "../../metering/read/event-schema.ts";
import { MAX_PAGE } from "../../platform/http/http.ts";
import { pageByName, sliceOf } from "../../platform/http/slice.ts";
import { stepView } from "../../platform/http/step.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { readSubscription } from "../subscription/store.ts";
import { actorFor, countedMetrics, insistMay, logForOperator } from "./permit.ts";
import { voidStep } from "./void-many.ts";

export const correctionRoutes = createApi<AppEnv>();

/** Whose usage is meant, for the operator. */
export const tenantQuery = {
  tenant_id: tenantNameInput.optional().openapi({
    description: "whose usage it is (operator), by id or external id; your own otherwise",
  }),
};

correctionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/usage/events/{id}/void",
    operationId: "voidUsageEvent",
    summary: "Take an event back",
    description:
      "A compensating event follows; the id stays used, and the alerts that were sent stay sent. " +
      "Of a metric that the tenant's plan prices, by the operator or where the plan lets tenants.",
    tags: ["Usage"],
    security,
    request: { params: eventParams, query: sourceQuery.extend(tenantQuery) },
    responses: { 200: jsonReply(eventSchema, "The voided event"), ...problems(404) },
  }),
  async (c) => {
    const author = allow(c, "usage.void", "tenants");
    const { id } = c.req.valid("param");
    const { source = DEFAULT_SOURCE, tenant_id } = c.req.valid("query");
    const actor = await actorFor(c.env, author, tenant_id);
    const found = await findEvent(c.env, actor.tenantId, source, id);
    await insistMay(c.env, actor, "void", async () => [eventOf(found.tuple).metric]);
    const target = `seq_${found.seq}`;
    await logForOperator(c.env, author, actor, { action: "usage.voided", target });
    const { line } = await voidEvent(c.env, actor, source, id);
    return c.json(eventBody(line, true), 200);
  },
);

correctionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/bulk/usage-events",
    operationId: "actUsageEvents",
    summary: "Take back the events that a filter leaves, step by step",
    description:
      "A call takes back at most 50 of them, newest first. Where `next_cursor` is not null, send " +
      "the same request with it as `cursor`. An event of a metric that the tenant's plan prices " +
      "is refused by itself where only the operator may take it back.",
    tags: ["Usage"],
    security,
    request: {
      body: jsonBody(
        z
          .strictObject({
            act: z.enum(["void"]),
            filter: eventFilter,
            cursor: z.string().max(500).nullable().optional(),
          })
          .openapi("EventBulkInput"),
      ),
    },
    responses: { 200: jsonReply(stepView, "What the step did"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.void");
    const { filter, cursor = null } = c.req.valid("json");
    return c.json(await voidStep(c.env, actor, eventFilterOf(actor, filter), cursor), 200);
  },
);

correctionRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/subscriptions/{id}/metrics",
    operationId: "listSubscriptionMetrics",
    summary: "How the metrics that a subscription prices count for its tenant",
    description: "A metric that the tenant declared before it was priced keeps its declaration.",
    tags: ["Subscriptions"],
    security,
    request: { params: z.object({ id: z.string().max(100) }), query: z.strictObject(pageQuery) },
    responses: {
      200: jsonReply(metricsPage, "The metrics by name"),
      ...problems(404),
    },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const subscription = await readSubscription(c.env.DB, c.req.valid("param").id);
    if (!subscription || !reaches(actor, subscription.row.tenant)) {
      throw notFound("subscription");
    }
    const slice = sliceOf(c.req.valid("query"), MAX_PAGE);
    const { after } = slice;
    const counted = await countedMetrics(c.env, subscription);
    const found = counted.filter(({ name }) => after === null || name > after);
    const { data, next_cursor } = pageByName(found.slice(0, slice.limit), slice);
    return c.json({ metrics: data.map(metricBody), next_cursor }, 200);
  },
);

correctionRoutes.openapi(
  createRoute({
    method: "put",
    path: "/api/metrics/{name}",
    operationId: "declareMetric",
    summary: "Declare or change one of the tenant's own metrics",
    description:
      "Fields that are missing stay as they are. The first event fixes aggregation. Once the " +
      "tenant's plan prices the metric, it stays as it was declared, except for the operator or " +
      "where the plan lets tenants.",
    tags: ["Metrics"],
    security,
    request: {
      params: metricParams,
      query: z.strictObject(tenantQuery),
      body: jsonBody(metricInput),
    },
    responses: { 200: jsonReply(metricSchema, "The metric"), ...problems(404, 409) },
  }),
  async (c) => {
    const author = allow(c, "metrics.write", "tenants");
    const actor = await actorFor(c.env, author, c.req.valid("query").tenant_id);
    const { name } = c.req.valid("param");
    await insistMay(c.env, actor, "declare", async () => [name]);
    const { display_name: displayName, ...others } = c.req.valid("json");
    const given = { ...others, displayName };
    const change = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined));
    await logForOperator(c.env, author, actor, { action: "metric.declare", target: name });
    return c.json(metricBody(await declareMetric(c.env, actor, name, change)), 200);
  },
);
