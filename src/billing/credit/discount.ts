/**
 * What lowers a bill. Pure. Coupons and granted credit come off before tax and never exceed what is
 * there; purchased credit pays what is due.
 */
import { scaledInteger } from "../../core/decimal.ts";
import { divideRounded } from "../../core/money.ts";

export type Coupon = {
  id: string;
  code: string;
  name: string;
  /** Decimal text; exactly one of this and the amount is set. */
  percent: string | null;
  amountMinor: bigint | null;
};

export type Discount = { coupon: Coupon; amountMinor: bigint };

const PERCENT_DECIMALS = 6;
const WHOLE = 100n * 10n ** BigInt(PERCENT_DECIMALS);

/** What each coupon takes off, in order, each from what those before it left. */
export function discountsOf(coupons: readonly Coupon[], subtotalMinor: bigint): Discount[] {
  let left = subtotalMinor;
  return coupons.flatMap((coupon) => {
    if (left <= 0n) return [];
    const amountMinor = least(discountOf(coupon, left), left);
    left -= amountMinor;
    return amountMinor > 0n ? [{ coupon, amountMinor }] : [];
  });
}

/** What is left of a subtotal after all coupons; a negative one is not discounted. */
export function afterCoupons(coupons: readonly Coupon[], subtotalMinor: bigint): bigint {
  const taken = discountsOf(coupons, subtotalMinor);
  return taken.reduce((left, { amountMinor }) => left - amountMinor, subtotalMinor);
}

function discountOf({ percent, amountMinor }: Coupon, ofMinor: bigint): bigint {
  if (percent === null) return amountMinor ?? 0n;
  const scaled = scaledInteger(percent, PERCENT_DECIMALS);
  if (!scaled.ok) throw new RangeError(`not a percentage: ${percent}`);
  return divideRounded(ofMinor * scaled.value, WHOLE);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** Credit with what is left of it. */
export type Balance = { id: string; leftMinor: bigint };
/** `beforeMinor` is what the balances before it gave. */
export type Spent = { creditId: string; amountMinor: bigint; beforeMinor: bigint };

/** What each balance gives, in their order, at most `amountMinor` together. */
export function spend(balances: readonly Balance[], amountMinor: bigint): Spent[] {
  let open = amountMinor;
  return balances.flatMap(({ id, leftMinor }) => {
    const taken = least(leftMinor, open > 0n ? open : 0n);
    const beforeMinor = amountMinor - open;
    open -= taken;
    return taken > 0n ? [{ creditId: id, amountMinor: taken, beforeMinor }] : [];
  });
}
