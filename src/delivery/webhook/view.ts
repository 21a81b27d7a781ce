/** Endpoints, deliveries and events on the wire. Pure. */
import { z } from "@hono/zod-openapi";
import { keptVersion, VERSION_NAMES } from "../../core/api-version.ts";
import { EVENT_TYPES } from "../../core/event-type.ts";
import { timeText } from "../../core/time.ts";
import { PROOF_NEEDED } from "./challenge.ts";
import {
  type Attempt,
  DELIVERY_STATUSES,
  type Delivery,
  DISABLED_REASONS,
  type Endpoint,
} from "./table.ts";

const ENDPOINT_STATUSES = ["active", "unproven", "disabled"] as const;

/** Where an endpoint stands: only an active one is sent what happens. */
export function statusOf({ disabled, provenMs }: Endpoint): (typeof ENDPOINT_STATUSES)[number] {
  if (disabled !== null) return "disabled";
  return provenMs === null ? "unproven" : "active";
}

export const endpointView = z
  .object({
    id: z.string(),
    url: z.string(),
    description: z.string().nullable(),
    events: z.array(z.string()).openapi({ description: "empty: all" }),
    enabled: z.boolean(),
    disabled_reason: z.enum(DISABLED_REASONS).nullable(),
    status: z.enum(ENDPOINT_STATUSES).openapi({
      description: "unproven: nothing but a challenge is sent to it until that is answered",
    }),
    proven_at: z.string().nullable(),
    to_do: z
      .string()
      .nullable()
      .openapi({ description: "what has to be done before it is sent to" }),
    api_version: z.enum(VERSION_NAMES).openapi({
      description: "the version of the API in whose shapes it is sent messages",
    }),
    failing_since: z.string().nullable(),
    created_at: z.string(),
  })
  .openapi("WebhookEndpoint");

/** An endpoint as the API answers it. */
export function showEndpoint(row: Endpoint): z.infer<typeof endpointView> {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    events: row.events,
    enabled: row.disabled === null,
    disabled_reason: row.disabled,
    status: statusOf(row),
    proven_at: row.provenMs === null ? null : timeText(row.provenMs),
    to_do: statusOf(row) === "unproven" ? PROOF_NEEDED : null,
    api_version: keptVersion(row.apiVersion),
    failing_since: row.failingSinceMs === null ? null : timeText(row.failingSinceMs),
    created_at: timeText(row.createdMs),
  };
}

export const deliveryView = z
  .object({
    id: z.string(),
    endpoint_id: z.string(),
    event_id: z.string().openapi({ description: "what the receiver sees as webhook-id" }),
    seq: z.number().int().nullable(),
    type: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.number().int(),
    created_at: z.string(),
  })
  .openapi("WebhookDelivery");

/** A delivery as the API answers it. */
export function showDelivery(row: Delivery): z.infer<typeof deliveryView> {
  return {
    id: row.id,
    endpoint_id: row.endpoint,
    event_id: row.message,
    seq: row.outboxSeq,
    type: row.type,
    status: row.status,
    attempts: row.attempts,
    created_at: timeText(row.createdMs),
  };
}

export const attemptView = z.object({
  number: z.number().int(),
  at: z.string(),
  status: z.number().int().nullable(),
  error: z.string().nullable().openapi({ description: "why no answer came" }),
  latency_ms: z.number().int(),
  answer: z.string().openapi({ description: "its first KB" }),
});

/** An attempt as the API answers it. */
export function showAttempt(row: Attempt): z.infer<typeof attemptView> {
  return {
    number: row.n,
    at: timeText(row.atMs),
    status: row.status,
    error: row.error,
    latency_ms: row.latencyMs,
    answer: row.answer,
  };
}

export const eventView = z
  .object({
    id: z.string(),
    seq: z.number().int().openapi({ description: "counts without gaps" }),
    type: z.enum(EVENT_TYPES),
    timestamp: z.string(),
    data: z.looseObject({}).openapi({ description: "as the webhook of its type says" }),
  })
  .openapi("Event");
