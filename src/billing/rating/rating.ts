/**
 * From quantities to charges. Pure and exact: bigint arithmetic in 10^-18 units, and each printed
 * charge (one per segment and tier) rounds once, half away from zero, to the currency's exponent.
 */
import { scaledInteger } from "../../core/decimal.ts";
import { divideRounded, exponentOf, moneyText, RATE_DECIMALS } from "../../core/money.ts";
import type { Whole } from "../../core/period.ts";
import { QUANTITY_DECIMALS, quantityText } from "../../core/quantity.ts";
import type { Part, Tier, TimeSpan } from "../price/model.ts";
import { type Price, rulesOf } from "../price/registry.ts";

/** A plan segment's price; `usedMicro` counts from the period's start to the segment's end. */
export type UsageSegment = { price: Price; startMs: number; endMs: number; usedMicro: bigint };

/** A flow is billed by what each segment added, a level by what it came to at the segment's end. */
export type BilledAs = "flow" | "level";

export type Charge = {
  metric: string;
  model: Price["model"];
  /** Index of the segment it belongs to. */
  segment: number;
  /** Index of the tier, or null where the model has none. */
  tier: number | null;
  /** What is billed: units, or whole packages × 10^6. */
  quantityMicro: bigint;
  unitPrice: string;
  /** A fee beside the quantity, such as a tier's flat fee; `0` where there is none. */
  flatFee: string;
  /** Set where the charge is a part of the whole interval's. */
  share: { partMs: number; wholeMs: number } | null;
  amountMinor: bigint;
  /** The line's arithmetic as people write it. */
  arithmetic: string;
};

const RATE_SCALE = 10n ** BigInt(RATE_DECIMALS);
const QUANTITY_SCALE = 10n ** BigInt(QUANTITY_DECIMALS);

/** A rate × 10^12. */
function scaledRate(rate: string): bigint {
  const scaled = scaledInteger(rate, RATE_DECIMALS);
  if (!scaled.ok) throw new RangeError(`not a rate: ${rate}`);
  return scaled.value;
}

/**
 * The charges of one metric in one period. Segments are ascending and cover the period; charges
 * of nothing (no quantity, no fee) are left out.
 */
export function rateMetric(
  segments: readonly UsageSegment[],
  whole: Whole,
  currency: string,
  kind: BilledAs = "flow",
): Charge[] {
  const charges =
    kind === "level"
      ? segments.flatMap((segment, i) => levelCharges(segment, i, whole, currency))
      : flowCharges(segments, whole, currency);
  return charges.filter(
    ({ amountMinor, quantityMicro, flatFee }) =>
      amountMinor !== 0n || quantityMicro !== 0n || flatFee !== "0",
  );
}

