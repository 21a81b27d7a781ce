/** Numbers and dates as each language writes them, exact to the last digit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CURRENCIES, exponentOf, moneyText } from "../../../src/core/money.ts";
import { countryCodes } from "../../../src/documents/code/country.ts";
import {
  fill,
  formatterFor,
  formatterIn,
  formatterOf,
} from "../../../src/documents/language/format.ts";
import {
  directionOf,
  LANGUAGES,
  labelsFor,
  languageRecord,
} from "../../../src/documents/language/registry.ts";
import { paragraphLevels, visualOrder } from "../../../src/documents/render/script/bidi.ts";

const EUR = (language: (typeof LANGUAGES)[number], region: string | null = null) =>
  formatterFor(language, region, "EUR");

/** What Intl makes of it, with the signs as we write them. */
function intl(locale: string, currency: string, decimal: string): string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return format
    .format(decimal as unknown as number)
    .replace("\uffe5", "\u00a5")
    .replace(/[\u200e\u200f\u061c]/g, "");
}

/** Without the marks that keep an amount together in a line from right to left. */
function withoutIsolates(text: string): string {
  return text.replace(/[\u2066-\u2069]/g, "");
}

/** The characters of a line in the order in which they are seen, left to right. */
function seenOf(text: string): string {
  const { levels, base } = paragraphLevels(text, "rtl");
  return visualOrder(levels, base, [0, text.length], () => false)
    .map((at) => text[at])
    .join("");
}

describe("money", () => {
  it("is written as Intl writes it, in every language and currency, at any size", () => {
    const amount = fc.bigInt({ min: 0n, max: 10n ** 15n });
    fc.assert(
      fc.property(
        fc.constantFrom(...LANGUAGES),
        fc.constantFrom("EUR", "USD", "GBP", "JPY", "KRW", "CNY", "PLN", "SEK", "INR", "KWD"),
        amount,
        (language, currency, minor) => {
          const format = formatterFor(language, null, currency);
          const locale = languageRecord(language).localeOf(null);
          const expected = intl(locale, currency, moneyText(minor, currency));
          expect(withoutIsolates(format.money(`${minor}`))).toBe(expected);
        },
      ),
      { numRuns: 400 },
    );
  });

  it("keeps its minus before its digits, and its currency behind them, from right to left", () => {
    expect(EUR("he").money("-7500")).toBe("\u2067\u2066\u221275.00\u2069\u00a0€\u2069");
    expect(EUR("ar").money("7500")).toBe("\u2067\u206675.00\u2069\u00a0€\u2069");
    expect(EUR("hi").money("-123456789")).toBe("\u2212€12,34,567.89");
  });

  it("has a currency's sign in its own order, from right to left, too", () => {
    const signs = CURRENCIES.flatMap((currency) =>
      LANGUAGES.filter((language) => directionOf(language) === "rtl").map((language) => {
        const text = formatterIn(language, null, currency).money("31010");
        const [sign] = /[\p{Script=Latin}\p{Sc}]{2,}/u.exec(withoutIsolates(text)) ?? [];
        return { currency, language, sign, seen: withoutIsolates(seenOf(text)) };
      }),
    ).filter(({ sign }) => sign !== undefined);
    expect(signs.length).toBeGreaterThan(LANGUAGES.length);
    expect(signs.filter(({ sign, seen }) => !seen.includes(sign ?? ""))).toEqual([]);
    expect(formatterIn("ar", null, "USD").money("7500")).toBe(
      "\u2067\u206675.00\u2069\u00a0\u2066US$\u2069\u2069",
    );
  });

  it("is written on pages of the second version as it was", () => {
    const how = { language: "ar", region: null, currency: "USD" } as const;
    const on = (version: number) => formatterOf({ ...how, template: { version } }).money("-7500");
    expect(on(2)).toBe("\u2067\u2066\u221275.00\u2069\u00a0US$\u2069");
    expect(on(3)).toBe(formatterIn("ar", null, "USD").money("-7500"));
  });

  it("has a minus that every reader sees", () => {
    expect(EUR("en").money("-7500")).toBe("\u2212€75.00");
    expect(EUR("de").money("-7500")).toBe("\u221275,00\u00a0€");
    expect(EUR("sv").money("-7500")).toBe("\u221275,00\u00a0€");
  });

  it.each([
    ["de", "AT", "\u2212€\u00a01.234,50", "1\u00a0234,5"],
    ["de", "CH", "EUR\u22121'234.50", "1'234.5"],
    ["fr", "CH", "\u22121'234.50\u00a0€", "1'234,5"],
    ["fr", "CA", "\u22121\u00a0234,50\u00a0€", "1\u00a0234,5"],
    ["it", "CH", "€\u22121234.50", "1234.5"],
    ["nl", "NL", "€\u00a0\u22121.234,50", "1.234,5"],
    ["nl", "BE", "€\u00a0\u22121.234,50", "1.234,5"],
    ["es", "MX", "\u2212EUR\u00a01,234.50", "1,234.5"],
    ["pt", "BR", "\u2212€\u00a01.234,50", "1.234,5"],
    ["pt", "FR", "\u22121234,50\u00a0€", "1234,5"],
    ["en", "IE", "\u2212€1,234.50", "1,234.5"],
    ["en", "DE", "\u2212€1,234.50", "1,234.5"],
    ["en", "IN", "\u2212€1,234.50", "1,234.5"],
    ["zh", "TW", "\u2212€1,234.50", "1,234.5"],
  ] as const)("of %s in %s has separators and a minus of its own", (language, region, money, n) => {
    const format = formatterIn(language, region, "EUR");
    expect([format.money("-123450"), format.decimal("1234.5")]).toEqual([money, n]);
  });

  it("has each currency's places", () => {
    for (const currency of CURRENCIES) {
      const text = formatterFor("en", "US", currency).money("1234567");
      expect(text.split(".")[1]?.length ?? 0).toBe(exponentOf(currency));
    }
  });

  it("groups as India, France and Spain do", () => {
    expect(formatterFor("en", "IN", "INR").money("1234567800")).toBe("₹1,23,45,678.00");
    expect(EUR("fr").money("1234567")).toBe("12\u202f345,67\u00a0€");
    expect(EUR("es").money("123456")).toBe("1234,56\u00a0€");
    expect(EUR("es").money("1234567")).toBe("12.345,67\u00a0€");
  });
});

