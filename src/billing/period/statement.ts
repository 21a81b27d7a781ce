/**
 * What a period bills: base fees, usage and the rest of a minimum, line by line. Pure: closing,
 * preview, estimate and settlement all take it from here. Amounts are before tax.
 */
import { exponentOf, moneyText } from "../../core/money.ts";
import { quantityText } from "../../core/quantity.ts";
import { labelsFor } from "../../documents/language/registry.ts";
import {
  type Aggregation,
  addsUp,
  DEFAULT_AGGREGATION,
} from "../../metering/aggregation/registry.ts";
import { displayNameOf, type Named } from "../../metering/catalogue/display-name.ts";
import type { Count } from "../../metering/counter/terms.ts";
import type { Versions } from "../plan/version.ts";
import { freePrice, type Price, rulesOf } from "../price/registry.ts";
import { type Ahead, baseFees, type Fee, pricedAhead } from "../rating/fee.ts";
import {
  blendMicro,
  type Charge,
  feePart,
  rateMetric,
  totalOf,
  type UsageSegment,
} from "../rating/rating.ts";
import type { BillingPeriod, Subscribed } from "../subscription/timeline.ts";
import { type BoundedSegment, planSegmentsIn } from "./terms.ts";
import { type Detail, type LineKind, lineName, type TierRange } from "./wording.ts";

/** What the catalogue says of a metric: how it is printed, and how it is counted. */
export type Metric = Named & { unit: string; aggregation: Aggregation };
export type Metrics = ReadonlyMap<string, Metric>;

const ENGLISH = labelsFor("en").billing;

export type StatementLine = {
  kind: LineKind;
  metric: string | null;
  versionId: string;
  /** In English; a document words it in its own language. */
  name: string;
  detail: Detail | null;
  /** Decimal text; negative where the line takes back. */
  quantity: string;
  unit: string | null;
  unitPrice: string;
  /** A fee beside quantity × unit price, such as a tier's flat fee; `0` where there is none. */
  flatFee: string;
  /** Minor units as text. */
  amountMinor: string;
  fromMs: number;
  toMs: number;
  tier: number | null;
  arithmetic: string;
  /** The closed period that the line settles, or null. */
  settles: string | null;
};

/** One metric's usage of a period against what is included, for the live answers. */
export type MetricUsage = {
  metric: string;
  usedMicro: bigint;
  includedMicro: bigint;
  overageMicro: bigint;
  /** The rate of the next unit billed; null where there is no single one. */
  rate: string | null;
  amountMinor: bigint;
};

export type Statement = {
  lines: StatementLine[];
  usage: MetricUsage[];
  /** Σ of the usage lines and of the commitment: what late usage is settled against. */
  usageMinor: bigint;
  netMinor: bigint;
  /** What is billed in advance for the next cycle, or null. */
  ahead: Ahead;
};

export type StatementInput = Subscribed & {
  versions: Versions;
  period: BillingPeriod;
  /** From the window's start to each cut and to its end. */
  counts: readonly Count[];
  /** What the closing before billed for this cycle. */
  ahead: Ahead;
  metrics: Metrics;
};

/** The statement of a period: every line that its closing bills, and what they add up to. */
export function statementOf(input: StatementInput): Statement {
  const { billingSchedule, log, period } = input;
  const fees = baseFees(billingSchedule, log, period, input.ahead);
  const base = fees.map((fee) => baseLine(fee, input));
  const rated = period.kind === "regular" ? usageOf(input) : { lines: [], usage: [] };
  const commitment = period.kind === "regular" ? commitmentLines(input, rated.lines) : [];
  const usageLines = [...rated.lines, ...commitment];
  const lines = [...base, ...usageLines];
  return {
    lines,
    usage: rated.usage,
    usageMinor: sumOf(usageLines),
    netMinor: sumOf(lines),
    ahead: pricedAhead(billingSchedule, log, period),
  };
}

/**
 * The counts that a period's row keeps: at its end, of the metrics that its plans price. Those of
 * all others stay in the ledger's freeze, so that a row does not grow with names.
 */
export function billedCounts(
  counts: readonly Count[],
  { usage }: Pick<Statement, "usage">,
  endMs: number,
): Count[] {
  const priced = new Set(usage.map(({ metric }) => metric));
  return counts.filter(({ metric, untilMs }) => untilMs === endMs && priced.has(metric));
}

/** Σ of lines, in minor units. */
export function sumOf(lines: readonly Pick<StatementLine, "amountMinor">[]): bigint {
  return lines.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n);
}

