/** package: whole packages that were begun beyond the included quantity. Pure. */
import { z } from "@hono/zod-openapi";
import { exactNumber } from "../../core/decimal.ts";
import { QUANTITY_DECIMALS, quantityJson } from "../../core/quantity.ts";
import { microOf, quantityInput, rateInput } from "./field.ts";
import type { PriceField, PriceModel } from "./model.ts";

const ONE_PACKAGE_MICRO = 10n ** BigInt(QUANTITY_DECIMALS);

const fields = {
  package_size: {
    input: quantityInput.optional(),
    answer: z.number().optional(),
    label: "Size of a package",
  },
  package_price: {
    input: rateInput.optional(),
    answer: z.number().optional(),
    label: "Price of a package",
  },
} satisfies Record<string, PriceField>;

type PackageTerms = { packageSizeMicro: bigint; packagePrice: string };

export const packaged: PriceModel<PackageTerms, typeof fields> = {
  fields,
  measure: "lots",
  parse: (input, { wrong, requireRate }) => {
    const packageSizeMicro = microOf(input.package_size ?? 0);
    if (packageSizeMicro <= 0n) wrong("/package_size", "is more than 0");
    return {
      packageSizeMicro,
      packagePrice: requireRate(input.package_price, "/package_price"),
    };
  },
  answer: ({ packageSizeMicro, packagePrice }) => ({
    package_size: quantityJson(packageSizeMicro),
    package_price: exactNumber(packagePrice),
  }),
  tiers: () => [],
  parts: ({ packageSizeMicro, packagePrice }, { from, to }) => {
    const begun = (over: bigint) =>
      ((over + packageSizeMicro - 1n) / packageSizeMicro) * ONE_PACKAGE_MICRO;
    return [
      {
        tier: null,
        quantityMicro: begun(to) - begun(from),
        unitPrice: packagePrice,
        flatFee: "0",
      },
    ];
  },
  firstRate: ({ packagePrice }) => packagePrice,
  blendsWith: ({ packageSizeMicro }, other) => packageSizeMicro === other.packageSizeMicro,
  offerText: ({ packageSizeMicro, packagePrice }, { rate, quantity }) =>
    `${rate(packagePrice)} for ${quantity(packageSizeMicro)}`,
};
