/** /api/usage/rules: from one incoming event to several metrics. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import * as schema from "../../metering/intake/rule-schema.ts";
import { listRules } from "../../metering/intake/rule-store.ts";
import { tryEvent } from "../../metering/intake/try-event.ts";
import { pageById, sliceOf } from "../../platform/http/slice.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { changeRule, createRule, deleteRule, ruleScopesOf, usageRuleOf } from "./usage-rule.ts";

export const ruleRoutes = createApi<AppEnv>();

const tags = ["Usage"];

/** Whatever else it lacks is said in the answer, as of an event that is recorded. */
const triedEvent = z.looseObject({ type: z.string().min(1) }).openapi("TriedEventInput", {
  description: "A CloudEvent in structured mode",
  example: {
    specversion: "1.0",
    id: "call-1",
    source: "/api",
    type: "model.call",
    data: { tokens: 12, model: "small" },
  },
});

ruleRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/usage/rules",
    operationId: "createUsageRule",
    summary: "Make a rule: how incoming events of a type count under a metric",
    description:
      "CloudEvents of the type become an event of the metric, beside those of other rules for " +
      "the type. With a key of the operator it holds for every tenant, with `BoxCost-Tenant` " +
      "or a tenant's key for that tenant. The metric is declared as the rule says it: for one " +
      "tenant at once, else before each one's first event; one that is there already stays as " +
      "it is. What a tenant's plan prices is ruled by the operator, or by the tenant where " +
      "its plan lets it declare metrics. The operator's rules go before a tenant's, and what " +
      "the operator sends for a tenant counts by the operator's alone. A scope has 200 rules, " +
      "20 for a type. Other instances know of it within 30 s.",
    tags,
    security,
    request: { body: jsonBody(schema.ruleInput) },
    responses: { 201: jsonReply(schema.ruleSchema, "The rule"), ...problems(409) },
  }),
  async (c) => {
    const actor = allow(c, "metrics.write");
    const rule = await createRule(c.env, actor, schema.ruleInputOf(c.req.valid("json")));
    return c.json(schema.showRule(rule), 201);
  },
);

ruleRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/rules",
    operationId: "listUsageRules",
    summary: "List the rules that hold for the tenant, its own and those of every tenant",
    tags,
    security,
    request: { query: schema.rulesQuery },
    responses: { 200: jsonReply(pageSchema(schema.ruleSchema), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    const query = c.req.valid("query");
    const slice = sliceOf(query);
    const filter = {
      scopes: ruleScopesOf(actor),
      eventType: query.event_type,
      metric: query.metric_name,
      after: slice.after ?? undefined,
    };
    const rules = await listRules(c.env.DB, filter, slice.limit);
    return c.json(pageById(rules, slice, schema.showRule), 200);
  },
);

ruleRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/usage/rules/try",
    operationId: "tryUsageRules",
    summary: "See what an event would be recorded as, without recording it",
    description:
      "An entry for each rule of the event's type, or why it would be refused. Limits, and ids " +
      "that were used before, are seen only when it is recorded.",
    tags,
    security,
    request: { body: jsonBody(triedEvent) },
    responses: { 200: jsonReply(schema.triedSchema, "What would be recorded"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    const tried = await tryEvent(c.env, actor, c.req.valid("json"));
    return c.json(schema.showTried(tried), 200);
  },
);

ruleRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/rules/{id}",
    operationId: "getUsageRule",
    summary: "Read a rule",
    tags,
    security,
    request: { params: schema.ruleParams },
    responses: { 200: jsonReply(schema.ruleSchema, "The rule"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    return c.json(schema.showRule(await usageRuleOf(c.env, actor, c.req.valid("param").id)), 200);
  },
);

ruleRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/usage/rules/{id}",
    operationId: "changeUsageRule",
    summary: "Change the given fields of a rule, or switch it off; what was recorded stays",
    tags,
    security,
    request: { params: schema.ruleParams, body: jsonBody(schema.ruleChange) },
    responses: { 200: jsonReply(schema.ruleSchema, "The rule"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "metrics.write");
    const change = schema.ruleFieldsOf(c.req.valid("json"));
    const rule = await changeRule(c.env, actor, c.req.valid("param").id, change);
    return c.json(schema.showRule(rule), 200);
  },
);

ruleRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/usage/rules/{id}",
    operationId: "deleteUsageRule",
    summary: "Delete a rule; its metric, and what was recorded, stay",
    tags,
    security,
    request: { params: schema.ruleParams },
    responses: { 204: { description: "Done" }, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "metrics.write");
    await deleteRule(c.env, actor, c.req.valid("param").id);
    return c.body(null, 204);
  },
);
