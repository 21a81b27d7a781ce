/** The shapes that metering's routes take and answer. */
import { z } from "@hono/zod-openapi";
import { lineInput, pageQuery, timeInput } from "../../platform/schema/openapi.ts";
import { AGGREGATION_NAMES, AGGREGATIONS } from "../aggregation/registry.ts";
import { itemSchema, MAX_ID, MAX_NAME } from "../event/item.ts";
import { WINDOWS } from "./summary.ts";

export const alertSchema = z
  .object({
    subscription_id: z.string().nullable(),
    user_id: z.string().nullable(),
    metric_name: z.string(),
    threshold_percent: z.number(),
    usage_percent: z.number().nullable().openapi({ description: "Null where none is included" }),
    used_quantity: z.number(),
    included_quantity: z.number(),
    alert_level: z.enum(["warning", "critical"]),
    message: z.string().openapi({ example: "quotes_generated usage at 92% of limit" }),
    cause: z.enum(["usage", "limit_changed"]),
    event_id: z.string().nullable(),
  })
  .openapi("UsageAlert");

export const recordedSchema = z
  .object({
    id: z.string(),
    event_seq: z.number().int(),
    metric_name: z.string(),
    quantity: z.number(),
    timestamp: z.string(),
    recorded_at: z.string(),
    message: z.string(),
    duplicate: z.boolean(),
    alerts: z.array(alertSchema),
  })
  .openapi("RecordedUsage");

export const laterSchema = z.object({ id: z.string(), message: z.string() });

export const batchBody = z.array(itemSchema).openapi({ maxItems: 5000 });

export const batchSchema = z
  .object({
    accepted: z.number().int(),
    duplicates: z.number().int(),
    refused: z.number().int(),
    results: z.array(
      z.object({
        status: z.number().int().openapi({
          description: "201 accepted, 202 queued, 200 duplicate, or the problem's status",
        }),
        id: z.string().nullable(),
        event_seq: z.number().int().optional(),
        quantity: z.number().optional().openapi({
          description: "What was taken, where a limit capped it, or of a single event",
        }),
        code: z.string().optional(),
        detail: z.string().optional(),
        errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
        remaining: z.number().optional(),
      }),
    ),
    alerts: z.array(alertSchema),
  })
  .openapi("BatchResult");

export const eventSchema = z
  .object({
    id: z.string(),
    source: z.string(),
    event_seq: z.number().int(),
    metric_name: z.string(),
    quantity: z.number(),
    timestamp: z.string(),
    recorded_at: z.string(),
    user_id: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()).openapi({ type: "object" }),
    voided: z.boolean(),
  })
  .openapi("UsageEvent");

export const eventQuery = z.strictObject({
  metric_name: z.string().max(MAX_NAME).optional(),
  user_id: z.string().max(MAX_ID).optional(),
  source: z.string().max(MAX_NAME).optional(),
  start_date: timeInput.optional(),
  end_date: timeInput.optional(),
  ...pageQuery,
});

export const eventParams = z.strictObject({ id: z.string().min(1).max(MAX_ID) });
export const sourceQuery = z.strictObject({ source: z.string().max(MAX_NAME).optional() });

export const summaryQuery = z.strictObject({
  start_date: timeInput.optional(),
  end_date: timeInput.optional(),
  metric_name: z.string().max(MAX_NAME).optional(),
  user_id: z.string().max(MAX_ID).optional(),
  window: z.enum(WINDOWS).optional(),
  group_by: z
    .string()
    .max(MAX_NAME)
    .optional()
    .openapi({ description: "user_id, or a declared dimension" }),
  time_zone: z.string().max(60).optional().openapi({ example: "Europe/Berlin" }),
});

const usageRow = {
  metric_name: z.string(),
  total_quantity: z.number(),
  event_count: z.number().int(),
  first_usage: z.string().nullable(),
  last_usage: z.string().nullable(),
};

export const summarySchema = z
  .object({
    user_id: z.string().nullable(),
    period: z.object({ start: z.string(), end: z.string() }),
    metrics: z.array(z.object(usageRow)),
    breakdown: z
      .array(
        z.object({
          start: z.string().optional(),
          end: z.string().optional(),
          group: z.record(z.string(), z.string().nullable()).optional(),
          ...usageRow,
        }),
      )
      .optional(),
  })
  .openapi("UsageSummary");

export const metricSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    unit: z.string(),
    aggregation: z.enum(AGGREGATION_NAMES),
    property: z.string().nullable(),
    dimensions: z.array(z.string()),
    standard: z.boolean(),
  })
  .openapi("Metric");

const PROPERTY_NEEDS = AGGREGATION_NAMES.flatMap(
  (name) => AGGREGATIONS[name].needsProperty?.description ?? [],
);

export const metricInput = z.strictObject({
  description: z.string().max(500).optional(),
  unit: z.string().max(50).optional(),
  aggregation: z.enum(AGGREGATION_NAMES).optional(),
  property: z
    .string()
    .min(1)
    .max(MAX_NAME)
    .nullable()
    .optional()
    .openapi({ description: PROPERTY_NEEDS.join("; ") }),
  dimensions: z.array(z.string().min(1).max(MAX_NAME)).max(4).optional(),
});

export const metricParams = z.strictObject({
  name: lineInput(MAX_NAME),
});
