/**
 * Pure. How a document is paid beside its totals: in which steps, at which cash discounts, and with
 * which deposits taken off. Amounts are integers of the currency's minor units as decimal text.
 */
import { divideRounded } from "../../core/money.ts";
import { sum } from "./split.ts";

/** A deposit is an invoice for a part of what a later one charges as a whole. */
export const PURPOSES = ["deposit"] as const;
export type Purpose = (typeof PURPOSES)[number];

export const MAX_CASH_DISCOUNTS = 3;
export const MAX_DEPOSITS = 20;

/** What is taken off for who pays within days of the issue date (Skonto). */
export type CashDiscount = {
  days: number;
  /** Decimal text with at most two places. */
  percent: string;
  /** What the percentage is of, where that is not the amount due. */
  baseMinor: string | null;
};

/** A deposit invoice as a final invoice takes it off: what its own credit notes left of it. */
export type Deposit = {
  id: string;
  number: string;
  date: string;
  totalMinor: string;
  taxes: DepositTax[];
};
export type DepositTax = {
  /** A code of UNCL5305, and decimal text. */
  category: string;
  percent: string;
  name: string | null;
  baseMinor: string;
  taxMinor: string;
};

export type Settlement = {
  purpose: Purpose | null;
  /** The amount due is paid in steps of this; 0 where it is paid to the minor unit. */
  roundingStepMinor: bigint;
  /** Of a credit note: what is given back beside its total, since its invoice is rounded. */
  roundingMinor: bigint;
  cashDiscounts: CashDiscount[];
  deposits: Deposit[];
};

export const PLAIN_SETTLEMENT: Settlement = {
  purpose: null,
  roundingStepMinor: 0n,
  roundingMinor: 0n,
  cashDiscounts: [],
  deposits: [],
};

/** A settlement as a document's row keeps it beside its two amounts; null where it is plain. */
export type StoredSettlement = {
  purpose?: Purpose;
  roundingMinor?: string;
  cashDiscounts?: CashDiscount[];
  deposits?: Deposit[];
};

/** The part of a settlement that is stored as JSON. */
export function storedSettlement(settlement: Settlement): StoredSettlement | null {
  const { purpose, roundingMinor, cashDiscounts, deposits } = settlement;
  const stored = {
    ...(purpose === null ? {} : { purpose }),
    ...(roundingMinor === 0n ? {} : { roundingMinor: roundingMinor.toString() }),
    ...(cashDiscounts.length === 0 ? {} : { cashDiscounts }),
    ...(deposits.length === 0 ? {} : { deposits }),
  };
  return Object.keys(stored).length === 0 ? null : stored;
}

/** What deposits come to, with tax. */
export function depositedBy(deposits: readonly Deposit[]): bigint {
  return sum(deposits.map(({ totalMinor }) => BigInt(totalMinor)));
}

/** An amount of 0 or more in whole steps, half a step up; a step of 0 leaves it as it is. */
export function inSteps(amountMinor: number, stepMinor: number): number {
  if (stepMinor <= 0) return amountMinor;
  const raised = amountMinor + Math.floor(stepMinor / 2);
  return raised - (raised % stepMinor);
}

/** What is to be paid of a document with this total when it is issued; never below 0. */
export function dueAtIssue(
  totalMinor: bigint,
  prepaidMinor: bigint,
  { roundingStepMinor, deposits }: Pick<Settlement, "roundingStepMinor" | "deposits">,
): bigint {
  const rest = totalMinor - prepaidMinor - depositedBy(deposits);
  return BigInt(inSteps(Math.max(0, Number(rest)), Number(roundingStepMinor)));
}

/** What a cash discount saves of what is due, and what is then to be paid, in whole steps. */
export function discounted(
  { percent, baseMinor }: CashDiscount,
  dueMinor: bigint,
  stepMinor: number,
): { payMinor: bigint; savedMinor: bigint } {
  const [whole = "0", places = ""] = percent.split(".");
  const hundredths = BigInt(whole) * 100n + BigInt(places.padEnd(2, "0"));
  const base = baseMinor === null ? dueMinor : BigInt(baseMinor);
  const rest = dueMinor - divideRounded(base * hundredths, 10_000n);
  const payMinor = BigInt(inSteps(Math.max(0, Number(rest)), stepMinor));
  return { payMinor, savedMinor: dueMinor - payMinor };
}
