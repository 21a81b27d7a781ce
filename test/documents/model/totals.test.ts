import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spend } from "../../../src/billing/credit/discount.ts";
import { decimalText } from "../../../src/core/decimal.ts";
import { Problem } from "../../../src/core/errors.ts";
import type { AdjustmentInput } from "../../../src/documents/model/content.ts";
import type { TaxCategory } from "../../../src/documents/model/model.ts";
import type { LineTax } from "../../../src/documents/model/party.ts";
import { lineAmount, totalsOf } from "../../../src/documents/model/totals.ts";

function tax(percent: string, category: TaxCategory = percent === "0" ? "Z" : "S"): LineTax {
  return { category, percent, name: null, components: [], exemption: null };
}

function line(unitPrice: string, at: LineTax = tax("19"), quantity = "1") {
  return { quantity, unitPrice, adjustments: [] as AdjustmentInput[], tax: at };
}

function discount(amountMinor: bigint): AdjustmentInput {
  return { kind: "discount", reason: "Coupon", percent: null, amountMinor };
}

function priced(lines: ReturnType<typeof line>[], more = {}) {
  const plain = { currency: "EUR", taxInclusive: false, adjustments: [], accounting: null };
  return totalsOf({ ...plain, lines, ...more });
}

function pointerOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return error.extra.errors?.[0]?.pointer;
    throw error;
  }
  return undefined;
}

describe("the metering guide's worked examples", () => {
  it("7: splits a coupon over the tax groups by largest remainder", () => {
    const lines = [line("66.67"), line("33.34", tax("7")), line("9.99", tax("0"))];
    const totals = priced(lines, { adjustments: [discount(2000n)] });
    expect(totals.subtotalMinor).toBe(11000n);
    expect(totals.adjustments.map((part) => part.amountMinor)).toEqual(["1212", "606", "182"]);
    expect(totals.taxes.map((group) => group.baseMinor)).toEqual(["5455", "2728", "817"]);
    expect(totals.taxes.map((group) => group.taxMinor)).toEqual(["1036", "191", "0"]);
    expect([totals.netMinor, totals.taxMinor, totals.totalMinor]).toEqual([9000n, 1227n, 10227n]);
  });

  it("8: takes the tax out of a group once and spreads the net over its lines", () => {
    const totals = priced([line("9.99"), line("9.99"), line("9.99")], { taxInclusive: true });
    expect([totals.totalMinor, totals.netMinor, totals.taxMinor]).toEqual([2997n, 2518n, 479n]);
    expect(totals.lines.map(({ netMinor }) => netMinor)).toEqual([840n, 839n, 839n]);
  });

  it("9: purchased credit lowers what is due, granted credit the base", () => {
    const purchased = priced([line("100")]);
    expect(purchased.totalMinor).toBe(11900n);
    const [spent, ...others] = spend([{ id: "cre_1", leftMinor: 15000n }], purchased.totalMinor);
    expect([spent?.amountMinor, others]).toEqual([11900n, []]);
    const granted = priced([line("100")], { adjustments: [discount(5000n)] });
    expect([granted.netMinor, granted.taxMinor, granted.totalMinor]).toEqual([5000n, 950n, 5950n]);
  });
});

describe("a line", () => {
  const amount = (quantity: string, unitPrice: string, currency = "EUR") =>
    lineAmount({ quantity, unitPrice, adjustments: [] }, currency).amountMinor;

  it("rounds once, half away from zero, in the currency's places", () => {
    expect(amount("81000000", "0.000000123456")).toBe(1000n);
    expect(amount("1", "0.005")).toBe(1n);
    expect(amount("-1", "0.005")).toBe(-1n);
    expect(amount("3", "0.5", "JPY")).toBe(2n);
    expect(amount("1.5", "0.001", "KWD")).toBe(2n);
  });

  it("takes discounts by percent and amount, and charges", () => {
    const adjustments: AdjustmentInput[] = [
      { kind: "discount", reason: "Rebate", percent: "12.5", amountMinor: null },
      { kind: "discount", reason: "Goodwill", percent: null, amountMinor: 5n },
      { kind: "charge", reason: "Flat fee", percent: null, amountMinor: 250n },
    ];
    const done = lineAmount({ quantity: "3", unitPrice: "9.99", adjustments }, "EUR");
    expect(done.adjustments.map((one) => one.amountMinor)).toEqual(["375", "5", "250"]);
    expect(done.amountMinor).toBe(2997n - 375n - 5n + 250n);
  });

  it("refuses a discount larger than itself and an amount of more than 15 digits", () => {
    const adjustments = [discount(1000n)];
    const one = { quantity: "1", unitPrice: "9.99", adjustments };
    expect(pointerOf(() => lineAmount(one, "EUR", 4))).toBe("/lines/4/adjustments");
    const huge = { quantity: "1000000000000", unitPrice: "100000", adjustments: [] };
    expect(pointerOf(() => lineAmount(huge, "EUR"))).toBe("/lines/0/unit_price");
  });
});

