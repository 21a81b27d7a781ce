/** Documents of the model of lives: discounts, tax, and what is left to credit, by tax rate. */
import { above, least, rounded, scaled, shared, total } from "./exact.ts";

/**
 * A line as printed, with its tax in it where prices hold it; `percent` is its rate, and `parts`
 * how many equal components that has, each of which rounds by itself; 0 for none.
 */
export type Printed = {
  amount: bigint;
  percent: string;
  parts: number;
  from: string;
  to: string;
};

export type Group = { percent: string; base: bigint; tax: bigint };

export type Bill = {
  kind: "invoice" | "credit_note";
  /** Of a credit note, the invoice that it takes back. */
  origin: Bill | null;
  issued: string;
  period: { start: string; end: string };
  lines: Printed[];
  discounts: { amount: bigint; percent: string }[];
  groups: Group[];
  net: bigint;
  tax: bigint;
  total: bigint;
  prepaid: bigint;
  credited: bigint;
  /** What no credit note took, by rate: of the lines as printed, and of each part of the tax. */
  left: { percent: string; amount: bigint; taxes: bigint[] }[];
};

const WHOLE = 10n ** 8n;

/** Taxes of an amount at a rate, one for each of its parts: on top of it, or inside it. */
function taxesOf(
  amount: bigint,
  { percent, parts }: Pick<Printed, "percent" | "parts">,
  inclusive: boolean,
): bigint[] {
  const rate = scaled(percent, 6);
  const whole = inclusive ? WHOLE + rate : WHOLE;
  if (parts > 0) {
    return new Array(parts).fill(rounded(amount * rate, whole * BigInt(parts)));
  }
  return [inclusive ? amount - rounded(amount * WHOLE, whole) : rounded(amount * rate, whole)];
}

type Made = Omit<Bill, "kind" | "origin" | "issued" | "prepaid" | "credited" | "period">;

/** The amounts of a document: discounts are split over the rates by what is left of each. */
export function billOf(
  lines: readonly Printed[],
  discounts: readonly bigint[],
  inclusive: boolean,
): Made {
  const rates = [...new Set(lines.map(({ percent }) => percent))];
  const amounts = rates.map((percent) =>
    total(lines.filter((line) => line.percent === percent).map(({ amount }) => amount)),
  );
  const parts = discounts.flatMap((discount) =>
    shared(discount, amounts.map(above)).flatMap((amount, i) => {
      amounts[i] = (amounts[i] ?? 0n) - amount;
      return amount === 0n ? [] : [{ amount, percent: rates[i] ?? "" }];
    }),
  );
  const left = rates.map((percent, i) => {
    const amount = amounts[i] ?? 0n;
    const parts = lines.find((line) => line.percent === percent)?.parts ?? 0;
    return { percent, amount, taxes: taxesOf(amount, { percent, parts }, inclusive) };
  });
  const groups = left.map(({ percent, amount, taxes }) => {
    const tax = total(taxes);
    return { percent, base: inclusive ? amount - tax : amount, tax };
  });
  const [net, tax] = [total(groups.map((g) => g.base)), total(groups.map((g) => g.tax))];
  return { lines: [...lines], discounts: parts, groups, net, tax, total: net + tax, left };
}

/** Takes an amount of one rate back from an invoice; null where less is left of it. */
export function takenBack(origin: Bill, line: Printed, inclusive: boolean): Made | null {
  const left = origin.left.find(({ percent }) => percent === line.percent);
  if (!left || line.amount > left.amount || isVoid(origin)) return null;
  const taken = left.taxes.map((part) => rounded(part * line.amount, left.amount));
  const tax = total(taken);
  const taxes = left.taxes.map((part, i) => part - (taken[i] ?? 0n));
  const rest = { ...left, amount: left.amount - line.amount, taxes };
  const others = origin.left.filter((one) => one !== left);
  const all = [...others, rest];
  const whole = total(all.map(({ amount, taxes }) => (inclusive ? amount : amount + total(taxes))));
  const stranded =
    whole === 0n && all.some((one) => one.amount !== 0n || one.taxes.some((tax) => tax !== 0n));
  if (whole < 0n || stranded) return null;
  origin.left = origin.left.map((one) => (one === left ? rest : one));
  const base = inclusive ? line.amount - tax : line.amount;
  origin.credited += base + tax;
  const groups = [{ percent: line.percent, base, tax }];
  return { lines: [line], discounts: [], groups, net: base, tax, total: base + tax, left: [] };
}

/** Whether all of an invoice was taken back. */
function isVoid({ kind, total, credited }: Bill): boolean {
  return kind === "invoice" && credited > 0n && credited === total;
}

export type Coupon = { percent: string | null; amount: bigint | null };

/** What coupons take of an amount, each of what those before it left. */
export function couponsTake(coupons: readonly Coupon[], amount: bigint): bigint[] {
  let rest = amount;
  return coupons.map(({ percent, amount }) => {
    const wanted = percent === null ? (amount ?? 0n) : rounded(rest * scaled(percent, 6), WHOLE);
    const taken = above(least(wanted, rest));
    rest -= taken;
    return taken;
  });
}

/** What is left of an amount after coupons. */
export function afterCoupons(coupons: readonly Coupon[], amount: bigint): bigint {
  return amount - total(couponsTake(coupons, amount));
}
