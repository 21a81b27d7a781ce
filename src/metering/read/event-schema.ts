/** What the routes of single events take and answer. */
import { z } from "@hono/zod-openapi";
import { formatQuery } from "../../platform/http/export.ts";
import { pageQuery, sortedPageSchema, timeInput } from "../../platform/schema/openapi.ts";
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

/** A page of events, and what it lacks. */
export const eventPage = sortedPageSchema(eventSchema).extend({
  archived_months: z.array(z.string()).openapi({
    description:
      "months in the range of which events are archived: the list lacks these until the operator " +
      "restores them",
  }),
});

const filterQuery = {
  metric_name: z.string().max(MAX_NAME).optional(),
  user_id: z.string().max(MAX_ID).optional(),
  source: z.string().max(MAX_NAME).optional(),
  start_date: timeInput.optional(),
  end_date: timeInput.optional(),
};
const voidedQuery = {
  voided: z.enum(["true"]).optional().openapi({ description: "only those that were taken back" }),
};

/** Events of a list that are named by their sequences: `seq_7,seq_9`. */
const seqsQuery = {
  ids: z
    .string()
    .max(9_000)
    .regex(/^seq_\d{1,15}(?:,seq_\d{1,15})*$/, "is sequences with commas between them: seq_7,seq_9")
    .optional()
    .openapi({ description: "sequences with commas between them, such as seq_7,seq_9" }),
};

export const EVENT_SORTS = ["recorded", "-recorded"] as const;

export const eventQuery = z.strictObject({
  ...filterQuery,
  ...voidedQuery,
  sort: z.enum(EVENT_SORTS).optional().openapi({ description: "newest first unless given" }),
  ...pageQuery,
});
export const eventExportQuery = z.strictObject({
  ...filterQuery,
  ...voidedQuery,
  ...seqsQuery,
  ...formatQuery,
});
/** What an act on many events is narrowed to. */
export const eventFilter = z.strictObject({ ...filterQuery, ...seqsQuery });
export type EventsAsked = Partial<z.infer<typeof eventExportQuery>>;

export const eventParams = z.strictObject({ id: z.string().min(1).max(MAX_ID) });
export const sourceQuery = z.strictObject({ source: z.string().max(MAX_NAME).optional() });
