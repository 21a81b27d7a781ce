/**
 * How much the counters of one meter hold. Pure. Counts are exact, so what they keep grows with
 * distinct values and with names, and an isolate has 128 MB for all objects in it: beyond these
 * bounds an event is refused, with what to do, rather than counted roughly.
 */

import { Problem } from "../../core/errors.ts";
import type { Cell } from "../aggregation/cell.ts";
import type { LineTuple } from "../event/line.ts";
import { addEvent, mergeCell } from "./counter.ts";
import type { Counter } from "./terms.ts";

/** Distinct values of a counter in one window, about 90 bytes each. A part counts its own. */
export const MAX_COUNTER_VALUES = 200_000;
/** Distinct values of all of a meter's counters, in all windows that usage can still reach. */
export const MAX_METER_VALUES = 400_000;
/** Cells of a meter: metrics, in each window that usage can still reach and each of its parts. */
export const MAX_METER_CELLS = 100_000;
/** Distinct values that one answer about the ledger adds up, over whatever range. */
export const MAX_READ_VALUES = 500_000;

/** Events that one answer reads one by one at most: about a microsecond each. */
export const MAX_READ_EVENTS = 5_000_000;

/** Adds up cells of one answer, as long as there is room for their values. */
export class ValueRoom {
  #held = 0;

  /** Merges `from` into `into`. Errors: 422 where they are too many values. */
  merge(into: Cell, from: Cell): void {
    const before = into.values?.size ?? 0;
    mergeCell(into, from);
    this.#take(into, before);
  }

  /** Adds an event to a cell. Errors: 422 where it is one value too many. */
  add(cell: Cell, counter: Counter, tuple: LineTuple): void {
    const before = cell.values?.size ?? 0;
    addEvent(cell, counter, tuple);
    this.#take(cell, before);
  }

  #take({ values, metric }: Cell, before: number): void {
    if (values === null) return;
    this.#held += values.size - before;
    if (this.#held <= MAX_READ_VALUES) return;
    const detail =
      `one answer counts at most ${MAX_READ_VALUES} distinct values, of ${metric} and others: ` +
      "ask for a shorter range, fewer groups or one metric";
    throw new Problem("usage.too_many_values", detail);
  }
}
