/** Quantities: integers of micro-units (10^-6), exact up to SQLite's 64 bits. */
import {
  type DecimalFault,
  type DecimalInput,
  decimalText,
  exactNumber,
  scaledInteger,
} from "./decimal.ts";

export const QUANTITY_DECIMALS = 6;
/** 2^63 - 1 micro-units: about 9.2 × 10^12 units. */
export const MAX_QUANTITY_MICRO = 9_223_372_036_854_775_807n;

export type QuantityFault = DecimalFault | "negative" | "too_large";
export type Quantity = { ok: true; micro: bigint } | { ok: false; reason: QuantityFault };

/** Micro-units of a quantity as a caller sends it: a JSON number or a decimal string, from 0 up. */
export function quantityOf(input: DecimalInput): Quantity {
  if (typeof input === "number" && Number.isSafeInteger(input) && input >= 0) {
    const micro = BigInt(input) * 1_000_000n;
    if (micro <= MAX_QUANTITY_MICRO) return { ok: true, micro };
  }
  const scaled = scaledInteger(input, QUANTITY_DECIMALS);
  if (!scaled.ok) return scaled;
  if (scaled.value < 0n) return { ok: false, reason: "negative" };
  if (scaled.value > MAX_QUANTITY_MICRO) return { ok: false, reason: "too_large" };
  return { ok: true, micro: scaled.value };
}

export const QUANTITY_FAULTS: Record<QuantityFault, string> = {
  not_a_decimal: "quantity is a JSON number or a decimal string, such as 1.5",
  too_precise: "quantity has at most 6 decimals",
  negative: "quantity is 0 or more",
  too_large: "quantity is at most 9223372036854.775807",
};

/** Micro-units as decimal text, `1.5` for 1500000. */
export function quantityText(micro: bigint): string {
  return decimalText(micro, QUANTITY_DECIMALS);
}

/** Micro-units as a JSON number of the same digits. */
export function quantityJson(micro: bigint): number {
  return exactNumber(quantityText(micro));
}
