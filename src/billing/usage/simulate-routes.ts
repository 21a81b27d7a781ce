/** /api/billing/simulate: what usage would cost. */
import { createRoute, type z } from "@hono/zod-openapi";
import type { AppEnv } from "../../accounts/actor/actor.ts";
import { allow } from "../../accounts/guard/guard.ts";
import { invalidField } from "../../core/errors.ts";
import { moneyJson } from "../../core/money.ts";
import { startOfDay } from "../../core/period.ts";
import { QUANTITY_FAULTS, quantityOf } from "../../core/quantity.ts";
import { parseTime, timeText } from "../../core/time.ts";
import { calendarWindow } from "../../metering/counter/terms.ts";
import type { Env } from "../../platform/runtime/env.ts";
import {
  createApi,
  jsonBody,
  jsonReply,
  problems,
  security,
} from "../../platform/schema/openapi.ts";
import type { Reader } from "../period/current.ts";
import { lineBody } from "../period/period-schema.ts";
import { intervalOf } from "../plan/cycle.ts";
import { type PricesInput, type Simulated, simulatePlan, simulatePrices } from "./simulate.ts";
import { simulateInput, simulationSchema } from "./simulate-schema.ts";

export const simulateRoutes = createApi<AppEnv>();

type Body = z.infer<typeof simulateInput>;

function pricesInput(body: Body, nowMs: number): PricesInput {
  const { period = {} } = body;
  const timeZone = period.time_zone ?? "UTC";
  const time = (text: string | undefined) =>
    text === undefined ? null : (parseTime(text) ?? startOfDay(text, timeZone));
  const startMs = time(period.start_date) ?? calendarWindow(nowMs).startMs;
  return {
    currency: body.currency ?? "",
    basePrice: body.base_price ?? null,
    prices: body.prices ?? [],
    usage: (body.usage ?? []).map(({ metric_name: metric, quantity }, i) => {
      const parsed = quantityOf(quantity);
      if (!parsed.ok) throw invalidField(`/usage/${i}/quantity`, QUANTITY_FAULTS[parsed.reason]);
      return { metric, micro: parsed.micro };
    }),
    period: {
      startMs,
      cycle: intervalOf(period.billing_cycle ?? "monthly"),
      anchor: period.anchor ?? "anniversary",
      timeZone,
      atMs: time(period.at) ?? startMs,
    },
  };
}

function simulate(env: Env, reader: Reader, body: Body): Promise<Simulated> | Simulated {
  const { plan, usage_of: range } = body;
  if (plan === undefined || !range) return simulatePrices(pricesInput(body, reader.nowMs));
  return simulatePlan(env, reader, {
    plan,
    planVersion: body.plan_version ?? null,
    basePrice: body.base_price ?? null,
    startMs: parseTime(range.start) ?? 0,
    endMs: parseTime(range.end) ?? 0,
  });
}

simulateRoutes.openapi(
  createRoute({
    method: "post",
    path: "/api/billing/simulate",
    operationId: "simulateBilling",
    summary: "What usage would cost at given prices, or past usage on another plan; writes nothing",
    tags: ["Billing"],
    security,
    request: { body: jsonBody(simulateInput) },
    responses: { 200: jsonReply(simulationSchema, "The lines and their total"), ...problems() },
  }),
  async (c) => {
    const actor = allow(c, "billing.read");
    const { statement, currency, period } = await simulate(c.env, actor, c.req.valid("json"));
    return c.json(
      {
        lines: statement.lines.map((line) => lineBody(line, currency)),
        total: moneyJson(statement.netMinor, currency),
        currency,
        period: { start: timeText(period.startMs), end: timeText(period.endMs) },
      },
      200,
    );
  },
);
