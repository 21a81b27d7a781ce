/** Tiers, as the models that have them share them. Pure. */
import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { quantityJson } from "../../core/quantity.ts";
import { microOf, quantityInput, rateInput, rateText } from "./field.ts";
import type { Decimal, FieldChecks, OfferWords, PriceField, Tier } from "./model.ts";

const MAX_TIERS = 50;

export const TIERS = {
  input: z
    .array(
      z.strictObject({
        up_to: quantityInput.nullable().optional(),
        unit_price: rateInput.optional(),
        flat_fee: rateInput.optional(),
      }),
    )
    .max(MAX_TIERS)
    .optional()
    .openapi({ description: "(previous, up_to] beyond the included quantity; the last: null" }),
  answer: z
    .array(z.object({ up_to: z.number().nullable(), unit_price: z.number(), flat_fee: z.number() }))
    .optional(),
  label: null,
} satisfies PriceField;

export type Tiered = { tiers: readonly Tier[] };

type TierInput = {
  up_to?: Decimal | null | undefined;
  unit_price?: Decimal | undefined;
  flat_fee?: Decimal | undefined;
};

/** The tiers in a request: ascending bounds, the last one's null. */
export function parseTiers(input: readonly TierInput[], checks: FieldChecks): Tier[] {
  const { wrong } = checks;
  if (input.length === 0) wrong("/tiers", "has at least one tier");
  let previous = 0n;
  return input.map((tier, i) => {
    const at = `/tiers/${i}`;
    const last = i === input.length - 1;
    const upToMicro = tier.up_to === null || tier.up_to === undefined ? null : microOf(tier.up_to);
    if (last && upToMicro !== null) wrong(`${at}/up_to`, "is null in the last tier");
    if (!last && upToMicro === null) {
      wrong(`${at}/up_to`, "is null in the last tier only, or what follows would overlap");
    }
    if (upToMicro !== null) {
      if (upToMicro <= previous) wrong(`${at}/up_to`, "is above the tier before");
      previous = upToMicro;
    }
    checks.checkFee(tier.flat_fee, `${at}/flat_fee`);
    return {
      upToMicro,
      unitPrice: rateText(tier.unit_price ?? 0),
      flatFee: rateText(tier.flat_fee ?? 0),
    };
  });
}

/** The tiers as an answer has them. */
export function tiersJson(tiers: readonly Tier[]) {
  return tiers.map(({ upToMicro, unitPrice, flatFee }) => ({
    up_to: upToMicro === null ? null : quantityJson(upToMicro),
    unit_price: exactNumber(unitPrice),
    flat_fee: exactNumber(flatFee),
  }));
}

/** Each tier's bound and rate, as an offer words them. */
export function tiersText(tiers: readonly Tier[], words: OfferWords): string {
  return tiers
    .map(({ upToMicro, unitPrice }) => {
      const upTo = upToMicro === null ? "beyond" : `up to ${words.quantity(upToMicro)}`;
      return `${upTo} ${words.rate(unitPrice)}`;
    })
    .join(", ");
}
