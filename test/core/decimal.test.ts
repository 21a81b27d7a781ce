import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decimalText,
  parseJsonExactly,
  roundedInteger,
  scaledInteger,
} from "../../src/core/decimal.ts";

/** The whole number nearest to a fraction, the even one of two: by its definition. */
function nearestEven(numerator: bigint, denominator: bigint) {
  const floor = numerator / denominator - (numerator % denominator < 0n ? 1n : 0n);
  const twice = 2n * (numerator - floor * denominator);
  const isAbove = twice > denominator || (twice === denominator && floor % 2n !== 0n);
  return { value: isAbove ? floor + 1n : floor, exact: twice === 0n };
}

describe("decimals", () => {
  it("takes JSON numbers by their digits", () => {
    expect(scaledInteger(0.1, 6)).toEqual({ ok: true, value: 100_000n });
    expect(scaledInteger(1.5e-7, 12)).toEqual({ ok: true, value: 150_000n });
    expect(scaledInteger("1e3", 2)).toEqual({ ok: true, value: 100_000n });
    expect(scaledInteger("-0.50", 1)).toEqual({ ok: true, value: -5n });
  });

  it("refuses what is no decimal, and places that would be lost", () => {
    for (const text of ["", " 1", "1.", ".5", "NaN", "Infinity", "0x10", "1_0", "1e99999"]) {
      expect(scaledInteger(text, 6)).toEqual({ ok: false, reason: "not_a_decimal" });
    }
    expect(scaledInteger(Number.NaN, 6)).toEqual({ ok: false, reason: "not_a_decimal" });
    expect(scaledInteger("0.0000001", 6)).toEqual({ ok: false, reason: "too_precise" });
  });

  it("goes to text and back without a change", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), fc.nat(12), (value, places) => {
        expect(scaledInteger(decimalText(value, places), places)).toEqual({ ok: true, value });
      }),
    );
  });

  it("rounds half to even, and says whether anything was lost", () => {
    for (const [text, value, exact] of [
      ["0.5", 0n, false],
      ["1.5", 2n, false],
      ["2.50", 2n, false],
      ["2.5000000000000000000000000000001", 3n, false],
      ["-2.5", -2n, false],
      ["-3.5", -4n, false],
      ["0.49", 0n, false],
      ["0.05", 0n, false],
      ["9.99", 10n, false],
      ["1e-9999", 0n, false],
      ["25e-1", 2n, false],
      ["0000.5000", 0n, false],
      ["7.000", 7n, true],
      ["1e3", 1_000n, true],
    ] as const) {
      expect([text, roundedInteger(text, 0)]).toEqual([text, { ok: true, value, exact }]);
    }
    expect(roundedInteger(`0.${"3".repeat(1_000_000)}`, 6)).toMatchObject({ value: 333_333n });
    expect(roundedInteger("x", 6)).toEqual({ ok: false, reason: "not_a_decimal" });
  });

  it("rounds any decimal as whole numbers do it", () => {
    const digits = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n });
    const halves = fc.bigInt({ min: -(10n ** 9n), max: 10n ** 9n }).map((n) => n * 10n + 5n);
    const value = fc.oneof(digits, halves);
    fc.assert(
      fc.property(value, fc.nat(30), fc.nat(9), fc.nat(12), (scaled, places, exponent, kept) => {
        const text = `${decimalText(scaled, places)}e-${exponent}`;
        // scaled / 10^down, where the division is exact but for its rest.
        const down = 10n ** BigInt(places + exponent);
        const up = 10n ** BigInt(kept);
        expect(roundedInteger(text, kept)).toEqual({ ok: true, ...nearestEven(scaled * up, down) });
      }),
    );
  });

  it("keeps the digits of JSON numbers that a double would lose", () => {
    const parsed = parseJsonExactly(
      '{"a":9007199254740993,"b":1.00000000000000000001,"c":0.1,"d":[1e-400],"e":"1e5","f":1e3}',
    );
    expect(parsed).toEqual({
      a: "9007199254740993",
      b: "1.00000000000000000001",
      c: 0.1,
      d: ["1e-400"],
      e: "1e5",
      f: 1000,
    });
  });

  it("keeps the digits of a number of sixteen, where it stands alone", () => {
    expect(parseJsonExactly('{"a":9007199254740993}')).toEqual({ a: "9007199254740993" });
    expect(parseJsonExactly("[-9007199254740993]")).toEqual(["-9007199254740993"]);
    expect(parseJsonExactly('{"a":900719925474099}')).toEqual({ a: 900_719_925_474_099 });
  });

  it("reads every JSON text as one that asks for each number's digits, or refuses it so", () => {
    const piece = fc.oneof(
      fc.constantFrom(...'{}[],:"\\- \t\n.eE+0123456789'.split("")),
      fc.constantFrom("1e5", "12345678901234567", "0.1", "-1e-400", '"a":', '\\"', "true", "[1,2]"),
      fc.json(),
    );
    const joined = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    const numbers = fc.array(fc.stringMatching(/^-?\d{1,18}(\.\d{1,18})?(e-?\d{1,3})?$/));
    const text = fc.oneof(
      joined,
      fc.json(),
      numbers.map((found) => `[${found}]`),
      numbers.map((found) => `{"a" : [${found.join(" , ")}],"1e5" :1e5}`),
    );
    fc.assert(
      fc.property(text, (given) => {
        expect(outcomeOf(() => parseJsonExactly(given))).toEqual(
          outcomeOf(() => parsedByReviver(given)),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it("takes as long as a text is long, whatever its digits", () => {
    const zeros = `1.${"0".repeat(1_900_000)}1`;
    expect(parseJsonExactly(`{"a":${zeros}}`)).toEqual({ a: zeros });
    expect(scaledInteger(`1.1${zeros.slice(2)}`, 6)).toEqual({ ok: false, reason: "too_precise" });
    expect(scaledInteger(`1.${"0".repeat(1_900_000)}`, 6)).toEqual({ ok: true, value: 1_000_000n });
    const quotes = `[1e5,"${'\\"'.repeat(500_000)}`;
    expect(() => parseJsonExactly(quotes)).toThrow(SyntaxError);
  });
});

/** A text with a number beyond doubles, as a reviver reads it that is asked for every value. */
function parsedByReviver(text: string): unknown {
  const exactly = (_: string, value: unknown, context?: { source?: string }) => {
    const source = context?.source;
    if (typeof value !== "number" || source === undefined) return value;
    const digits = source.replace(/[eE].*$/, "").replace(/[-.]/g, "");
    const counted = digits.replace(/^0+/, "").replace(/0+$/, "").length;
    const isExact = Number.isFinite(value) && counted <= 15 && (value !== 0 || counted === 0);
    return isExact ? value : source;
  };
  return JSON.parse(text, exactly as (key: string, value: unknown) => unknown);
}

function outcomeOf(parse: () => unknown): unknown {
  try {
    return { value: parse() };
  } catch {
    return "no JSON";
  }
}
