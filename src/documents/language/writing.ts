/**
 * Pure. How a locale writes, from a table of the common ones: Intl's first answer takes an isolate
 * longer than a document, and changes with the runtime. Intl is asked for what the table lacks.
 */
import { type Affixes, intlWriting, MINUS, type NumberStyle, once, type Writing } from "./intl.ts";
import table from "./writings.json" with { type: "json" };

/** Members that list something separate it by `|`; `#` stands for digits. */
export type WritingRow = {
  /** Group, point, digits of the last group and of others, and of a first one at least. */
  numbers: string;
  percent: string;
  /** Each a currency's code and where its sign stands. */
  signs: string;
  /** Of amounts of money, as `numbers`; left out where it is the same. */
  money?: string;
  /** As `signs`, of amounts below zero; left out where the minus stands before all. */
  owing?: string;
  /** `{d}`, `{dd}`, `{m}`, `{mm}`, `{long}`, `{short}`, `{y}` of a day, in capitals of an end. */
  date: string;
  /** From one day to itself, in one month, in one year, and over years. */
  ranges: string;
  months: string;
  shortMonths: string;
  countries: string;
};

const ROWS: Readonly<Record<string, WritingRow | string>> = table;

/** How a locale writes: by the table where it is common, else by Intl. */
export function writingOf(locale: string): Writing {
  const found = ROWS[locale];
  const row = typeof found === "string" ? ROWS[found] : found;
  return typeof row === "object"
    ? knownWriting(
        locale,
        row,
        once(() => intlWriting(locale)),
      )
    : intlWriting(locale);
}

function knownWriting(locale: string, row: WritingRow, others: () => Writing): Writing {
  const ranges = row.ranges.split("|");
  const names = { long: row.months.split("|"), short: row.shortMonths.split("|") };
  const signs = byCode(row.signs, 3);
  const owing = row.owing === undefined ? null : byCode(row.owing, 3);
  const currency = (code: string) => {
    const sign = signs.get(code);
    return sign === undefined ? others().currency(code) : affixesOf(sign);
  };
  const countries = once(() => byCode(row.countries, 2));
  return {
    locale,
    numbers: styleOf(row.numbers),
    money: styleOf(row.money ?? row.numbers),
    percent: affixesOf(row.percent),
    currency,
    owing: (code) => {
      if (!signs.has(code)) return others().owing(code);
      const sign = owing?.get(code);
      if (sign !== undefined) return affixesOf(sign);
      const [before, behind] = currency(code);
      return [MINUS + before, behind];
    },
    date: (day) => fillDay(row.date, day, names),
    range: (start, end) => {
      if (end < start) return others().range(start, end);
      const pattern = ranges[start === end ? 0 : apart(start, end)] ?? "";
      return fillDay(fillDay(pattern, start, names), end, names, true);
    },
    country: (code) => countries().get(code) ?? others().country(code),
  };
}

function styleOf(text: string): NumberStyle {
  const [group = "", point = "", last, rest, leading] = text.split("|");
  return { group, point, groups: [Number(last), Number(rest)], leading: Number(leading) };
}

/** 1 for days of one month, 2 for days of one year, 3 for others. */
function apart(start: string, end: string): number {
  if (start.slice(0, 7) === end.slice(0, 7)) return 1;
  return start.slice(0, 4) === end.slice(0, 4) ? 2 : 3;
}

function byCode(list: string, length: number): Map<string, string> {
  return new Map(list.split("|").map((entry) => [entry.slice(0, length), entry.slice(length)]));
}

function affixesOf(text: string): Affixes {
  const [before = "", behind = ""] = text.split("#");
  return [before, behind];
}

type MonthNames = { long: readonly string[]; short: readonly string[] };

function fillDay(pattern: string, day: string, names: MonthNames, isEnd = false): string {
  const [year = "", month = "", date = ""] = day.split("-");
  const values: Record<string, string> = {
    d: `${Number(date)}`,
    dd: date,
    m: `${Number(month)}`,
    mm: month,
    y: `${Number(year)}`,
    long: names.long[Number(month) - 1] ?? "",
    short: names.short[Number(month) - 1] ?? "",
  };
  const part = isEnd ? /\{([A-Z]+)\}/g : /\{([a-z]+)\}/g;
  return pattern.replace(part, (_, name: string) => values[name.toLowerCase()] ?? "");
}