describe("a document", () => {
  it("rounds tax once per rate, not per line", () => {
    const totals = priced([line("0.07"), line("0.07"), line("0.07")]);
    expect(totals.taxMinor).toBe(4n); // 0.0399, where three lines of 0.0133 would make 3
  });

  it("writes 19 and 19.0 into one group", () => {
    expect(priced([line("1"), line("2", tax("19.0"))]).taxes).toHaveLength(1);
  });

  it("rounds each component once from its own percentage", () => {
    const parts = (of: string[], unitPrice: string, taxInclusive = false) => {
      const components = of.map((percent) => ({ name: percent, percent }));
      const all = String(of.reduce((sum, percent) => sum + Number(percent), 0));
      const lines = [line(unitPrice, { ...tax(all), components })];
      const [group] = priced(lines, { taxInclusive }).taxes;
      return [group?.baseMinor, group?.taxMinor, group?.components.map((one) => one.taxMinor)];
    };
    expect(parts(["9", "9"], "10.03")).toEqual(["1003", "180", ["90", "90"]]);
    expect(parts(["9", "9"], "10.06")).toEqual(["1006", "182", ["91", "91"]]);
    expect(parts(["5", "9.975"], "10.10")).toEqual(["1010", "152", ["51", "101"]]);
    // 18 % of 10.00 with tax in it is 152.54: no base adds up with two halves of its own tax.
    expect(parts(["9", "9"], "10.00", true)).toEqual(["848", "152", ["76", "76"]]);
  });

  it("states the tax in the seller's accounting currency too", () => {
    const accounting = { currency: "EUR", rate: "0.9137", date: "2026-11-02" };
    expect(priced([line("100")], { currency: "USD", accounting }).accountingTaxMinor).toBe(1736n);
  });

  it("names the field that makes it impossible", () => {
    const two = [line("1"), line("1", tax("0", "O"))];
    expect(pointerOf(() => priced(two))).toBe("/lines/1/tax");
    const much = { adjustments: [discount(60n), discount(41n)] };
    expect(pointerOf(() => priced([line("1")], much))).toBe("/adjustments/1");
    expect(pointerOf(() => priced([line("0")], { adjustments: [discount(1n)] }))).toBe(
      "/adjustments/0",
    );
  });
});

const anyLine = fc.record({
  quantity: fc.integer({ min: -5_000_000, max: 5_000_000 }).map((n) => String(n / 1000)),
  unitPrice: fc.integer({ min: 0, max: 10 ** 9 }).map((n) => String(n / 10_000)),
  adjustments: fc.constant<AdjustmentInput[]>([]),
  tax: fc.constantFrom(tax("0"), tax("7"), tax("19"), tax("5.5"), tax("18"), tax("14.975")),
});

const COMPONENTS: Record<string, string[]> = { "18": ["9", "9"], "14.975": ["5", "9.975"] };

/** The tax of a line, with the components that its rate has. */
function withComponents(at: LineTax): LineTax {
  const components = (COMPONENTS[at.percent] ?? []).map((percent) => ({ name: percent, percent }));
  return { ...at, components };
}

