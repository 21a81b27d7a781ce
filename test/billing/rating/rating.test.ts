import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parsePrice, sameStructure } from "../../../src/billing/price/price.ts";
import type { Price } from "../../../src/billing/price/registry.ts";
import {
  feePart,
  rateMetric,
  totalOf,
  type UsageSegment,
} from "../../../src/billing/rating/rating.ts";
import { moneyText } from "../../../src/core/money.ts";

const micro = (units: number | string) => {
  const [whole = "0", fraction = ""] = String(units).split(".");
  return BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
};
const perUnit = (includedMicro: bigint, unitPrice: string): Price => ({
  metric: "api_calls",
  includedMicro,
  model: "per_unit",
  unitPrice,
});
const TIERS = [
  { upToMicro: micro(100), unitPrice: "0.1", flatFee: "5" },
  { upToMicro: micro(1000), unitPrice: "0.08", flatFee: "2.5" },
  { upToMicro: null, unitPrice: "0.05", flatFee: "1" },
];
const tiered = (model: "graduated" | "volume"): Price => ({
  metric: "api_calls",
  includedMicro: 0n,
  model,
  tiers: TIERS,
});

/** The charges of a whole period at one price. */
function charges(price: Price, usedMicro: bigint, currency = "USD") {
  const segment = { price, startMs: 0, endMs: 1000, usedMicro };
  return rateMetric([segment], { wholeStartMs: 0, wholeEndMs: 1000 }, currency);
}
const bill = (price: Price, usedMicro: bigint, currency = "USD") =>
  moneyText(totalOf(charges(price, usedMicro, currency)), currency);

describe("tiers", () => {
  it("bill each part at its own tier when graduated (worked example 2)", () => {
    const graduated = tiered("graduated");
    expect(bill(graduated, 0n)).toBe("5.00");
    expect(bill(graduated, micro(100))).toBe("15.00");
    expect(bill(graduated, micro("100.000001"))).toBe("17.50");
    expect(bill(graduated, micro(1000))).toBe("89.50");
    expect(bill(graduated, micro("1000.000001"))).toBe("90.50");
    expect(bill(graduated, micro("1012.5"))).toBe("91.13");
  });

  it("bill everything at the first tier that reaches the quantity when by volume", () => {
    const volume = tiered("volume");
    expect(bill(volume, micro(1000))).toBe("82.50");
    expect(bill(volume, micro("1000.000001"))).toBe("51.00");
    expect(bill(volume, micro("1012.5"))).toBe("51.63");
    expect(bill(volume, micro("99.999999"))).toBe("15.00");
    expect(bill(volume, micro("100.000001"))).toBe("10.50");
  });

  it("print one line for each tier, whose arithmetic can be read", () => {
    expect(charges(tiered("graduated"), micro("1012.5")).map((c) => c.arithmetic)).toEqual([
      "100 × 0.1 + 5 = 15.00",
      "900 × 0.08 + 2.5 = 74.50",
      "12.5 × 0.05 + 1 = 1.63",
    ]);
  });

  it("give the amounts between which late usage is settled (worked example 3)", () => {
    const graduated = tiered("graduated");
    expect(bill(graduated, micro(990))).toBe("88.70");
    expect(bill(graduated, micro(1020))).toBe("91.50");
    expect(bill(graduated, micro(970))).toBe("87.10");
  });
});

