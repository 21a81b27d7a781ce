/** The shapes of plans and prices, and how rows become them. */
import { z } from "@hono/zod-openapi";
import { moneyJson } from "../../core/money.ts";
import { INTERVALS } from "../../core/period.ts";
import { HOUR_MS, timeText } from "../../core/time.ts";
import { budgetValuesInput, budgetValuesSchema } from "../../platform/schema/budget.ts";
import { currencyInput, lineInput } from "../../platform/schema/openapi.ts";
import { moneyInput } from "../price/field.ts";
import { MAX_PRICES, priceBody, priceInput, priceSchema } from "../price/price-schema.ts";
import type { Plan, PlanVersion } from "./plan-store.ts";
import { CORRECTION_ACTS, type Offer, type Versions } from "./version.ts";

const planPriceInput = priceInput.extend({
  hard_limit: z.boolean().optional(),
  alert_thresholds: z.array(z.number().int().min(1).max(10_000)).max(20).optional(),
});

export const versionInput = z.strictObject({
  currency: currencyInput,
  base_timing: z.enum(["arrears", "advance"]).nullable().optional(),
  usage_interval: z
    .enum(INTERVALS)
    .nullable()
    .optional()
    .openapi({
      description:
        "How often usage is billed, where that fits whole into the billing cycle; otherwise, and " +
        "unless given, it is billed with the base price",
    }),
  base_price_weekly: moneyInput.nullable().optional(),
  base_price_monthly: moneyInput.nullable().optional(),
  base_price_quarterly: moneyInput.nullable().optional(),
  base_price_half_yearly: moneyInput.nullable().optional(),
  base_price_yearly: moneyInput.nullable().optional(),
  minimum_commitment: moneyInput.nullable().optional(),
  minimum_invoice: moneyInput.nullable().optional().openapi({
    description: "Less than this is carried to the next invoice",
  }),
  grace_hours: z.number().min(0).max(72).optional(),
  finalize_zero: z.boolean().optional(),
  tax_inclusive: z.boolean().optional().openapi({
    description: "True: prices hold the tax already. The same in all versions of a plan",
  }),
  tenant_may: z
    .array(z.enum(CORRECTION_ACTS))
    .max(CORRECTION_ACTS.length)
    .optional()
    .openapi({
      description:
        "What tenants themselves may do to usage that the plan prices: take events back, declare " +
        "how a metric counts, import older usage. Otherwise only the operator may",
    }),
  budgets: budgetValuesInput.optional().openapi({
    description: "What its tenants may have and do at most, where the operator set nothing else",
  }),
  prices: z.array(planPriceInput).max(MAX_PRICES),
});

export const planInput = versionInput.extend({
  code: z.string().regex(/^[A-Z][A-Z0-9_-]{0,49}$/, "is upper case, such as TEAM"),
  name: lineInput(100),
  description: z.string().max(1000).optional(),
});

export const planChange = z.strictObject({
  name: lineInput(100).optional(),
  description: z.string().max(1000).optional(),
  archived: z.boolean().optional(),
});

const offerSchema = priceSchema.extend({
  hard_limit: z.boolean(),
  alert_thresholds: z.array(z.number()),
});

export const planVersionSchema = z
  .object({
    id: z.string(),
    version: z.number().int(),
    currency: z.string(),
    base_timing: z.enum(["arrears", "advance"]).nullable(),
    usage_interval: z.enum(INTERVALS).nullable(),
    base_price_weekly: z.number().nullable(),
    base_price_monthly: z.number().nullable(),
    base_price_quarterly: z.number().nullable(),
    base_price_half_yearly: z.number().nullable(),
    base_price_yearly: z.number().nullable(),
    minimum_commitment: z.number(),
    minimum_invoice: z.number(),
    grace_hours: z.number(),
    finalize_zero: z.boolean(),
    tax_inclusive: z.boolean(),
    tenant_may: z.array(z.enum(CORRECTION_ACTS)),
    budgets: budgetValuesSchema,
    prices: z.array(offerSchema),
    created_at: z.string(),
  })
  .openapi("PlanVersion");

export const planSchema = z
  .object({
    id: z.string(),
    code: z.string(),
    name: z.string(),
    description: z.string(),
    archived: z.boolean(),
    version: planVersionSchema,
  })
  .openapi("Plan");

function offerBody({ price, hard, thresholds }: Offer): z.infer<typeof offerSchema> {
  return { ...priceBody(price), hard_limit: hard, alert_thresholds: [...thresholds] };
}

/** A version with its offers, as it is answered. */
export function versionBody(
  version: PlanVersion,
  offers: readonly Offer[],
): z.infer<typeof planVersionSchema> {
  const amount = (minor: number) => moneyJson(BigInt(minor), version.currency);
  const base = (minor: number | null) => (minor === null ? null : amount(minor));
  return {
    id: version.id,
    version: version.version,
    currency: version.currency,
    base_timing: version.baseTiming,
    usage_interval: version.usageInterval,
    base_price_weekly: base(version.baseWeekMinor),
    base_price_monthly: base(version.baseMonthMinor),
    base_price_quarterly: base(version.baseQuarterMinor),
    base_price_half_yearly: base(version.baseHalfYearMinor),
    base_price_yearly: base(version.baseYearMinor),
    minimum_commitment: amount(version.minimumMinor),
    minimum_invoice: amount(version.leastInvoiceMinor),
    grace_hours: version.graceMs / HOUR_MS,
    finalize_zero: version.finalizeZero,
    tax_inclusive: version.taxInclusive,
    tenant_may: version.tenantMay,
    budgets: version.budgets,
    prices: offers.map(offerBody),
    created_at: timeText(version.createdMs),
  };
}

/** A plan with one of its versions, as it is answered. */
export function planBody(
  plan: Plan,
  version: PlanVersion,
  versions: Versions,
): z.infer<typeof planSchema> {
  return {
    id: plan.id,
    code: plan.code,
    name: plan.name,
    description: plan.description,
    archived: plan.archivedMs !== null,
    version: versionBody(version, versions.get(version.id)?.offers ?? []),
  };
}
