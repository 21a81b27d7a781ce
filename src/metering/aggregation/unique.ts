import type { LineTuple } from "../event/line.ts";
import { type AggregationRule, propertyValue, UNIT_MICRO } from "./aggregation.ts";
import type { Cell } from "./cell.ts";
import { valueKey } from "./value.ts";

/** How many distinct values the events' declared property has. */
export const unique: AggregationRule = {
  level: (cells) => BigInt(countValues(cells)) * UNIT_MICRO,
  levelWith: (before, cells, { values }) => before + BigInt(moreValues(cells, values)) * UNIT_MICRO,
  addsUp: false,
  takesPart: false,
  readsQuantity: false,
  kept: {
    add: (cell, tuple, _micro, property) => addReferences(cell, tuple, property, 1),
    takeBack: (cell, tuple, property) => addReferences(cell, tuple, property, -1),
    merge,
  },
  needsId: false,
  needsProperty: {
    description: "The metadata property whose distinct values `unique` counts",
    lacking: (metric, property) => `${metric} counts distinct values of metadata.${property}`,
  },
};

function addReferences(cell: Cell, tuple: LineTuple, property: string | null, n: number): void {
  const text = propertyValue(tuple, property);
  if (text === null) return;
  const value = valueKey(text);
  cell.values ??= new Map();
  cell.values.set(value, (cell.values.get(value) ?? 0) + n);
}

function merge(into: Cell, from: Cell): void {
  if (from.values === null) return;
  into.values ??= new Map();
  for (const [value, references] of from.values) {
    const left = (into.values.get(value) ?? 0) + references;
    if (left === 0) into.values.delete(value);
    else into.values.set(value, left);
  }
}

/** Distinct values with references left; the largest map is not walked. */
function countValues(cells: readonly Cell[]): number {
  const maps = cells.flatMap((cell) => (cell.values ? [cell.values] : []));
  const [largest, ...others] = maps.sort((a, b) => b.size - a.size);
  if (!largest) return 0;
  let count = largest.size;
  const seen = new Map<string, number>();
  for (const map of others) {
    for (const [value, references] of map) {
      seen.set(value, (seen.get(value) ?? 0) + references);
    }
  }
  for (const [value, references] of seen) {
    const held = largest.get(value) ?? 0;
    if (held > 0 && held + references <= 0) count--;
    else if (held <= 0 && held + references > 0) count++;
  }
  return count;
}

/** How many more distinct values there are with `delta` beside the cells; fewer are negative. */
function moreValues(cells: readonly Cell[], delta: Cell["values"]): number {
  let more = 0;
  for (const [value, references] of delta ?? []) {
    const held = cells.reduce((sum, { values }) => sum + (values?.get(value) ?? 0), 0);
    if (held <= 0 && held + references > 0) more++;
    else if (held > 0 && held + references <= 0) more--;
  }
  return more;
}
