/** Pure. Numbers, amounts and days as the viewer's language writes them, to the last digit. */
import { currencyExponent, moneyText, RATE_DECIMALS } from "../../core/money.ts";
import { quantityText } from "../../core/quantity.ts";
import { remembered } from "../../core/recent.ts";
import { DAY_MS, MINUTE_MS } from "../../core/time.ts";

const FALLBACK = "en";
const MAX_FRACTION = 6;
const MAX_HEADER = 500;
/** Headers, locales and currencies whose formats are kept: one takes longer than a page. */
const KEPT = 100;
/** Texts of numbers and minutes that are kept, in each locale: a page writes a thousand. */
const KEPT_TEXTS = 2_000;

/** The best language of an Accept-Language header (RFC 9110 section 12.5.4). */
export function localeOf(header: string | undefined): string {
  return bestLocale((header ?? "").slice(0, MAX_HEADER));
}

const bestLocale = remembered(KEPT, (header) => {
  const ranked = header
    .split(",")
    .map((part, position) => {
      const [tag = "", ...options] = part.trim().split(";");
      const q = options.map((option) => /^\s*q=([\d.]+)\s*$/.exec(option)?.[1]).find(Boolean);
      return { tag, weight: q === undefined ? 1 : Number(q), position };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.position - b.position);
  for (const { tag } of ranked) {
    try {
      const [locale] = Intl.NumberFormat.supportedLocalesOf(tag);
      if (locale) return locale;
    } catch {
      // It is no language tag: the next one is tried.
    }
  }
  return FALLBACK;
});

export type Format = {
  locale: string;
  /** Decimal text, such as `12500.5`. */
  decimal(text: string): string;
  quantity(micro: bigint): string;
  money(amountMinor: bigint, currency: string): string;
  /** A price a unit as decimal text, with as many decimals as it has. */
  rate(price: string, currency: string): string;
  /** A share in hundredths of a percent. */
  percent(basisPoints: bigint): string;
  count(n: number): string;
  /** An instant's day, in UTC. */
  day(ms: number): string;
  /** A range of time by its first and its last day, in UTC: "1 – 31 Jan 2026". */
  span(startMs: number, endMs: number): string;
  /** An instant to the minute, in UTC. */
  time(ms: number): string;
  /** A calendar day such as `2026-01-31`. */
  date(day: string): string;
  month(month: string): string;
};

/** `Intl.NumberFormat` with decimal text, whose digits it keeps; its own types lack that. */
type Exact = { format(value: string): string };

/** The formats of a locale; those of a currency are made when it is first written. */
export function formatFor(locale: string): Format {
  return formats(locale);
}

const formats = remembered(KEPT, (locale): Format => {
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: MAX_FRACTION });
  const exact = plain as unknown as Exact;
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" });
  const time = new Intl.DateTimeFormat(locale, {
    dateStyle: "medium",
    timeStyle: "short",
    timeZone: "UTC",
  });
  const month = new Intl.DateTimeFormat(locale, {
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
  const money = remembered(KEPT, (currency) => {
    const exactMoney = moneyFormat(locale, currency);
    return remembered(KEPT_TEXTS, (text) => exactMoney.format(text));
  });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  const decimal = remembered(KEPT_TEXTS, (text) => exact.format(text));
  const dayOf = remembered(KEPT_TEXTS, (n) => day.format(Number(n) * DAY_MS));
  const monthOf = remembered(KEPT_TEXTS, (text) =>
    month.format(Date.parse(`${text}-01T00:00:00Z`)),
  );
  const daysOf = remembered(KEPT_TEXTS, (text) => {
    const [first = 0, last = 0] = text.split(" ").map(Number);
    return day.formatRange(first * DAY_MS, last * DAY_MS);
  });
  const dayNumber = (ms: number) => Math.floor(ms / DAY_MS);
  const minute = remembered(KEPT_TEXTS, (n) => `${time.format(Number(n) * MINUTE_MS)} UTC`);
  return {
    locale,
    decimal,
    quantity: (micro) => decimal(quantityText(micro)),
    money: (amountMinor, currency) => money(currency)(moneyText(amountMinor, currency)),
    rate: (price, currency) => money(currency)(price),
    percent: (basisPoints) => percentIn(percent as unknown as Exact, basisPoints),
    count: (n) => decimal(String(n)),
    day: (ms) => dayOf(String(dayNumber(ms))),
    span: (startMs, endMs) =>
      daysOf(`${dayNumber(startMs)} ${dayNumber(Math.max(startMs, endMs - 1))}`),
    time: (ms) => minute(String(Math.floor(ms / MINUTE_MS))),
    date: (text) => dayOf(String(dayNumber(Date.parse(`${text}T00:00:00Z`)))),
    month: monthOf,
  };
});

/** Amounts in a currency, with its own number of decimals at least. */
function moneyFormat(locale: string, currency: string): Exact {
  return new Intl.NumberFormat(locale, {
    style: "currency",
    currency,
    minimumFractionDigits: currencyExponent(currency) ?? 2,
    maximumFractionDigits: RATE_DECIMALS,
  }) as unknown as Exact;
}

/** Intl multiplies by 100, so it is given the share: 9200 hundredths of a percent are 0.92. */
function percentIn(percent: Exact, basisPoints: bigint): string {
  const sign = basisPoints < 0n ? "-" : "";
  const digits = (basisPoints < 0n ? -basisPoints : basisPoints).toString().padStart(5, "0");
  const share = `${sign}${digits.slice(0, -4)}.${digits.slice(-4)}`;
  return percent.format(share);
}
