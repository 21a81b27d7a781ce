/**
 * A cell: what the events of one window, part and metric have come to. Pure. It is a state and a
 * delta alike: two cells of the same window, part and metric merge into one.
 */
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
  /** How many events hold each value of the metric's declared property. */
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
    values: values && new Map(values),
  };
}