describe("any document", () => {
  it("has lines, adjustments and groups that add up to its totals", () => {
    const anyDocument = fc.record({
      lines: fc.array(anyLine, { minLength: 1, maxLength: 12 }),
      currency: fc.constantFrom("EUR", "JPY", "KWD"),
      taxInclusive: fc.boolean(),
      discountPercent: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(anyDocument, ({ lines: drawn, currency, taxInclusive, discountPercent }) => {
        const lines = drawn.map((one) => ({ ...one, tax: withComponents(one.tax) }));
        const positive = lines.filter(({ quantity }) => !quantity.startsWith("-"));
        const discounted = positive.length === lines.length && discountPercent > 0;
        const rebate = {
          kind: "discount" as const,
          reason: "Rebate",
          percent: String(discountPercent),
          amountMinor: null,
        };
        const worth = lines.some((one) => lineAmount(one, currency).amountMinor > 0n);
        const adjustments = discounted && worth ? [rebate] : [];
        const totals = totalsOf({ lines, currency, taxInclusive, adjustments, accounting: null });

        const add = (amounts: (bigint | string)[]) =>
          amounts.reduce((total: bigint, amount) => total + BigInt(amount), 0n);
        const nets = add(totals.lines.map(({ netMinor }) => netMinor));
        const off = add(totals.adjustments.map(({ netMinor }) => netMinor));
        const printed = add(totals.lines.map(({ amountMinor }) => amountMinor));
        const printedOff = add(totals.adjustments.map(({ amountMinor }) => amountMinor));
        expect(nets - off).toBe(totals.netMinor); // BR-CO-13
        expect(printed).toBe(totals.subtotalMinor);
        expect(add(totals.taxes.map(({ baseMinor }) => baseMinor))).toBe(totals.netMinor);
        expect(add(totals.taxes.map(({ taxMinor }) => taxMinor))).toBe(totals.taxMinor);
        expect(totals.netMinor + totals.taxMinor).toBe(totals.totalMinor);
        for (const { components, baseMinor, taxMinor } of totals.taxes) {
          if (components.length === 0) continue;
          expect(add(components.map((one) => one.taxMinor))).toBe(BigInt(taxMinor));
          const amounts = new Map(components.map((one) => [one.percent, one.taxMinor]));
          for (const { percent, taxMinor: amount } of components) {
            expect(amounts.get(percent)).toBe(amount);
            const exact = (Number(baseMinor) * Number(percent)) / 100;
            const slack = taxInclusive ? 1 : 0.5;
            expect(Math.abs(Number(amount) - exact)).toBeLessThanOrEqual(
              slack + 1e-6 * Math.abs(exact),
            );
          }
        }
        if (taxInclusive) expect(printed - printedOff).toBe(totals.totalMinor);
        else expect(printed - printedOff).toBe(totals.netMinor);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a price for more than one", () => {
  const each = (quantity: string, unitPrice: string, baseQuantity: string) =>
    lineAmount({ quantity, unitPrice, adjustments: [], particulars: { baseQuantity } }, "EUR")
      .amountMinor;

  it("is divided exactly before the one rounding", () => {
    expect(each("12345", "12.3456", "1000")).toBe(15241n);
    expect(each("3", "10", "7")).toBe(429n);
    expect(each("-2", "10", "3")).toBe(-667n);
    // A quotient that was cut after twenty places would come to half a cent less.
    expect(each("1", "0.015", "3")).toBe(1n);
    expect(each("9007199254740993", "0.000003", "9007199254740993000000")).toBe(0n);
  });

  it("takes percentages of the exact quotient, too", () => {
    const rebate = { kind: "discount" as const, reason: "R", percent: "10", amountMinor: null };
    const line = { quantity: "100", unitPrice: "1.0015", adjustments: [rebate] };
    const { amountMinor, adjustments } = lineAmount(
      { ...line, particulars: { baseQuantity: "30" } },
      "EUR",
    );
    expect([amountMinor, adjustments[0]?.amountMinor]).toEqual([301n, "33"]);
  });

  it("is the nearest cent, whatever the numbers", () => {
    const scaled = (most: bigint) => fc.bigInt({ min: 1_000_000n, max: most });
    const text = (value: bigint, places: number) => decimalText(value, places);
    fc.assert(
      fc.property(scaled(10n ** 13n), scaled(10n ** 14n), scaled(10n ** 12n), (q, p, base) => {
        // Millionths of pieces, 10^-12 of euros.
        const amount = each(text(q, 6), text(p, 12), text(base, 6));
        const [dividend, divisor] = [q * p * 100n, base * 10n ** 12n];
        const off = amount * divisor - dividend;
        expect(2n * (off < 0n ? -off : off) <= divisor).toBe(true);
      }),
    );
  });

  it("comes to what the price of one comes to where the base is one", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -9999, max: 9999 }),
        fc.integer({ max: 999_999, min: 0 }),
        (q, p) => {
          const line = { quantity: `${q}`, unitPrice: decimalText(BigInt(p), 3), adjustments: [] };
          const tenfold = { ...line, quantity: `${q * 10}`, particulars: { baseQuantity: "10" } };
          expect(lineAmount(tenfold, "EUR")).toEqual(lineAmount(line, "EUR"));
        },
      ),
    );
  });
});
