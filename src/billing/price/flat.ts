/** flat: one fee an interval whatever is used, by the time that the price holds. Pure. */
import { exactNumber } from "../../core/decimal.ts";
import { UNIT_PRICE } from "./field.ts";
import type { PriceModel } from "./model.ts";

const fields = { unit_price: UNIT_PRICE };

export const flat: PriceModel<{ flatFee: string }, typeof fields> = {
  fields,
  measure: "time",
  parse: (input, { requireRate, checkFee }) => {
    const flatFee = requireRate(input.unit_price, "/unit_price");
    checkFee(input.unit_price, "/unit_price");
    return { flatFee };
  },
  answer: ({ flatFee }) => ({ unit_price: exactNumber(flatFee) }),
  tiers: () => [],
  parts: ({ flatFee }, { time }) => [
    { tier: null, quantityMicro: 0n, unitPrice: "0", flatFee, fee: time },
  ],
  firstRate: () => null,
  blendsWith: () => true,
  offerText: ({ flatFee }, { rate }) => `${rate(flatFee)} once`,
};
