import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decimalText, parseJsonExactly, scaledInteger } from "../../src/core/decimal.ts";

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
});
