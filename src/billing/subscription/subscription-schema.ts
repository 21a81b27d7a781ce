/** The shapes of subscriptions on the wire, and how rows become them. */
import { z } from "@hono/zod-openapi";
import { tenantNameInput } from "../../accounts/tenant/external-id.ts";
import { moneyJson } from "../../core/money.ts";
import { INTERVALS } from "../../core/period.ts";
import { timeText } from "../../core/time.ts";
import { currencyInput, lineInput, timeInput } from "../../platform/schema/openapi.ts";
import { CYCLES, cycleOf } from "../plan/cycle.ts";
import type { Versions } from "../plan/version.ts";
import { moneyInput } from "../price/field.ts";
import type { Subscription } from "./store.ts";
import { billingPeriodAt, endOf, holdingChanges, planSegmentAt, zoneAt } from "./timeline.ts";

/** A time, or a day that begins in the subscription's time zone. */
export const startInput = z
  .union([timeInput, z.iso.date()])
  .openapi({ type: "string", example: "2026-01-31" });

/** What the invoices of a subscription refer to (BT-10, BT-13); null clears it. */
const referenceFields = {
  buyer_reference: lineInput(100).nullable().optional(),
  purchase_order: lineInput(100).nullable().optional(),
};

export const subscribeInput = z.strictObject({
  tenant_id: tenantNameInput,
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
  ...referenceFields,
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
export const subscriptionChangeInput = z
  .strictObject(referenceFields)
  .openapi("SubscriptionChange");
export const cancelInput = z.strictObject({ when: when.optional() });

export const spanSchema = z.object({ start: z.string(), end: z.string() });
export const periodRef = spanSchema.extend({ id: z.string() });
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
    usage_interval: z.enum(INTERVALS),
    base_timing: z.enum(["arrears", "advance"]),
    anchor: z.enum(["anniversary", "calendar"]),
    time_zone: z.string(),
    scheduled_zone: z.object({ time_zone: z.string(), effective_at: z.string() }).nullable(),
    start_date: z.string(),
    trial_end: z.string().nullable(),
    cancel_at: z.string().nullable(),
    buyer_reference: z.string().nullable(),
    purchase_order: z.string().nullable(),
    current_period: periodRef.nullable(),
    scheduled_change: z.object({ ...holding, effective_at: z.string() }).nullable(),
    created_at: z.string(),
  })
  .openapi("Subscription");

/** A subscription as it stands at `nowMs`, its tenant's time. */
export function subscriptionBody(
  { row, billingSchedule, log }: Subscription,
  versions: Versions,
  nowMs: number,
): z.infer<typeof subscriptionSchema> {
  const endMs = endOf(log);
  const over = endMs !== null && endMs <= nowMs;
  const held = planSegmentAt(log, nowMs) ?? planSegmentAt(log, row.startMs);
  const next = holdingChanges(log).find(
    ({ atMs, kind }) => atMs > nowMs && kind !== "end" && kind !== "resume",
  );
  const zone = billingSchedule.zones?.find(({ atMs }) => atMs > nowMs);
  const period = billingPeriodAt(billingSchedule, endMs, nowMs);
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
    time_zone: zoneAt(billingSchedule, nowMs),
    scheduled_zone: zone ? { time_zone: zone.timeZone, effective_at: timeText(zone.atMs) } : null,
    start_date: timeText(row.startMs),
    trial_end: row.trialEndMs === null ? null : timeText(row.trialEndMs),
    cancel_at: endMs === null ? null : timeText(endMs),
    buyer_reference: row.buyerReference,
    purchase_order: row.purchaseOrder,
    current_period: period && spanBody(period),
    scheduled_change:
      next && next.atMs > row.startMs
        ? { ...holds(next), effective_at: timeText(next.atMs) }
        : null,
    created_at: timeText(row.createdMs),
  };
}

/** A period's id, start and end as they are answered. */
export function spanBody({ id, startMs, endMs }: { id: string; startMs: number; endMs: number }) {
  return { id, start: timeText(startMs), end: timeText(endMs) };
}
