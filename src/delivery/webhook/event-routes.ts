/** /api/webhooks/events, for who polls instead of being called. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { pageLimit } from "../../platform/http/http.ts";
import { listAnnounced } from "../../platform/queue/outbox.ts";
import {
  createApi,
  jsonReply,
  pageQuery,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { eventOf } from "./message.ts";
import { eventView } from "./view.ts";

export const eventRoutes = createApi<AppEnv>();

eventRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/webhooks/events",
    operationId: "listEvents",
    summary: "What was announced after a seq, in order: to catch up without webhooks",
    tags: ["Webhooks"],
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
    const events = await listAnnounced(c.env.DB, actor.tenantId, after, limit + 1);
    const data = events.slice(0, limit).map((event) => eventOf(event)) as z.infer<
      typeof eventView
    >[];
    const page = { data, next_after: data.at(-1)?.seq ?? after, has_more: events.length > limit };
    return c.json(page, 200);
  },
);
