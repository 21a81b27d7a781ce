/** What the routes of metrics take and answer. */
import { z } from "@hono/zod-openapi";
import { lineInput } from "../../platform/schema/openapi.ts";
import { AGGREGATION_NAMES, AGGREGATIONS } from "../aggregation/registry.ts";
import { MAX_COUNTER_VALUES } from "../counter/room.ts";
import { MAX_NAME } from "../event/item.ts";

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

/** A page of metrics. */
export const metricsPage = z.object({
  metrics: z.array(metricSchema),
  next_cursor: z.string().nullable(),
});

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
    .openapi({
      description:
        `${PROPERTY_NEEDS.join("; ")}: exactly, up to ${MAX_COUNTER_VALUES} in a period. An ` +
        "event with one more is refused as `usage.too_many_values`; those of known values are " +
        "taken",
    }),
  dimensions: z.array(z.string().min(1).max(MAX_NAME)).max(4).optional(),
});

export const metricParams = z.strictObject({
  name: lineInput(MAX_NAME),
});
