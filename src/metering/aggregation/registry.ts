/**
 * Every aggregation by its name, as metrics are declared with it. Pure. Adding one: a file beside
 * this one, and a line here.
 */
import type { AggregationRule, Kept } from "./aggregation.ts";
import { count } from "./count.ts";
import { latest } from "./latest.ts";
import { max } from "./max.ts";
import { min } from "./min.ts";
import { sum } from "./sum.ts";
import { unique } from "./unique.ts";

export const AGGREGATIONS = {
  sum,
  count,
  max,
  min,
  latest,
  unique,
} satisfies Record<string, AggregationRule>;

export type Aggregation = keyof typeof AGGREGATIONS;

/** The names, in the order of the registry. */
export const AGGREGATION_NAMES = Object.keys(AGGREGATIONS) as Aggregation[];

/** How a metric counts that was never declared. */
export const DEFAULT_AGGREGATION: Aggregation = "sum";

/** What cells keep for the aggregations that need more than a total and a count. */
export const KEPT: readonly Kept[] = Object.values(AGGREGATIONS).flatMap(({ kept }) => kept ?? []);

/** True where a whole is the sum of its parts; false for a level such as a maximum. */
export function addsUp(aggregation: Aggregation): boolean {
  return AGGREGATIONS[aggregation].addsUp;
}

/** True where a void makes the ledger be asked anew for what the cells keep. */
export function reseedsOnVoid(aggregation: Aggregation): boolean {
  const { kept } = AGGREGATIONS[aggregation];
  return kept !== null && kept.takeBack === null;
}
