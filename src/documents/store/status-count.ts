/**
 * Pure. How many documents of each status there are, of rows that were counted to a bound: a
 * number that is exact, or one that says that there may be more; a status that is not named has
 * none.
 */
import type { BoundedCount } from "../../platform/db/bounded-count.ts";
import { type StatusToday, type StoredStatus, statusPast } from "../kind/status.ts";
import type { Role } from "./list-store.ts";

/** A status in a role. */
export type Place = { role: Role; status: StatusToday };

/** Where `more` is said of 0, it is not known whether there are any. */
export type StatusCount = BoundedCount & Place;

/** Documents of one status and role. */
export type Counted = { role: Role; status: StoredStatus; past: boolean; documents: number };

/** What a status is on a day: that it is over changes some. */
export function statusOn({ status, past }: Pick<Counted, "status" | "past">): StatusToday {
  return past ? statusPast(status) : status;
}

/** The counts of rows that are all that there are. */
export function exactCounts(rows: readonly Counted[]): StatusCount[] {
  const counts = new Map<string, StatusCount>();
  for (const row of rows) {
    const { role, documents } = row;
    const status = statusOn(row);
    const before = counts.get(`${role} ${status}`)?.count ?? 0;
    counts.set(`${role} ${status}`, { role, status, count: before + documents, more: false });
  }
  return [...counts.values()];
}

/**
 * The counts of rows of which one more than `most` was read, in no order that a reader knows: any
 * of the places may have more.
 */
export function leastCounts(
  rows: readonly Counted[],
  places: readonly Place[],
  most: number,
): StatusCount[] {
  const exact = exactCounts(rows);
  const known = places.map(({ role, status }) => {
    const found = exact.find((one) => one.role === role && one.status === status);
    return { role, status, count: found?.count ?? 0, more: true };
  });
  const over = known.reduce((sum, { count }) => sum + count, 0) - most;
  const largest = known.reduce((a, b) => (b.count > a.count ? b : a), { count: 0 });
  // The one that only showed that there are more.
  largest.count -= Math.max(0, over);
  return known;
}

/** What each status of a role has, to `most` and one more; of how many of them the day is over. */
export type RoleCount = {
  role: Role;
  statuses: readonly { status: StoredStatus; documents: number; past: number }[];
};

/** The counts of a role whose statuses were counted one by one. */
export function countsByStatus({ role, statuses }: RoleCount, most: number): StatusCount[] {
  return statuses.flatMap(({ status, documents, past }) => {
    const rows = [
      { role, status, past: false, documents: documents - past },
      { role, status, past: true, documents: past },
    ].filter((row) => row.documents > 0);
    if (documents <= most) return exactCounts(rows);
    const places = [...new Set([status, statusPast(status)])];
    return leastCounts(
      rows,
      places.map((one) => ({ role, status: one })),
      most,
    );
  });
}
