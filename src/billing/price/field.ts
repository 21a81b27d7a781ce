/** The fields of prices that more than one model has, and how their decimals are read. Pure. */
import { z } from "@hono/zod-openapi";
import { decimalText, scaledInteger } from "../../core/decimal.ts";
import { RATE_DECIMALS } from "../../core/money.ts";
import { QUANTITY_DECIMALS } from "../../core/quantity.ts";
import { decimalInput } from "../../platform/schema/openapi.ts";
import type { Decimal, PriceField } from "./model.ts";

export const rateInput = decimalInput({
  decimals: RATE_DECIMALS,
  belowZero: "a discount is a coupon, which /api/coupons makes",
});
export const quantityInput = decimalInput({ decimals: QUANTITY_DECIMALS });
export const moneyInput = decimalInput({ decimals: 4 });

export const UNIT_PRICE = {
  input: rateInput.optional().openapi({ description: "per_unit; for flat, the fee itself" }),
  answer: z.number().optional(),
  label: null,
} satisfies PriceField;

/** A valid rate in its shortest text. */
export function rateText(input: Decimal): string {
  const scaled = scaledInteger(input, RATE_DECIMALS);
  if (!scaled.ok) throw new RangeError(`not a rate: ${input}`);
  return decimalText(scaled.value, RATE_DECIMALS);
}

/** A valid quantity in micro-units. */
export function microOf(input: Decimal): bigint {
  const scaled = scaledInteger(input, QUANTITY_DECIMALS);
  if (!scaled.ok) throw new RangeError(`not a quantity: ${input}`);
  return scaled.value;
}
