/** /api/exports/webhook-deliveries, their counts, and trying many of them again. */
import { createRoute, z } from "@hono/zod-openapi";
import { type Actor, type AppEnv, onTheWay } from "../../accounts/actor/actor.ts";
import { noteStep } from "../../accounts/audit/note-step.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { timeText } from "../../core/time.ts";
import { countingQueries } from "../../platform/db/query-count.ts";
import {
  type ExportColumn,
  exportReply,
  formatQuery,
  sendExport,
} from "../../platform/http/export.ts";
import { createdQuery, rangeAfter } from "../../platform/http/sorted.ts";
import { idBefore, MOST_READ, type Step, stepView, takeStep } from "../../platform/http/step.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  countsReply,
  createApi,
  idsInput,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { retryDelivery } from "./replay.ts";
import { countDeliveries, type DeliveryFilter, listDeliveries } from "./store.ts";
import { DELIVERY_STATUSES, type Delivery } from "./table.ts";

export const deliveryListRoutes = createApi<AppEnv>();

const tags = ["Webhooks"];

const filterSchema = z.strictObject({
  ids: idsInput,
  endpoint_id: z.string().max(200).optional(),
  status: z.enum(DELIVERY_STATUSES).optional(),
});

function filterOf({ endpoint_id, status, ids }: z.infer<typeof filterSchema>): DeliveryFilter {
  return { endpoint: endpoint_id, status, ids: ids?.split(",") };
}

const plain = (name: string, text: (row: Delivery) => string | null) => ({ name, text });
const COLUMNS: readonly ExportColumn<Delivery>[] = [
  plain("id", ({ id }) => id),
  plain("endpoint_id", ({ endpoint }) => endpoint),
  plain("event_id", ({ message }) => message),
  { name: "seq", text: ({ outboxSeq }) => outboxSeq?.toString() ?? null, number: true },
  plain("type", ({ type }) => type),
  plain("status", ({ status }) => status),
  { name: "attempts", text: ({ attempts }) => String(attempts), number: true },
  plain("created_at", ({ createdMs }) => timeText(createdMs)),
];

deliveryListRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/exports/webhook-deliveries",
    operationId: "exportWebhookDeliveries",
    summary: "Export deliveries as CSV or NDJSON, filtered as their list is",
    tags,
    security,
    request: { query: filterSchema.extend(createdQuery).extend(formatQuery) },
    responses: { 200: exportReply, ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { format, sort, ...query } = c.req.valid("query");
    const filter = filterOf(query);
    const read = (last: Delivery | null, limit: number) =>
      listDeliveries(c.env.DB, actor.tenantId, { ...filter, ...rangeAfter(last, sort) }, limit);
    return sendExport(c, { format, name: "webhook-deliveries", columns: COLUMNS, read });
  },
);

deliveryListRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/webhook-delivery-counts",
    operationId: "countWebhookDeliveries",
    summary: "How many deliveries there are of each status, up to a thousand of each",
    tags,
    security,
    responses: {
      200: countsReply({ status: z.enum(DELIVERY_STATUSES) }),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const counts = await countDeliveries(c.env.DB, actor.tenantId);
    const data = DELIVERY_STATUSES.map((status) => ({ status, ...counts[status] }));
    return c.json({ data }, 200);
  },
);

deliveryListRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/bulk/webhook-deliveries",
    operationId: "actWebhookDeliveries",
    summary: "Try failed deliveries again that a filter leaves, step by step",
    description:
      "A call does at most 50 of them, newest first, each from the start of its schedule. Where " +
      "`next_cursor` is not null, send the same request with it as `cursor`.",
    tags,
    security,
    request: {
      body: jsonBody(
        z
          .strictObject({
            act: z.enum(["retry"]),
            filter: filterSchema,
            cursor: z.string().max(500).nullable().optional(),
          })
          .openapi("DeliveryBulkInput"),
      ),
    },
    responses: { 200: jsonReply(stepView, "What the step did"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { filter, cursor = null } = c.req.valid("json");
    return c.json(await retryStep(c.env, actor, filterOf(filter), cursor), 200);
  },
);

async function retryStep(
  env: Env,
  actor: Actor,
  filter: DeliveryFilter,
  cursor: string | null,
): Promise<Step> {
  const { env: counted, hasRoom } = countingQueries(env);
  const before = idBefore(cursor);
  const rows = await listDeliveries(
    counted.DB,
    actor.tenantId,
    { ...filter, before },
    MOST_READ + 1,
  );
  const step = await takeStep(rows, {
    hasRoom,
    nameOf: ({ id, type }) => ({ id, number: type }),
    isPossible: ({ status }) => status === "failed",
    act: async ({ id }) => {
      await retryDelivery(counted, onTheWay(actor), id);
    },
  });
  return noteStep(env.DB, actor, { action: "webhook.bulk", target: "deliveries" }, step);
}
