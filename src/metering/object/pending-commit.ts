/** What a group of batches adds to the meter, until its transaction has committed. Pure. */
import { type Cell, cellKey } from "../aggregation/cell.ts";
import { mergeCell } from "../counter/counter.ts";
import type { Alert } from "../counter/terms.ts";
import { KEY_WORDS } from "../event/key.ts";
import type { Batch } from "../meter/batch.ts";
import type { Answer } from "../meter/reply.ts";
import { HotTable } from "./identity.ts";
import type { Generation, Part } from "./journal.ts";
import type { SeenSet } from "./seen.ts";

/** Lines that were accepted together, and what they add up to where that is known. */
type SummedPart = Part & { sums?: readonly Cell[] | null };

/** A batch that waits to be decided, and who waits for its answer. */
export type Waiting = {
  batch: Batch;
  nowMs: number;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

/** A generation that was sealed with a commit, and the one that was begun. */
export type Sealed = { closed: Generation; open: Generation; set: SeenSet };

/** Where a void has made a counter stale: the ledger has to be asked for it. */
export type Stale = { metric: string; atMs: number };

export class PendingCommit {
  seq: number;
  readonly parts: SummedPart[] = [];
  readonly cells = new Map<string, Cell>();
  /** Distinct values that its cells hold. */
  heldValues = 0;
  /** Levels that were worked out for this draft, by window and metric, as its cells are now. */
  readonly levels = new Map<string, bigint>();
  readonly alerts: Alert[] = [];
  readonly fired = new Set<string>();
  /** Metrics that nothing was recorded under before. */
  readonly names = new Set<string>();
  /** Events that lines of the draft take back, and the sequences of these lines. */
  readonly voids: { voidedSeq: number; voidSeq: number }[] = [];
  /** Ids of the group, so that its batches see each other's. */
  readonly ids: HotTable;

  /** `ids`: an empty table with room for the group. */
  constructor(seq: number, ids: HotTable) {
    this.seq = seq;
    this.ids = ids;
  }

  /** A draft with a table of its own. */
  static of(seq: number, capacity: number): PendingCommit {
    return new PendingCommit(seq, new HotTable(seq + 1, capacity));
  }

  /** How many events were accepted. */
  get events(): number {
    return this.parts.reduce((sum, part) => sum + part.n, 0);
  }

  /** Adds to the cell of the same window, part and metric; `delta` itself is not changed. */
  addCell(delta: Cell): void {
    const key = cellKey(delta);
    const cell = this.cells.get(key);
    const before = cell?.values?.size ?? 0;
    if (cell) mergeCell(cell, delta);
    else this.cells.set(key, { ...delta, values: delta.values && new Map(delta.values) });
    if (delta.values) this.heldValues += ((cell ?? delta).values?.size ?? 0) - before;
  }

  /** Adds a part's ids as the next sequences; none of them where one repeats. */
  claim({ n, keys }: Part): boolean {
    for (let i = 0, at = 0; i < n; i++, at += KEY_WORDS) {
      if (this.ids.add(keys, at, this.seq + 1 + i)) continue;
      this.release(keys, i);
      return false;
    }
    return true;
  }

  /** Takes back the ids of a claim that is not accepted, before anything else is added. */
  release(keys: Uint32Array, n: number): void {
    for (let i = n - 1; i >= 0; i--) this.ids.removeLast(keys, i * KEY_WORDS);
  }

  /** Accepts a part whose ids were claimed. */
  accept(part: SummedPart): void {
    this.parts.push(part);
    this.seq += part.n;
  }
}
