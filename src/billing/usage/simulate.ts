/**
 * What usage would cost: at prices that nobody has yet, or a tenant's own past usage on another
 * plan. The rating of the closing, with nothing written.
 */
import { invalidField } from "../../core/errors.ts";
import { moneyText } from "../../core/money.ts";
import { type AnchorKind, type Interval, isTimeZone } from "../../core/period.ts";
import type { Count } from "../../metering/counter/terms.ts";
import { summarize, WHOLE_USAGE } from "../../metering/read/summary.ts";
import type { Env } from "../../platform/runtime/env.ts";
import { metricsOf } from "../period/counted.ts";
import type { Reader } from "../period/current.ts";
import {
  type Metrics,
  type Statement,
  type StatementLine,
  statementOf,
} from "../period/statement.ts";
import { basePriceOf, findPlan } from "../plan/offered.ts";
import { offersFrom } from "../plan/plan.ts";
import { readVersions } from "../plan/plan-store.ts";
import type { Offer, Version } from "../plan/version.ts";
import type { PriceInput } from "../price/price.ts";
import {
  type BillingPeriod,
  type BillingSchedule,
  billingPeriodAt,
  type Change,
} from "../subscription/timeline.ts";

export type Simulated = {
  statement: Statement;
  currency: string;
  period: { startMs: number; endMs: number };
};

export type PricesInput = {
  currency: string;
  basePrice: number | string | null;
  prices: PriceInput[];
  usage: readonly { metric: string; micro: bigint }[];
  period: {
    startMs: number;
    cycle: Interval;
    anchor: AnchorKind;
    timeZone: string;
    /** Which period is meant: the one that holds this instant. */
    atMs: number;
  };
};

/** Given usage at given prices, in one period. Errors: 422 naming every wrong field. */
export function simulatePrices(input: PricesInput): Simulated {
  const { currency, period: asked } = input;
  if (!isTimeZone(asked.timeZone))
    throw invalidField("/period/time_zone", "is an IANA time zone, such as Europe/Berlin");
  const billingSchedule = simulatedSchedule(currency, asked);
  const period = billingPeriodAt(billingSchedule, null, asked.atMs);
  if (!period) throw invalidField("/period/at", "is not before start_date");
  const offers = offersFrom(input);
  const counts = countsOf(input.usage, period);
  const basePriceMinor = basePriceOf(input.basePrice, 0, currency);
  const statement = rate(billingSchedule, period, {
    offers,
    counts,
    basePriceMinor,
    metrics: new Map(),
  });
  return { statement, currency, period };
}

/** A tenant's usage of a range, all of it as one period on a plan. Errors: 422. */
export async function simulatePlan(
  env: Env,
  { tenantId }: Reader,
  input: {
    plan: string;
    planVersion: number | null;
    basePrice: number | string | null;
    startMs: number;
    endMs: number;
  },
): Promise<Simulated> {
  const { startMs, endMs } = input;
  if (endMs <= startMs) throw invalidField("/usage_of/end", "is after the start");
  const { version } = await findPlan(env, input.plan, input.planVersion);
  const versions = await readVersions(env.DB, [version.id]);
  const [metrics, summary] = await Promise.all([
    metricsOf(env, tenantId),
    summarize(env, tenantId, { ...WHOLE_USAGE, startMs, endMs }),
  ]);
  const { currency } = version;
  const billingSchedule = simulatedSchedule(currency, {
    startMs,
    cycle: "month",
    anchor: "anniversary",
    timeZone: "UTC",
  });
  const period: BillingPeriod = {
    id: "",
    number: 1,
    kind: "regular",
    startMs,
    endMs,
    last: false,
    wholeStartMs: startMs,
    wholeEndMs: endMs,
  };
  const usage = summary.metrics.map(({ metric, valueMicro }) => ({ metric, micro: valueMicro }));
  const rated = rate(billingSchedule, period, {
    offers: versions.get(version.id)?.offers ?? [],
    counts: countsOf(usage, period),
    basePriceMinor: 0n,
    metrics,
  });
  // The range counts as one period, however long: its base is billed once.
  const basePriceMinor = basePriceOf(input.basePrice, version.baseMonthMinor ?? 0, currency);
  const base = basePriceMinor === 0n ? [] : [baseLine(basePriceMinor, currency, period)];
  const lines = [...base, ...rated.lines];
  return {
    statement: { ...rated, lines, netMinor: rated.netMinor + basePriceMinor },
    currency,
    period,
  };
}

function baseLine(baseMinor: bigint, currency: string, period: BillingPeriod): StatementLine {
  const amount = moneyText(baseMinor, currency);
  return {
    kind: "base",
    metric: null,
    versionId: "",
    name: "Base plan",
    detail: null,
    quantity: "1",
    unit: null,
    unitPrice: amount,
    flatFee: "0",
    amountMinor: baseMinor.toString(),
    fromMs: period.startMs,
    toMs: period.endMs,
    tier: null,
    settles: null,
    arithmetic: `${amount} = ${amount}`,
  };
}

function simulatedSchedule(
  currency: string,
  asked: { startMs: number; cycle: Interval; anchor: AnchorKind; timeZone: string },
): BillingSchedule {
  const { startMs, cycle, anchor, timeZone } = asked;
  return {
    id: "simulation",
    tenant: "",
    cycle,
    usageInterval: cycle,
    baseTiming: "arrears",
    anchor,
    timeZone,
    currency,
    startMs,
    trialEndMs: null,
  };
}

function rate(
  billingSchedule: BillingSchedule,
  period: BillingPeriod,
  given: { offers: readonly Offer[]; counts: Count[]; basePriceMinor: bigint; metrics: Metrics },
): Statement {
  const version: Version = {
    id: "simulated",
    planId: "",
    planCode: "",
    planName: "Base",
    version: 1,
    currency: billingSchedule.currency,
    graceMs: 0,
    finalizeZero: false,
    minimumMinor: 0n,
    leastInvoiceMinor: 0n,
    offers: given.offers,
  };
  const start: Change = {
    seq: 1,
    kind: "start",
    atMs: billingSchedule.startMs,
    versionId: version.id,
    basePriceMinor: given.basePriceMinor,
    seats: 1,
  };
  const versions = new Map([[version.id, version]]);
  const { counts, metrics } = given;
  return statementOf({
    billingSchedule,
    log: [start],
    versions,
    period,
    counts,
    ahead: null,
    metrics,
  });
}

function countsOf(
  usage: readonly { metric: string; micro: bigint }[],
  { id, endMs }: BillingPeriod,
): Count[] {
  const seen = new Set<string>();
  return usage.map(({ metric, micro }, i) => {
    if (seen.has(metric)) throw invalidField(`/usage/${i}/metric_name`, "is named once");
    seen.add(metric);
    const when = { untilMs: endMs, firstMs: 0, lastMs: 0 };
    return { windowId: id, metric, valueMicro: micro.toString(), events: 0, ...when };
  });
}
