/**
 * Pure. Numbers, money and dates as a language writes them. Intl is asked once per locale how
 * (separators, grouping, where the sign and the currency stand); the digits are ours, so that no
 * amount ever passes through a float.
 */
import { fixedText } from "../../core/decimal.ts";
import { exponentOf } from "../../core/money.ts";
import type { DayRange, Language } from "../model.ts";

const MINUS = "\u2212";

export type Formatter = {
  locale: string;
  /** Integer minor units as decimal text. */
  money(minor: string): string;
  /** A decimal with at least the currency's places, such as a unit price. */
  price(decimal: string): string;
  decimal(decimal: string): string;
  percent(decimal: string): string;
  date(day: string): string;
  range(range: DayRange): string;
  country(code: string): string;
};

/** How one locale writes numbers. */
type Style = {
  group: string;
  point: string;
  /** Digits of the group nearest the point, and of the others. */
  groups: readonly [number, number];
  /** Digits the first group has at least, or nothing is grouped. */
  leading: number;
};

const formatters = new Map<string, Formatter>();
const MOST_FORMATTERS = 200;

/** Intl is slow to set up, so formatters are kept in the isolate. */
export function formatterFor(
  language: Language,
  region: string | null,
  currency: string,
): Formatter {
  const key = `${language}-${region ?? ""}-${currency}`;
  const known = formatters.get(key);
  if (known) return known;
  if (formatters.size >= MOST_FORMATTERS) formatters.clear();
  const made = makeFormatter(localeOf(language, region), currency);
  formatters.set(key, made);
  return made;
}

// English of a country that does not write English is written as in its own region of trade.
const ENGLISH_REGIONS = new Set(["US", "GB", "IE", "AU", "NZ", "CA", "IN", "ZA", "SG", "HK"]);

function localeOf(language: Language, region: string | null): string {
  if (language === "zh") return region === "TW" || region === "HK" ? `zh-${region}` : "zh-CN";
  if (language === "en" && region && !ENGLISH_REGIONS.has(region)) return "en-US";
  return region ? `${language}-${region}` : language;
}

function makeFormatter(locale: string, currency: string): Formatter {
  const style = numberStyle(locale);
  const exponent = exponentOf(currency);
  const plain = (decimal: string, places: number) => writeDecimal(decimal, places, style);
  const around = currencyPattern(locale, currency);
  const percentSign = once(() => percentPattern(locale));
  const signed = (decimal: string, places: number) =>
    decimal.startsWith("-")
      ? MINUS + around(plain(decimal.slice(1), places))
      : around(plain(decimal, places));
  const date = once(() => dateFormat(locale, { dateStyle: "long" }));
  const range = once(() => dateFormat(locale, { dateStyle: "medium" }));
  const dayRange = remember((days) => {
    const [start = "", end = ""] = days.split("/");
    return tidyRange(range().formatRange(noonOf(start), noonOf(end)));
  });
  const countries = once(() => new Intl.DisplayNames(locale, { type: "region" }));
  return {
    locale,
    money: (minor) => signed(fixedText(BigInt(minor), exponent), exponent),
    price: (decimal) => signed(decimal, exponent),
    decimal: (decimal) =>
      decimal.startsWith("-") ? MINUS + plain(decimal.slice(1), 0) : plain(decimal, 0),
    percent: (decimal) => percentSign()(plain(decimal, 0)),
    date: remember((day) =>
      date()
        .format(noonOf(day))
        .replace(/[\u200e\u200f\u061c]/g, ""),
    ),
    range: ({ start, end }) => dayRange(`${start}/${end}`),
    country: remember((code) => countryName(countries(), code)),
  };
}

/** Made at the first use: an isolate's first document waits for no more than it shows. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const REMEMBERED = 500;

/** Intl is slow and documents repeat themselves. */
function remember(write: (key: string) => string): (key: string) => string {
  const known = new Map<string, string>();
  return (key) => {
    const written = known.get(key) ?? write(key);
    if (known.size >= REMEMBERED) known.clear();
    known.set(key, written);
    return written;
  };
}

function dateFormat(locale: string, style: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { ...style, timeZone: "UTC", calendar: "gregory" });
}

function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`);
}

/** Thin spaces around the dash, as Intl sets them, break badly and copy badly. */
function tidyRange(text: string): string {
  return text.replace(/\u2009/g, " ").replace(/[\u200e\u200f\u061c]/g, "");
}

function countryName(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}

function numberStyle(locale: string): Style {
  const format = new Intl.NumberFormat(locale);
  const parts = format.formatToParts(1234567890.5);
  const lengths = parts.filter(({ type }) => type === "integer").map(({ value }) => value.length);
  const short = format.formatToParts(1234);
  return {
    group: parts.find(({ type }) => type === "group")?.value ?? "",
    point: parts.find(({ type }) => type === "decimal")?.value ?? ".",
    groups: [lengths.at(-1) ?? 3, lengths.at(-2) ?? 3],
    leading: short.some(({ type }) => type === "group") ? 1 : 2,
  };
}

/** A non-negative decimal with at least `places` decimals; further zeros are dropped. */
function writeDecimal(decimal: string, places: number, style: Style): string {
  const [whole = "0", fraction = ""] = decimal.split(".");
  const kept = fraction.replace(/0+$/, "").padEnd(places, "0");
  return groupDigits(whole, style) + (kept ? style.point + kept : "");
}

function groupDigits(whole: string, style: Style): string {
  const [last, others] = style.groups;
  if (whole.length < last + style.leading) return whole;
  const parts = [whole.slice(-last)];
  for (let end = whole.length - last; end > 0; end -= others) {
    parts.unshift(whole.slice(Math.max(0, end - others), end));
  }
  return parts.join(style.group);
}

/** Puts the currency's sign where the locale has it; full-width signs become plain ones. */
function currencyPattern(locale: string, currency: string): (digits: string) => string {
  const format = new Intl.NumberFormat(locale, { style: "currency", currency });
  return affixes(format.formatToParts(1));
}

function percentPattern(locale: string): (digits: string) => string {
  return affixes(new Intl.NumberFormat(locale, { style: "percent" }).formatToParts(1));
}

function affixes(parts: Intl.NumberFormatPart[]): (digits: string) => string {
  const isDigit = ({ type }: Intl.NumberFormatPart) =>
    type === "integer" || type === "decimal" || type === "fraction" || type === "group";
  const text = (some: Intl.NumberFormatPart[]) =>
    some
      .map(({ value }) => value)
      .join("")
      .replace(/[\u200e\u200f\u061c]/g, "")
      .replace("\uffe5", "\u00a5");
  const first = parts.findIndex(isDigit);
  const prefix = text(parts.slice(0, first));
  const suffix = text(parts.slice(first).filter((part) => !isDigit(part)));
  return (digits) => prefix + digits + suffix;
}

/** `{name}` in a sentence replaced by its value. */
export function fill(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
