import type { AggregationRule } from "./aggregation.ts";

/** The total of all quantities. */
export const sum: AggregationRule = {
  level: (cells) => cells.reduce((total, cell) => total + cell.sumMicro, 0n),
  levelWith: null,
  addsUp: true,
  takesPart: true,
  readsQuantity: true,
  kept: null,
  needsId: false,
  needsProperty: null,
};