describe("other models", () => {
  it("bill only what is beyond the included quantity (worked example 10)", () => {
    const free = perUnit(micro(1000), "0.001");
    expect(bill(free, micro(10_000))).toBe("9.00");
    expect(charges(free, micro(1000))).toEqual([]);
    expect(charges(free, micro(10_000))[0]?.arithmetic).toBe("9000 × 0.001 = 9.00");
  });

  it("round a half cent away from zero, once a line (worked example 1)", () => {
    const free = perUnit(micro(1000), "0.001");
    expect(bill(free, micro(1004))).toBe("0.00");
    expect(bill(free, micro(1006))).toBe("0.01");
    expect(bill(free, micro(1005))).toBe("0.01");
    expect(bill(free, micro("1004.999999"))).toBe("0.00");
    expect(bill(free, micro(1016))).toBe("0.02");
  });

  it("bill whole packages that were begun beyond the included quantity", () => {
    const price: Price = {
      metric: "api_calls",
      includedMicro: micro(50),
      model: "package",
      packageSizeMicro: micro(100),
      packagePrice: "3.5",
    };
    expect(bill(price, micro(50))).toBe("0.00");
    expect(bill(price, micro("50.000001"))).toBe("3.50");
    expect(bill(price, micro(150))).toBe("3.50");
    expect(bill(price, micro("150.000001"))).toBe("7.00");
  });

  it("bill a flat fee whatever the usage", () => {
    const price: Price = { metric: "seats", includedMicro: 0n, model: "flat", flatFee: "12.5" };
    expect(bill(price, 0n)).toBe("12.50");
    expect(bill(price, micro(1e6))).toBe("12.50");
  });

  it("keep to the currency's exponent", () => {
    expect(bill(perUnit(0n, "0.5"), micro(3), "JPY")).toBe("2");
    expect(bill(perUnit(0n, "0.0005"), micro(1), "KWD")).toBe("0.001");
  });

  it("stay exact far beyond what a double holds", () => {
    expect(bill(perUnit(0n, "0.000000000001"), 9_223_372_036_854_775_807n)).toBe("9.22");
    expect(bill(perUnit(0n, "123456.789012345678"), 9_223_372_036_854_775_807n)).toBe(
      "1138687895536349061.69",
    );
  });
});

describe("a change of price inside a period", () => {
  const DAY = 86_400;
  const half = (price: Price, next: Price, used: [bigint, bigint]): UsageSegment[] => [
    { price, startMs: 0, endMs: 15 * DAY, usedMicro: used[0] },
    { price: next, startMs: 15 * DAY, endMs: 30 * DAY, usedMicro: used[1] },
  ];
  const whole = { wholeStartMs: 0, wholeEndMs: 30 * DAY };

  it("blends the allowance and bills each part at its price (worked example 4)", () => {
    const segments = half(perUnit(micro(1000), "0.001"), perUnit(micro(10_000), "0.0005"), [
      micro(900),
      micro(5900),
    ]);
    const lines = rateMetric(segments, whole, "USD");
    expect(lines.map((c) => c.arithmetic)).toEqual(["400 × 0.0005 = 0.20"]);
  });

  it("bills a stub's share of the allowance (worked example 5)", () => {
    const stub = { wholeStartMs: 0, wholeEndMs: 2_674_800_000 };
    const segment: UsageSegment = {
      price: perUnit(micro(10_000), "0.0005"),
      startMs: 2_674_800_000 - 1_258_200_000,
      endMs: 2_674_800_000,
      usedMicro: micro(5000),
    };
    const lines = rateMetric([segment], stub, "USD");
    expect(lines.map((c) => c.arithmetic)).toEqual(["296.096904 × 0.0005 = 0.15"]);
  });

  it("bills a tier's flat fee once, in the part that entered it", () => {
    const segments = half(tiered("graduated"), tiered("graduated"), [micro(150), micro(1012.5)]);
    expect(rateMetric(segments, whole, "USD").map((c) => c.arithmetic)).toEqual([
      "100 × 0.1 + 5 = 15.00",
      "50 × 0.08 + 2.5 = 6.50",
      "850 × 0.08 = 68.00",
      "12.5 × 0.05 + 1 = 1.63",
    ]);
  });

  it("bills a level by the time it stood", () => {
    const segments = half(perUnit(micro(10), "1"), perUnit(micro(20), "2"), [micro(30), micro(25)]);
    expect(rateMetric(segments, whole, "USD", "level").map((c) => c.arithmetic)).toEqual([
      "(20 × 1) × 1296 ÷ 2592 s = 10.00",
      "(5 × 2) × 1296 ÷ 2592 s = 5.00",
    ]);
  });
});

