/** /api/subscriptions. The operator makes and changes them; a tenant reads its own. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Actor, AppEnv } from "../../accounts/actor/actor.ts";
import { reaches } from "../../accounts/actor/confinement.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import { namedTenantId } from "../../accounts/tenant/tenant.ts";
import { invalidField, notFound } from "../../core/errors.ts";
import {
  type ExportColumn,
  exportReply,
  formatQuery,
  sendExport,
} from "../../platform/http/export.ts";
import { createdPage, createdQuery, rangeAfter } from "../../platform/http/sorted.ts";
import { stepView } from "../../platform/http/step.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  createApi,
  idsInput,
  jsonBody,
  jsonReply,
  pageQuery,
  problems,
  security,
  sortedPageSchema,
} from "../../platform/schema/openapi.ts";
import { intervalOf } from "../plan/cycle.ts";
import {
  listSubscriptions,
  readSubscription,
  SUBSCRIPTION_STATES,
  type Subscription,
  type SubscriptionFilter,
} from "../subscription/store.ts";
import {
  cancelInput,
  changeInput,
  subscribeInput,
  subscriptionChangeInput,
  subscriptionSchema,
  zoneInput,
} from "../subscription/subscription-schema.ts";
import { cancelSubscription } from "./cancel.ts";
import { cancelStep } from "./cancel-many.ts";
import { changeSubscription } from "./change.ts";
import { changeReferences } from "./change-references.ts";
import { changeZone } from "./change-zone.ts";
import { resumeSubscription } from "./resume.ts";
import { type Shown, showSubscriptions } from "./shown.ts";
import { createSubscription } from "./subscribe.ts";

export const subscriptionRoutes = createApi<AppEnv>();

const idParam = z.object({ id: z.string().max(100) });

async function show(env: Env, subscription: Subscription) {
  const [shown] = await showSubscriptions(env, [subscription]);
  if (!shown) throw notFound("subscription");
  return shown.body;
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

const narrowedSchema = z.strictObject({
  tenant_id: tenantNameInput.optional(),
  state: z.enum(SUBSCRIPTION_STATES).optional().openapi({
    description: "current: those that go on, also `ending` ones, whose end is set; or the past",
  }),
});
const chosenSchema = narrowedSchema.extend({ ids: idsInput });

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
      query: narrowedSchema.extend(createdQuery).extend(pageQuery),
    },
    responses: { 200: jsonReply(sortedPageSchema(subscriptionSchema), "A page"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const query = c.req.valid("query");
    const filter = await filterFor(c.env, actor, query);
    const { data: rows, ...cursors } = await createdPage(
      query,
      (range, limit) => listSubscriptions(c.env.DB, { ...filter, ...range, limit }),
      ({ row }) => row.id,
    );
    const data = (await showSubscriptions(c.env, rows)).map(({ body }) => body);
    return c.json({ data, ...cursors }, 200);
  },
);

type Narrowed = z.infer<typeof chosenSchema>;

/** Those that the actor may list of what it asks for. Errors: 403 and 404 for a tenant. */
async function filterFor(
  env: Env,
  actor: Actor,
  { tenant_id, state, ids: named }: Narrowed,
): Promise<SubscriptionFilter> {
  const ids = named?.split(",");
  if (actor.operator && !tenant_id) {
    return { tenant: null, among: actor.confinement?.tenants ?? null, state, ids };
  }
  return { tenant: await namedTenantId(env, actor, tenant_id || undefined), state, ids };
}

const plain = (name: string, text: (row: Shown) => string | null) => ({ name, text });
const number = (name: string, text: (row: Shown) => string) => ({ name, text, number: true });
/** As the list names them. */
const COLUMNS: readonly ExportColumn<Shown>[] = [
  plain("id", ({ body }) => body.id),
  plain("tenant_id", ({ body }) => body.tenant_id),
  plain("tenant_name", ({ tenant }) => tenant.name),
  plain("tenant_external_id", ({ tenant }) => tenant.externalId),
  plain("tenant_mode", ({ tenant }) => tenant.mode),
  plain("status", ({ body }) => body.status),
  plain("plan", ({ body }) => body.plan),
  number("plan_version", ({ body }) => String(body.plan_version)),
  plain("currency", ({ body }) => body.currency),
  number("base_price", ({ body }) => JSON.stringify(body.base_price)),
  number("seats", ({ body }) => String(body.seats)),
  plain("billing_cycle", ({ body }) => body.billing_cycle),
  plain("start_date", ({ body }) => body.start_date),
  plain("trial_end", ({ body }) => body.trial_end),
  plain("cancel_at", ({ body }) => body.cancel_at),
  plain("period_start", ({ body }) => body.current_period?.start ?? null),
  plain("period_end", ({ body }) => body.current_period?.end ?? null),
  plain("purchase_order", ({ body }) => body.purchase_order),
  plain("created_at", ({ body }) => body.created_at),
];

/** Rows that are read at once: each has its log and its plan with it. */
const MOST_LOGS = 500;

subscriptionRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/exports/subscriptions",
    operationId: "exportSubscriptions",
    summary: "Export subscriptions as CSV or NDJSON, filtered as their list is",
    tags: ["Subscriptions"],
    security,
    request: { query: chosenSchema.extend(createdQuery).extend(formatQuery) },
    responses: { 200: exportReply, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const { format, sort, ...query } = c.req.valid("query");
    const filter = await filterFor(c.env, actor, query);
    const read = async (last: Shown | null, limit: number) => {
      const range = rangeAfter(last?.body ?? null, sort);
      return showSubscriptions(
        c.env,
        await listSubscriptions(c.env.DB, { ...filter, ...range, limit }),
      );
    };
    const file = { format, name: "subscriptions", columns: COLUMNS };
    return sendExport(c, { ...file, read, page: MOST_LOGS });
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/bulk/subscriptions",
    operationId: "actSubscriptions",
    summary: "End the subscriptions that a filter leaves, each with its period, step by step",
    description:
      "A call ends at most 50 of them, newest first; those whose end is set already are passed " +
      "over. Where `next_cursor` is not null, send the same request with it as `cursor`. Until " +
      "its period ends, each can be resumed.",
    tags: ["Subscriptions"],
    security,
    request: {
      body: jsonBody(
        z
          .strictObject({
            act: z.enum(["cancel"]),
            filter: chosenSchema,
            cursor: z.string().max(500).nullable().optional(),
          })
          .openapi("SubscriptionBulkInput"),
      ),
    },
    responses: { 200: jsonReply(stepView, "What the step did"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "operator.subscriptions", "tenants");
    const { filter, cursor = null } = c.req.valid("json");
    const narrowed = await filterFor(c.env, actor, filter);
    return c.json(await cancelStep(c.env, actor, narrowed, cursor), 200);
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
