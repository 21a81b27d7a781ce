import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type DecimalSign,
  decimalIn,
  decimalSignOf,
  integerText,
  readDecimal,
  shownDecimal,
  whyUnread,
} from "../../../src/dashboard/form/number.ts";

const read = (text: string, sign: DecimalSign, isFactor = false) => {
  const found = readDecimal(text, sign, isFactor);
  return found.ok ? found.value : found.why;
};

describe("a number as people type it", () => {
  it.each<[string, string, string]>([
    // typed, where a point is before decimals, where a comma is
    ["1,000.50", "1000.50", "1000.50"],
    ["1.000,50", "1000.50", "1000.50"],
    ["1 000,50", "1000.50", "1000.50"],
    ["1\u202f000,50", "1000.50", "1000.50"],
    ["1\u2019000.50", "1000.50", "1000.50"],
    ["12,34,567.8", "1234567.8", "1234567.8"],
    ["1,000", "1000", "ambiguous"],
    ["1.000", "ambiguous", "1000"],
    ["1.125", "ambiguous", "1125"],
    ["0.125", "0.125", "0.125"],
    ["0,125", "0.125", "0.125"],
    ["1,5", "1.5", "1.5"],
    ["12,50", "12.50", "12.50"],
    ["1234,567", "1234.567", "1234.567"],
    ["1.000.000", "1000000", "1000000"],
    ["1,000,000", "1000000", "1000000"],
    ["1.000,125", "1000.125", "1000.125"],
    ["1 000,125", "1000.125", "1000.125"],
    ["\u22125,25", "-5.25", "-5.25"],
    [".5", "0.5", "0.5"],
    ["\u0661\u066c\u0660\u0660\u0660\u066b\u0665", "1000.5", "1000.5"],
    ["\uff11\uff12.5", "12.5", "12.5"],
    ["1e5", "1e5", "1e5"],
    ["1,00,00", "none", "none"],
    ["1.000.00", "none", "none"],
    ["1 00", "none", "none"],
    ["1,000.00.0", "none", "none"],
    ["5.", "none", "none"],
    ["-", "none", "none"],
    ["$5", "currency", "currency"],
    ["5 EUR", "currency", "currency"],
  ])("%s", (typed, withPoint, withComma) => {
    expect([read(typed, "."), read(typed, ",")]).toEqual([withPoint, withComma]);
  });

  it("has decimals after its only sign where it is never in the thousands", () => {
    expect([read("8.875", ".", true), read("8,875", ",", true)]).toEqual(["8.875", "8.875"]);
    expect([read("8.875", ",", true), read("8,875", ".", true)]).toEqual(["8.875", "8.875"]);
  });

  it("is in each language's own form that number, or refused, and never another", () => {
    const locales = ["en", "de", "fr", "de-CH", "en-IN", "es", "pl", "pt-PT", "sv", "ar-EG", "fa"];
    const number = fc.tuple(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), fc.nat(6));
    fc.assert(
      fc.property(fc.constantFrom(...locales), number, (locale, [digits, places]) => {
        const text = decimalText(digits, places);
        const format = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
        const typed = (format as unknown as { format(value: string): string }).format(text);
        const sign = decimalSignOf(locale);
        const found = readDecimal(typed, sign);
        if (found.ok) expect([typed, Number(found.value)]).toEqual([typed, Number(text)]);
        else expect([typed, found.why]).toEqual([typed, "ambiguous"]);
        const shown = shownDecimal(text, sign);
        expect(decimalIn(shown, sign, false)).toBe(text);
      }),
      { numRuns: 400 },
    );
  });

  it("is refused with what to write", () => {
    const why = (typed: string, sign: DecimalSign) =>
      whyUnread(decimalIn(typed, sign, false), sign, false);
    expect(why("1.250", ".")).toBe("This can be read as two numbers. Write 1250, or 1.2500.");
    expect(why("1,250", ",")).toBe("This can be read as two numbers. Write 1250, or 1,2500.");
    expect(why("a lot", ",")).toBe("Write the number alone, such as 1.000,50.");
    expect(why("1..2", ".")).toBe("Write a number such as 1,000.50.");
    expect(why("1250", ".")).toBe(null);
    expect(shownDecimal(decimalIn("1.250", ".", false), ".")).toBe("1.250");
  });

  it("is whole without the signs between its thousands", () => {
    const typed = ["1,000", "1.000", "1 000", "12", "1.5", "-3", "\u22123", "many"];
    expect(typed.map(integerText)).toEqual([
      "1000",
      "1000",
      "1000",
      "12",
      "1.5",
      "-3",
      "-3",
      "many",
    ]);
  });
});

function decimalText(digits: bigint, places: number): string {
  const [sign, all] = digits < 0n ? ["-", -digits] : ["", digits];
  const text = all.toString().padStart(places + 1, "0");
  return places === 0 ? sign + text : `${sign}${text.slice(0, -places)}.${text.slice(-places)}`;
}
