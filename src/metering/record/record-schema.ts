/** What the recording routes take and answer. */
import { z } from "@hono/zod-openapi";
import { alertSchema } from "../counter/alert-schema.ts";
import { batchItemSchema } from "../event/item-schema.ts";

export const warningSchema = z
  .object({
    code: z.literal("usage.metric_undeclared"),
    metric_name: z.string(),
    suggestion: z.string().nullable().openapi({
      description: "The declared or priced metric whose name is most like it",
    }),
    detail: z.string(),
    tenant_id: z.string().optional().openapi({
      description: "Whose usage it is, where what was sent names tenants",
    }),
  })
  .openapi("UsageWarning");

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
    warning: warningSchema.optional().openapi({
      description: "Where nobody declared the metric and no plan prices it",
    }),
  })
  .openapi("RecordedUsage");

export const laterSchema = z.object({ id: z.string(), message: z.string() });

export const batchBody = z.array(batchItemSchema).openapi({ maxItems: 5000 });

/** An alert that says whose it is where several tenants' usage was recorded. */
export const tenantAlertSchema = alertSchema.extend({
  tenant_id: z
    .string()
    .optional()
    .openapi({ description: "Whose alert it is, where what was sent names tenants" }),
});

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
    alerts: z.array(tenantAlertSchema),
    warnings: z.array(warningSchema).optional(),
  })
  .openapi("BatchResult");
