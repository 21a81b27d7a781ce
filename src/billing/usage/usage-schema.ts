/** The shapes of the routes that read usage by a plan. */
import { z } from "@hono/zod-openapi";
import { alertSchema } from "../../metering/counter/alert-schema.ts";
import { summarySchema } from "../../metering/read/summary-schema.ts";
import { CYCLES } from "../plan/cycle.ts";
import { quantityInput } from "../price/field.ts";
import { spanSchema } from "../subscription/subscription-schema.ts";

const chargeSchema = z.object({
  metric_name: z.string(),
  included_quantity: z.number(),
  used_quantity: z.number(),
  overage_quantity: z.number(),
  overage_rate: z.number().nullable(),
  overage_amount: z.number(),
});

export const overageSchema = z
  .object({
    subscription_id: z.string(),
    billing_period: spanSchema,
    charges: z.array(chargeSchema),
    total_overage: z.number(),
    currency: z.string(),
  })
  .openapi("OverageCharges");

export const currentSchema = z
  .object({
    subscription_id: z.string(),
    plan_name: z.string(),
    billing_cycle: z.enum(CYCLES),
    current_period: spanSchema,
    usage: summarySchema,
  })
  .openapi("CurrentPeriod");

export const alertsSchema = z
  .object({ subscription_id: z.string(), alerts: z.array(alertSchema) })
  .openapi("UsageAlerts");

export const estimateSchema = z
  .object({
    subscription_id: z.string(),
    user_id: z.string().nullable(),
    tenant_id: z.string(),
    billing_period: spanSchema,
    base_price: z.number(),
    usage_charges: z.array(chargeSchema),
    total_usage_charges: z.number(),
    total_amount: z.number(),
    currency: z.string(),
    usage_summary: summarySchema,
  })
  .openapi("BillingEstimate");

export const entitlementSchema = z
  .object({
    subscription_id: z.string(),
    metric_name: z.string(),
    quantity: z.number(),
    allowed: z.boolean(),
    hard_limit: z.boolean(),
    limit: z.number().nullable().openapi({ description: "null where the plan sets none" }),
    used: z.number(),
    remaining: z.number().nullable(),
    resets_at: z.string(),
  })
  .openapi("Entitlement");

export const entitlementQuery = z.strictObject({
  quantity: quantityInput.optional().openapi({ description: "1 unless given" }),
});
