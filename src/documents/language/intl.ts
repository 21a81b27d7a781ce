/** Pure. How a locale writes numbers and dates, asked from Intl: slow to set up, so seldom. */
/** How one locale writes numbers. */
export type NumberStyle = {
  group: string;
  point: string;
  /** Digits of the group nearest the point, and of the others. */
  groups: readonly [number, number];
  /** Digits the first group has at least, or nothing is grouped. */
  leading: number;
};

/** What stands before and behind digits. */
export type Affixes = readonly [before: string, behind: string];

/** How one locale writes; days are RFC 3339 dates. */
export type Writing = {
  /** Its BCP 47 tag. */
  locale: string;
  numbers: NumberStyle;
  percent: Affixes;
  currency(code: string): Affixes;
  /** How amounts of money are written, whose separators may be others. */
  money: NumberStyle;
  /** What stands around an amount below zero, with its minus. */
  owing(code: string): Affixes;
  date(day: string): string;
  range(start: string, end: string): string;
  country(code: string): string;
};

/** How a locale writes, by asking Intl; what takes long to set up is set up at its first use. */
export function intlWriting(locale: string): Writing {
  const date = once(() => dateFormat(locale, "long"));
  const range = once(() => dateFormat(locale, "medium"));
  const countries = once(() => new Intl.DisplayNames(locale, { type: "region" }));
  return {
    locale,
    numbers: numberStyle(new Intl.NumberFormat(locale)),
    percent: affixes(new Intl.NumberFormat(locale, { style: "percent" })),
    currency: (currency) => affixes(moneyFormat(locale, currency)),
    money: numberStyle(moneyFormat(locale, "EUR")),
    owing: (currency) => affixes(moneyFormat(locale, currency), -1),
    date: (day) => withoutMarks(date().format(noonOf(day))),
    // Thin spaces around the dash, as Intl sets them, break badly and copy badly.
    range: (start, end) =>
      withoutMarks(
        range()
          .formatRange(noonOf(start), noonOf(end))
          .replace(/\u2009/g, " "),
      ),
    country: (code) => countryName(countries(), code),
  };
}

/** A function that makes its value at the first call, and gives the same one from then on. */
export function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The text without marks of direction, which draw nothing. */
export function withoutMarks(text: string): string {
  return text.replace(/[\u200e\u200f\u061c]/g, "");
}

/** Intl's format of days in the Gregorian calendar, to be used at noon UTC. */
export function dateFormat(locale: string, dateStyle: "long" | "medium"): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(locale, { dateStyle, timeZone: "UTC", calendar: "gregory" });
}

/** Noon UTC of a day, in milliseconds: no zone's offset moves it to another day. */
export function noonOf(day: string): number {
  return Date.parse(`${day}T12:00:00Z`);
}

/** The region of locales that a country's code in e-invoices is: 1A, Kosovo, is XK for Intl. */
export function intlRegion(country: string): string {
  return country === "1A" ? "XK" : country;
}

function countryName(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(intlRegion(code)) ?? code;
  } catch {
    return code;
  }
}

function moneyFormat(locale: string, currency: string): Intl.NumberFormat {
  return new Intl.NumberFormat(locale, { style: "currency", currency });
}

/** The minus that fonts have beside figures, whichever one a locale writes. */
export const MINUS = "\u2212";

function numberStyle(format: Intl.NumberFormat): NumberStyle {
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

/** Full-width signs become plain ones. */
function affixes(format: Intl.NumberFormat, sample = 1): Affixes {
  const parts = format
    .formatToParts(sample)
    .map((part) => (part.type === "minusSign" ? { ...part, value: MINUS } : part));
  const isDigit = ({ type }: Intl.NumberFormatPart) =>
    type === "integer" || type === "decimal" || type === "fraction" || type === "group";
  const text = (some: Intl.NumberFormatPart[]) =>
    withoutMarks(some.map(({ value }) => value).join("")).replace("\uffe5", "\u00a5");
  const first = parts.findIndex(isDigit);
  return [text(parts.slice(0, first)), text(parts.slice(first).filter((part) => !isDigit(part)))];
}