describe("fees by time", () => {
  const part = (fee: bigint, fromMs: number, toMs: number, wholeMs: number) =>
    feePart(fee, 2, { fromMs, toMs, wholeMs }, "USD");

  it("split so that the parts add up to the fee (worked example 6)", () => {
    expect([part(1001n, 0, 1, 2), part(1001n, 1, 2, 2)]).toEqual([501n, 500n]);
    expect(part(2900n, 0, 907_200, 2_678_400)).toBe(982n);
    expect(part(9900n, 907_200, 2_678_400, 2_678_400)).toBe(6547n);
    expect(-part(2900n, 907_200, 2_678_400, 2_678_400)).toBe(-1918n);
  });

  it("of a stub are its seconds over those of the whole (worked example 5)", () => {
    expect(part(4900n, 2_674_800 - 1_258_200, 2_674_800, 2_674_800)).toBe(2305n);
  });

  it("always add up, however often a fee is split", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 12n }),
        fc.array(fc.integer({ min: 0, max: 2_678_400_000 }), { maxLength: 8 }),
        (fee, cuts) => {
          const wholeMs = 2_678_400_000;
          const edges = [0, ...cuts.sort((a, b) => a - b), wholeMs];
          const parts = edges.slice(1).map((to, i) => part(fee, edges[i] ?? 0, to, wholeMs));
          expect(parts.reduce((a, b) => a + b, 0n)).toBe(fee);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const rates = fc.bigInt({ min: 0n, max: 10n ** 13n }).map((n) => {
  const digits = n.toString().padStart(13, "0");
  return `${digits.slice(0, -12)}.${digits.slice(-12)}`;
});
const prices: fc.Arbitrary<Price> = fc
  .record({
    includedMicro: fc.bigInt({ min: 0n, max: 10n ** 9n }),
    model: fc.constantFrom("graduated" as const, "volume" as const),
    bounds: fc.uniqueArray(fc.bigInt({ min: 1n, max: 10n ** 10n }), { maxLength: 5 }),
    rates: fc.array(rates, { minLength: 12, maxLength: 12 }),
  })
  .map(({ includedMicro, model, bounds, rates: r }) => ({
    metric: "m",
    includedMicro,
    model,
    tiers: [...bounds.sort((a, b) => (a < b ? -1 : 1)), null].map((upToMicro, i) => ({
      upToMicro,
      unitPrice: r[i * 2] ?? "0",
      flatFee: r[i * 2 + 1] ?? "0",
    })),
  }));

describe("every price", () => {
  it("bills a total that is the sum of its printed lines", () => {
    fc.assert(
      fc.property(prices, fc.bigInt({ min: 0n, max: 10n ** 11n }), (price, used) => {
        const lines = charges(price, used);
        const model = lines.reduce((sum, line) => {
          // Each line again, from what it prints.
          const scale = 10n ** 16n;
          const exact =
            line.quantityMicro * scaled(line.unitPrice) + scaled(line.flatFee) * 1_000_000n;
          return sum + (exact * 2n + scale) / (scale * 2n);
        }, 0n);
        expect(totalOf(lines)).toBe(model);
      }),
      { numRuns: 1000 },
    );
  });

  it("bills the same quantity however a period at one price is cut", () => {
    fc.assert(
      fc.property(
        prices,
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 10n }), { minLength: 1 }),
        (price, steps) => {
          let usedMicro = 0n;
          const segments = steps.map((step, i) => {
            usedMicro += step;
            return { price, startMs: i, endMs: i + 1, usedMicro };
          });
          const cut = rateMetric(segments, { wholeStartMs: 0, wholeEndMs: steps.length }, "USD");
          const one = charges(price, usedMicro);
          const sum = (lines: typeof cut) =>
            lines.reduce((total, l) => total + l.quantityMicro, 0n);
          const fees = (lines: typeof cut) =>
            lines.reduce((total, l) => total + scaled(l.flatFee), 0n);
          expect(sum(cut)).toBe(sum(one));
          expect(fees(cut)).toBe(fees(one));
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function scaled(rate: string): bigint {
  const [whole = "0", fraction = ""] = rate.split(".");
  return BigInt(whole + fraction.padEnd(12, "0"));
}

describe("a price as it is sent", () => {
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

  it("can be blended only with one of the same structure", () => {
    expect(sameStructure(perUnit(1n, "1"), perUnit(2n, "3"))).toBe(true);
    expect(sameStructure(perUnit(1n, "1"), tiered("volume"))).toBe(false);
    expect(sameStructure(tiered("graduated"), tiered("volume"))).toBe(false);
  });
});
