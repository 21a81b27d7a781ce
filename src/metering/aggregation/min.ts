import type { AggregationRule } from "./aggregation.ts";
import type { Cell } from "./cell.ts";

/** The smallest quantity of one event. */
export const min: AggregationRule = {
  level: minOf,
  levelWith: null,
  addsUp: false,
  takesPart: false,
  readsQuantity: true,
  kept: {
    add: (cell, _tuple, micro) => keep(cell, micro),
    takeBack: null,
    merge: (into, from) => {
      if (from.min !== null) keep(into, from.min);
    },
  },
  needsId: false,
  needsProperty: null,
};

function keep(cell: Cell, micro: bigint): void {
  if (cell.min === null || micro < cell.min) cell.min = micro;
}

function minOf(cells: readonly Cell[]): bigint {
  let smallest: bigint | null = null;
  for (const { min } of cells) {
    if (min !== null && (smallest === null || min < smallest)) smallest = min;
  }
  return smallest ?? 0n;
}
