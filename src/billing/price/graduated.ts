/**
 * graduated: each tier's part at its own rate, and the flat fee of each tier whose lower edge is
 * exceeded; the first tier's always. Pure.
 */
import type { PriceModel } from "./model.ts";
import { parseTiers, TIERS, type Tiered, tiersJson, tiersText } from "./tier.ts";

const fields = { tiers: TIERS };

export const graduated: PriceModel<Tiered, typeof fields> = {
  fields,
  measure: "units",
  parse: ({ tiers = [] }, checks) => ({ tiers: parseTiers(tiers, checks) }),
  answer: ({ tiers }) => ({ tiers: tiersJson(tiers) }),
  tiers: ({ tiers }) => tiers,
  parts: ({ tiers }, { from, to, first }, bounds) =>
    tiers.map(({ unitPrice, flatFee }, k) => {
      const low = k === 0 ? 0n : (bounds[k - 1] ?? 0n);
      const high = bounds[k] ?? null;
      const reach = (over: bigint) => {
        const capped = high !== null && over > high ? high : over;
        return capped > low ? capped - low : 0n;
      };
      const entered = k === 0 ? first : to > low && from <= low;
      return {
        tier: k,
        quantityMicro: reach(to) - reach(from),
        unitPrice,
        flatFee: entered ? flatFee : "0",
      };
    }),
  firstRate: ({ tiers }) => tiers[0]?.unitPrice ?? null,
  blendsWith: ({ tiers }, other) => tiers.length === other.tiers.length,
  offerText: ({ tiers }, words) => `graduated: ${tiersText(tiers, words)}`,
};
