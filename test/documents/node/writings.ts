/** Asks Node's Intl how the locales of documents write, as the table that the Worker holds. */
import {
  dateFormat,
  intlWriting,
  MINUS,
  type NumberStyle,
  noonOf,
  withoutMarks,
} from "../../../src/documents/language/intl.ts";
import type { WritingRow } from "../../../src/documents/language/writing.ts";

/** Every language as it is, and in the regions that issue most. */
export const LOCALES = (
  "en en-150 en-001 en-US " +
  "en-GB en-IE en-AU en-NZ en-CA en-IN en-ZA en-SG en-HK de de-DE de-AT de-CH fr fr-FR " +
  "fr-BE fr-CH fr-CA fr-LU es es-ES es-MX it it-IT it-CH pt pt-BR pt-PT nl nl-NL nl-BE pl pl-PL " +
  "sv sv-SE ja ja-JP ko ko-KR zh-CN zh-TW zh-HK ar-u-nu-latn ar-SA-u-nu-latn ar-AE-u-nu-latn " +
  "ar-EG-u-nu-latn he he-IL hi-IN"
).split(" ");
export const SIGNS = "EUR USD GBP CHF SEK NOK DKK PLN CZK JPY CNY KRW INR BRL CAD AUD".split(" ");
export const COUNTRIES = (
  "AE AT AU BE BG BR CA CH CN CY CZ DE DK EE ES FI FR GB GR HK HR HU IE IL IN IS IT JP KR LT LU " +
  "LV MT MX NL NO NZ PL PT RO SE SG SI SK TR TW UA US ZA"
).split(" ");

/** The start and the end of a range that ends in the same month, the same year, or later. */
const RANGES = [
  ["2026-02-03", "2026-02-05"],
  ["2026-02-03", "2026-04-05"],
  ["2026-02-03", "2027-04-05"],
] as const;

type Part = { type: string; value: string; source?: string };

/** A date's parts with `{d}` for its day and so on, in capitals where they are a range's end. */
function pattern(parts: readonly Part[], monthName: string): string {
  const forms: Record<string, (value: string) => string> = {
    day: (value) => (value.length === 1 ? "d" : "dd"),
    month: (value) => (/^\d$/.test(value) ? "m" : /^0\d$/.test(value) ? "mm" : monthName),
    year: () => "y",
  };
  return parts
    .map(({ type, value, source }) => {
      if (type === "literal") return withoutMarks(value).replace(/\u2009/g, " ");
      const form = forms[type]?.(value);
      if (!form) throw new Error(`a date has a ${type}`);
      return `{${source === "endRange" ? form.toUpperCase() : form}}`;
    })
    .join("");
}

function monthNames(format: Intl.DateTimeFormat): string {
  const names = Array.from({ length: 12 }, (_, i) => {
    const parts = format.formatToParts(noonOf(`2026-${`${i + 1}`.padStart(2, "0")}-03`));
    return parts.find(({ type }) => type === "month")?.value ?? "";
  });
  return /^\d+$/.test(names[0] ?? "") ? "" : names.join("|");
}

/** Everything as text, so that each member is one line of the file. */
function rowOf(locale: string): WritingRow {
  const [long, medium] = [dateFormat(locale, "long"), dateFormat(locale, "medium")];
  const { numbers, money, percent, currency, owing, country } = intlWriting(locale);
  const day = noonOf("2026-02-03");
  const ranges = RANGES.map(([start, end]) =>
    pattern(medium.formatRangeToParts(noonOf(start), noonOf(end)), "short"),
  );
  const style = ({ group, point, groups, leading }: NumberStyle) =>
    [group, point, ...groups, leading].join("|");
  const isUsual = SIGNS.every((code) => {
    const [[before, behind], below] = [currency(code), owing(code)];
    return below.join("#") === `${MINUS}${before}#${behind}`;
  });
  return {
    numbers: style(numbers),
    ...(style(money) === style(numbers) ? {} : { money: style(money) }),
    ...(isUsual ? {} : { owing: SIGNS.map((code) => code + owing(code).join("#")).join("|") }),
    percent: percent.join("#"),
    signs: SIGNS.map((code) => code + currency(code).join("#")).join("|"),
    date: pattern(long.formatToParts(day), "long"),
    ranges: [pattern(medium.formatToParts(day), "short"), ...ranges].join("|"),
    months: monthNames(long),
    shortMonths: monthNames(medium),
    countries: COUNTRIES.map((code) => code + country(code)).join("|"),
  };
}

/** The rows as JSON; a locale that writes as another does has that one's name. */
export function writingsJson(): string {
  const known = new Map<string, string>();
  const rows: Record<string, WritingRow | string> = {};
  for (const locale of LOCALES) {
    const row = rowOf(locale);
    const text = JSON.stringify(row);
    rows[locale] = known.get(text) ?? row;
    known.set(text, known.get(text) ?? locale);
  }
  const spaces = (space: string) => `\\u${space.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${JSON.stringify(rows, null, 2).replace(/[\u00a0\u202f]/g, spaces)}\n`;
}
