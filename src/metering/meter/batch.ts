/** What the Worker hands to a meter to record, and what it needs to know to prepare it. Pure. */
import type { Cell } from "../aggregation/cell.ts";
import type { Counter, Window } from "../counter/terms.ts";
import type { Body } from "../event/body.ts";

/** A batch as the Worker prepares it: lines, keys, and sums made for a version of the terms. */
export type Batch = {
  n: number;
  /** n lines. */
  body: Body;
  /** Five words an event: identity and payload digest. */
  keys: Uint32Array;
  version: number;
  /** Null where the object has to add up. */
  sums: Cell[] | null;
  /** Events of which a hard limit takes the part that fits. */
  caps: number[];
  /** How many metrics of its own the tenant may have; the default where it is missing. */
  metricNames?: number;
};

/** What the Worker keeps of a meter to prepare batches: which version its sums were made for. */
export type Prepared = {
  version: number;
  windows: Window[];
  /** By metric. It crosses as it is, so that no request makes it anew from all names. */
  counters: ReadonlyMap<string, Counter>;
};

/** Before a meter has answered once nothing is known: it then does all the adding up itself. */
export const UNPREPARED: Prepared = { version: -1, windows: [], counters: new Map() };
