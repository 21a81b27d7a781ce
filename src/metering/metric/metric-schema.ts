/** What the routes of metrics take and answer. */
import { z } from "@hono/zod-openapi";
import { quantityJson } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { lineInput } from "../../platform/schema/openapi.ts";
import { AGGREGATION_NAMES, AGGREGATIONS } from "../aggregation/registry.ts";
import type { Metric } from "../catalogue/catalogue.ts";
import { displayNameOf, MAX_DISPLAY_NAME } from "../catalogue/display-name.ts";
import { MAX_COUNTER_VALUES } from "../counter/room.ts";
import { MAX_NAME } from "../event/item.ts";
import type { UndeclaredUse } from "../meter/meter.ts";

export const metricSchema = z
  .object({
    name: z.string(),
    description: z.string(),
    display_name: z.string().openapi({
      description:
        "What documents and e-mails call it: the name it was given, else its description where " +
        "that is short, else its id in words",
    }),
    unit: z.string(),
    aggregation: z.enum(AGGREGATION_NAMES),
    property: z.string().nullable(),
    dimensions: z.array(z.string()),
    standard: z.boolean(),
  })
  .openapi("Metric");

/** A metric as the API answers it. */
export function metricBody({ displayName, ...metric }: Metric): z.infer<typeof metricSchema> {
  return { ...metric, display_name: displayNameOf({ displayName, ...metric }) };
}

/** A name that nobody declared and no plan prices, with what is counted under it. */
export const undeclaredSchema = z
  .object({
    name: z.string(),
    suggestion: z.string().nullable().openapi({
      description: "The declared or priced metric whose name is most like it",
    }),
    events: z.number().int(),
    quantity: z.number(),
    last_used: z.string().openapi({ description: "The latest time of its events" }),
  })
  .openapi("UndeclaredMetric");

/** As the API answers it. */
export function undeclaredBody(use: UndeclaredUse): z.infer<typeof undeclaredSchema> {
  return {
    name: use.metric,
    suggestion: use.meant,
    events: use.events,
    quantity: quantityJson(BigInt(use.micro)) as number,
    last_used: timeText(use.lastMs),
  };
}

/** How strictly usage is taken. */
export const usageSettings = z.strictObject({ strict_metrics: z.boolean() });

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
  display_name: lineInput(MAX_DISPLAY_NAME)
    .or(z.literal(""))
    .optional()
    .openapi({ description: "What documents and e-mails call it; empty takes it back" }),
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
