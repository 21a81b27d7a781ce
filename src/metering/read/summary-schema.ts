/** What the summary takes and answers. */
import { z } from "@hono/zod-openapi";
import { timeInput } from "../../platform/schema/openapi.ts";
import { MAX_ID, MAX_NAME } from "../event/item.ts";
import { WINDOWS } from "./buckets.ts";
import { MAX_KEYS, MAX_VALUES, withFilters } from "./summary-query.ts";

/** One text, or several: the parameter once, or repeated. */
function repeated(max: number, most: number, description: string) {
  const text = z.string().max(max);
  return z.union([text, z.array(text).max(most)]).openapi({ description });
}

/** Values by key; a map, so that no key of metadata is a property that objects have. */
const filterInput = z
  .custom<ReadonlyMap<string, readonly string[]>>((given) => given instanceof Map, {
    message: "is given as filter[KEY]=VALUE",
  })
  .refine((filter) => filter.size <= MAX_KEYS, `names at most ${MAX_KEYS} keys`)
  .refine(
    (filter) => [...filter.values()].every((values) => values.length <= MAX_VALUES),
    `names at most ${MAX_VALUES} values for a key`,
  )
  .openapi({
    type: "object",
    additionalProperties: {
      anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
    },
    description:
      "filter[KEY]=a,b: only events that have one of the values; several keys hold together. KEY " +
      "as in group_by; an empty value stands for events without one; a comma or backslash of a " +
      "value stands behind a backslash",
    param: { style: "deepObject", explode: true },
  });

const query = z.strictObject({
  start_date: timeInput.optional(),
  end_date: timeInput.optional(),
  metric_name: z.string().max(MAX_NAME).optional(),
  user_id: repeated(MAX_ID, MAX_VALUES, "One user, or any of several: repeat it").optional(),
  window: z.enum(WINDOWS).optional(),
  group_by: repeated(
    MAX_KEYS * MAX_NAME,
    MAX_KEYS,
    `user_id, or declared dimensions: up to ${MAX_KEYS}, with commas between them or repeated`,
  ).optional(),
  filter: filterInput.optional(),
  time_zone: z.string().max(60).optional().openapi({ example: "Europe/Berlin" }),
});

export const summaryQuery = z.pipe(z.transform(withFilters), query);

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
    user_ids: z.array(z.string()).optional().openapi({ description: "Where several were named" }),
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
