/** /api/revenue: what subscriptions bring and what moves it, for the operator. */
import { createRoute, z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { moneyJson } from "../../core/money.ts";
import { timeText } from "../../core/time.ts";
import {
  countsReply,
  createApi,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import { SUBSCRIPTION_STATES } from "../subscription/store.ts";
import { countedStates } from "./counts.ts";
import type { Movement } from "./recurring.ts";
import { type CurrencyReport, reportRevenue } from "./report.ts";
import type { TenantRevenue } from "./revenue.ts";
import { SPAN_KINDS } from "./span.ts";

export const revenueRoutes = createApi<AppEnv>();

const amount = z.number();
const month = z.string().openapi({ example: "2026-11", description: "A calendar month (UTC)" });

const rankedSchema = z.object({
  tenant_id: z.string(),
  amount,
  previous: amount.openapi({ description: "In the time before" }),
});

const reportSchema = z
  .object({
    currency: z.string(),
    mrr: amount.openapi({ description: "Base prices × seats, as a month's share, now" }),
    paying_tenants: z.number().int(),
    movements: z.array(
      z.object({
        month,
        start: amount,
        new: amount,
        reactivation: amount,
        expansion: amount,
        contraction: amount,
        churn: amount,
        end: amount,
        paying_tenants: z.number().int().openapi({ description: "At the month's end" }),
        churned_tenants: z.number().int(),
      }),
    ),
    billed: z.array(z.object({ month, plan: z.string(), amount })).openapi({
      description: "What periods that ended in a month billed, before discounts and tax",
    }),
    span: z.string().openapi({
      example: "2026-Q4",
      description: "The time of `top_tenants`: that of the last month that is over",
    }),
    top_tenants: z.array(rankedSchema),
    whole_span: z.string().openapi({ description: "The last time that is over as a whole" }),
    fallen_tenants: z.array(rankedSchema).openapi({
      description: "Who was billed less in `whole_span` than in the time before it",
    }),
    falling_tenants: z
      .array(z.object({ tenant_id: z.string(), period_end: z.string(), amount, previous: amount }))
      .openapi({ description: "Whose usage came to less in the last closed period" }),
  })
  .openapi("RevenueReport");

function movementBody(movement: Movement, currency: string) {
  const money = (minor: bigint) => moneyJson(minor, currency);
  return {
    month: movement.month,
    start: money(movement.startMinor),
    new: money(movement.newMinor),
    reactivation: money(movement.reactivationMinor),
    expansion: money(movement.expansionMinor),
    contraction: money(movement.contractionMinor),
    churn: money(movement.churnMinor),
    end: money(movement.endMinor),
    paying_tenants: movement.customersAtEnd,
    churned_tenants: movement.churned,
  };
}

function reportBody({ currency, movements, billed, ...ranked }: CurrencyReport) {
  const { current, whole, top, fallen, falling } = ranked;
  const money = (minor: bigint) => moneyJson(minor, currency);
  const rankedBody = ({ tenant, amountMinor, beforeMinor }: TenantRevenue) => ({
    tenant_id: tenant,
    amount: money(amountMinor),
    previous: money(beforeMinor),
  });
  const last = movements.at(-1);
  return {
    currency,
    mrr: money(last?.endMinor ?? 0n),
    paying_tenants: last?.customersAtEnd ?? 0,
    movements: movements.map((movement) => movementBody(movement, currency)),
    billed: billed.map((row) => ({
      month: row.month,
      plan: row.plan,
      amount: money(row.amountMinor),
    })),
    span: current.name,
    top_tenants: top.map(rankedBody),
    whole_span: whole.name,
    fallen_tenants: fallen.map(rankedBody),
    falling_tenants: falling.map((row) => ({
      tenant_id: row.tenant,
      period_end: timeText(row.endMs),
      amount: money(row.usageMinor),
      previous: money(row.beforeMinor),
    })),
  };
}

revenueRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/revenue",
    operationId: "getRevenue",
    summary: "Recurring revenue and what moved it, and what was billed, by currency (operator)",
    description:
      "Of twelve months with the current one. Live and test tenants, and currencies, are never " +
      "counted together.",
    tags: ["Billing"],
    security,
    request: {
      query: z.strictObject({
        mode: z.enum(["live", "test"]).optional(),
        by: z.enum(SPAN_KINDS).optional().openapi({
          description: "The time by which tenants are ranked, by UTC; unless given, the year",
        }),
      }),
    },
    responses: {
      200: jsonReply(z.object({ data: z.array(reportSchema) }), "A report of each currency"),
      ...problems(),
    },
  }),
  async (c) => {
    const { nowMs } = allow(c, "operator.read");
    const { mode, by = "year" } = c.req.valid("query");
    const reports = await reportRevenue(c.env, { test: mode === "test", by }, nowMs);
    return c.json({ data: reports.map(reportBody) }, 200);
  },
);

const revenueSchema = z
  .array(z.object({ currency: z.string(), amount: z.number() }))
  .nullable()
  .openapi({
    description:
      "what they bring in a month, by currency, without test tenants; null where there are more " +
      "than were counted",
  });

revenueRoutes.openapi(
  createRoute({
    method: "get",
    path: "/api/subscription-counts",
    operationId: "countSubscriptions",
    summary: "How many subscriptions are current, ending and ended, and what they bring",
    description:
      "Up to a thousand of each are counted: a tenant's own, or the operator's all; of a " +
      "confined key those of its tenants.",
    tags: ["Subscriptions"],
    security,
    responses: {
      200: countsReply({
        state: z.enum(SUBSCRIPTION_STATES),
        monthly_recurring_revenue: revenueSchema,
      }),
      ...problems(),
    },
  }),
  async (c) => {
    const actor = allow(c, "billing.read", "tenants");
    const tenant = actor.operator ? null : actor.tenantId;
    const among = actor.operator ? actor.confinement?.tenants : null;
    const filter = { tenant, among: among ?? null };
    const counted = await countedStates(c.env.DB, filter, actor.realMs);
    const data = SUBSCRIPTION_STATES.map((state) => {
      const { revenue, ...counts } = counted[state];
      const sums = revenue?.map(({ currency, amountMinor }) => {
        return { currency, amount: moneyJson(amountMinor, currency) };
      });
      return { state, ...counts, monthly_recurring_revenue: sums ?? null };
    });
    return c.json({ data }, 200);
  },
);
