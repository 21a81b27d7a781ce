/** The routes under /api/usage that need a plan to answer. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { exactNumber } from "../../core/decimal.ts";
import { invalidField } from "../../core/errors.ts";
import { moneyJson } from "../../core/money.ts";
import { QUANTITY_FAULTS, quantityJson, quantityOf } from "../../core/quantity.ts";
import { timeText } from "../../core/time.ts";
import { alertBody } from "../../metering/counter/limit.ts";
import { summaryBody } from "../../metering/read/summary.ts";
import { createApi, jsonReply, problems, security } from "../../platform/schema/openapi.ts";
import type { MetricUsage } from "../period/statement.ts";
import { cycleOf } from "../plan/cycle.ts";
import {
  alertsNow,
  baseMinor,
  entitlement,
  type Live,
  livePeriod,
  overages,
  usageSummary,
} from "./live.ts";
import {
  alertsSchema,
  currentSchema,
  entitlementQuery,
  entitlementSchema,
  estimateSchema,
  overageSchema,
} from "./usage-schema.ts";

export const usageRoutes = createApi<AppEnv>();

function spanOf({ period }: Pick<Live, "period">) {
  return { start: timeText(period.startMs), end: timeText(period.endMs) };
}

function chargeBody(usage: MetricUsage, currency: string) {
  return {
    metric_name: usage.metric,
    included_quantity: quantityJson(usage.includedMicro),
    used_quantity: quantityJson(usage.usedMicro),
    overage_quantity: quantityJson(usage.overageMicro),
    overage_rate: usage.rate === null ? null : exactNumber(usage.rate),
    overage_amount: moneyJson(usage.amountMinor, currency),
  };
}

usageRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/current-period",
    operationId: "getCurrentPeriod",
    summary: "The running billing period and its usage",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(currentSchema, "The period"), ...problems(404) },
  }),
  async (c) => {
    const live = await livePeriod(c.env, allow(c, "usage.read", "own", "usage"));
    const { row } = live.subscription;
    return c.json(
      {
        subscription_id: row.id,
        plan_name: live.version.planName,
        billing_cycle: cycleOf(row.cycle),
        current_period: spanOf(live),
        usage: summaryBody(usageSummary(live)),
      },
      200,
    );
  },
);

usageRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/overage-charges",
    operationId: "getOverageCharges",
    summary: "What the running period's usage beyond the included quantities costs so far",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(overageSchema, "The charges"), ...problems(404) },
  }),
  async (c) => {
    const live = await livePeriod(c.env, allow(c, "usage.read", "own", "usage"));
    const { row } = live.subscription;
    const charges = overages(live);
    const total = charges.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
    return c.json(
      {
        subscription_id: row.id,
        billing_period: spanOf(live),
        charges: charges.map((charge) => chargeBody(charge, row.currency)),
        total_overage: moneyJson(total, row.currency),
        currency: row.currency,
      },
      200,
    );
  },
);

usageRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/alerts",
    operationId: "getUsageAlerts",
    summary: "The highest threshold that each metric has reached in the running period",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(alertsSchema, "The alerts"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    const live = await livePeriod(c.env, actor);
    const alerts = alertsNow(live, actor.nowMs).map(alertBody);
    return c.json({ subscription_id: live.subscription.row.id, alerts }, 200);
  },
);

usageRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/billing-estimate",
    operationId: "getBillingEstimate",
    summary: "What the running period comes to if nothing more is used, before tax",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(estimateSchema, "The estimate"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    const live = await livePeriod(c.env, actor);
    const { row } = live.subscription;
    const { usageMinor } = live.statement;
    const base = baseMinor(live);
    return c.json(
      {
        subscription_id: row.id,
        user_id: null,
        tenant_id: actor.tenantId,
        billing_period: spanOf(live),
        base_price: moneyJson(base, row.currency),
        usage_charges: overages(live).map((charge) => chargeBody(charge, row.currency)),
        total_usage_charges: moneyJson(usageMinor, row.currency),
        total_amount: moneyJson(base + usageMinor, row.currency),
        currency: row.currency,
        usage_summary: summaryBody(usageSummary(live)),
      },
      200,
    );
  },
);

usageRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/entitlements/{metric}",
    operationId: "getEntitlement",
    summary: "Whether so much more of a metric would be taken now",
    tags: ["Usage"],
    security,
    request: {
      params: z.object({ metric: z.string().min(1).max(100) }),
      query: entitlementQuery,
    },
    responses: { 200: jsonReply(entitlementSchema, "The answer"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read", "own", "usage");
    const asked = quantityOf(c.req.valid("query").quantity ?? 1);
    if (!asked.ok) throw invalidField("/query/quantity", QUANTITY_FAULTS[asked.reason]);
    const { metric } = c.req.valid("param");
    const found = await entitlement(c.env, actor, metric, asked.micro);
    const { limitMicro, usedMicro } = found;
    const left = limitMicro === null ? null : limitMicro - usedMicro;
    return c.json(
      {
        subscription_id: found.subscriptionId,
        metric_name: found.metric,
        quantity: quantityJson(found.quantityMicro),
        allowed: found.allowed,
        hard_limit: found.hard,
        limit: limitMicro === null ? null : quantityJson(limitMicro),
        used: quantityJson(usedMicro),
        remaining: left === null ? null : quantityJson(left > 0n ? left : 0n),
        resets_at: timeText(found.resetsAtMs),
      },
      200,
    );
  },
);
