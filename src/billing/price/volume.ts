/**
 * volume: everything at the first tier that reaches the period's total, and only that tier's flat
 * fee. Pure.
 */
import type { PriceModel } from "./model.ts";
import { parseTiers, TIERS, type Tiered, tiersJson, tiersText } from "./tier.ts";

const fields = { tiers: TIERS };

export const volume: PriceModel<Tiered, typeof fields> = {
  fields,
  measure: "units",
  parse: ({ tiers = [] }, checks) => ({ tiers: parseTiers(tiers, checks) }),
  answer: ({ tiers }) => ({ tiers: tiersJson(tiers) }),
  tiers: ({ tiers }) => tiers,
  parts: ({ tiers }, { from, to, total, first }, bounds) => {
    const k = bounds.findIndex((bound) => bound === null || total <= bound);
    const tier = tiers[k];
    if (!tier) return [];
    return [
      {
        tier: k,
        quantityMicro: to - from,
        unitPrice: tier.unitPrice,
        flatFee: first ? tier.flatFee : "0",
      },
    ];
  },
  firstRate: ({ tiers }) => tiers[0]?.unitPrice ?? null,
  blendsWith: ({ tiers }, other) => tiers.length === other.tiers.length,
  offerText: ({ tiers }, words) => `volume: ${tiersText(tiers, words)}`,
};
