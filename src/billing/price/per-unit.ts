/** per_unit: each unit beyond the included quantity at one rate. Pure. */
import { exactNumber } from "../../core/decimal.ts";
import { UNIT_PRICE } from "./field.ts";
import type { PriceModel } from "./model.ts";

const fields = { unit_price: UNIT_PRICE };

export const perUnit: PriceModel<{ unitPrice: string }, typeof fields> = {
  fields,
  measure: "units",
  parse: (input, { requireRate }) => ({ unitPrice: requireRate(input.unit_price, "/unit_price") }),
  answer: ({ unitPrice }) => ({ unit_price: exactNumber(unitPrice) }),
  tiers: () => [],
  parts: ({ unitPrice }, { from, to }) => [
    { tier: null, quantityMicro: to - from, unitPrice, flatFee: "0" },
  ],
  firstRate: ({ unitPrice }) => unitPrice,
  blendsWith: () => true,
  offerText: ({ unitPrice }, { rate }) => `${rate(unitPrice)} each`,
};
