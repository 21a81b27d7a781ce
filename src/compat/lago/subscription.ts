/** Lago's subscriptions: what is read of one, and how one here is shown. Pure. */
import type { Versions } from "../../billing/plan/version.ts";
import type { Subscription } from "../../billing/subscription/store.ts";
import {
  billingPeriodAt,
  endOf,
  holdingChanges,
  planSegmentAt,
} from "../../billing/subscription/timeline.ts";
import { SECOND_MS, timeText } from "../../core/time.ts";
import { isFields } from "../../metering/intake/foreign.ts";
import type { Faults } from "./errors.ts";
import { uuidOf } from "./uuid.ts";

export type NewSubscription = {
  externalCustomerId: string;
  externalId: string;
  planCode: string;
  anchor: "calendar" | "anniversary";
  /** When it starts and ends, as sent; null: now, and not. */
  start: string | null;
  end: string | null;
};

const MANDATORY = ["value_is_mandatory"];
const INVALID = ["value_is_invalid"];

/** Reads a new subscription. Overridden plans are refused, since prices here are a plan's own. */
export function readSubscription(
  value: unknown,
): { subscription: NewSubscription } | { faults: Faults } {
  if (!isFields(value)) return { faults: { subscription: MANDATORY } };
  const faults: Faults = {};
  const [externalCustomerId, externalId, planCode] = [
    value.external_customer_id,
    value.external_id,
    value.plan_code,
  ].map(textIn);
  if (!externalCustomerId) faults.external_customer_id = MANDATORY;
  if (!externalId) faults.external_id = MANDATORY;
  if (!planCode) faults.plan_code = MANDATORY;
  const anchor = value.billing_time ?? "calendar";
  if (anchor !== "calendar" && anchor !== "anniversary") faults.billing_time = INVALID;
  for (const name of ["subscription_at", "ending_at"]) {
    const given = value[name] ?? null;
    if (given !== null && typeof given !== "string") faults[name] = ["invalid_date"];
  }
  if (value.plan_overrides) faults.plan_overrides = INVALID;
  const isWhole = Object.keys(faults).length === 0;
  if (!isWhole || !externalCustomerId || !externalId || !planCode) return { faults };
  return {
    subscription: {
      externalCustomerId,
      externalId,
      planCode,
      anchor: anchor as NewSubscription["anchor"],
      start: (value.subscription_at as string | null | undefined) || null,
      end: (value.ending_at as string | null | undefined) || null,
    },
  };
}

function textIn(value: unknown): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

/** Where a subscription stands, in Lago's words. */
export type LagoStatus = "pending" | "active" | "terminated" | "canceled";

/** True for a status that subscriptions have. */
export function isLagoStatus(text: string): text is LagoStatus {
  return ["pending", "active", "terminated", "canceled"].includes(text);
}

/** Where a subscription stands at its tenant's time; one that ended before it began is canceled. */
export function statusOf({ row, log }: Subscription, nowMs: number): LagoStatus {
  const endMs = endOf(log);
  const isOver = row.status === "ended" || (endMs !== null && endMs <= nowMs);
  if (endMs !== null && endMs <= row.startMs) return "canceled";
  if (isOver) return "terminated";
  return row.startMs > nowMs ? "pending" : "active";
}

/** What a subscription and its customer are called. */
export type Names = { externalId: string; externalCustomerId: string };

/** A subscription as Lago shows it, at its tenant's time. */
export function showSubscription(
  subscription: Subscription,
  versions: Versions,
  { externalId, externalCustomerId }: Names,
  nowMs: number,
) {
  const { row, billingSchedule, log } = subscription;
  const status = statusOf(subscription, nowMs);
  const endMs = endOf(log);
  const held = planSegmentAt(log, nowMs) ?? planSegmentAt(log, row.startMs);
  const next = holdingChanges(log).find(({ atMs, kind }) => atMs > nowMs && kind !== "end");
  const nextVersion = next && next.atMs > row.startMs ? versions.get(next.versionId) : undefined;
  const version = versions.get(held?.versionId ?? "");
  const period = status === "active" ? billingPeriodAt(billingSchedule, endMs, nowMs) : null;
  const orNull = (ms: number | null) => (ms === null ? null : timeText(ms));
  return {
    lago_id: uuidOf(row.id),
    external_id: externalId,
    lago_customer_id: uuidOf(row.tenant),
    external_customer_id: externalCustomerId,
    name: null,
    plan_code: version?.planCode ?? "",
    plan_amount_cents: Number(held?.basePriceMinor ?? 0n),
    plan_amount_currency: row.currency,
    status,
    billing_time: row.anchor,
    subscription_at: timeText(row.startMs),
    started_at: status === "pending" ? null : timeText(row.startMs),
    trial_ended_at: orNull(row.trialEndMs),
    ending_at: orNull(endMs),
    terminated_at: status === "terminated" ? orNull(endMs) : null,
    canceled_at: status === "canceled" ? orNull(endMs) : null,
    previous_plan_code: null,
    next_plan_code: nextVersion?.planCode ?? null,
    downgrade_plan_date: nextVersion && next ? timeText(next.atMs).slice(0, 10) : null,
    current_billing_period_started_at: orNull(period?.startMs ?? null),
    current_billing_period_ending_at: period ? timeText(period.endMs - SECOND_MS) : null,
    on_termination_credit_note: "skip",
    on_termination_invoice: "generate",
    created_at: timeText(row.createdMs),
  };
}
