import type { AggregationRule } from "./aggregation.ts";
import type { Cell, Latest } from "./cell.ts";

/** The quantity of the event whose time is greatest, and of those the one whose id is greatest. */
export const latest: AggregationRule = {
  level: latestOf,
  addsUp: false,
  takesPart: false,
  kept: {
    add: (cell, tuple, micro) => keep(cell, { atMs: tuple[3], id: tuple[0], micro }),
    takeBack: null,
    merge: (into, from) => {
      if (from.latest !== null) keep(into, from.latest);
    },
  },
  needsId: true,
  needsProperty: null,
};

function keep(cell: Cell, event: Latest): void {
  if (isLater(event, cell.latest)) cell.latest = event;
}

function isLater(event: Latest, than: Latest | null): boolean {
  if (than === null) return true;
  return event.atMs > than.atMs || (event.atMs === than.atMs && event.id > than.id);
}

function latestOf(cells: readonly Cell[]): bigint {
  let last: Latest | null = null;
  for (const { latest } of cells) if (latest !== null && isLater(latest, last)) last = latest;
  return last?.micro ?? 0n;
}
