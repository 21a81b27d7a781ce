/** /api/plans. Everyone may read what is offered; the operator edits it. */

import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import type { BudgetValues } from "../../core/budget.ts";
import { notFound } from "../../core/errors.ts";
import { decodeCursor, pageLimit, pageOf } from "../../platform/http/http.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { changePlan, createPlan, type VersionInput } from "./plan.ts";
import { planBody, planChange, planInput, planSchema, type versionInput } from "./plan-schema.ts";
import {
  listPlans,
  newestVersions,
  type Plan,
  readNewest,
  readPlan,
  readPlanVersion,
  readVersions,
} from "./plan-store.ts";

export const planRoutes = createApi<AppEnv>();

export const planParam = z.object({
  plan: z.string().max(100).openapi({ description: "its code or id", example: "STARTER" }),
});

/** A version as the verbs take it. */
export function inputOf(body: z.infer<typeof versionInput>): VersionInput {
  return {
    currency: body.currency,
    baseTiming: body.base_timing ?? null,
    usageInterval: body.usage_interval ?? null,
    basePrices: {
      weekly: body.base_price_weekly ?? null,
      monthly: body.base_price_monthly ?? null,
      quarterly: body.base_price_quarterly ?? null,
      half_yearly: body.base_price_half_yearly ?? null,
      yearly: body.base_price_yearly ?? null,
    },
    minimum: body.minimum_commitment ?? null,
    leastInvoice: body.minimum_invoice ?? null,
    graceHours: body.grace_hours ?? null,
    finalizeZero: body.finalize_zero ?? false,
    taxInclusive: body.tax_inclusive ?? null,
    tenantMay: body.tenant_may ?? [],
    budgets: (body.budgets ?? {}) as BudgetValues,
    prices: body.prices,
  };
}

/** A plan with its newest version, as it is answered. */
export async function planAnswer(env: Env, plan: Plan) {
  const version = await readPlanVersion(env.DB, plan.id, null);
  if (!version) throw notFound("plan version");
  return planBody(plan, version, await readVersions(env.DB, [version.id]));
}

/** Plans whose prices are read at a time: each may have a hundred. */
const PLANS_AT_ONCE = 20;

/** The same of each of some plans, in their order. */
async function planAnswers(env: Env, plans: readonly Plan[]) {
  const newest = await newestVersions(
    env.DB,
    plans.map(({ id }) => id),
  );
  const answers: ReturnType<typeof planBody>[] = [];
  for (let at = 0; at < plans.length; at += PLANS_AT_ONCE) {
    const some = plans.slice(at, at + PLANS_AT_ONCE).map((plan) => {
      const version = newest.get(plan.id);
      if (!version) throw notFound("plan version");
      return { plan, version };
    });
    const versions = await readVersions(
      env.DB,
      some.map(({ version }) => version.id),
    );
    answers.push(...some.map(({ plan, version }) => planBody(plan, version, versions)));
  }
  return answers;
}

/** A plan by its code or id. Errors: 404. */
export async function findByName(env: Env, name: string): Promise<Plan> {
  const plan = await readPlan(env.DB, name);
  if (!plan) throw notFound("plan");
  return plan;
}

planRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/plans",
    operationId: "listPlans",
    summary: "List the plans with their newest versions",
    tags: ["Plans"],
    security,
    request: { query: z.strictObject(pageQuery) },
    responses: { 200: jsonReply(pageSchema(planSchema), "A page"), ...problems() },
  }),
  async (c) => {
    allow(c, "billing.read");
    const query = c.req.valid("query");
    const limit = pageLimit(query.limit);
    const [after = null] = query.cursor ? decodeCursor(query.cursor, 1) : [];
    const slice = { after: after === null ? null : String(after), limit: limit + 1 };
    const plans = await listPlans(c.env.DB, slice);
    const page = pageOf(
      plans,
      limit,
      (plan) => [plan.code],
      (plan) => plan,
    );
    const data = await planAnswers(c.env, page.data);
    return c.json({ ...page, data }, 200);
  },
);

planRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/plans",
    operationId: "createPlan",
    summary: "Create a plan (operator)",
    tags: ["Plans"],
    security,
    request: { body: jsonBody(planInput) },
    responses: { 201: jsonReply(planSchema, "The plan"), ...problems(409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.plans");
    const { code, name, description = "", ...version } = c.req.valid("json");
    const plan = await createPlan(c.env, actor, { code, name, description }, inputOf(version));
    return c.json(await planAnswer(c.env, plan), 201);
  },
);

planRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/plans/{plan}",
    operationId: "getPlan",
    summary: "Read a plan with its newest version",
    tags: ["Plans"],
    security,
    request: { params: planParam },
    responses: { 200: jsonReply(planSchema, "The plan"), ...problems(404) },
  }),
  async (c) => {
    allow(c, "billing.read");
    const found = await readNewest(c.env.DB, c.req.valid("param").plan);
    if (!found) throw notFound("plan");
    const versions = await readVersions(c.env.DB, [found.version.id]);
    return c.json(planBody(found.plan, found.version, versions), 200);
  },
);

planRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/plans/{plan}",
    operationId: "changePlan",
    summary: "Rename or archive a plan (operator); whoever has it keeps it",
    tags: ["Plans"],
    security,
    request: { params: planParam, body: jsonBody(planChange) },
    responses: { 200: jsonReply(planSchema, "The plan"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.plans");
    const { name, description, archived } = c.req.valid("json");
    const plan = await changePlan(c.env, actor, c.req.valid("param").plan, {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(archived === undefined ? {} : { archived }),
    });
    return c.json(await planAnswer(c.env, plan), 200);
  },
);
