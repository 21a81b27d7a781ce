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
import { pageLimit } from "../../platform/http/http.ts";
import { placeIn, sortedPage } from "../../platform/http/sorted.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  countsReply,
  createApi,
  jsonBody,
  jsonReply,
  pageQuery,
  problems,
  security,
  sortedPageSchema,
} from "../../platform/schema/openapi.ts";
import { intervalOf } from "../plan/cycle.ts";
import {
  countStates,
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
      query: narrowedSchema.extend(pageQuery),
    },
    responses: { 200: jsonReply(sortedPageSchema(subscriptionSchema), "A page"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const query = c.req.valid("query");
    const limit = pageLimit(query.limit);
    const place = query.cursor ? placeIn(query.cursor, NEWEST_FIRST, 1) : null;
    const at = place === null ? null : String(place.key[0]);
    const found = await listSubscriptions(c.env.DB, {
      ...(await filterFor(c.env, actor, query)),
      ...(place?.back ? { before: null, after: at } : { before: at }),
      limit: limit + 1,
    });
    const keyOf = ({ row }: Subscription) => [row.id];
    const page = sortedPage(found, { order: NEWEST_FIRST, place, limit, keyOf });
    const { rows, ...cursors } = page;
    const data = (await showSubscriptions(c.env, rows)).map(({ body }) => body);
    return c.json({ data, ...cursors }, 200);
  },
);

const NEWEST_FIRST = { name: "created", descending: true } as const;

type Narrowed = z.infer<typeof narrowedSchema>;

/** Those that the actor may list of what it asks for. Errors: 403 and 404 for a tenant. */
async function filterFor(
  env: Env,
  actor: Actor,
  { tenant_id, state }: Narrowed,
): Promise<SubscriptionFilter> {
  const named = tenant_id || undefined;
  if (actor.operator && named === undefined) {
    return { tenant: null, among: actor.confinement?.tenants ?? null, state };
  }
  return { tenant: await namedTenantId(env, actor, named), state };
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
    request: { query: narrowedSchema.extend(formatQuery) },
    responses: { 200: exportReply, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const { format, ...query } = c.req.valid("query");
    const filter = await filterFor(c.env, actor, query);
    const read = async (last: Shown | null, limit: number) => {
      const before = last?.body.id ?? null;
      return showSubscriptions(
        c.env,
        await listSubscriptions(c.env.DB, { ...filter, before, limit }),
      );
    };
    const file = { format, name: "subscriptions", columns: COLUMNS };
    return sendExport(c, { ...file, read, page: MOST_LOGS });
  },
);

subscriptionRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/subscription-counts",
    operationId: "countSubscriptions",
    summary: "How many subscriptions are current, ending and ended, up to a thousand of each",
    description: "A tenant's own, or the operator's all; of a confined key those of its tenants.",
    tags: ["Subscriptions"],
    security,
    responses: {
      200: countsReply({ state: z.enum(SUBSCRIPTION_STATES) }),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const counts = await countStates(c.env.DB, await filterFor(c.env, actor, {}));
    const data = SUBSCRIPTION_STATES.map((state) => ({ state, ...counts[state] }));
    return c.json({ data }, 200);
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
