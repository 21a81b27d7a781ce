/** What the summary takes and answers. */
import { z } from "@hono/zod-openapi";
import { timeInput } from "../../platform/schema/openapi.ts";
import { MAX_ID, MAX_NAME } from "../event/item.ts";
import { WINDOWS } from "./summary.ts";

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
