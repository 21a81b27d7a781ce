/** Pure. What callers send and read of recurring invoices. */
import { z } from "@hono/zod-openapi";
import { moneyJson } from "../../core/money.ts";
import { INTERVALS } from "../../core/period.ts";
import { timeText } from "../../core/time.ts";
import { COVERS, RECURRING_DELIVERIES } from "../recurring/occurrence.ts";
import type { Recurring } from "../recurring/recurring-store.ts";
import { dayInput, nullable } from "../schema/field.ts";

export const recurringInput = z
  .strictObject({
    invoice_id: z
      .string()
      .max(200)
      .openapi({
        description:
          "the invoice that each one is like: its customer, lines, texts and terms; a draft " +
          "counts as it is on the day",
      }),
    interval: z.enum(INTERVALS),
    starts_on: dayInput.optional().openapi({
      description: "the first one's day, from which all are counted; an interval from today",
    }),
    ends_on: nullable(dayInput).openapi({ description: "none comes after this day" }),
    delivery: z.enum(RECURRING_DELIVERIES).optional().openapi({
      description: "each waits as a `draft` (usual), gets its number, or is sent as well",
    }),
    covers: nullable(z.enum(COVERS)).openapi({
      description: "what each names as its period: the interval that begins on its day, or ended",
    }),
  })
  .openapi("RecurringInvoiceInput");

export const recurringChange = recurringInput
  .omit({ invoice_id: true, starts_on: true })
  .partial()
  .extend({
    active: z.boolean().optional().openapi({
      description: "false pauses it; active again it goes on with the next day, missing none twice",
    }),
  })
  .openapi("RecurringInvoiceChange");

const text = z.string();

export const recurringView = z
  .object({
    id: text,
    invoice_id: text,
    customer_id: text,
    customer_name: text,
    currency: text,
    total: z.number().openapi({ description: "of the invoice that each one is like" }),
    interval: z.enum(INTERVALS),
    starts_on: text,
    ends_on: text.nullable(),
    delivery: z.enum(RECURRING_DELIVERIES),
    covers: z.enum(COVERS).nullable(),
    active: z.boolean(),
    next_on: text.nullable(),
    made: z.number().int().openapi({ description: "how many it made" }),
    last_invoice_id: text.nullable(),
    problem: text.nullable().openapi({ description: "why the last one stayed a draft or unsent" }),
    created_at: text,
    updated_at: text,
  })
  .openapi("RecurringInvoice");

/** A recurring invoice as callers read it. */
export function showRecurring(row: Recurring): z.infer<typeof recurringView> {
  return {
    id: row.id,
    invoice_id: row.templateId,
    customer_id: row.customerId,
    customer_name: row.customerName,
    currency: row.currency,
    total: moneyJson(BigInt(row.totalMinor), row.currency),
    interval: row.interval,
    starts_on: row.startsOn,
    ends_on: row.endsOn,
    delivery: row.delivery,
    covers: row.covers,
    active: row.active,
    next_on: row.active ? row.nextOn : null,
    made: row.made,
    last_invoice_id: row.lastInvoiceId,
    problem: row.problem,
    created_at: timeText(row.createdMs),
    updated_at: timeText(row.updatedMs),
  };
}
