/**
 * One event as a caller sends it, for the OpenAPI document and for the message where something is
 * wrong. Accepts what item.ts accepts, and is loaded with the first item that it does not. Pure.
 */
import { z } from "@hono/zod-openapi";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import type { Problem } from "../../core/errors.ts";
import { QUANTITY_FAULTS, quantityOf } from "../../core/quantity.ts";
import { parseTime } from "../../core/time.ts";
import { lineInput, validationProblem } from "../../platform/schema/openapi.ts";
import { canonicalJson, MAX_ID, MAX_NAME, OWN_SOURCE, SEQ_ID } from "./item.ts";
import { WINDOW_TEXT } from "./window.ts";

const fields = {
  metric_name: lineInput(MAX_NAME).openapi({ example: "api_calls" }),
  quantity: z
    .union([z.number(), z.string()], { error: QUANTITY_FAULTS.not_a_decimal })
    .superRefine((value, ctx) => {
      const quantity = quantityOf(value);
      if (!quantity.ok) {
        ctx.addIssue({ code: "custom", message: QUANTITY_FAULTS[quantity.reason] });
      }
    })
    .openapi({ type: ["number", "string"], example: 1 }),
  id: lineInput(MAX_ID)
    .refine((id) => !SEQ_ID.test(id), "seq_<n> names events by their sequence")
    .optional()
    .openapi({ description: "Identity within the source; made here when missing" }),
  source: lineInput(MAX_NAME)
    .refine((source) => source !== OWN_SOURCE, `${OWN_SOURCE} is reserved`)
    .optional()
    .openapi({ description: "Where the event comes from; `api` when missing" }),
  timestamp: z
    .string()
    .refine((text) => parseTime(text) !== null, "is an RFC 3339 time with an offset")
    .optional()
    .openapi({ format: "date-time", description: WINDOW_TEXT }),
  user_id: lineInput(MAX_ID).nullable().optional(),
  // Not as a record, which would copy whatever is there.
  metadata: z
    .custom<Record<string, unknown>>(
      (value) => canonicalJson(value) !== null,
      "is an object of at most 4096 bytes of JSON, nested at most 5 deep",
    )
    .nullable()
    .optional()
    .openapi({ type: "object", additionalProperties: true, example: { region: "eu" } }),
  cap: z
    .boolean()
    .optional()
    .openapi({ description: "Where a hard limit stands in the way, take the part that fits" }),
};

/** The same item for messages and for the OpenAPI document. */
export const itemSchema = z.strictObject(fields).openapi("UsageEventInput");

/** An item of a batch, which may name whose usage it is. */
export const batchItemSchema = z
  .strictObject({
    ...fields,
    tenant: tenantNameInput
      .min(1)
      .optional()
      .openapi({
        description:
          "With a key of the operator, and without BoxCost-Tenant: the tenant whose usage it is, " +
          "by its id or external id; the operator itself where it is missing",
      }),
  })
  .openapi("BatchEventInput");

/** What is wrong with an item that the check by hand turned down. */
export function itemProblem(value: unknown): Problem {
  const parsed = itemSchema.safeParse(value);
  const issues = parsed.success ? [{ path: [], message: "is not valid" }] : parsed.error.issues;
  return validationProblem(issues);
}