function baseLine(fee: Fee, { billingSchedule, versions }: StatementInput): StatementLine {
  const { currency } = billingSchedule;
  const amount = moneyText(fee.amountMinor, currency);
  const price = moneyText(fee.basePriceMinor, currency);
  const seats = fee.seats === 1 ? price : `${fee.seats} × ${price}`;
  const share = `${(fee.toMs - fee.fromMs) / 1000} ÷ ${fee.wholeMs / 1000} s`;
  const part = fee.toMs - fee.fromMs !== fee.wholeMs;
  const credit = fee.kind === "base_credit";
  const sign = credit ? "−" : "";
  const plan = versions.get(fee.versionId)?.planName ?? "";
  const quantity = credit ? "-1" : part ? "1" : String(fee.seats);
  return {
    kind: fee.kind,
    metric: null,
    versionId: fee.versionId,
    name: lineName({ kind: fee.kind, name: plan, quantity }, plan, ENGLISH),
    detail: part ? feeDetail(fee) : null,
    quantity,
    unit: null,
    unitPrice: part || credit ? amount.replace("-", "") : price,
    flatFee: "0",
    amountMinor: fee.amountMinor.toString(),
    fromMs: fee.fromMs,
    toMs: fee.toMs,
    tier: null,
    settles: null,
    arithmetic: `${sign}${seats}${part ? ` × ${share}` : ""} = ${amount}`,
  };
}

function feeDetail({ seats, basePriceMinor, fromMs, toMs, wholeMs }: Fee): Detail {
  const seconds = String((toMs - fromMs) / 1000);
  const wholeSeconds = String(wholeMs / 1000);
  return { kind: "fee", seats, priceMinor: basePriceMinor.toString(), seconds, wholeSeconds };
}

function usageOf(input: StatementInput): Pick<Statement, "lines" | "usage"> {
  const { log, period, versions, metrics } = input;
  const planSegments = planSegmentsIn(log, period);
  const pricesOf = pricesIn(versions);
  const names = new Set(planSegments.flatMap((segment) => [...pricesOf(segment).keys()]));
  const valueAt = valuesIn(input.counts);
  const lines: StatementLine[] = [];
  const usage: MetricUsage[] = [];
  for (const name of names) {
    const priceOf = (planSegment: BoundedSegment): Price =>
      pricesOf(planSegment).get(name) ?? freePrice(name);
    const usageSegments = planSegments.map((planSegment) => ({
      price: priceOf(planSegment),
      startMs: planSegment.startMs,
      endMs: planSegment.endMs,
      usedMicro: valueAt(name, planSegment.endMs),
    }));
    const metric = metrics.get(name) ?? plainMetric(name);
    const kind = addsUp(metric.aggregation) ? "flow" : "level";
    const charges = rateMetric(usageSegments, period, input.billingSchedule.currency, kind);
    lines.push(
      ...charges.map((charge) => usageLine(charge, planSegments, usageSegments, metric, input)),
    );
    usage.push(usageRow(name, usageSegments, charges, period));
  }
  return { lines, usage };
}

/** A metric that the catalogue does not name: a sum without a unit. */
export function plainMetric(name: string): Metric {
  return { name, description: "", displayName: "", unit: "", aggregation: DEFAULT_AGGREGATION };
}

/** The prices of a plan segment by their metric. */
function pricesIn(versions: Versions): (segment: BoundedSegment) => ReadonlyMap<string, Price> {
  const found = new Map<string, ReadonlyMap<string, Price>>();
  return ({ versionId }) => {
    const offers = versions.get(versionId)?.offers ?? [];
    const prices =
      found.get(versionId) ?? new Map(offers.map(({ price }) => [price.metric, price]));
    found.set(versionId, prices);
    return prices;
  };
}

/** What a metric has come to at an instant: there may be thousands of counts. */
function valuesIn(counts: readonly Count[]): (metric: string, untilMs: number) => bigint {
  const byTime = Map.groupBy(counts, ({ untilMs }) => untilMs);
  const values = new Map(
    [...byTime].map(([untilMs, found]) => [
      untilMs,
      new Map(found.map(({ metric, valueMicro }) => [metric, valueMicro])),
    ]),
  );
  return (metric, untilMs) => BigInt(values.get(untilMs)?.get(metric) ?? 0);
}

