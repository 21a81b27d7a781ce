/** Delivery under one router; here /api/webhooks: deliveries, and the events for who polls. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../accounts/actor/actor.ts";
import { allow } from "../accounts/guard/guard.ts";
import { decodeCursor, pageLimit, pageOf } from "../platform/http/http.ts";
import { listAnnounced } from "../platform/queue/outbox.ts";
import {
  createApi,
  jsonReply,
  pageQuery,
  pageSchema,
  problems,
  security,
} from "../platform/schema/openapi.ts";
import { callbackRoutes } from "./email/callback-routes.ts";
import { inboxRoutes } from "./email/inbox-routes.tsx";
import { emailRoutes } from "./email/routes.ts";
import { settingsRoutes } from "./email/settings-routes.ts";
import { endpointRoutes } from "./webhook/endpoint-routes.ts";
import { eventOf } from "./webhook/message.ts";
import { deliveryOf, retryDelivery } from "./webhook/replay.ts";
import { listAttempts, listDeliveries } from "./webhook/store.ts";
import { DELIVERY_STATUSES } from "./webhook/table.ts";
import { attemptView, deliveryView, eventView, showAttempt, showDelivery } from "./webhook/view.ts";

export const deliveryRoutes = createApi<AppEnv>();
deliveryRoutes.route("/", endpointRoutes);
deliveryRoutes.route("/", emailRoutes);
deliveryRoutes.route("/", settingsRoutes);
deliveryRoutes.route("/", callbackRoutes);
deliveryRoutes.route("/", inboxRoutes);

const tags = ["Webhooks"];
const idParam = z.object({ id: z.string().max(200).openapi({ description: "its id" }) });

deliveryRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/webhooks/deliveries",
    operationId: "listWebhookDeliveries",
    summary: "List deliveries, newest first",
    tags,
    security,
    request: {
      query: z.strictObject({
        endpoint_id: z.string().max(200).optional(),
        status: z.enum(DELIVERY_STATUSES).optional(),
        ...pageQuery,
      }),
    },
    responses: { 200: jsonReply(pageSchema(deliveryView), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { endpoint_id: endpoint, status, cursor, ...query } = c.req.valid("query");
    const [last] = cursor ? decodeCursor(cursor, 1) : [];
    const before = last === undefined ? undefined : String(last);
    const limit = pageLimit(query.limit);
    const filter = { endpoint, status, before };
    const rows = await listDeliveries(c.env.DB, actor.tenantId, filter, limit + 1);
    return c.json(
      pageOf(rows, limit, (row) => [row.id], showDelivery),
      200,
    );
  },
);

deliveryRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/webhooks/deliveries/{id}",
    operationId: "getWebhookDelivery",
    summary: "Read a delivery with all its attempts",
    tags,
    security,
    request: { params: idParam },
    responses: {
      200: jsonReply(deliveryView.extend({ log: z.array(attemptView) }), "The delivery"),
      ...problems(404),
    },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const delivery = await deliveryOf(c.env, actor, c.req.valid("param").id);
    const log = await listAttempts(c.env.DB, delivery.id);
    return c.json({ ...showDelivery(delivery), log: log.map(showAttempt) }, 200);
  },
);

deliveryRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/webhooks/deliveries/{id}/retry",
    operationId: "retryWebhookDelivery",
    summary: "Send it again, from the start of the schedule; the receiver sees the same webhook-id",
    tags,
    security,
    request: { params: idParam },
    responses: { 202: jsonReply(deliveryView, "It is on its way"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const delivery = await retryDelivery(c.env, actor, c.req.valid("param").id);
    return c.json(showDelivery(delivery), 202);
  },
);

deliveryRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/webhooks/events",
    operationId: "listEvents",
    summary: "What was announced after a seq, in order: to catch up without webhooks",
    tags,
    security,
    request: {
      query: z.strictObject({
        after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
        limit: pageQuery.limit,
      }),
    },
    responses: {
      200: jsonReply(
        z.object({
          data: z.array(eventView),
          next_after: z.number().int().openapi({ description: "`after` of the next call" }),
          has_more: z.boolean(),
        }),
        "The events",
      ),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { after = 0, limit: asked } = c.req.valid("query");
    const limit = pageLimit(asked);
    const event = await listAnnounced(c.env.DB, actor.tenantId, after, limit + 1);
    const data = event.slice(0, limit).map(eventOf) as z.infer<typeof eventView>[];
    const page = { data, next_after: data.at(-1)?.seq ?? after, has_more: event.length > limit };
    return c.json(page, 200);
  },
);