describe("a unit price", () => {
  it("keeps every decimal, and has at least the currency's", () => {
    expect(EUR("en").price("0.000000123456")).toBe("€0.000000123456");
    expect(EUR("en").price("12")).toBe("€12.00");
    expect(EUR("en").price("12.5000")).toBe("€12.50");
    expect(EUR("en").price("-0.0004")).toBe("\u2212€0.0004");
  });
});

describe("a date", () => {
  it("is a day, whatever the zone of the reader", () => {
    expect(EUR("en", "US").date("2026-11-01")).toBe("November 1, 2026");
    expect(EUR("en", "GB").date("2026-11-01")).toBe("1 November 2026");
    expect(EUR("de", "DE").date("2026-11-01")).toBe("1. November 2026");
    expect(EUR("ja").date("2026-11-01")).toBe("2026年11月1日");
  });

  it("was American in the first version's English to a country that writes no English", () => {
    expect(EUR("en", "DE").date("2026-11-01")).toBe("November 1, 2026");
  });
});

describe("every country that an address may have", () => {
  it("has a way to write money and days, and a name, in the languages of Europe", () => {
    for (const language of ["de", "fr"] as const) {
      for (const country of countryCodes()) {
        const format = formatterIn(language, country, "EUR");
        expect(format.money("100")).toMatch(/1/);
        expect(format.date("2026-11-24")).toMatch(/24|٢٤/);
        if (country !== "XI")
          expect([country, format.country(country)]).not.toEqual([country, country]);
      }
    }
  });

  it("is Kosovo by 1A, too", () => {
    expect(formatterIn("de", "1A", "EUR").country("1A")).toBe("Kosovo");
    expect(formatterFor("de", "1A", "EUR").locale).not.toMatch(/1A/);
    expect(formatterIn("en", "1A", "EUR").locale).not.toMatch(/1A/);
  });
});

describe("the country of a document's reader", () => {
  it.each([
    [null, "November 1, 2026"],
    ["US", "November 1, 2026"],
    ["CA", "November 1, 2026"],
    ["DE", "1 November 2026"],
    ["FR", "1 November 2026"],
    ["IE", "1 November 2026"],
    ["IN", "1 November 2026"],
    ["BR", "1 November 2026"],
  ])("%s has an English day as its own readers have", (region, day) => {
    expect(formatterIn("en", region, "EUR").date("2026-11-01")).toBe(day);
  });

  it("names the month as Austria does", () => {
    expect(formatterIn("de", "AT", "EUR").date("2026-01-01")).toBe("1. Jänner 2026");
  });
});

describe("the words", () => {
  it.each(LANGUAGES)("of %s are there, and keep what they are filled with", (language) => {
    const labels = labelsFor(language);
    const empty = Object.entries(labels).filter(([, words]) => words === "");
    expect(empty).toEqual([]);
    expect(fill(labels.page, { page: "2", pages: "3" })).toMatch(/2.*3|3.*2/);
    for (const sentence of [labels.amountDueBy, labels.quoteTotalUntil]) {
      expect(fill(sentence, { amount: "AMOUNT", date: "DATE" })).toMatch(
        /AMOUNT.*DATE|DATE.*AMOUNT/,
      );
    }
    const tax = fill(labels.taxOn, { tax: "T", rate: "R", base: "B" });
    expect(tax).toMatch(/T.*R.*B|B.*T.*R/);
  });
});