function usageRow(
  metric: string,
  usageSegments: readonly UsageSegment[],
  charges: readonly Charge[],
  period: BillingPeriod,
): MetricUsage {
  const last = usageSegments.at(-1);
  const usedMicro = last?.usedMicro ?? 0n;
  const bounds = usageSegments.map((s) => ({ ...s, boundMicro: s.price.includedMicro }));
  const includedMicro = blendMicro(bounds, period);
  const overageMicro = usedMicro > includedMicro ? usedMicro - includedMicro : 0n;
  const firstRate = last ? rulesOf(last.price.model).firstRate(last.price) : null;
  const rate = charges.at(-1)?.unitPrice ?? firstRate;
  return { metric, usedMicro, includedMicro, overageMicro, rate, amountMinor: totalOf(charges) };
}

function usageLine(
  charge: Charge,
  planSegments: readonly BoundedSegment[],
  usageSegments: readonly UsageSegment[],
  metric: Metric,
  input: StatementInput,
): StatementLine {
  const { currency } = input.billingSchedule;
  const planSegment = planSegments[charge.segment];
  // A fee by time or a share of a level prints as 1 × its amount, all else as quantity × price.
  const { measure } = rulesOf(charge.model);
  const whole = measure !== "time" && charge.share === null;
  return {
    kind: "usage",
    metric: charge.metric,
    versionId: planSegment?.versionId ?? "",
    name: displayNameOf(metric),
    detail: usageDetail(charge, usageSegments),
    quantity: whole ? quantityText(charge.quantityMicro) : "1",
    unit: whole && measure === "units" && metric.unit ? metric.unit : null,
    unitPrice: whole ? charge.unitPrice : moneyText(charge.amountMinor, currency),
    flatFee: whole ? charge.flatFee : "0",
    amountMinor: charge.amountMinor.toString(),
    fromMs: planSegment?.startMs ?? input.period.startMs,
    toMs: planSegment?.endMs ?? input.period.endMs,
    tier: charge.tier,
    settles: null,
    arithmetic: charge.arithmetic,
  };
}

function usageDetail(charge: Charge, usageSegments: readonly UsageSegment[]): Detail | null {
  const usageSegment = usageSegments[charge.segment];
  if (!usageSegment || rulesOf(charge.model).measure === "time") return null;
  const included = quantityText(usageSegment.price.includedMicro);
  return {
    kind: "usage",
    used: quantityText(usageSegment.usedMicro),
    included: usageSegments.length === 1 ? included : null,
    tier: tierOf(charge, usageSegment),
  };
}

function tierOf({ tier }: Charge, { price }: UsageSegment): TierRange | null {
  if (tier === null) return null;
  const tiers = rulesOf(price.model).tiers(price);
  const upToMicro = tiers[tier]?.upToMicro ?? null;
  return {
    number: tier + 1,
    above: quantityText(tiers[tier - 1]?.upToMicro ?? 0n),
    upTo: upToMicro === null ? null : quantityText(upToMicro),
  };
}

/** The line that fills usage up to the minimum that the plan's versions set, prorated by time. */
function commitmentLines(
  { billingSchedule, log, versions, period }: StatementInput,
  usage: readonly StatementLine[],
): StatementLine[] {
  const { currency } = billingSchedule;
  const wholeMs = period.wholeEndMs - period.wholeStartMs;
  const planSegments = planSegmentsIn(log, period);
  const minimum = planSegments.reduce((sum, { versionId, startMs, endMs }) => {
    const span = {
      fromMs: startMs - period.wholeStartMs,
      toMs: endMs - period.wholeStartMs,
      wholeMs,
    };
    const fee = versions.get(versionId)?.minimumMinor ?? 0n;
    return sum + feePart(fee, exponentOf(currency), span, currency);
  }, 0n);
  const billed = sumOf(usage);
  const last = planSegments.at(-1);
  if (!last || minimum <= billed) return [];
  const amount = moneyText(minimum - billed, currency);
  return [
    {
      kind: "commitment",
      metric: null,
      versionId: last.versionId,
      name: ENGLISH.commitment,
      detail: {
        kind: "commitment",
        agreedMinor: minimum.toString(),
        usedMinor: billed.toString(),
      },
      quantity: "1",
      unit: null,
      unitPrice: amount,
      flatFee: "0",
      amountMinor: (minimum - billed).toString(),
      fromMs: period.startMs,
      toMs: period.endMs,
      tier: null,
      settles: null,
      arithmetic: `${moneyText(minimum, currency)} − ${moneyText(billed, currency)} = ${amount}`,
    },
  ];
}
