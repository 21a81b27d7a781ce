/** How the Worker and its objects reach the installation's one `Watch`, and what it is told. */
import type { Env } from "../runtime/env.ts";

/** A meter that cannot put its journal into the ledger. */
export type Behind = {
  tenant: string;
  /** Since when the first of what the ledger lacks waits (epoch ms). */
  sinceMs: number;
  /** Events that the ledger lacks. */
  events: number;
  /** It records nothing any more, until its ledger is what it was. */
  halted: boolean;
  reason: string;
};

/** A meter that is behind, and when it last said so. */
export type BehindRow = Behind & { toldMs: number };

/** Of a queue: when a beat was last sent through it, and since when one has not come back. */
export type Beat = { sentMs: number; waitingMs: number | null };

/** All that the watch knows. */
export type Reading = {
  /** Series and values, as `count` names them. */
  counts: [string, number][];
  behind: BehindRow[];
  /** There are more meters behind than are kept. */
  more: boolean;
  beats: [string, Beat][];
  /** When a sweep last got to its end; null before the first. */
  sweptMs: number | null;
};

/** The methods of the object. */
export interface WatchCalls {
  /** Adds to series. */
  add(counts: Record<string, number>): Promise<void>;
  /** A meter could not drain; said anew it takes the place of what it said before. */
  noteBehind(meter: Behind, nowMs: number): Promise<void>;
  /** A meter that was behind has drained. */
  noteCaughtUp(tenant: string): Promise<void>;
  /** A beat was sent through each of these queues. */
  beatsSent(queues: readonly string[], nowMs: number): Promise<void>;
  /** A beat came back. */
  beatTaken(queue: string, sentMs: number): Promise<void>;
  /** A sweep got to its end. */
  swept(nowMs: number): Promise<void>;
  read(): Promise<Reading>;
}

/** The installation's watch; null where none is bound, and nothing is watched. */
export function watchOf({ WATCH }: Pick<Env, "WATCH">): WatchCalls | null {
  return WATCH ? (WATCH.get(WATCH.idFromName("watch")) as unknown as WatchCalls) : null;
}
