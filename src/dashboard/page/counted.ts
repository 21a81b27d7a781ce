/** Pure. Counts above lists, as words. */
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import type { Format } from "../form/format.ts";

/** All counts together; it is a bound where one of them is. */
export function totalOf(counts: Readonly<Record<string, BoundedCount>>): BoundedCount {
  return sumOf(Object.values(counts));
}

/** The same of a row of counts. */
export function sumOf(all: readonly BoundedCount[]): BoundedCount {
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    more: all.some(({ more }) => more),
  };
}

/** Whether there is nothing, which is not said where there may be something. */
export function isNone({ count, more }: BoundedCount): boolean {
  return count === 0 && !more;
}

/** The count of a status, or of all. */
export function countIn<S extends string>(
  counts: Readonly<Record<S, BoundedCount>>,
  status: string | undefined,
): BoundedCount {
  const known = (Object.keys(counts) as S[]).find((one) => one === status);
  return known === undefined ? totalOf(counts) : counts[known];
}

/** "12", or "1,000+" where there may be more than were counted; nothing where that is all. */
export function boundedText({ count, more }: BoundedCount, format: Format): string {
  if (count === 0 && more) return "";
  return `${format.count(count)}${more ? "+" : ""}`;
}

/** "12", or "1,000 or more"; nothing where it is not known whether there are any. */
export function leastText({ count, more }: BoundedCount, format: Format): string {
  if (count === 0 && more) return "";
  return `${format.count(count)}${more ? " or more" : ""}`;
}

/** "2,187 failed e-mails"; without a number where it is not known. */
export function allOf(
  counted: BoundedCount | null | undefined,
  status: string | undefined,
  nouns: string,
  format: Format,
): string {
  return [counted && boundedText(counted, format), status, nouns].filter(Boolean).join(" ");
}

/** A status as a label. */
export function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** A tab for each status, and one for all; counts are left out where they are not known. */
export function statusTabs<S extends string>(
  label: string,
  statuses: readonly S[],
  counts: Readonly<Record<S, BoundedCount>> | null,
  format: Format,
) {
  const countOf = (counted: BoundedCount | undefined) => counted && boundedText(counted, format);
  return {
    by: "status",
    label,
    of: [
      { label: "All", value: undefined, count: countOf(counts ? totalOf(counts) : undefined) },
      ...statuses.map((value) => {
        return { label: capital(value), value, count: countOf(counts?.[value]) };
      }),
    ],
  };
}
