/**
 * A cell: what the events of one window, part and metric have come to. Pure. It is a state and a
 * delta alike: two cells of the same window, part and metric merge into one.
 */
import { valueKey } from "./value.ts";

/** The event that counts for `latest`. */
export type Latest = { atMs: number; id: string; micro: bigint };

export type Cell = {
  windowId: string;
  part: number;
  metric: string;
  sumMicro: bigint;
  events: number;
  firstMs: number;
  lastMs: number;
  max: bigint | null;
  min: bigint | null;
  latest: Latest | null;
  /** How many events hold each value of the metric's declared property, by `valueKey`. */
  values: Map<string, number> | null;
};

/** The key under which maps hold a cell. */
export function cellKey(cell: { windowId: string; part: number; metric: string }): string {
  return `${cell.windowId} ${cell.part} ${cell.metric}`;
}

/** A cell without events. */
export function emptyCell(windowId: string, part: number, metric: string): Cell {
  return {
    windowId,
    part,
    metric,
    sumMicro: 0n,
    events: 0,
    firstMs: 0,
    lastMs: 0,
    max: null,
    min: null,
    latest: null,
    values: null,
  };
}

/** True for a cell that keeps no more than a total and a count: nothing else of it can merge. */
export function isPlain({ max, min, latest, values }: Cell): boolean {
  return max === null && min === null && latest === null && values === null;
}

/** A cell as JSON keeps it: in the object's snapshot and in `rollup_level`. */
export type CellJson = [
  windowId: string,
  part: number,
  metric: string,
  sumMicro: string,
  events: number,
  firstMs: number,
  lastMs: number,
  max: string | null,
  min: string | null,
  latest: [number, string, string] | null,
  values: [string, number][] | null,
];

/** The stored form of a cell. */
export function cellToJson(cell: Cell): CellJson {
  const { latest } = cell;
  return [
    cell.windowId,
    cell.part,
    cell.metric,
    cell.sumMicro.toString(),
    cell.events,
    cell.firstMs,
    cell.lastMs,
    cell.max?.toString() ?? null,
    cell.min?.toString() ?? null,
    latest && [latest.atMs, latest.id, latest.micro.toString()],
    cell.values && [...cell.values],
  ];
}

/** Values that one stored piece of a cell holds: with their references at most 800,000 bytes. */
const PIECE_VALUES = 3_000;

/**
 * The stored form in pieces, so that no row grows with the number of values. Merged again, which is
 * what adding cells of one key does, they are the cell.
 */
export function* cellPieces(cell: Cell): Generator<CellJson> {
  const { values } = cell;
  if (values === null || values.size <= PIECE_VALUES) {
    yield cellToJson(cell);
    return;
  }
  let piece: Cell = { ...cell, values: new Map() };
  for (const [value, references] of values) {
    if (piece.values?.size === PIECE_VALUES) {
      yield cellToJson(piece);
      piece = { ...emptyCell(cell.windowId, cell.part, cell.metric), values: new Map() };
    }
    piece.values?.set(value, references);
  }
  yield cellToJson(piece);
}

/** The cell of a stored form. */
export function cellFromJson(json: CellJson): Cell {
  const [windowId, part, metric, sum, events, firstMs, lastMs, max, min, latest, values] = json;
  return {
    windowId,
    part,
    metric,
    sumMicro: BigInt(sum),
    events,
    firstMs,
    lastMs,
    max: max === null ? null : BigInt(max),
    min: min === null ? null : BigInt(min),
    latest: latest && { atMs: latest[0], id: latest[1], micro: BigInt(latest[2]) },
    values: values && valuesFrom(values),
  };
}

/** An earlier version kept long values as they are: the same one may stand there in both forms. */
function valuesFrom(stored: readonly [string, number][]): Map<string, number> {
  const values = new Map<string, number>();
  for (const [value, references] of stored) {
    const key = valueKey(value);
    values.set(key, (values.get(key) ?? 0) + references);
  }
  return values;
}
