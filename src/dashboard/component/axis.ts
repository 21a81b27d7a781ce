/** Pure. The scale of a chart: round steps, and what stands beside them in the reader's format. */
import { remembered } from "../../core/recent.ts";

export type Scale = { from: number; to: number; ticks: readonly number[] };

const STEPS = [1, 2, 2.5, 5, 10];

/** A scale with about four round steps that holds nothing, and all from `least` to `most`. */
export function scaleOf(least: number, most: number): Scale {
  const [low, high] = [Math.min(0, least), Math.max(0, most)];
  const span = high - low || 4;
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = power * (STEPS.find((factor) => factor * power * 4 >= span) ?? 10);
  const [first, last] = [Math.floor(low / step + 1e-9), Math.ceil((high || step) / step - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => exact((first + i) * step));
  return { from: exact(first * step), to: exact(last * step), ticks };
}

/** Without the last digits of a sum of decimals. */
function exact(value: number): number {
  return Number(value.toPrecision(12));
}

/** Short figures of an axis, such as "12K"; with a currency as amounts. */
export function axisFormat(locale: string, currency: string | null): (value: number) => string {
  const short = shortFormat(`${locale} ${currency ?? ""}`);
  return (value) => short.format(value);
}

const KEPT_FORMATS = 100;
const shortFormat = remembered(KEPT_FORMATS, (of) => {
  const [locale, currency] = of.split(" ");
  const money = currency
    ? ({ style: "currency", currency, currencyDisplay: "narrowSymbol" } as const)
    : {};
  return new Intl.NumberFormat(locale, {
    ...money,
    notation: "compact",
    minimumFractionDigits: 0,
    maximumFractionDigits: 2,
  });
});

/** Which of `count` labels are written where there is room for `most`: every so many of them. */
export function labelled(count: number, most: number): (i: number) => boolean {
  const every = Math.max(1, Math.ceil(count / most));
  return (i) => i % every === 0;
}

/** Of a label's letters and the space beside it, in pixels, at the size of a chart's text. */
const LETTER = 6;
const APART = 14;

/** How many labels, of which the longest has so many letters, stand beside each other. */
export function mostLabels(pixels: number, letters: number): number {
  return Math.max(1, Math.floor(pixels / (letters * LETTER + APART)));
}
