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
import type { Count } from "../../metering/counter/terms.ts";
import { freePrice, type Price, rulesOf } from "../price/registry.ts";
import { type Ahead, baseFees, type Fee, pricedAhead } from "../rating/fee.ts";
import {
  blendMicro,
  type Charge,
  feePart,
  rateMetric,
  type Segment,
  totalOf,
} from "../rating/rating.ts";
import type { BillingPeriod, Stretch } from "../subscription/timeline.ts";
import { type Subscribed, stretchesIn, type Versions } from "./terms.ts";
import { type Detail, type LineKind, lineName, type TierRange } from "./wording.ts";

/** What the catalogue says of a metric: how it is printed, and whether it adds up. */
export type Metric = { name: string; description: string; unit: string; aggregation: Aggregation };
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
  /** What it bills for the next cycle, or null. */
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

/** The statement of a period. */
export function statementOf(input: StatementInput): Statement {
  const { course, log, period } = input;
  const fees = baseFees(course, log, period, input.ahead);
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
    ahead: pricedAhead(course, log, period),
  };
}

export function sumOf(lines: readonly Pick<StatementLine, "amountMinor">[]): bigint {
  return lines.reduce((sum, { amountMinor }) => sum + BigInt(amountMinor), 0n);
}

function baseLine(fee: Fee, { course, versions }: StatementInput): StatementLine {
  const { currency } = course;
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

type Piece = Stretch & { endMs: number };

function usageOf(input: StatementInput): Pick<Statement, "lines" | "usage"> {
  const { log, period, versions, metrics } = input;
  const pieces = stretchesIn(log, period);
  const offersOf = ({ versionId }: Piece) => versions.get(versionId)?.offers ?? [];
  const names = new Set(pieces.flatMap(offersOf).map(({ price }) => price.metric));
  const lines: StatementLine[] = [];
  const usage: MetricUsage[] = [];
  for (const name of names) {
    const priceOf = (piece: Piece): Price =>
      offersOf(piece).find(({ price }) => price.metric === name)?.price ?? freePrice(name);
    const segments = pieces.map((piece) => ({
      price: priceOf(piece),
      startMs: piece.startMs,
      endMs: piece.endMs,
      usedMicro: valueAt(input.counts, name, piece.endMs),
    }));
    const metric = metrics.get(name) ?? plainMetric(name);
    const kind = addsUp(metric.aggregation) ? "flow" : "level";
    const charges = rateMetric(segments, period, input.course.currency, kind);
    lines.push(...charges.map((charge) => usageLine(charge, pieces, segments, metric, input)));
    usage.push(usageRow(name, segments, charges, period));
  }
  return { lines, usage };
}

export function plainMetric(name: string): Metric {
  return { name, description: "", unit: "", aggregation: DEFAULT_AGGREGATION };
}

function valueAt(counts: readonly Count[], metric: string, untilMs: number): bigint {
  const count = counts.find((one) => one.metric === metric && one.untilMs === untilMs);
  return BigInt(count?.valueMicro ?? 0);
}

function usageRow(
  metric: string,
  segments: readonly Segment[],
  charges: readonly Charge[],
  period: BillingPeriod,
): MetricUsage {
  const last = segments.at(-1);
  const usedMicro = last?.usedMicro ?? 0n;
  const bounds = segments.map((s) => ({ ...s, boundMicro: s.price.includedMicro }));
  const includedMicro = blendMicro(bounds, period);
  const overageMicro = usedMicro > includedMicro ? usedMicro - includedMicro : 0n;
  const firstRate = last ? rulesOf(last.price.model).firstRate(last.price) : null;
  const rate = charges.at(-1)?.unitPrice ?? firstRate;
  return { metric, usedMicro, includedMicro, overageMicro, rate, amountMinor: totalOf(charges) };
}

function usageLine(
  charge: Charge,
  pieces: readonly Piece[],
  segments: readonly Segment[],
  metric: Metric,
  input: StatementInput,
): StatementLine {
  const { currency } = input.course;
  const piece = pieces[charge.segment];
  // A fee by time or a level's share is one thing at its amount; all else is quantity × price.
  const { measure } = rulesOf(charge.model);
  const whole = measure !== "time" && charge.share === null;
  return {
    kind: "usage",
    metric: charge.metric,
    versionId: piece?.versionId ?? "",
    name: metric.description || metric.name,
    detail: usageDetail(charge, segments),
    quantity: whole ? quantityText(charge.quantityMicro) : "1",
    unit: whole && measure === "units" && metric.unit ? metric.unit : null,
    unitPrice: whole ? charge.unitPrice : moneyText(charge.amountMinor, currency),
    flatFee: whole ? charge.flatFee : "0",
    amountMinor: charge.amountMinor.toString(),
    fromMs: piece?.startMs ?? input.period.startMs,
    toMs: piece?.endMs ?? input.period.endMs,
    tier: charge.tier,
    settles: null,
    arithmetic: charge.arithmetic,
  };
}

function usageDetail(charge: Charge, segments: readonly Segment[]): Detail | null {
  const segment = segments[charge.segment];
  if (!segment || rulesOf(charge.model).measure === "time") return null;
  const included = quantityText(segment.price.includedMicro);
  return {
    kind: "usage",
    used: quantityText(segment.usedMicro),
    included: segments.length === 1 ? included : null,
    tier: tierOf(charge, segment),
  };
}

function tierOf({ tier }: Charge, { price }: Segment): TierRange | null {
  if (tier === null) return null;
  const tiers = rulesOf(price.model).tiers(price);
  const upToMicro = tiers[tier]?.upToMicro ?? null;
  return {
    number: tier + 1,
    above: quantityText(tiers[tier - 1]?.upToMicro ?? 0n),
    upTo: upToMicro === null ? null : quantityText(upToMicro),
  };
}

/** What is missing to the minimum that the plan's versions set for the period, by time. */
function commitmentLines(
  { course, log, versions, period }: StatementInput,
  usage: readonly StatementLine[],
): StatementLine[] {
  const { currency } = course;
  const wholeMs = period.wholeEndMs - period.wholeStartMs;
  const pieces = stretchesIn(log, period);
  const minimum = pieces.reduce((sum, { versionId, startMs, endMs }) => {
    const span = {
      fromMs: startMs - period.wholeStartMs,
      toMs: endMs - period.wholeStartMs,
      wholeMs,
    };
    const fee = versions.get(versionId)?.minimumMinor ?? 0n;
    return sum + feePart(fee, exponentOf(currency), span, currency);
  }, 0n);
  const billed = sumOf(usage);
  const last = pieces.at(-1);
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
