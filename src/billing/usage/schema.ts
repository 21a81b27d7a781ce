/** The shapes that billing's routes take and answer, plans aside, and how rows become them. */

import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import { BILLED_KINDS } from "../../documents/kind/registry.ts";
import { alertSchema } from "../../metering/counter/alert-schema.ts";
import { summarySchema } from "../../metering/read/summary-schema.ts";
import { currencyInput, pageQuery, timeInput } from "../../platform/schema/openapi.ts";
import type { StatementLine } from "../period/statement.ts";
import type { Versions } from "../period/terms.ts";
import { detailText, wordsFor } from "../period/wording.ts";
import { moneyInput, quantityInput } from "../price/field.ts";
import { MAX_PRICES, metricName, priceInput } from "../price/price-schema.ts";
import type { ClosedPeriod, Subscription } from "../store/store.ts";
import { billingPeriodAt, endOf, standing, stretchAt, zoneAt } from "../subscription/timeline.ts";

export const CYCLES = ["monthly", "yearly"] as const;
export const intervalOf = (cycle: (typeof CYCLES)[number]) =>
  cycle === "yearly" ? ("year" as const) : ("month" as const);
export const cycleOf = (interval: "month" | "year"): (typeof CYCLES)[number] =>
  interval === "year" ? "yearly" : "monthly";

/** A time, or a day that begins in the subscription's time zone. */
const startInput = z
  .union([timeInput, z.iso.date()])
  .openapi({ type: "string", example: "2026-01-31" });

export const subscribeInput = z.strictObject({
  tenant_id: z.string().max(100),
  plan: z.string().max(100).openapi({ example: "STARTER", description: "A plan's code or id" }),
  plan_version: z.number().int().min(1).optional(),
  billing_cycle: z.enum(CYCLES).optional(),
  anchor: z.enum(["anniversary", "calendar"]).optional(),
  time_zone: z.string().max(60).optional().openapi({ example: "Europe/Berlin" }),
  start_date: startInput.optional(),
  trial_end: startInput.optional(),
  base_price: moneyInput.optional(),
  currency: currencyInput.optional(),
  seats: z.number().int().min(1).max(100_000).optional(),
  base_timing: z.enum(["arrears", "advance"]).optional(),
});

const when = z.enum(["now", "period_end"]);
export const changeInput = z.strictObject({
  plan: z.string().max(100).optional(),
  plan_version: z.number().int().min(1).optional(),
  base_price: moneyInput.optional(),
  seats: z.number().int().min(1).max(100_000).optional(),
  when,
});
export const zoneInput = z.strictObject({
  time_zone: z.string().max(60).openapi({ example: "Europe/Berlin" }),
});
export const cancelInput = z.strictObject({ when: when.optional() });

const spanSchema = z.object({ start: z.string(), end: z.string() });
const periodRef = spanSchema.extend({ id: z.string() });
const holding = {
  plan: z.string(),
  plan_name: z.string(),
  plan_version: z.number().int(),
  base_price: z.number(),
  seats: z.number().int(),
};

export const subscriptionSchema = z
  .object({
    id: z.string(),
    tenant_id: z.string(),
    status: z.enum(["scheduled", "trialing", "active", "ended"]),
    ...holding,
    currency: z.string(),
    tax_inclusive: z.boolean(),
    billing_cycle: z.enum(CYCLES),
    usage_interval: z.enum(["month", "year"]),
    base_timing: z.enum(["arrears", "advance"]),
    anchor: z.enum(["anniversary", "calendar"]),
    time_zone: z.string(),
    scheduled_zone: z.object({ time_zone: z.string(), effective_at: z.string() }).nullable(),
    start_date: z.string(),
    trial_end: z.string().nullable(),
    cancel_at: z.string().nullable(),
    current_period: periodRef.nullable(),
    scheduled_change: z.object({ ...holding, effective_at: z.string() }).nullable(),
    created_at: z.string(),
  })
  .openapi("Subscription");

