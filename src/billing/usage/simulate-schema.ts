/** The shapes of simulations. */
import { z } from "@hono/zod-openapi";
import { currencyInput, timeInput } from "../../platform/schema/openapi.ts";
import { lineSchema } from "../period/period-schema.ts";
import { CYCLES } from "../plan/cycle.ts";
import { moneyInput, quantityInput } from "../price/field.ts";
import { MAX_PRICES, metricName, priceInput } from "../price/price-schema.ts";
import { spanSchema, startInput } from "../subscription/subscription-schema.ts";

export const simulateInput = z
  .strictObject({
    currency: currencyInput.optional(),
    base_price: moneyInput.optional(),
    prices: z.array(priceInput).max(MAX_PRICES).optional(),
    usage: z
      .array(z.strictObject({ metric_name: metricName, quantity: quantityInput }))
      .max(MAX_PRICES)
      .optional(),
    period: z
      .strictObject({
        start_date: startInput.optional(),
        billing_cycle: z.enum(CYCLES).optional(),
        anchor: z.enum(["anniversary", "calendar"]).optional(),
        time_zone: z.string().max(60).optional(),
        at: startInput.optional(),
      })
      .optional(),
    plan: z.string().max(100).optional(),
    plan_version: z.number().int().min(1).optional(),
    usage_of: z.strictObject({ start: timeInput, end: timeInput }).optional(),
  })
  .superRefine((body, ctx) => {
    const need = (field: keyof typeof body, ok: boolean, message: string) => {
      if (!ok) ctx.addIssue({ code: "custom", path: [field], message });
    };
    if (body.plan === undefined) {
      need("prices", body.prices !== undefined, "is required, unless plan and usage_of are given");
      need("currency", body.currency !== undefined, "is required with prices");
      for (const field of ["usage_of", "plan_version"] as const) {
        need(field, body[field] === undefined, "comes with plan");
      }
    } else {
      need("usage_of", body.usage_of !== undefined, "is required with plan");
      for (const field of ["prices", "usage", "currency", "period"] as const) {
        need(field, body[field] === undefined, "does not come with plan");
      }
    }
  });

export const simulationSchema = z
  .object({
    lines: z.array(lineSchema),
    total: z.number(),
    currency: z.string(),
    period: spanSchema,
  })
  .openapi("BillingSimulation");
