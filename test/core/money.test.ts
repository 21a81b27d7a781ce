import Big from "big.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  currencyExponent,
  divideRounded,
  minorOf,
  moneyJson,
  moneyText,
  roundToMinor,
  splitByLargestRemainder,
  unitsOf,
} from "../../src/core/money.ts";
import { quantityJson, quantityOf, quantityText } from "../../src/core/quantity.ts";

const amounts = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });

describe("money", () => {
  it("has the places of its currency", () => {
    expect(["JPY", "USD", "KWD", "CLF"].map(currencyExponent)).toEqual([0, 2, 3, 4]);
    expect(["usd", "XXX1", "", "ABC"].map(currencyExponent)).toEqual([null, null, null, null]);
    const recent = ["XAD", "XCG", "ZWG", "VED", "SLE", "MRU", "STN"];
    expect(recent.map(currencyExponent)).toEqual(recent.map(() => 2));
    expect(moneyText(1050n, "USD")).toBe("10.50");
    expect(moneyText(-5n, "KWD")).toBe("-0.005");
    expect(moneyText(1050n, "JPY")).toBe("1050");
    expect(JSON.stringify({ a: moneyJson(1050n, "USD") })).toBe('{"a":10.50}');
  });

  it("rounds once, half away from zero", () => {
    const cents = (units: string) => roundToMinor(new Big(units), "USD");
    expect(["0.005", "-0.005", "0.0049999", "1.115", "-1.115"].map(cents)).toEqual([
      1n,
      -1n,
      0n,
      112n,
      -112n,
    ]);
    expect(roundToMinor(new Big("0.5"), "JPY")).toBe(1n);
    expect([divideRounded(5n, 2n), divideRounded(-5n, 2n), divideRounded(7n, 3n)]).toEqual([
      3n,
      -3n,
      2n,
    ]);
  });

  it("is taken as sent, or not at all where places would be lost", () => {
    expect(minorOf(10.5, "USD")).toBe(1050n);
    expect(minorOf("10.500", "USD")).toBe(1050n);
    expect(minorOf("10.505", "USD")).toBeNull();
    expect(minorOf("0.5", "JPY")).toBeNull();
  });

  it("goes to units and text and back without a change", () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom("JPY", "USD", "KWD", "CLF"), (minor, currency) => {
        expect(roundToMinor(unitsOf(minor, currency), currency)).toBe(minor);
        expect(minorOf(moneyText(minor, currency), currency)).toBe(minor);
      }),
    );
  });

  it("is split into parts that add up, each within one unit of its share", () => {
    const weights = fc.array(fc.bigInt({ min: 0n, max: 10n ** 12n }), {
      minLength: 1,
      maxLength: 9,
    });
    fc.assert(
      fc.property(amounts, weights, (total, parts) => {
        const whole = parts.reduce((sum, part) => sum + part, 0n);
        fc.pre(whole > 0n);
        const split = splitByLargestRemainder(total, parts);
        expect(split.reduce((sum, part) => sum + part, 0n)).toBe(total);
        split.forEach((share, i) => {
          const error = share * whole - total * (parts[i] ?? 0n);
          expect(error < whole && error > -whole).toBe(true);
        });
      }),
    );
    expect(splitByLargestRemainder(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n]);
    expect(splitByLargestRemainder(-100n, [1n, 1n, 1n])).toEqual([-34n, -33n, -33n]);
  });
});

describe("a quantity", () => {
  it("is a number or a decimal string of at most six places, from 0 up", () => {
    expect(quantityOf(1.5)).toEqual({ ok: true, micro: 1_500_000n });
    expect(quantityOf("0.000001")).toEqual({ ok: true, micro: 1n });
    expect(quantityOf("9223372036854.775807")).toMatchObject({ ok: true });
    const reasons = ["0.0000001", -1, "-0.1", Number.NaN, Infinity, "1e30", "x", 2 ** 53].map(
      (input) => {
        const result = quantityOf(input);
        return result.ok ? "ok" : result.reason;
      },
    );
    expect(reasons).toEqual([
      "too_precise",
      "negative",
      "negative",
      "not_a_decimal",
      "not_a_decimal",
      "too_large",
      "not_a_decimal",
      "too_large",
    ]);
  });

  it("is answered with all its digits", () => {
    expect(quantityText(9_223_372_036_854_775_807n)).toBe("9223372036854.775807");
    expect(JSON.stringify([quantityJson(9_007_199_254_740_993n), quantityJson(2_000_000n)])).toBe(
      "[9007199254.740993,2]",
    );
  });
});
