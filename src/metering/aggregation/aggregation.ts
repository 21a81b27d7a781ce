/** What an aggregation says of itself. Pure. Each has a file here, and a line in the registry. */
import type { LineTuple } from "../event/line.ts";
import type { Cell } from "./cell.ts";

export type AggregationRule = {
  /** What the cells of one window and metric come to, in micro-units; 0 without events. */
  level(cells: readonly Cell[]): bigint;
  /**
   * The level of `cells` with `delta` beside them, where theirs alone is `before`; null where that
   * is no less work than `level`.
   */
  levelWith: ((before: bigint, cells: readonly Cell[], delta: Cell) => bigint) | null;
  /**
   * True where the level of a whole is the sum of its parts' levels: it then grows with each event,
   * has a pace, and is billed piece by piece. False for a level such as a maximum.
   */
  addsUp: boolean;
  /** True where a hard limit can take the part of an event's quantity that still fits. */
  takesPart: boolean;
  /** False where an event counts the same whatever its quantity is. */
  readsQuantity: boolean;
  /** What a cell keeps beside its total and its count; null where the level needs no more. */
  kept: Kept | null;
  /** True where series have to keep the events' ids. */
  needsId: boolean;
  /** What is said of the metadata property that its metrics declare; null where there is none. */
  needsProperty: PropertyNeed | null;
};

/** How a cell's own field of an aggregation is filled. */
export type Kept = {
  /** Takes in an event of `micro` micro-units; `property` is the one that its metric declares. */
  add(cell: Cell, tuple: LineTuple, micro: bigint, property: string | null): void;
  /** Takes a voided event's line back out; null where only the ledger can tell what is left. */
  takeBack: ((cell: Cell, tuple: LineTuple, property: string | null) => void) | null;
  /** Merges the field of `from` into that of `into`. */
  merge(into: Cell, from: Cell): void;
};

export type PropertyNeed = {
  /** For the API document. */
  description: string;
  /** Why an event without the property is refused. */
  lacking(metric: string, property: string): string;
};

/** One unit of a count, in micro-units. */
export const UNIT_MICRO = 1_000_000n;

/** The text of an event's metadata property, or null where the event lacks it. */
export function propertyValue(tuple: LineTuple, property: string | null): string | null {
  const metadata = tuple[5];
  const value = metadata && property !== null ? metadata[property] : undefined;
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
