/** Pure. A chart's scale: from 0 in up to four steps of 1, 2, 2.5 or 5 times a power of ten. */

/** `ticks` are decimal texts from 0 up; `top` is the last of them, for a picture. */
export type Scale = { top: number; ticks: readonly string[] };

const STEPS = [10, 20, 25, 50, 100] as const;
const MOST_TICKS = 4;

/** The scale of quantities, decimal texts; with nothing above 0 it has the tick 0 alone. */
export function niceScale(quantities: readonly string[]): Scale {
  const largest = quantities.reduce((most, text) => Math.max(most, Number(text)), 0);
  if (!(largest > 0) || !Number.isFinite(largest)) return { top: 0, ticks: ["0"] };
  const power = Math.floor(Math.log10(largest / MOST_TICKS));
  const unit = 10 ** (power - 1);
  // Rounding may find a step a hair too small: the next one is as good.
  const step = STEPS.find((one) => largest <= MOST_TICKS * one * unit) ?? 100;
  const count = Math.max(1, Math.ceil(largest / (step * unit) - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, i) => shifted(i * step, power - 1));
  return { top: count * step * unit, ticks };
}

/** An integer times a power of ten as decimal text. */
function shifted(value: number, power: number): string {
  if (value === 0) return "0";
  if (power >= 0) return `${value}${"0".repeat(power)}`;
  const digits = `${value}`.padStart(1 - power, "0");
  const [whole, part] = [digits.slice(0, power), digits.slice(power).replace(/0+$/, "")];
  return part ? `${whole}.${part}` : whole;
}
