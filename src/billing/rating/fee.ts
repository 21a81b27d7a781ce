/**
 * The base fee of a period. Pure. In arrears a cycle's fee is billed in the period that ends it; in
 * advance in the one before it, and changes inside the cycle become a credit and a charge. Parts
 * are differences of rounded cumulative sums, so they always add up to the fee.
 */
import { exponentOf } from "../../core/money.ts";
import {
  type BillingPeriod,
  type Change,
  type Course,
  type Cycle,
  cycleAt,
  endOf,
  type Stretch,
  stretchAt,
  stretchesOf,
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
export function feeOf(stretch: Pick<Stretch, "basePriceMinor" | "seats">): bigint {
  return stretch.basePriceMinor * BigInt(stretch.seats);
}

type Priced = Pick<Stretch, "versionId" | "basePriceMinor" | "seats">;

/** What was billed ahead for the cycle that begins with a period; null where nothing was. */
export type Ahead = Priced | null;

/** The base fees that the closing of `period` bills; `ahead` is what the closing before it did. */
export function baseFees(
  course: Course,
  log: readonly Change[],
  period: BillingPeriod,
  ahead: Ahead,
): Fee[] {
  const fees =
    course.baseTiming === "arrears"
      ? feesInArrears(course, log, period)
      : [...corrections(course, log, period, ahead), ...feesAhead(course, log, period)];
  return fees.filter(({ amountMinor }) => amountMinor !== 0n);
}

function feesInArrears(course: Course, log: readonly Change[], period: BillingPeriod): Fee[] {
  if (period.kind !== "regular") return [];
  const cycle = cycleAt(course, period.startMs);
  if (!cycle || !(period.last || period.endMs === cycle.endMs)) return [];
  return cycleFees(course, log, cycle);
}

/** All that a cycle's base comes to, by the log as it stands. */
export function cycleFees(course: Course, log: readonly Change[], cycle: Cycle): Fee[] {
  const endMs = Math.min(cycle.endMs, endOf(log) ?? cycle.endMs);
  return mergeEqual(stretchesOf(log)).flatMap((stretch) => {
    const fromMs = Math.max(stretch.startMs, cycle.startMs);
    const toMs = Math.min(stretch.endMs ?? endMs, endMs);
    return fromMs < toMs ? [feeFor("base", stretch, cycle, fromMs, toMs, course.currency)] : [];
  });
}

function mergeEqual(stretches: readonly Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const stretch of stretches) {
    const last = merged.at(-1);
    if (last && sameFee(last, stretch)) {
      merged[merged.length - 1] = { ...last, endMs: stretch.endMs };
    } else merged.push(stretch);
  }
  return merged;
}

function sameFee(a: Priced, b: Priced): boolean {
  return a.basePriceMinor === b.basePriceMinor && a.seats === b.seats;
}

/** The fee of the cycle that begins where `period` ends. */
function feesAhead(course: Course, log: readonly Change[], period: BillingPeriod): Fee[] {
  const priced = pricedAhead(course, log, period);
  const cycle = cycleAt(course, period.endMs);
  if (!priced || !cycle) return [];
  return [feeFor("base", priced, cycle, cycle.startMs, cycle.endMs, course.currency)];
}

/** What a closing bills ahead, or null where no cycle begins with the period's end. */
export function pricedAhead(course: Course, log: readonly Change[], period: BillingPeriod): Ahead {
  if (course.baseTiming !== "advance" || period.last) return null;
  if (cycleAt(course, period.endMs)?.startMs !== period.endMs) return null;
  return stretchAt(log, period.endMs);
}

/** Credit and charge for each change of the fee, and credit for an end, inside a paid cycle. */
function corrections(
  course: Course,
  log: readonly Change[],
  period: BillingPeriod,
  ahead: Ahead,
): Fee[] {
  if (period.kind !== "regular") return [];
  const cycle = cycleAt(course, period.startMs);
  if (!cycle) return [];
  const fees: Fee[] = [];
  const from = (kind: Fee["kind"], priced: Priced, atMs: number) =>
    fees.push(feeFor(kind, priced, cycle, atMs, cycle.endMs, course.currency));
  let billed: Ahead = cycle.startMs === period.startMs ? ahead : stretchBefore(log, period.startMs);
  for (const stretch of stretchesOf(log)) {
    const { startMs } = stretch;
    const atMs = Math.max(startMs, cycle.startMs);
    const inside = atMs < period.endMs && (stretch.endMs ?? period.endMs) > period.startMs;
    if (!inside || (billed && sameFee(billed, stretch))) continue;
    if (billed) from("base_credit", billed, atMs);
    from("base", stretch, atMs);
    billed = stretch;
  }
  const endMs = endOf(log);
  if (billed && endMs !== null && endMs === period.endMs && endMs < cycle.endMs) {
    from("base_credit", billed, endMs);
  }
  return fees;
}

function stretchBefore(log: readonly Change[], atMs: number): Stretch | null {
  return stretchesOf(log).findLast(({ startMs }) => startMs < atMs) ?? null;
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
