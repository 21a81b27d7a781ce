/** Exact arithmetic of the model of lives, on integers and decimal text alone. */

/** n ÷ d, half away from zero; d is above 0. */
export function rounded(n: bigint, d: bigint): bigint {
  const sign = n < 0n ? -1n : 1n;
  return (sign * (2n * sign * n + d)) / (2n * d);
}

/** Decimal text × 10^places, which it has no more of. */
export function scaled(text: string, places: number): bigint {
  const [whole = "", part = ""] = text.replace("-", "").split(".");
  if (part.length > places) throw new RangeError(`${text} has more than ${places} places`);
  const value = BigInt(whole + part.padEnd(places, "0"));
  return text.startsWith("-") ? -value : value;
}

/** What `scaled` took, in its shortest text. */
export function plain(value: bigint, places: number): string {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, "0");
  const cut = digits.length - places;
  const part = digits.slice(cut).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${digits.slice(0, cut)}${part ? `.${part}` : ""}`;
}

/** What amounts add up to. */
export function total(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n);
}

/** The smaller of two. */
export function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

/** The larger of two. */
export function most(a: bigint, b: bigint): bigint {
  return a < b ? b : a;
}

/** What is above 0, else 0. */
export function above(amount: bigint): bigint {
  return amount > 0n ? amount : 0n;
}

/** An amount of 0 or more over weights, by largest remainder, the earlier first. */
export function shared(amount: bigint, weights: readonly bigint[]): bigint[] {
  const whole = total(weights);
  if (whole === 0n) return weights.map(() => 0n);
  const parts = weights.map((weight) => (amount * weight) / whole);
  const rest = (i: number) => (amount * (weights[i] ?? 0n)) % whole;
  const order = weights.map((_, i) => i).sort((a, b) => Number(rest(b) - rest(a)) || a - b);
  const missing = Number(amount - total(parts));
  for (const i of order.slice(0, missing)) parts[i] = (parts[i] ?? 0n) + 1n;
  return parts;
}
