import { describe, expect, it } from "vitest";
import { parsePrice, sameStructure } from "../../../src/billing/price/price.ts";
import type { Price } from "../../../src/billing/price/registry.ts";

describe("parsing a price", () => {
  it("names every wrong field", () => {
    const wrong = (input: Parameters<typeof parsePrice>[0]) => {
      const parsed = parsePrice(input, "/prices/0", "USD");
      return parsed.ok ? [] : parsed.errors.map(({ pointer }) => pointer);
    };
    const metric_name = "api_calls";
    expect(wrong({ metric_name, unit_price: "0.10" })).toEqual([]);
    expect(wrong({ metric_name })).toEqual(["/prices/0/unit_price"]);
    expect(wrong({ metric_name, model: "volume" })).toEqual(["/prices/0/tiers"]);
    expect(wrong({ metric_name, model: "package", package_size: 0 })).toEqual([
      "/prices/0/package_size",
      "/prices/0/package_price",
    ]);
    expect(wrong({ metric_name, model: "flat", unit_price: 1, package_size: 1 })).toEqual([
      "/prices/0/package_size",
    ]);
    const tiers = (...bounds: (number | null)[]) =>
      wrong({
        metric_name,
        model: "graduated",
        tiers: bounds.map((up_to) => ({ up_to, unit_price: 1 })),
      });
    expect(tiers(10, 20, null)).toEqual([]);
    expect(tiers(20, 10, null)).toEqual(["/prices/0/tiers/1/up_to"]);
    expect(tiers(10, 10, null)).toEqual(["/prices/0/tiers/1/up_to"]);
    expect(tiers(0, null)).toEqual(["/prices/0/tiers/0/up_to"]);
    expect(tiers(10, 20)).toEqual(["/prices/0/tiers/1/up_to"]);
    expect(tiers(null, 20, null)).toEqual(["/prices/0/tiers/0/up_to"]);
    expect(wrong({ metric_name, model: "flat", unit_price: "1.005" })).toEqual([
      "/prices/0/unit_price",
    ]);
    expect(wrong({ metric_name, model: "volume", tiers: [{ flat_fee: "0.001" }] })).toEqual([
      "/prices/0/tiers/0/flat_fee",
    ]);
  });
});

describe("blending two prices", () => {
  const included = { metric: "api_calls", includedMicro: 0n };
  const tier = { upToMicro: null, unitPrice: "0.05", flatFee: "1" };
  const perUnit = (unitPrice: string): Price => ({ ...included, model: "per_unit", unitPrice });
  const tiered = (model: "graduated" | "volume", count = 1): Price => ({
    ...included,
    model,
    tiers: Array.from({ length: count }, () => tier),
  });
  const packages = (packageSizeMicro: bigint): Price => ({
    ...included,
    model: "package",
    packageSizeMicro,
    packagePrice: "1",
  });

  it("takes the same model, number of tiers and size of packages", () => {
    expect(sameStructure(perUnit("1"), perUnit("3"))).toBe(true);
    expect(sameStructure(perUnit("1"), tiered("volume"))).toBe(false);
    expect(sameStructure(tiered("graduated"), tiered("volume"))).toBe(false);
    expect(sameStructure(tiered("volume", 2), tiered("volume", 2))).toBe(true);
    expect(sameStructure(tiered("volume", 2), tiered("volume", 3))).toBe(false);
    expect(sameStructure(packages(5n), packages(5n))).toBe(true);
    expect(sameStructure(packages(5n), packages(6n))).toBe(false);
  });
});
