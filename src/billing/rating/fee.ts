/**
 * The base fee of a period. Pure. In arrears a cycle's fee is billed in the period that ends it; in
 * advance in the one before it, and changes inside the cycle become a credit and a charge. Parts
 * are differences of rounded cumulative sums, so they always add up to the fee.
 */
import { exponentOf } from "../../core/money.ts";
import {
  type BillingPeriod,
  type BillingSchedule,
  type Change,
  type Cycle,
  cycleAt,
  endOf,
  type PlanSegment,
  planSegmentAt,
  planSegmentsOf,
} from "../subscription/timeline.ts";
import { feePart } from "./rating.ts";

export type Fee = {
  kind: "base" | "base_credit";
  versionId: string;
  /** The whole cycle's fee: price × seats. */
  feeMinor: bigint;
  basePriceMinor: bigint;
  seats: number;
  fromMs: number;
  toMs: number;
  wholeMs: number;
  amountMinor: bigint;
};

/** Price × seats. */
export function feeOf(segment: Pick<PlanSegment, "basePriceMinor" | "seats">): bigint {
  return segment.basePriceMinor * BigInt(segment.seats);
}

type Priced = Pick<PlanSegment, "versionId" | "basePriceMinor" | "seats">;

/** What was billed ahead for the cycle that begins with a period; null where nothing was. */
export type Ahead = Priced | null;

/** The base fees that the closing of `period` bills; `ahead` is what the closing before it did. */
export function baseFees(
  billingSchedule: BillingSchedule,
  log: readonly Change[],
  period: BillingPeriod,
  ahead: Ahead,
): Fee[] {
  const fees =
    billingSchedule.baseTiming === "arrears"
      ? feesInArrears(billingSchedule, log, period)
      : [
          ...corrections(billingSchedule, log, period, ahead),
          ...feesAhead(billingSchedule, log, period),
        ];
  return fees.filter(({ amountMinor }) => amountMinor !== 0n);
}

function feesInArrears(
  billingSchedule: BillingSchedule,
  log: readonly Change[],
  period: BillingPeriod,
): Fee[] {
  if (period.kind !== "regular") return [];
  const cycle = cycleAt(billingSchedule, period.startMs);
  if (!cycle || !(period.last || period.endMs === cycle.endMs)) return [];
  return cycleFees(billingSchedule, log, cycle);
}

/** All that a cycle's base comes to, by the log as it stands. */
export function cycleFees(
  billingSchedule: BillingSchedule,
  log: readonly Change[],
  cycle: Cycle,
): Fee[] {
  const endMs = Math.min(cycle.endMs, endOf(log) ?? cycle.endMs);
  return mergeEqual(planSegmentsOf(log)).flatMap((segment) => {
    const fromMs = Math.max(segment.startMs, cycle.startMs);
    const toMs = Math.min(segment.endMs ?? endMs, endMs);
    return fromMs < toMs
      ? [feeFor("base", segment, cycle, fromMs, toMs, billingSchedule.currency)]
      : [];
  });
}

function mergeEqual(segments: readonly PlanSegment[]): PlanSegment[] {
  const merged: PlanSegment[] = [];
  for (const segment of segments) {
    const last = merged.at(-1);
    if (last && sameFee(last, segment)) {
      merged[merged.length - 1] = { ...last, endMs: segment.endMs };
    } else merged.push(segment);
  }
  return merged;
}

function sameFee(a: Priced, b: Priced): boolean {
  return a.basePriceMinor === b.basePriceMinor && a.seats === b.seats;
}

/** The fee of the cycle that begins where `period` ends. */
function feesAhead(
  billingSchedule: BillingSchedule,
  log: readonly Change[],
  period: BillingPeriod,
): Fee[] {
  const priced = pricedAhead(billingSchedule, log, period);
  const cycle = cycleAt(billingSchedule, period.endMs);
  if (!priced || !cycle) return [];
  return [feeFor("base", priced, cycle, cycle.startMs, cycle.endMs, billingSchedule.currency)];
}

/** What a closing bills ahead, or null where no cycle begins with the period's end. */
export function pricedAhead(
  billingSchedule: BillingSchedule,
  log: readonly Change[],
  period: BillingPeriod,
): Ahead {
  if (billingSchedule.baseTiming !== "advance" || period.last) return null;
  if (cycleAt(billingSchedule, period.endMs)?.startMs !== period.endMs) return null;
  return planSegmentAt(log, period.endMs);
}

/** Credit and charge for each change of the fee, and credit for an end, inside a paid cycle. */
function corrections(
  billingSchedule: BillingSchedule,
  log: readonly Change[],
  period: BillingPeriod,
  ahead: Ahead,
): Fee[] {
  if (period.kind !== "regular") return [];
  const cycle = cycleAt(billingSchedule, period.startMs);
  if (!cycle) return [];
  const fees: Fee[] = [];
  const from = (kind: Fee["kind"], priced: Priced, atMs: number) =>
    fees.push(feeFor(kind, priced, cycle, atMs, cycle.endMs, billingSchedule.currency));
  let billed: Ahead =
    cycle.startMs === period.startMs ? ahead : planSegmentBefore(log, period.startMs);
  for (const segment of planSegmentsOf(log)) {
    const { startMs } = segment;
    const atMs = Math.max(startMs, cycle.startMs);
    const inside = atMs < period.endMs && (segment.endMs ?? period.endMs) > period.startMs;
    if (!inside || (billed && sameFee(billed, segment))) continue;
    if (billed) from("base_credit", billed, atMs);
    from("base", segment, atMs);
    billed = segment;
  }
  const endMs = endOf(log);
  if (billed && endMs !== null && endMs === period.endMs && endMs < cycle.endMs) {
    from("base_credit", billed, endMs);
  }
  return fees;
}

function planSegmentBefore(log: readonly Change[], atMs: number): PlanSegment | null {
  return planSegmentsOf(log).findLast(({ startMs }) => startMs < atMs) ?? null;
}

function feeFor(
  kind: Fee["kind"],
  priced: Priced,
  cycle: Cycle,
  fromMs: number,
  toMs: number,
  currency: string,
): Fee {
  const { versionId, basePriceMinor, seats } = priced;
  const wholeMs = cycle.wholeEndMs - cycle.wholeStartMs;
  const span = { fromMs: fromMs - cycle.wholeStartMs, toMs: toMs - cycle.wholeStartMs, wholeMs };
  const feeMinor = feeOf(priced);
  const part = feePart(feeMinor, exponentOf(currency), span, currency);
  const amountMinor = kind === "base_credit" ? -part : part;
  return { kind, versionId, feeMinor, basePriceMinor, seats, fromMs, toMs, wholeMs, amountMinor };
}
