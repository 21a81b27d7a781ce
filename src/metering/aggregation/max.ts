import type { AggregationRule } from "./aggregation.ts";
import type { Cell } from "./cell.ts";

/** The largest quantity of one event. */
export const max: AggregationRule = {
  level: maxOf,
  levelWith: null,
  addsUp: false,
  takesPart: false,
  readsQuantity: true,
  kept: {
    add: (cell, _tuple, micro) => keep(cell, micro),
    takeBack: null,
    merge: (into, from) => {
      if (from.max !== null) keep(into, from.max);
    },
  },
  needsId: false,
  needsProperty: null,
};

function keep(cell: Cell, micro: bigint): void {
  if (cell.max === null || micro > cell.max) cell.max = micro;
}

function maxOf(cells: readonly Cell[]): bigint {
  let largest = 0n;
  for (const { max } of cells) {
    if (max !== null && max > largest) largest = max;
  }
  return largest;
}
