/** Comparing two readings of the same counters, such as the meter's and the ledger's. Pure. */
import type { Count } from "../../metering/counter/terms.ts";

/** A counter on which two readings differ; quantities are micro-units as text. */
export type Drift = {
  windowId: string;
  metric: string;
  untilMs: number;
  one: { valueMicro: string; events: number };
  other: { valueMicro: string; events: number };
};

const NOTHING = { valueMicro: "0", events: 0 };

/** Every counter on which two readings differ; one that is missing counts nothing. */
export function driftOf(oneReading: readonly Count[], otherReading: readonly Count[]): Drift[] {
  const read = (counts: readonly Count[]) =>
    new Map(counts.map((count) => [counterKey(count), count] as const));
  const [a, b] = [read(oneReading), read(otherReading)];
  return [...new Map([...a, ...b])].flatMap(([key, { windowId, metric, untilMs }]) => {
    const [left, right] = [readingOf(a.get(key)), readingOf(b.get(key))];
    const same = left.valueMicro === right.valueMicro && left.events === right.events;
    return same ? [] : [{ windowId, metric, untilMs, one: left, other: right }];
  });
}

function counterKey({ windowId, metric, untilMs }: Count): string {
  return JSON.stringify([windowId, metric, untilMs]);
}

function readingOf(count: Count | undefined) {
  return count ? { valueMicro: count.valueMicro, events: count.events } : NOTHING;
}
