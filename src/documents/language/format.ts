/**
 * Pure. Numbers, money and dates as a language writes them. How (separators, grouping, where the
 * sign and the currency stand) is asked once per locale; the digits are ours, so that no amount
 * ever passes through a float.
 */
import { fixedText } from "../../core/decimal.ts";
import { exponentOf } from "../../core/money.ts";
import type { NumberStyle } from "./intl.ts";
import { type Language, languageRecord } from "./registry.ts";
import { writingOf } from "./writing.ts";

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
  /** Both days inclusive. */
  range(range: { start: string; end: string }): string;
  country(code: string): string;
};

const formatters = new Map<string, Formatter>();
const MOST_FORMATTERS = 200;

/** How a language writes in a region; kept in the isolate, for Intl is slow to set up. */
export function formatterFor(
  language: Language,
  region: string | null,
  currency: string,
): Formatter {
  const key = `${language}-${region ?? ""}-${currency}`;
  const known = formatters.get(key);
  if (known) return known;
  if (formatters.size >= MOST_FORMATTERS) formatters.clear();
  const { localeOf, rightToLeft = false } = languageRecord(language);
  const made = makeFormatter(localeOf(region), currency, rightToLeft);
  formatters.set(key, made);
  return made;
}

/**
 * In a line from right to left a sign stands before its digits all the same, and the currency
 * behind both: the isolates of UAX #9 keep an amount together, whatever it stands between.
 */
const isolated = {
  leftToRight: (text: string) => `\u2066${text}\u2069`,
  rightToLeft: (text: string) => `\u2067${text}\u2069`,
};
const asWritten = { leftToRight: (text: string) => text, rightToLeft: (text: string) => text };

function makeFormatter(locale: string, currency: string, rightToLeft: boolean): Formatter {
  const { numbers, ...writing } = writingOf(locale);
  const exponent = exponentOf(currency);
  const plain = (decimal: string, places: number) => writeDecimal(decimal, places, numbers);
  const [before, behind] = writing.currency(currency);
  const [percentBefore, percentBehind] = writing.percent;
  const keep = rightToLeft ? isolated : asWritten;
  const digits = (decimal: string, places: number) =>
    keep.leftToRight(
      decimal.startsWith("-") ? MINUS + plain(decimal.slice(1), places) : plain(decimal, places),
    );
  const signed = (decimal: string, places: number) => {
    if (rightToLeft) return keep.rightToLeft(before + digits(decimal, places) + behind);
    return decimal.startsWith("-")
      ? MINUS + before + plain(decimal.slice(1), places) + behind
      : before + plain(decimal, places) + behind;
  };
  const dayRange = remember((days) => {
    const [start = "", end = ""] = days.split("/");
    return writing.range(start, end);
  });
  return {
    // Which digits it takes is no part of a text's language.
    locale: locale.split("-u-")[0] ?? locale,
    money: (minor) => signed(fixedText(BigInt(minor), exponent), exponent),
    price: (decimal) => signed(decimal, exponent),
    decimal: (decimal) => digits(decimal, 0),
    percent: (decimal) => keep.leftToRight(percentBefore + plain(decimal, 0) + percentBehind),
    date: remember(writing.date),
    range: ({ start, end }) => dayRange(`${start}/${end}`),
    country: remember(writing.country),
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

/** A non-negative decimal with at least `places` decimals; further zeros are dropped. */
function writeDecimal(decimal: string, places: number, style: NumberStyle): string {
  const [whole = "0", fraction = ""] = decimal.split(".");
  const kept = fraction.replace(/0+$/, "").padEnd(places, "0");
  return groupDigits(whole, style) + (kept ? style.point + kept : "");
}

function groupDigits(whole: string, style: NumberStyle): string {
  const [last, others] = style.groups;
  if (whole.length < last + style.leading) return whole;
  const parts = [whole.slice(-last)];
  for (let end = whole.length - last; end > 0; end -= others) {
    parts.unshift(whole.slice(Math.max(0, end - others), end));
  }
  return parts.join(style.group);
}

/** `{name}` in a sentence replaced by its value. */
export function fill(sentence: string, values: Record<string, string>): string {
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
