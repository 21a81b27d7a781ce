/** Every event in the OpenAPI document's `webhooks`, from the one place that types them. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { EVENT_BODIES } from "../../core/event-body.ts";
import { EVENT_TYPES } from "../../core/event-type.ts";
import { jsonBody } from "../../platform/schema/openapi.ts";
import { CHALLENGE_TYPE } from "./challenge.ts";

type Registry = OpenAPIHono["openAPIRegistry"];

const headers = z.object({
  "webhook-id": z.string().openapi({ description: "the same for every attempt" }),
  "webhook-timestamp": z.string().openapi({ description: "seconds since 1970" }),
  "webhook-signature": z.string().openapi({ description: "Standard Webhooks, scheme v1" }),
});

/** Adds each type of event to the document, with the message that its receivers get. */
export function describeEvents(registry: Registry): void {
  describeChallenge(registry);
  for (const type of EVENT_TYPES) {
    const body = z.object({
      id: z.string(),
      seq: z.number().int(),
      type: z.literal(type),
      timestamp: z.string(),
      data: EVENT_BODIES[type],
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

const challenge = z.object({
  id: z.string(),
  seq: z.null(),
  type: z.literal(CHALLENGE_TYPE),
  timestamp: z.string(),
  data: z.object({ endpoint_id: z.string(), challenge: z.string() }),
});

function describeChallenge(registry: Registry): void {
  const proof = z.object({
    challenge: z.string().openapi({ description: "data.challenge; or that alone, as text" }),
  });
  registry.registerWebhook({
    method: "post",
    path: CHALLENGE_TYPE,
    operationId: CHALLENGE_TYPE,
    summary: "Sent to an endpoint whose host another one has, before anything else",
    tags: ["Webhooks"],
    request: { headers, body: jsonBody(challenge) },
    responses: { "2XX": { description: "The proof", content: jsonBody(proof).content } },
  });
}
