/** Pure. Counts above lists, as words. */
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import type { Format } from "../form/format.ts";

/** All counts together; it is a bound where one of them is. */
export function totalOf(counts: Readonly<Record<string, BoundedCount>>): BoundedCount {
  const all = Object.values(counts);
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    more: all.some(({ more }) => more),
  };
}

/** "12", or "1,000+" where there are more than were counted. */
export function boundedText({ count, more }: BoundedCount, format: Format): string {
  return `${format.count(count)}${more ? "+" : ""}`;
}

/** A status as a label. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