/** Σ of the charges. */
export function totalOf(charges: readonly Charge[]): bigint {
  return charges.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

/** Σ bound_i × span_i ÷ whole, rounded half away from zero to micro-units. */
export function blendMicro(
  parts: readonly { boundMicro: bigint; startMs: number; endMs: number }[],
  { wholeStartMs, wholeEndMs }: Whole,
): bigint {
  const sum = parts.reduce(
    (total, { boundMicro, startMs, endMs }) => total + boundMicro * BigInt(endMs - startMs),
    0n,
  );
  return divideRounded(sum, BigInt(wholeEndMs - wholeStartMs));
}

function flowCharges(segments: readonly UsageSegment[], whole: Whole, currency: string): Charge[] {
  const last = segments.at(-1);
  if (!last) return [];
  const blend = (boundOf: (price: Price) => bigint) =>
    blendMicro(
      segments.map((s) => ({ ...s, boundMicro: boundOf(s.price) })),
      whole,
    );
  const included = blend(({ includedMicro }) => includedMicro);
  const beyond = (usedMicro: bigint) => (usedMicro > included ? usedMicro - included : 0n);
  const total = beyond(last.usedMicro);
  const bounds = tiersOf(last.price).map((tier, k) =>
    tier.upToMicro === null ? null : blend((price) => tiersOf(price)[k]?.upToMicro ?? 0n),
  );
  return segments.flatMap((segment, i) => {
    const { price } = segment;
    const span = {
      from: i === 0 ? 0n : beyond(segments[i - 1]?.usedMicro ?? 0n),
      to: beyond(segment.usedMicro),
      total,
      first: i === 0,
      time: timeOf(segment, whole),
    };
    return rulesOf(price.model)
      .parts(price, span, bounds)
      .map((part) => chargeOf(price, part, i, currency, null));
  });
}

function levelCharges(segment: UsageSegment, i: number, whole: Whole, currency: string): Charge[] {
  const { price, usedMicro } = segment;
  const over = usedMicro > price.includedMicro ? usedMicro - price.includedMicro : 0n;
  const bounds = tiersOf(price).map(({ upToMicro }) => upToMicro);
  const time = timeOf(segment, whole);
  const partMs = time.toMs - time.fromMs;
  const share = partMs === time.wholeMs ? null : { partMs, wholeMs: time.wholeMs };
  return rulesOf(price.model)
    .parts(price, { from: 0n, to: over, total: over, first: true, time }, bounds)
    .map((part) => chargeOf(price, part, i, currency, part.fee ? null : share));
}

function tiersOf(price: Price): readonly Tier[] {
  return rulesOf(price.model).tiers(price);
}

/** Where a segment lies in the whole interval. */
function timeOf({ startMs, endMs }: UsageSegment, { wholeStartMs, wholeEndMs }: Whole): TimeSpan {
  return {
    fromMs: startMs - wholeStartMs,
    toMs: endMs - wholeStartMs,
    wholeMs: wholeEndMs - wholeStartMs,
  };
}

function chargeOf(
  price: Price,
  part: Part,
  segment: number,
  currency: string,
  share: Charge["share"],
): Charge {
  const { tier, quantityMicro, unitPrice, flatFee, fee } = part;
  const flat = scaledRate(flatFee);
  const amountMinor = fee
    ? feePart(flat, RATE_DECIMALS, fee, currency)
    : roundedAmount(quantityMicro * scaledRate(unitPrice) + flat * QUANTITY_SCALE, share, currency);
  const feeShare = fee && fee.toMs - fee.fromMs !== fee.wholeMs;
  return {
    metric: price.metric,
    model: price.model,
    segment,
    tier,
    quantityMicro,
    unitPrice,
    flatFee,
    share: feeShare ? { partMs: fee.toMs - fee.fromMs, wholeMs: fee.wholeMs } : share,
    amountMinor,
    arithmetic: arithmeticText(part, share, moneyText(amountMinor, currency)),
  };
}

/** Exact units × 10^18, and the share of them, rounded once to minor units. */
function roundedAmount(exact: bigint, share: Charge["share"], currency: string): bigint {
  const scale = (RATE_SCALE * QUANTITY_SCALE) / 10n ** BigInt(exponentOf(currency));
  if (!share) return divideRounded(exact, scale);
  return divideRounded(exact * BigInt(share.partMs), scale * BigInt(share.wholeMs));
}

/**
 * The part of a fee from one instant of its interval to another, as the difference of rounded
 * cumulative sums: the parts of one fee always add up to it. `fee` is scaled by 10^`decimals`.
 */
export function feePart(fee: bigint, decimals: number, span: TimeSpan, currency: string): bigint {
  const scale = 10n ** BigInt(decimals - exponentOf(currency));
  const until = (ms: number) => divideRounded(fee * BigInt(ms), BigInt(span.wholeMs) * scale);
  return until(span.toMs) - until(span.fromMs);
}

function arithmeticText(part: Part, share: Charge["share"], amount: string): string {
  const { quantityMicro, unitPrice, flatFee, fee } = part;
  if (fee) {
    const partMs = fee.toMs - fee.fromMs;
    return partMs === fee.wholeMs
      ? `${flatFee} = ${amount}`
      : `${flatFee} × ${seconds(partMs)} ÷ ${seconds(fee.wholeMs)} s = ${amount}`;
  }
  const units = `${quantityText(quantityMicro)} × ${unitPrice}`;
  const sum = flatFee === "0" ? units : `${units} + ${flatFee}`;
  if (!share) return `${sum} = ${amount}`;
  return `(${sum}) × ${seconds(share.partMs)} ÷ ${seconds(share.wholeMs)} s = ${amount}`;
}

function seconds(ms: number): string {
  return String(ms / 1000);
}
