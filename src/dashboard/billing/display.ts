/** Pure. What the API answers of billing, as pages write it. */
import { parseTime } from "../../core/time.ts";
import type { Format } from "../form/format.ts";

/** An amount as the API answers it. */
export function amount(value: unknown, currency: unknown, format: Format): string {
  return format.rate(String(value), String(currency));
}

/** An instant's day, or nothing. */
export function instant(value: unknown, format: Format): string {
  const ms = typeof value === "string" ? parseTime(value) : null;
  return ms === null ? "" : format.day(ms);
}

/** The beginning of a day in UTC, where the API wants an instant; other text is left to it. */
export function startOf(day: unknown): unknown {
  return typeof day === "string" && /^\d{4}-\d\d-\d\d$/.test(day) ? `${day}T00:00:00Z` : day;
}

export function seatsText(seats: number, format: Format): string {
  return seats === 1 ? "1 seat" : `${format.count(seats)} seats`;
}

export function isZero(value: unknown): boolean {
  return /^-?[0.]+$/.test(String(value));
}
