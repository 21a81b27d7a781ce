/** Pure. Values of the API's answers about billing, as pages write them. */
import type { Recurring } from "../../billing/revenue/counts.ts";
import { parseTime } from "../../core/time.ts";
import type { Format } from "../form/format.ts";

/** A decimal amount of a currency, in the viewer's format. */
export function amountText(value: unknown, currency: unknown, format: Format): string {
  return format.rate(String(value), String(currency));
}

/** "€1,200.00 + $49.00 MRR". */
export function recurringText(sums: readonly Recurring[], format: Format): string {
  const parts = sums.map(({ amountMinor, currency }) => format.money(amountMinor, currency));
  return `${parts.join(" + ")} MRR`;
}

/** The day of an RFC 3339 time in UTC, or an empty text where there is none. */
export function dayText(value: unknown, format: Format): string {
  const ms = typeof value === "string" ? parseTime(value) : null;
  return ms === null ? "" : format.day(ms);
}

/** A period of the API's answers by its first and last day, or an empty text without one. */
export function periodText(period: unknown, format: Format): string {
  const { start, end } = Object(period) as { start?: unknown; end?: unknown };
  const [startMs, endMs] = [parseTime(String(start)), parseTime(String(end))];
  return startMs === null || endMs === null ? "" : format.span(startMs, endMs);
}

/** A day such as 2026-01-31 as the instant at which it begins in UTC; anything else as it is. */
export function startOfDay(day: unknown): unknown {
  return typeof day === "string" && /^\d{4}-\d\d-\d\d$/.test(day) ? `${day}T00:00:00Z` : day;
}

/** "1 seat", "5 seats". */
export function seatsText(seats: number, format: Format): string {
  return seats === 1 ? "1 seat" : `${format.count(seats)} seats`;
}

/** An interval or a billing cycle as people write it, such as "half-year". */
export function cycleText(name: unknown): string {
  return String(name).replaceAll("_", "-");
}

/** True for a decimal of zero, such as 0.00. */
export function isZero(value: unknown): boolean {
  return /^-?[0.]+$/.test(String(value));
}
