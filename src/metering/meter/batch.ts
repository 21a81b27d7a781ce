/** What the Worker hands to a meter to record, and what it needs to know to prepare it. Pure. */
import type { Cell } from "../aggregation/cell.ts";
import type { Counter, Window } from "../counter/terms.ts";
import { type Body, linesOf } from "../event/body.ts";
import { keysOf } from "../event/key.ts";
import { parseLine } from "../event/line.ts";

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

/**
 * A batch as it crosses. Frames have a name of their own there: an object that runs an earlier
 * version still, which keeps only text, fails for want of a body and keeps nothing.
 */
export type Crossing = Batch | (Omit<Batch, "body"> & { frames: Uint8Array });

/** The form in which a batch crosses. */
export function crossing(batch: Batch): Crossing {
  const { body, ...rest } = batch;
  return typeof body === "string" ? batch : { ...rest, frames: body };
}

/** The batch that crossed. */
export function crossed(batch: Crossing): Batch {
  if (!("frames" in batch)) return batch;
  const { frames, ...rest } = batch;
  return { ...rest, body: frames };
}

/** One event as it crosses: a text costs a third of what objects and arrays of its parts do. */
export type Single = {
  tenant: string;
  batch: Batch;
  nowMs: number;
  eventsPerMinute: number | null;
};

type SingleJson = [
  line: string,
  tenant: string,
  nowMs: number,
  eventsPerMinute: number | null,
  version: number,
  caps: number[],
  metricNames: number | null,
];

/** A batch of one line as text. */
export function singleAsText({ tenant, batch, nowMs, eventsPerMinute }: Single): string {
  const { body, version, caps, metricNames = null } = batch;
  const [line = ""] = linesOf(body);
  const json: SingleJson = [line, tenant, nowMs, eventsPerMinute, version, caps, metricNames];
  return JSON.stringify(json);
}

/** The batch of one line in a text; its key is made anew. */
export function singleOf(text: string): Single {
  const json = JSON.parse(text) as SingleJson;
  const [line, tenant, nowMs, eventsPerMinute, version, caps, metricNames] = json;
  const batch = { n: 1, body: line, keys: keysOf([parseLine(line)]), version, sums: null, caps };
  const most = metricNames === null ? {} : { metricNames };
  return { tenant, batch: { ...batch, ...most }, nowMs, eventsPerMinute };
}
