/** What a group of batches adds to the meter, until its transaction has committed. Pure. */
import { type Cell, cellKey, mergeCell } from "./counter.ts";
import { HotTable } from "./identity.ts";
import { KEY_WORDS } from "./line.ts";
import type { Alert } from "./terms.ts";

export class Draft {
  seq: number;
  readonly parts: { n: number; body: string; keys: Uint32Array }[] = [];
  readonly cells = new Map<string, Cell>();
  readonly alerts: Alert[] = [];
  readonly fired = new Set<string>();
  /** Events that lines of the draft take back, and by which sequence. */
  readonly voids: { of: number; by: number }[] = [];
  /** Ids of the group, so that its batches see each other's. */
  readonly ids: HotTable;

  constructor(seq: number, capacity: number) {
    this.seq = seq;
    this.ids = new HotTable(seq + 1, capacity);
  }

  get events(): number {
    return this.parts.reduce((sum, part) => sum + part.n, 0);
  }

  addCell(delta: Cell): void {
    const key = cellKey(delta);
    const cell = this.cells.get(key);
    if (cell) mergeCell(cell, delta);
    else this.cells.set(key, { ...delta, values: delta.values && new Map(delta.values) });
  }

  accept(part: { n: number; body: string; keys: Uint32Array }): void {
    for (let i = 0; i < part.n; i++) this.ids.add(part.keys, i * KEY_WORDS, this.seq + 1 + i);
    this.parts.push(part);
    this.seq += part.n;
  }
}
