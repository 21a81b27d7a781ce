/**
 * Pure. How close the blocks of a page stand. A document is set in the first density, and in a
 * later one only where that spares it a page. Distances are points.
 */
export type Density = {
  /** The share of the widest density's height to which it may bring a page's content. */
  least: number;
  /** Factor of the sizes of type, of which none falls below `LEAST_SIZE`. */
  type: number;
  /** Factor of the distances between blocks. */
  gap: number;
  /** From line to line: of parties, entries and texts. */
  leading: number;
  /** Of a row's name, of the grey lines under it, and above and below both. */
  nameLeading: number;
  secondLeading: number;
  rowPad: number;
  /** Of the table's head, and of what is carried forward. */
  headHeight: number;
  carryHeight: number;
  /** Of a row of the totals, of the last of them, and of a second line of a label. */
  totalHeight: number;
  dueHeight: number;
  totalLeading: number;
  heroLeading: number;
};

export const LEAST_SIZE = 7;

export const ROOMY: Density = {
  least: 1,
  type: 1,
  gap: 1,
  leading: 13,
  nameLeading: 13,
  secondLeading: 10.5,
  rowPad: 4.5,
  headHeight: 22,
  carryHeight: 20,
  totalHeight: 19.5,
  dueHeight: 25,
  totalLeading: 12,
  heroLeading: 20,
};

const SNUG: Density = {
  ...ROOMY,
  least: 0.78,
  gap: 0.62,
  leading: 12,
  nameLeading: 12,
  secondLeading: 10,
  rowPad: 3.5,
  headHeight: 20,
  carryHeight: 18,
  totalHeight: 17,
  dueHeight: 22,
};

const CLOSE: Density = {
  least: 0.66,
  type: 0.94,
  gap: 0.45,
  leading: 10.5,
  nameLeading: 11,
  secondLeading: 9,
  rowPad: 2.5,
  headHeight: 18,
  carryHeight: 16,
  totalHeight: 14.5,
  dueHeight: 19,
  totalLeading: 11,
  heroLeading: 17,
};

const CLOSEST: Density = {
  ...CLOSE,
  least: 0.5,
  type: 0.86,
  gap: 0.35,
  leading: 9.2,
  nameLeading: 10,
  secondLeading: 8.6,
  rowPad: 2,
  headHeight: 16,
  totalHeight: 12.5,
  dueHeight: 16,
  totalLeading: 10,
  heroLeading: 15,
};

/** From the widest to the closest. */
export const DENSITIES: readonly Density[] = [ROOMY, SNUG, CLOSE, CLOSEST];
