/** What the routes of single events take and answer. */
import { z } from "@hono/zod-openapi";
import { formatQuery } from "../../platform/http/export.ts";
import { pageQuery, timeInput } from "../../platform/schema/openapi.ts";
import { MAX_ID, MAX_NAME } from "../event/item.ts";

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

const filterQuery = {
  metric_name: z.string().max(MAX_NAME).optional(),
  user_id: z.string().max(MAX_ID).optional(),
  source: z.string().max(MAX_NAME).optional(),
  start_date: timeInput.optional(),
  end_date: timeInput.optional(),
};

export const eventQuery = z.strictObject({ ...filterQuery, ...pageQuery });
export const eventExportQuery = z.strictObject({ ...filterQuery, ...formatQuery });

export const eventParams = z.strictObject({ id: z.string().min(1).max(MAX_ID) });
export const sourceQuery = z.strictObject({ source: z.string().max(MAX_NAME).optional() });
