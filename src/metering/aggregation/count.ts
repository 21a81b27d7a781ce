import { type AggregationRule, UNIT_MICRO } from "./aggregation.ts";

/** How many events there are, whatever their quantities. */
export const count: AggregationRule = {
  level: (cells) => BigInt(cells.reduce((total, cell) => total + cell.events, 0)) * UNIT_MICRO,
  levelWith: null,
  addsUp: true,
  takesPart: false,
  readsQuantity: false,
  kept: null,
  needsId: false,
  needsProperty: null,
};
