/** /api/webhooks/endpoints. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { VERSION_NAMES } from "../../core/api-version.ts";
import { EVENT_TYPES } from "../../core/event-type.ts";
import { timeText } from "../../core/time.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  lineInput,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import {
  askForProof,
  changeEndpoint,
  createEndpoint,
  endpointOf,
  removeEndpoint,
  rotateSecret,
} from "./endpoint.ts";
import { replayAfter, sendTest } from "./replay.ts";
import { listEndpoints } from "./store.ts";
import { deliveryView, endpointView, showDelivery, showEndpoint } from "./view.ts";

export const endpointRoutes = createApi<AppEnv>();

const tags = ["Webhooks"];
const idParam = z.object({ id: z.string().max(200).openapi({ description: "its id" }) });

const endpointFields = {
  url: lineInput(2_000).openapi({
    description: "https, and an address on the public internet",
  }),
  description: lineInput(300).nullable().optional(),
  events: z
    .array(z.enum(EVENT_TYPES))
    .max(EVENT_TYPES.length)
    .optional()
    .openapi({ description: "all unless given" }),
  api_version: z.enum(VERSION_NAMES).optional().openapi({
    description: "in whose shapes it is sent messages; the version you create it in unless given",
  }),
};

endpointRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/webhooks/endpoints",
    operationId: "createWebhookEndpoint",
    summary: "Add an endpoint; its secret is shown only in this answer",
    description:
      "Messages are signed as Standard Webhooks says. Any 2xx within 15 s is success; else they " +
      "come again for about 75 hours, with the same webhook-id. Where another endpoint has the " +
      "same host, whoever's, it is sent a webhook.challenge first, and nothing else until its " +
      'answer, 2xx, is data.challenge as text or as JSON: {"challenge": …}.',
    tags,
    security,
    request: { body: jsonBody(z.strictObject(endpointFields).openapi("WebhookEndpointInput")) },
    responses: {
      201: jsonReply(endpointView.extend({ secret: z.string() }), "The endpoint"),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { url, description = null, events = [], api_version } = c.req.valid("json");
    const apiVersion = api_version ?? actor.apiVersion;
    const made = await createEndpoint(c.env, actor, { url, description, events, apiVersion });
    return c.json({ ...showEndpoint(made.endpoint), secret: made.secret }, 201);
  },
);

endpointRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/webhooks/endpoints",
    operationId: "listWebhookEndpoints",
    summary: "List the endpoints: as many as the budget webhook_endpoints allows",
    tags,
    security,
    responses: {
      200: jsonReply(z.object({ data: z.array(endpointView) }), "All of them"),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const rows = await listEndpoints(c.env.DB, actor.tenantId);
    return c.json({ data: rows.map(showEndpoint) }, 200);
  },
);

endpointRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/webhooks/endpoints/{id}",
    operationId: "getWebhookEndpoint",
    summary: "Read an endpoint",
    tags,
    security,
    request: { params: idParam },
    responses: { 200: jsonReply(endpointView, "The endpoint"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    return c.json(showEndpoint(await endpointOf(c.env, actor, c.req.valid("param").id)), 200);
  },
);

endpointRoutes.openapi(
  createRoute({
    method: "patch",
    path: "/api/webhooks/endpoints/{id}",
    operationId: "changeWebhookEndpoint",
    summary: "Change the given fields; what waited is sent once it is enabled",
    tags,
    security,
    request: {
      params: idParam,
      body: jsonBody(
        z
          .strictObject({ ...endpointFields, enabled: z.boolean().optional() })
          .partial()
          .openapi("WebhookEndpointChange"),
      ),
    },
    responses: { 200: jsonReply(endpointView, "The endpoint"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { api_version: apiVersion, ...rest } = c.req.valid("json");
    const fields = { ...rest, apiVersion };
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    const { id } = c.req.valid("param");
    const endpoint = await changeEndpoint(c.env, actor, id, Object.fromEntries(given));
    return c.json(showEndpoint(endpoint), 200);
  },
);

endpointRoutes.openapi(
  createRoute({
    method: "delete",
    path: "/api/webhooks/endpoints/{id}",
    operationId: "deleteWebhookEndpoint",
    summary: "Remove an endpoint, with what waits for it and its log",
    tags,
    security,
    request: { params: idParam },
    responses: { 204: { description: "Done" }, ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    await removeEndpoint(c.env, actor, c.req.valid("param").id);
    return c.body(null, 204);
  },
);

endpointRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/webhooks/endpoints/{id}/challenge",
    operationId: "challengeWebhookEndpoint",
    summary: "Send an unproven endpoint its challenge once more",
    tags,
    security,
    request: { params: idParam },
    responses: { 202: jsonReply(deliveryView, "It is on its way"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const delivery = await askForProof(c.env, actor, c.req.valid("param").id);
    return c.json(showDelivery(delivery), 202);
  },
);

const MAX_ROTATION_HOURS = 168;
/** How long an old secret goes on signing unless the request says so. */
export const DEFAULT_ROTATION_HOURS = 24;

endpointRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/webhooks/endpoints/{id}/rotate-secret",
    operationId: "rotateWebhookSecret",
    summary: "Make a new secret; until the old one ends, messages carry both signatures",
    tags,
    security,
    request: {
      params: idParam,
      body: jsonBody(
        z.strictObject({
          overlap_hours: z
            .number()
            .int()
            .min(0)
            .max(MAX_ROTATION_HOURS)
            .optional()
            .openapi({ description: `${DEFAULT_ROTATION_HOURS} unless given` }),
        }),
      ),
    },
    responses: {
      200: jsonReply(
        z.object({ secret: z.string(), old_secret_ends_at: z.string() }),
        "The new secret, shown only here",
      ),
      ...problems(404, 409),
    },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { overlap_hours: hours = DEFAULT_ROTATION_HOURS } = c.req.valid("json");
    const made = await rotateSecret(c.env, actor, c.req.valid("param").id, hours);
    const ends = timeText(made.oldExpiresMs);
    return c.json({ secret: made.secret, old_secret_ends_at: ends }, 200);
  },
);

endpointRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/webhooks/endpoints/{id}/test",
    operationId: "testWebhookEndpoint",
    summary: "Send it an event of the type webhook.test",
    tags,
    security,
    request: { params: idParam },
    responses: { 202: jsonReply(deliveryView, "It is on its way"), ...problems(404, 409) },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const delivery = await sendTest(c.env, actor, c.req.valid("param").id);
    return c.json(showDelivery(delivery), 202);
  },
);

endpointRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/webhooks/endpoints/{id}/replay",
    operationId: "replayWebhooks",
    summary: "Send it the events after a seq once more; call again from last_seq while has_more",
    tags,
    security,
    request: {
      params: idParam,
      body: jsonBody(z.strictObject({ after: z.number().int().min(0) })),
    },
    responses: {
      202: jsonReply(
        z.object({
          deliveries: z.number().int(),
          last_seq: z.number().int(),
          has_more: z.boolean(),
        }),
        "They are on their way",
      ),
      ...problems(404, 409),
    },
  }),
  async (c) => {
    const actor = allow(c, "settings.write");
    const { id } = c.req.valid("param");
    const replayed = await replayAfter(c.env, actor, id, c.req.valid("json").after);
    const { deliveries, lastSeq, more } = replayed;
    return c.json({ deliveries, last_seq: lastSeq, has_more: more }, 202);
  },
);
