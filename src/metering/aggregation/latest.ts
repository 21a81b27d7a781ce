import type { AggregationRule } from "./aggregation.ts";
import type { Cell, Latest } from "./cell.ts";

/** The quantity of the event whose time is greatest, and of those the one whose id is greatest. */
export const latest: AggregationRule = {
  level: latestOf,
  levelWith: null,
  addsUp: false,
  takesPart: false,
  readsQuantity: true,
  kept: {
    add: (cell, [id, , , atMs], micro) => {
      if (isLater(atMs, id, cell.latest)) cell.latest = { atMs, id, micro };
    },
    takeBack: null,
    merge: (into, { latest }) => {
      if (latest && isLater(latest.atMs, latest.id, into.latest)) into.latest = latest;
    },
  },
  needsId: true,
  needsProperty: null,
};

function isLater(atMs: number, id: string, than: Latest | null): boolean {
  if (than === null) return true;
  return atMs > than.atMs || (atMs === than.atMs && id > than.id);
}

function latestOf(cells: readonly Cell[]): bigint {
  let last: Latest | null = null;
  for (const { latest } of cells) {
    if (latest && isLater(latest.atMs, latest.id, last)) last = latest;
  }
  return last?.micro ?? 0n;
}
