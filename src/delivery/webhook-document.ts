/** Every event in the OpenAPI document's `webhooks`, from the one place that types them. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { NEWS_BODIES, NEWS_TYPES } from "../core/news.ts";
import { jsonBody } from "../platform/openapi.ts";

type Registry = OpenAPIHono["openAPIRegistry"];

const headers = z.object({
  "webhook-id": z.string().openapi({ description: "the same for every attempt" }),
  "webhook-timestamp": z.string().openapi({ description: "seconds since 1970" }),
  "webhook-signature": z.string().openapi({ description: "Standard Webhooks, scheme v1" }),
});

export function describeEvents(registry: Registry): void {
  for (const type of NEWS_TYPES) {
    const body = z.object({
      id: z.string(),
      seq: z.number().int(),
      type: z.literal(type),
      timestamp: z.string(),
      data: NEWS_BODIES[type],
    });
    registry.registerWebhook({
      method: "post",
      path: type,
      operationId: type,
      summary: `Sent to the endpoints that want ${type}`,
      tags: ["Webhooks"],
      request: { headers, body: jsonBody(body) },
      responses: { "2XX": { description: "Taken" } },
    });
  }
}
