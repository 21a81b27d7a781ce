/** /api/billing, and the plan-reading routes under /api/usage. */

import { createRoute, z } from "@hono/zod-openapi";
import type { Actor, AppEnv } from "../accounts/actor/actor.ts";
import { allow } from "../accounts/guard/guard.ts";
import { tenantClock } from "../accounts/store/clock.ts";
import { readTenant } from "../accounts/store/tenant-store.ts";
import { exactNumber } from "../core/decimal.ts";
import { invalidField, notFound } from "../core/errors.ts";
import { moneyJson } from "../core/money.ts";
import { QUANTITY_FAULTS, quantityJson, quantityOf } from "../core/quantity.ts";
import { timeText } from "../core/time.ts";
import { BILLED_KINDS, KINDS } from "../documents/kind/registry.ts";
import { alertBody } from "../metering/counter/limit.ts";
import { summaryBody } from "../metering/read/summary.ts";
import { decodeCursor, pageLimit, pageOf } from "../platform/http/http.ts";
import type { Env } from "../platform/runtime/env.ts";
import {
  createApi,
  jsonReply,
  pageSchema,
  problems,
  security,
} from "../platform/schema/openapi.ts";
import { creditRoutes } from "./credit/credit-routes.ts";
import { importRoutes } from "./import/import-routes.ts";
import { composeClosing } from "./period/compose.ts";
import { liveCounts } from "./period/counted.ts";
import type { MetricUsage } from "./period/statement.ts";
import { proofRoutes } from "./proof/proof-routes.ts";
import { providerRoutes } from "./provider/provider-routes.ts";
import { lastClosed, listPeriods, readPeriod } from "./store/store.ts";
import { explainRoutes } from "./usage/explain-routes.ts";
import {
  alertsNow,
  baseMinor,
  currentPeriod,
  entitlement,
  type Live,
  livePeriod,
  overages,
  type Reader,
  usageSummary,
} from "./usage/live.ts";
import * as schema from "./usage/schema.ts";
import { simulateRoutes } from "./usage/simulate-routes.ts";

export const billingRoutes = createApi<AppEnv>();

/** The tenant that is read: the actor's own, or for the operator the one it names. */
async function readerOf(env: Env, actor: Actor, tenantId: string | undefined): Promise<Reader> {
  if (tenantId === undefined || tenantId === actor.tenantId) return actor;
  if (!actor.operator || !(await readTenant(env.DB, tenantId))) throw notFound("tenant");
  const { nowMs } = await tenantClock(env.DB, tenantId);
  return { tenantId, nowMs };
}

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

billingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/current-period",
    operationId: "getCurrentPeriod",
    summary: "The running billing period and its usage",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(schema.currentSchema, "The period"), ...problems(404) },
  }),
  async (c) => {
    const live = await livePeriod(c.env, allow(c, "usage.read"));
    const { row } = live.subscription;
    return c.json(
      {
        subscription_id: row.id,
        plan_name: live.version.planName,
        billing_cycle: schema.cycleOf(row.cycle),
        current_period: spanOf(live),
        usage: summaryBody(usageSummary(live)),
      },
      200,
    );
  },
);

billingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/overage-charges",
    operationId: "getOverageCharges",
    summary: "What the running period's usage beyond the included quantities costs so far",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(schema.overageSchema, "The charges"), ...problems(404) },
  }),
  async (c) => {
    const live = await livePeriod(c.env, allow(c, "usage.read"));
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

billingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/alerts",
    operationId: "getUsageAlerts",
    summary: "The highest threshold that each metric has reached in the running period",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(schema.alertsSchema, "The alerts"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read");
    const live = await livePeriod(c.env, actor);
    const alerts = alertsNow(live, actor.nowMs).map(alertBody);
    return c.json({ subscription_id: live.subscription.row.id, alerts }, 200);
  },
);

billingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/billing-estimate",
    operationId: "getBillingEstimate",
    summary: "What the running period comes to if nothing more is used, before tax",
    tags: ["Usage"],
    security,
    responses: { 200: jsonReply(schema.estimateSchema, "The estimate"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read");
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

billingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/usage/entitlements/{metric}",
    operationId: "getEntitlement",
    summary: "Whether so much more of a metric would be taken now",
    tags: ["Usage"],
    security,
    request: {
      params: z.object({ metric: z.string().min(1).max(100) }),
      query: schema.entitlementQuery,
    },
    responses: { 200: jsonReply(schema.entitlementSchema, "The answer"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "usage.read");
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

billingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/billing/preview",
    operationId: "previewBilling",
    summary: "The running period's document as it would be made now: the closing, not written",
    tags: ["Billing"],
    security,
    request: { query: z.strictObject({ tenant_id: z.string().max(100).optional() }) },
    responses: { 200: jsonReply(schema.previewSchema, "The preview"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read");
    const reader = await readerOf(c.env, actor, c.req.valid("query").tenant_id);
    const current = await currentPeriod(c.env, reader);
    const { row } = current.subscription;
    const counted = await liveCounts(c.env, reader.tenantId, current, reader.nowMs);
    const before = await lastClosed(c.env.DB, row.id);
    const composed = await composeClosing(c.env, { ...current, before }, counted, reader.nowMs);
    const { statement, content, totals } = composed;
    const money = (minor: bigint) => moneyJson(minor, row.currency);
    const credit = content !== null && KINDS[content.kind].credits;
    const net = totals && !credit ? totals.netMinor : statement.netMinor;
    return c.json(
      {
        subscription_id: row.id,
        period: schema.spanBody(current.period),
        document: BILLED_KINDS.find((kind) => kind === content?.kind) ?? null,
        lines: statement.lines.map((line) => schema.lineBody(line, row.currency)),
        net: money(statement.netMinor),
        discount: money(statement.netMinor - net),
        tax: money(totals?.taxMinor ?? 0n),
        total: money(totals?.totalMinor ?? 0n),
        prepaid: money(content?.prepaidMinor ?? 0n),
        currency: row.currency,
      },
      200,
    );
  },
);

billingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/billing/periods",
    operationId: "listBillingPeriods",
    summary: "Closed periods with their lines, newest first",
    tags: ["Billing"],
    security,
    request: { query: schema.periodQuery },
    responses: { 200: jsonReply(pageSchema(schema.periodSchema), "A page"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read");
    const query = c.req.valid("query");
    const { tenantId } = await readerOf(c.env, actor, query.tenant_id);
    const limit = pageLimit(query.limit);
    const before = query.cursor ? (decodeCursor(query.cursor, 2) as [number, string]) : null;
    const filter = { tenant: tenantId, subscriptionId: query.subscription_id ?? null, before };
    const rows = await listPeriods(c.env.DB, filter, limit + 1);
    const page = pageOf(rows, limit, (row) => [row.startMs, row.id], schema.periodBody);
    return c.json(page, 200);
  },
);

billingRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/billing/periods/{id}",
    operationId: "getBillingPeriod",
    summary: "One closed period",
    tags: ["Billing"],
    security,
    request: { params: z.object({ id: z.string().max(100) }) },
    responses: { 200: jsonReply(schema.periodSchema, "The period"), ...problems(404) },
  }),
  async (c) => {
    const actor = allow(c, "billing.read");
    const period = await readPeriod(c.env.DB, c.req.valid("param").id);
    if (!period || !(actor.operator || period.tenant === actor.tenantId)) {
      throw notFound("period");
    }
    return c.json(schema.periodBody(period), 200);
  },
);

billingRoutes.route("/", simulateRoutes);
billingRoutes.route("/", explainRoutes);
billingRoutes.route("/", importRoutes);
billingRoutes.route("/", proofRoutes);
billingRoutes.route("/", creditRoutes);
billingRoutes.route("/", providerRoutes);
