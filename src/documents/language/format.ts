/**
 * Pure. Numbers, money and dates as a language writes them. How (separators, grouping, where the
 * sign and the currency stand) is asked once per locale; the digits are ours, so that no amount
 * ever passes through a float.
 */
import { fixedText } from "../../core/decimal.ts";
import { exponentOf } from "../../core/money.ts";
import { type Affixes, intlRegion, MINUS, type NumberStyle, type Writing } from "./intl.ts";
import { directionOf, type Language, languageRecord } from "./registry.ts";
import { writingOf } from "./writing.ts";

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

/**
 * How a language writes in a region, an amount of money with separators and a minus of its own;
 * kept in the isolate, for Intl is slow to set up.
 */
export function formatterIn(
  language: Language,
  region: string | null,
  currency: string,
): Formatter {
  return keptFormatter(`${language}-${region ?? ""}-${currency}`, () =>
    makeFormatter(writingIn(language, region), currency),
  );
}

type Written = {
  template: { version: number };
  language: Language;
  region: string | null;
  currency: string;
};

/**
 * The same as the page of a document has it, by the version of the pages. In the second, a sign of
 * Latin letters, such as US$, lost its order in a line from right to left.
 */
export function formatterOf({ template, language, region, currency }: Written): Formatter {
  if (template.version !== 2) return formatterIn(language, region, currency);
  return keptFormatter(`2 ${language}-${region ?? ""}-${currency}`, () =>
    makeFormatter(writingIn(language, region), currency, (sign) => sign),
  );
}

/** The same as pages of the first version have it: amounts of money are written as any number. */
export function formatterFor(
  language: Language,
  region: string | null,
  currency: string,
): Formatter {
  return keptFormatter(`1 ${language}-${region ?? ""}-${currency}`, () => {
    const writing = writingOf(languageRecord(language).localeOf(localeRegion(region)));
    const owing = (code: string): Affixes => {
      const [before, behind] = writing.currency(code);
      return [MINUS + before, behind];
    };
    const first = { ...writing, money: writing.numbers, owing };
    return makeFormatter(first, currency, (sign) => sign);
  });
}

function writingIn(language: Language, region: string | null): Writing {
  const { localeIn, localeOf } = languageRecord(language);
  return writingOf((localeIn ?? localeOf)(localeRegion(region)));
}

function localeRegion(region: string | null): string | null {
  return region === null ? null : intlRegion(region);
}

function keptFormatter(key: string, make: () => Formatter): Formatter {
  const known = formatters.get(key);
  if (known) return known;
  if (formatters.size >= MOST_FORMATTERS) formatters.clear();
  const made = make();
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

const LATIN = /\p{Script=Latin}/u;
/** All but spaces and marks of direction. */
const VISIBLE = /[^\s\u200e\u200f\u061c]+/g;

/** A sign of Latin letters keeps its order from right to left: of US$, the last is no letter. */
function latinKept(sign: string): string {
  return LATIN.test(sign) ? sign.replace(VISIBLE, isolated.leftToRight) : sign;
}

/** `keepSign` writes a currency's sign in a line from right to left. */
function makeFormatter(
  { numbers, money, ...writing }: Writing,
  currency: string,
  keepSign = latinKept,
): Formatter {
  const exponent = exponentOf(currency);
  const [before, behind] = writing.currency(currency);
  const [owingBefore, owingBehind] = writing.owing(currency);
  const [percentBefore, percentBehind] = writing.percent;
  const rightToLeft = directionOf(writing.locale) === "rtl";
  const keep = rightToLeft ? isolated : asWritten;
  const withMinus = (decimal: string, places: number, style: NumberStyle) =>
    keep.leftToRight(
      decimal.startsWith("-")
        ? MINUS + writeDecimal(decimal.slice(1), places, style)
        : writeDecimal(decimal, places, style),
    );
  const signed = (decimal: string, places: number) => {
    if (rightToLeft) {
      const amount = withMinus(decimal, places, money);
      return keep.rightToLeft(keepSign(before) + amount + keepSign(behind));
    }
    return decimal.startsWith("-")
      ? owingBefore + writeDecimal(decimal.slice(1), places, money) + owingBehind
      : before + writeDecimal(decimal, places, money) + behind;
  };
  const dayRange = remember((days) => {
    const [start = "", end = ""] = days.split("/");
    return writing.range(start, end);
  });
  return {
    // Which digits it takes is no part of a text's language.
    locale: writing.locale.split("-u-")[0] ?? writing.locale,
    money: remember((minor) => signed(fixedText(BigInt(minor), exponent), exponent)),
    price: remember((decimal) => signed(decimal, exponent)),
    decimal: remember((decimal) => withMinus(decimal, 0, numbers)),
    percent: remember((decimal) =>
      keep.leftToRight(percentBefore + writeDecimal(decimal, 0, numbers) + percentBehind),
    ),
    date: remember(writing.date),
    range: ({ start, end }) => dayRange(`${start}/${end}`),
    country: remember(writing.country),
  };
}

const REMEMBERED = 500;

/** Writing is slow and documents repeat themselves. */
function remember(write: (key: string) => string): (key: string) => string {
  const known = new Map<string, string>();
  return (key) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const written = write(key);
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
