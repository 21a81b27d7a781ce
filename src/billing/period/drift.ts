/**
 * The proof that nothing drifted: counters of the meter, sums of the ledger's rollups, and its
 * events one by one. Pure: `proof-read.ts` reads all three.
 */
import type { Count } from "../../metering/counter/terms.ts";

/** A counter on which two witnesses differ; quantities are micro-units as text. */
export type Drift = {
  windowId: string;
  metric: string;
  untilMs: number;
  one: { valueMicro: string; events: number };
  other: { valueMicro: string; events: number };
};

const NOTHING = { valueMicro: "0", events: 0 };

/** Every counter on which two readings differ; one that is missing counts nothing. */
export function driftOf(one: readonly Count[], other: readonly Count[]): Drift[] {
  const read = (counts: readonly Count[]) =>
    new Map(counts.map((count) => [placeOf(count), count] as const));
  const [a, b] = [read(one), read(other)];
  return [...new Map([...a, ...b])].flatMap(([place, { windowId, metric, untilMs }]) => {
    const [left, right] = [standing(a.get(place)), standing(b.get(place))];
    const same = left.valueMicro === right.valueMicro && left.events === right.events;
    return same ? [] : [{ windowId, metric, untilMs, one: left, other: right }];
  });
}

function placeOf({ windowId, metric, untilMs }: Count): string {
  return JSON.stringify([windowId, metric, untilMs]);
}

function standing(count: Count | undefined) {
  return count ? { valueMicro: count.valueMicro, events: count.events } : NOTHING;
}