/** A subscription as it stands at `nowMs`, its tenant's time. */
export function subscriptionBody(
  { row, course, log }: Subscription,
  versions: Versions,
  nowMs: number,
): z.infer<typeof subscriptionSchema> {
  const endMs = endOf(log);
  const over = endMs !== null && endMs <= nowMs;
  const held = stretchAt(log, nowMs) ?? stretchAt(log, row.startMs);
  const next = standing(log).find(
    ({ atMs, kind }) => atMs > nowMs && kind !== "end" && kind !== "resume",
  );
  const zone = course.zones?.find(({ atMs }) => atMs > nowMs);
  const period = billingPeriodAt(course, endMs, nowMs);
  const holds = (at: { versionId: string; basePriceMinor: bigint; seats: number } | null) => {
    const version = versions.get(at?.versionId ?? "");
    return {
      plan: version?.planCode ?? "",
      plan_name: version?.planName ?? "",
      plan_version: version?.version ?? 0,
      base_price: moneyJson(at?.basePriceMinor ?? 0n, row.currency),
      seats: at?.seats ?? 1,
    };
  };
  const trialing = row.trialEndMs !== null && nowMs < row.trialEndMs;
  const running = row.startMs > nowMs ? "scheduled" : trialing ? "trialing" : "active";
  return {
    id: row.id,
    tenant_id: row.tenant,
    status: over || row.status === "ended" ? "ended" : running,
    ...holds(held),
    currency: row.currency,
    tax_inclusive: row.taxInclusive,
    billing_cycle: cycleOf(row.cycle),
    usage_interval: row.usageInterval,
    base_timing: row.baseTiming,
    anchor: row.anchor,
    time_zone: zoneAt(course, nowMs),
    scheduled_zone: zone ? { time_zone: zone.timeZone, effective_at: timeText(zone.atMs) } : null,
    start_date: timeText(row.startMs),
    trial_end: row.trialEndMs === null ? null : timeText(row.trialEndMs),
    cancel_at: endMs === null ? null : timeText(endMs),
    current_period: period && spanBody(period),
    scheduled_change:
      next && next.atMs > row.startMs
        ? { ...holds(next), effective_at: timeText(next.atMs) }
        : null,
    created_at: timeText(row.createdMs),
  };
}

export function spanBody({ id, startMs, endMs }: { id: string; startMs: number; endMs: number }) {
  return { id, start: timeText(startMs), end: timeText(endMs) };
}

const lineSchema = z.object({
  kind: z.enum(["base", "base_credit", "usage", "commitment", "adjustment"]),
  metric_name: z.string().nullable(),
  name: z.string(),
  detail: z.string().nullable(),
  quantity: z.number(),
  unit_price: z.number(),
  flat_fee: z.number(),
  amount: z.number(),
  tier: z.number().int().nullable(),
  start: z.string(),
  end: z.string(),
  arithmetic: z.string(),
});

export function lineBody(line: StatementLine, currency: string): z.infer<typeof lineSchema> {
  return {
    kind: line.kind,
    metric_name: line.metric,
    name: line.name,
    detail: detailText(line.detail, wordsFor("en", null, currency)),
    quantity: exactNumber(line.quantity),
    unit_price: exactNumber(line.unitPrice),
    flat_fee: exactNumber(line.flatFee),
    amount: moneyJson(BigInt(line.amountMinor), currency),
    tier: line.tier === null ? null : line.tier + 1,
    start: timeText(line.fromMs),
    end: timeText(line.toMs),
    arithmetic: line.arithmetic,
  };
}

export const periodSchema = z
  .object({
    id: z.string(),
    subscription_id: z.string(),
    tenant_id: z.string(),
    number: z.number().int(),
    kind: z.enum(["regular", "trial", "opening"]),
    start: z.string(),
    end: z.string(),
    closed_at: z.string(),
    up_to_seq: z.number().int(),
    proof: z.enum(["equal", "different", "incomparable"]).openapi({
      description: "Whether the frozen counts were the ledger's; incomparable: more had come in",
    }),
    lines: z.array(lineSchema),
    net: z.number(),
    currency: z.string(),
    document_id: z.string().nullable(),
  })
  .openapi("BillingPeriod");

export function periodBody(period: ClosedPeriod): z.infer<typeof periodSchema> {
  const { currency } = period;
  return {
    ...spanBody(period),
    subscription_id: period.subscriptionId,
    tenant_id: period.tenant,
    number: period.number,
    kind: period.kind,
    closed_at: timeText(period.closedMs),
    up_to_seq: period.upToSeq,
    proof: period.drift === null ? "incomparable" : period.drift.length > 0 ? "different" : "equal",
    lines: period.lines.map((line) => lineBody(line, currency)),
    net: moneyJson(period.netMinor, currency),
    currency,
    document_id: period.documentId,
  };
}

export const periodQuery = z.strictObject({
  tenant_id: z.string().max(100).optional(),
  subscription_id: z.string().max(100).optional(),
  ...pageQuery,
});

export const previewSchema = z
  .object({
    subscription_id: z.string(),
    period: periodRef,
    document: z.enum(BILLED_KINDS).nullable(),
    lines: z.array(lineSchema),
    net: z.number().openapi({ description: "Of the lines, before discounts" }),
    discount: z.number(),
    tax: z.number(),
    total: z.number(),
    prepaid: z.number(),
    currency: z.string(),
  })
  .openapi("BillingPreview");

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

const countSchema = z.object({ quantity: z.number(), events: z.number().int() });

export const proofSchema = z
  .object({
    equal: z.boolean(),
    settled: z.boolean().openapi({
      description: "False where events came in during the reading: differences prove nothing",
    }),
    windows: z.array(
      spanSchema.extend({
        window_id: z.string(),
        equal: z.boolean(),
        counters: z.array(
          z.object({
            metric_name: z.string(),
            until: z.string(),
            meter: countSchema,
            rollups: countSchema,
            events: countSchema,
          }),
        ),
      }),
    ),
  })
  .openapi("UsageProof");
