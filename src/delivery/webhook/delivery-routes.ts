/** /api/webhooks/deliveries. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { createdPage, createdQuery } from "../../platform/http/sorted.ts";
import {
  createApi,
  jsonReply,
  pageQuery,
  problems,
  security,
  sortedPageSchema,
} from "../../platform/schema/openapi.ts";
import { deliveryOf, retryDelivery } from "./replay.ts";
import { listAttempts, listDeliveries } from "./store.ts";
import { DELIVERY_STATUSES } from "./table.ts";
import { attemptView, deliveryView, showAttempt, showDelivery } from "./view.ts";

export const webhookDeliveryRoutes = createApi<AppEnv>();

const tags = ["Webhooks"];
const idParam = z.object({ id: z.string().max(200).openapi({ description: "its id" }) });

webhookDeliveryRoutes.openapi(
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
        ...createdQuery,
        ...pageQuery,
      }),
    },
    responses: { 200: jsonReply(sortedPageSchema(deliveryView), "A page"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { endpoint_id: endpoint, status, ...query } = c.req.valid("query");
    const { data, ...cursors } = await createdPage(
      query,
      (range, limit) =>
        listDeliveries(c.env.DB, actor.tenantId, { endpoint, status, ...range }, limit),
      ({ id }) => id,
    );
    return c.json({ data: data.map(showDelivery), ...cursors }, 200);
  },
);

webhookDeliveryRoutes.openapi(
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

webhookDeliveryRoutes.openapi(
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
