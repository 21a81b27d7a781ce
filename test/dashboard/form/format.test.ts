import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatFor, localeOf } from "../../../src/dashboard/form/format.ts";

describe("the viewer's language", () => {
  it("is the most preferred one that is supported", () => {
    expect(localeOf("de-DE,de;q=0.9,en;q=0.8")).toBe("de-DE");
    expect(localeOf("en;q=0.5, fr-CH")).toBe("fr-CH");
    expect(localeOf("en;q=0, pl;q=0.1")).toBe("pl");
    expect(localeOf("xx-invalid-language-tag, *")).toBe("en");
    expect(localeOf(undefined)).toBe("en");
  });
});

describe("numbers", () => {
  it("keep every digit, whatever their size", () => {
    const english = formatFor("en-US");
    expect(english.money(900_719_925_474_099_312n, "USD")).toBe("$9,007,199,254,740,993.12");
    expect(english.quantity(9_223_372_036_854_775_807n)).toBe("9,223,372,036,854.775807");
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), (minor) => {
        const digits = english.money(minor, "USD").replaceAll(/[^\d-]/g, "");
        expect(BigInt(digits)).toBe(minor);
      }),
    );
  });

  it("are written as each language and currency writes them", () => {
    expect(formatFor("de-DE").money(123_456n, "EUR")).toBe("1.234,56\u00a0€");
    expect(formatFor("en-IN").quantity(12_345_678_000_000n)).toBe("1,23,45,678");
    expect(formatFor("ja-JP").money(1_234n, "JPY")).toBe("￥1,234");
    expect(formatFor("en-US").rate("0.0005", "USD")).toBe("$0.0005");
  });

  it("write a range of time by its first and last day", () => {
    const [startMs, endMs] = [Date.parse("2026-01-01"), Date.parse("2026-02-01")];
    const plain = (text: string) => text.replace(/[\s\u2009]+/g, " ");
    expect(plain(formatFor("en-US").span(startMs, endMs))).toBe("Jan 1 – 31, 2026");
    expect(plain(formatFor("de-DE").span(startMs, endMs))).toBe("01.–31.01.2026");
    expect(formatFor("en-US").span(startMs, startMs)).toBe("Jan 1, 2026");
  });

  it("show hundredths of a percent as percentages", () => {
    const { percent } = formatFor("en-US");
    expect([9_249n, 10_000n, 5n, 0n, -2_550n].map(percent)).toEqual([
      "92.5%",
      "100%",
      "0.1%",
      "0%",
      "-25.5%",
    ]);
  });

  it("are written as days in UTC", () => {
    expect(formatFor("en-GB").date("2026-11-24")).toBe("24 Nov 2026");
    expect(formatFor("en-GB").day(Date.UTC(2026, 10, 24, 23, 59))).toBe("24 Nov 2026");
  });
});
