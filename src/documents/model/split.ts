/** Pure. Splitting whole minor units so that nothing is lost. */

/** A part of all that there is, on the same side of 0. */
export type Fraction = { part: bigint; all: bigint };

/**
 * A fraction of each amount, rounded so that they add up to `target`, which is the fraction of
 * their sum, rounded. No part passes its amount.
 */
export function splitTo(target: bigint, amounts: readonly bigint[], fraction: Fraction): bigint[] {
  const sign = fraction.all < 0n ? -1n : 1n;
  const [part, all] = [fraction.part * sign, fraction.all * sign];
  const floors = amounts.map((amount) => floorDiv(amount * part, all));
  const order = amounts
    .map((amount, i) => ({ i, rest: amount * part - (floors[i] ?? 0n) * all }))
    .sort((a, b) => (b.rest > a.rest ? 1 : b.rest < a.rest ? -1 : a.i - b.i));
  const missing = Number(target - sum(floors));
  for (const { i } of order.slice(0, missing)) floors[i] = (floors[i] ?? 0n) + 1n;
  return floors;
}

/** What amounts add up to. */
export function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

/** A quotient, rounded down also below 0. */
export function floorDiv(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}
