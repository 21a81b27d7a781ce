/** /api/subscriptions. The operator makes and changes them; a tenant reads its own. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { tenantClock } from "../../accounts/store/clock.ts";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import { namedTenantId } from "../../accounts/tenant/tenant.ts";
import { invalidField, notFound } from "../../core/errors.ts";
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
import { intervalOf } from "../plan/cycle.ts";
import { readVersions } from "../plan/plan-store.ts";
import { listSubscriptions, readSubscription, type Subscription } from "../subscription/store.ts";
import {
  cancelInput,
  changeInput,
  subscribeInput,
  subscriptionBody,
  subscriptionChangeInput,
  subscriptionSchema,
  zoneInput,
} from "../subscription/subscription-schema.ts";
import { cancelSubscription } from "./cancel.ts";
import { changeSubscription } from "./change.ts";
import { changeReferences } from "./change-references.ts";
import { changeZone } from "./change-zone.ts";
import { resumeSubscription } from "./resume.ts";
import { createSubscription } from "./subscribe.ts";

export const subscriptionRoutes = createApi<AppEnv>();

const idParam = z.object({ id: z.string().max(100) });

async function show(env: Env, subscription: Subscription) {
  const { row, log } = subscription;
  const ids = log.map(({ versionId }) => versionId);
  const [versions, { nowMs }] = await Promise.all([
    readVersions(env.DB, ids),
    tenantClock(env.DB, row.tenant),
  ]);
  return subscriptionBody(subscription, versions, nowMs);
}

/** One that the actor may see: the operator all, a tenant its own. */
async function visible(env: Env, actor: Actor, id: string): Promise<Subscription> {
  const subscription = await readSubscription(env.DB, id);
  if (!subscription || !reaches(actor, subscription.row.tenant)) throw notFound("subscription");
  return subscription;
}

subscriptionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/subscriptions",
    operationId: "createSubscription",
    summary: "Subscribe a tenant to a plan (operator)",
    tags: ["Subscriptions"],
    security,
    request: { body: jsonBody(subscribeInput) },
    responses: { 201: jsonReply(subscriptionSchema, "The subscription"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const body = c.req.valid("json");
    const made = await createSubscription(c.env, actor, {
      tenant: body.tenant_id,
      plan: body.plan,
      planVersion: body.plan_version ?? null,
      cycle: intervalOf(body.billing_cycle ?? "monthly"),
      anchor: body.anchor ?? "anniversary",
      timeZone: body.time_zone ?? "UTC",
      start: body.start_date ?? null,
      trialEnd: body.trial_end ?? null,
      basePrice: body.base_price ?? null,
      currency: body.currency ?? null,
      seats: body.seats ?? 1,
      baseTiming: body.base_timing ?? null,
      buyerReference: body.buyer_reference ?? null,
      purchaseOrder: body.purchase_order ?? null,
    });
    return c.json(await show(c.env, made), 201);
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/subscriptions",
    operationId: "listSubscriptions",
    summary: "List subscriptions: a tenant its own, the operator all or one tenant's",
    description: "A key that is confined to tenants lists those of all of them.",
    tags: ["Subscriptions"],
    security,
    request: {
      query: z.strictObject({ tenant_id: tenantNameInput.optional(), ...pageQuery }),
    },
    responses: { 200: jsonReply(pageSchema(subscriptionSchema), "A page"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const query = c.req.valid("query");
    const named = query.tenant_id || undefined;
    const isOfAll = actor.operator && named === undefined;
    const limit = pageLimit(query.limit);
    const [before = null] = query.cursor ? decodeCursor(query.cursor, 1) : [];
    const rows = await listSubscriptions(c.env.DB, {
      tenant: isOfAll ? null : await namedTenantId(c.env, actor, named),
      among: isOfAll ? (actor.confinement?.tenants ?? null) : null,
      before: before === null ? null : String(before),
      limit: limit + 1,
    });
    const page = pageOf(
      rows,
      limit,
      ({ row }) => [row.id],
      (subscription) => subscription,
    );
    const data = await Promise.all(page.data.map((subscription) => show(c.env, subscription)));
    return c.json({ ...page, data }, 200);
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/subscriptions/{id}",
    operationId: "getSubscription",
    summary: "Read a subscription",
    tags: ["Subscriptions"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(subscriptionSchema, "The subscription"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const { id } = c.req.valid("param");
    return c.json(await show(c.env, await visible(c.env, actor, id)), 200);
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/subscriptions/{id}",
    operationId: "updateSubscription",
    summary: "Set what a subscription's invoices refer to, from its next one on (operator)",
    tags: ["Subscriptions"],
    security,
    request: { params: idParam, body: jsonBody(subscriptionChangeInput) },
    responses: { 200: jsonReply(subscriptionSchema, "The subscription"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const changed = await changeReferences(c.env, actor, c.req.valid("param").id, {
      buyerReference: c.req.valid("json").buyer_reference,
      purchaseOrder: c.req.valid("json").purchase_order,
    });
    return c.json(await show(c.env, changed), 200);
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/subscriptions/{id}/change-plan",
    operationId: "changeSubscriptionPlan",
    summary: "Change plan, price or seats, now or from the next cycle on (operator)",
    tags: ["Subscriptions"],
    security,
    request: { params: idParam, body: jsonBody(changeInput) },
    responses: { 200: jsonReply(subscriptionSchema, "The subscription"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const body = c.req.valid("json");
    if (body.plan_version !== undefined && body.plan === undefined) {
      throw invalidField("/plan", "is required with plan_version");
    }
    const changed = await changeSubscription(c.env, actor, c.req.valid("param").id, {
      plan: body.plan ?? null,
      planVersion: body.plan_version ?? null,
      basePrice: body.base_price ?? null,
      seats: body.seats ?? null,
      when: body.when,
    });
    return c.json(await show(c.env, changed), 200);
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/subscriptions/{id}/cancel",
    operationId: "cancelSubscription",
    summary: "End a subscription, at its period's end unless `now` (operator)",
    tags: ["Subscriptions"],
    security,
    request: { params: idParam, body: jsonBody(cancelInput) },
    responses: { 200: jsonReply(subscriptionSchema, "The subscription"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const { when = "period_end" } = c.req.valid("json");
    const ended = await cancelSubscription(c.env, actor, c.req.valid("param").id, when);
    return c.json(await show(c.env, ended), 200);
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/subscriptions/{id}/resume",
    operationId: "resumeSubscription",
    summary: "Take back an end that was asked for and has not come (operator)",
    tags: ["Subscriptions"],
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(subscriptionSchema, "The subscription"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const resumed = await resumeSubscription(c.env, actor, c.req.valid("param").id);
    return c.json(await show(c.env, resumed), 200);
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/subscriptions/{id}/change-zone",
    operationId: "changeSubscriptionZone",
    summary: "Count boundaries in another time zone, from the next cycle on (operator)",
    tags: ["Subscriptions"],
    security,
    request: { params: idParam, body: jsonBody(zoneInput) },
    responses: { 200: jsonReply(subscriptionSchema, "The subscription"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const { time_zone } = c.req.valid("json");
    const moved = await changeZone(c.env, actor, c.req.valid("param").id, time_zone);
    return c.json(await show(c.env, moved), 200);
  },
);
