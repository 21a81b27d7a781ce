/**
 * The identities of sealed generations, in the object's storage: packed blocks in one table a set,
 * a Bloom filter a set in memory. Sets of a level merge into one of the next, as many ids at a time
 * as were recorded meanwhile, so that a look-up probes few filters however many ids there are.
 */
import { KEY_WORDS } from "../event/key.ts";
import { addAll, type Bank, banksOf, Filter, filterOf } from "./filter.ts";
import {
  blockBits,
  blockOf,
  Entries,
  findInBlock,
  type Known,
  packBlocks,
  splitBlocks,
  unpackBlock,
} from "./identity.ts";

/** A sealed set: one generation's identities, or those of several merged. */
export type SeenSet = {
  k: number;
  level: number;
  n: number;
  bits: number;
  /** The tenant's time at sealing: identities are kept KEPT_MS from it. */
  lastNowMs: number;
  filter: Filter;
};

type Merge = {
  k: number;
  /** That of its sources. */
  level: number;
  sources: SeenSet[];
  bits: number;
  nextBlock: number;
  filter: Filter;
};

/** From so many keys on, asking the banks is faster than asking each filter. */
const BANK_KEYS = 32;
/**
 * Sets that merge into one of the next level. For large ones merging an id costs more than a filter
 * more costs its look-up, up to some dozens, each of which sends one id in a thousand to storage
 * for nothing.
 */
const FAN_IN = 8;
const FAN_IN_LARGE = 32;
/** Ids of a large set: more than a generation has. */
const LARGE_IDS = 131_072;
/** Sets of fewer ids are merged without sparing: it takes a few milliseconds in all. */
const SMALL_IDS = 16_384;
/** Blocks that one slice of a merge writes at least: about a millisecond's work. */
const SLICE_BLOCKS = 16;
/**
 * Ids that are merged for each that is recorded: one for the generations, and one more level until
 * it is done, without the others waiting or recording noticing.
 */
const MERGED_PER_ID = 3;
const CHUNK_BYTES = 1_000_000;

const SCHEMA = `
CREATE TABLE IF NOT EXISTS seen_sets (
  k INTEGER PRIMARY KEY, level INTEGER NOT NULL, n INTEGER NOT NULL, bits INTEGER NOT NULL,
  last_now_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS filters (
  k INTEGER NOT NULL, part INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (k, part)
) WITHOUT ROWID;
`;

export class Seen {
  readonly #sql: SqlStorage;
  /** In the order of their sealing. */
  #sets: readonly SeenSet[] = [];
  /** The filters in banks, as of the sets that they were made for. */
  #banks: readonly Bank[] = [];
  #banked: readonly SeenSet[] = [];
  /** The sets for which merges were planned. */
  #planned: readonly SeenSet[] = [];
  /** Under way, by the level of what they merge. */
  readonly #merges = new Map<number, Merge>();
  /** Ids that may be merged by now. */
  #credit = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
    this.#sets = sql
      .exec("SELECT k, level, n, bits, last_now_ms FROM seen_sets ORDER BY k")
      .toArray()
      .map((row) => ({
        k: Number(row.k),
        level: Number(row.level),
        n: Number(row.n),
        bits: Number(row.bits),
        lastNowMs: Number(row.last_now_ms),
        filter: this.#readFilter(Number(row.k)),
      }));
  }

  /** The filters in banks, made when a batch first asks for so many keys: a start makes none. */
  #banksNow(): readonly Bank[] {
    if (this.#banked === this.#sets) return this.#banks;
    const filters = this.#sets.map(({ filter }) => filter);
    this.#banks = banksOf(filters, this.#banks);
    this.#banked = this.#sets;
    return this.#banks;
  }

  /** What is known of the key at `at`, or null. */
  find(keys: Uint32Array, at: number): Known | null {
    for (let i = this.#sets.length - 1; i >= 0; i--) {
      const set = this.#sets[i] as SeenSet;
      const known = set.filter.mayHold(keys, at) ? this.#findIn(set, keys, at) : null;
      if (known) return known;
    }
    return null;
  }

  /** True where it holds any of the first `n` keys. */
  holdsAny(keys: Uint32Array, n: number): boolean {
    const end = n * KEY_WORDS;
    if (n < BANK_KEYS) {
      for (let at = 0; at < end; at += KEY_WORDS) if (this.find(keys, at)) return true;
      return false;
    }
    return this.#banksNow().some((bank) => {
      for (let at = bank.next(keys, 0, end); at >= 0; ) {
        if (this.find(keys, at)) return true;
        at = bank.next(keys, at + KEY_WORDS, end);
      }
      return false;
    });
  }

  #findIn({ k, bits }: SeenSet, keys: Uint32Array, at: number): Known | null {
    const body = this.#readBlock(k, blockOf(keys[at] ?? 0, bits));
    return body && findInBlock(body, keys, at);
  }

  #readBlock(k: number, block: number): ArrayBuffer | null {
    const row = this.#sql.exec(`SELECT body FROM seen_${k} WHERE block = ?`, block).toArray()[0];
    return row ? (row.body as ArrayBuffer) : null;
  }

  #readFilter(k: number): Filter {
    const parts = this.#sql
      .exec("SELECT body FROM filters WHERE k = ? ORDER BY part", k)
      .toArray()
      .map((row) => new Uint8Array(row.body as ArrayBuffer));
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return new Filter(new Uint32Array(bytes.buffer));
  }

  #writeFilter(k: number, filter: Filter): void {
    const bytes = new Uint8Array(filter.toWords().buffer);
    for (let at = 0, part = 0; at < bytes.length; at += CHUNK_BYTES, part++) {
      const body = bytes.slice(at, at + CHUNK_BYTES);
      this.#sql.exec("INSERT INTO filters VALUES (?, ?, ?)", k, part, body);
    }
  }

  #nextK(): number {
    const merging = [...this.#merges.values()].map(({ k }) => k);
    return Math.max(0, ...merging, ...this.#sets.map(({ k }) => k)) + 1;
  }

  #createTable(k: number): void {
    // A merge that a crash cut short has left its table behind.
    this.#sql.exec(`DROP TABLE IF EXISTS seen_${k}`);
    this.#sql.exec(`CREATE TABLE seen_${k} (block INTEGER PRIMARY KEY, body BLOB NOT NULL)`);
  }

  #insertSet(set: SeenSet): void {
    this.#writeFilter(set.k, set.filter);
    const { k, level, n, bits, lastNowMs } = set;
    this.#sql.exec("INSERT INTO seen_sets VALUES (?, ?, ?, ?, ?)", k, level, n, bits, lastNowMs);
  }

  /** Inside a transaction: writes a generation's identities. `take` the result once committed. */
  seal(entries: Entries, lastNowMs: number): SeenSet {
    const k = this.#nextK();
    const { bits, blocks } = packBlocks(entries);
    this.#createTable(k);
    for (const [block, body] of blocks) {
      this.#sql.exec(`INSERT INTO seen_${k} VALUES (?, ?)`, block, body);
    }
    const set = { k, level: 0, n: entries.length, bits, lastNowMs, filter: filterOf(entries) };
    this.#insertSet(set);
    return set;
  }

  /** Adds a sealed set to memory, once its transaction has committed. */
  take(set: SeenSet): void {
    this.#sets = [...this.#sets, set];
  }

  /** True where a slice of merging is due, now that `ids` more were recorded. */
  mergeDue(ids: number): boolean {
    if (this.#planned !== this.#sets) this.#planMerges();
    const next = this.#nextMerge();
    if (!next) {
      this.#credit = 0;
      return false;
    }
    this.#credit += ids * MERGED_PER_ID;
    return this.#credit >= sliceIds(next);
  }

  /** What is merged next: the smallest sets, of which there are most. */
  #nextMerge(): Merge | null {
    let next: Merge | null = null;
    let lowest = Number.POSITIVE_INFINITY;
    for (const [level, merge] of this.#merges) {
      if (level < lowest) [lowest, next] = [level, merge];
    }
    return next;
  }

  #planMerges(): void {
    this.#planned = this.#sets;
    for (const [level, sets] of Map.groupBy(this.#sets, (set) => set.level)) {
      const fanIn = (sets[0]?.n ?? 0) < LARGE_IDS ? FAN_IN : FAN_IN_LARGE;
      if (sets.length < fanIn || this.#merges.has(level)) continue;
      const sources = sets.slice(0, fanIn);
      const n = sources.reduce((sum, set) => sum + set.n, 0);
      // No fewer blocks than a source has: each target block then lies within one of each source.
      const bits = Math.max(blockBits(n), ...sources.map((set) => set.bits));
      const filter = Filter.for(n);
      this.#merges.set(level, { k: this.#nextK(), level, sources, bits, nextBlock: 0, filter });
    }
  }

  /**
   * Inside a transaction: merges a few blocks; with the last of them the merged set takes the place
   * of its sources. Returns what memory must do once the transaction has committed.
   */
  mergeSlice(): () => void {
    const merge = this.#nextMerge() as Merge;
    const first = merge.nextBlock;
    if (first === 0) this.#createTable(merge.k);
    // Whole blocks of the coarsest source at a time: each is then read once.
    const step = stepOf(merge);
    const end = Math.min(2 ** merge.bits, first + sliceBlocks(merge));
    const added: Entries[] = [];
    for (let from = first; from < end; from += step) {
      const entries = this.#gather(merge, from, step);
      added.push(entries);
      for (const [block, body] of splitBlocks(entries, merge.bits)) {
        this.#sql.exec(`INSERT INTO seen_${merge.k} VALUES (?, ?)`, block, body);
      }
    }
    const last = end === 2 ** merge.bits;
    const filter = last ? new Filter(merge.filter.toWords()) : merge.filter;
    if (last) {
      for (const entries of added) addAll(filter, entries);
      this.#finish(merge, filter);
    }
    return () => this.#taken(merge, end, added, last ? filter : null);
  }

  #taken(merge: Merge, end: number, added: readonly Entries[], filter: Filter | null): void {
    this.#credit -= sliceIds(merge);
    if (filter === null) {
      merge.nextBlock = end;
      for (const entries of added) addAll(merge.filter, entries);
      return;
    }
    const others = this.#sets.filter((set) => !merge.sources.includes(set));
    this.#sets = [setOf(merge, filter), ...others];
    this.#merges.delete(merge.level);
  }

  /** The entries of some target blocks, from the blocks of each source that hold them. */
  #gather(merge: Merge, from: number, step: number): Entries {
    const bodies = merge.sources.flatMap(({ k, bits }) => {
      const finer = merge.bits - bits;
      return this.#readBlocks(k, from >>> finer, (from + step - 1) >>> finer);
    });
    const all = new Entries(bodies.reduce((sum, body) => sum + body.byteLength / 28, 0));
    for (const body of bodies) unpackBlock(body, all);
    return all;
  }

  #readBlocks(k: number, first: number, last: number): ArrayBuffer[] {
    return this.#sql
      .exec(`SELECT body FROM seen_${k} WHERE block BETWEEN ? AND ?`, first, last)
      .toArray()
      .map((row) => row.body as ArrayBuffer);
  }

  #finish(merge: Merge, filter: Filter): void {
    this.#insertSet(setOf(merge, filter));
    for (const { k } of merge.sources) this.#drop(k);
  }

  #drop(k: number): void {
    this.#sql.exec(`DROP TABLE seen_${k}`);
    this.#sql.exec("DELETE FROM filters WHERE k = ?", k);
    this.#sql.exec("DELETE FROM seen_sets WHERE k = ?", k);
  }

  /** Inside a transaction: drops sets whose identities are all too old to matter. */
  dropBefore(timeMs: number): () => void {
    // The sources of a merge must stay until it is done.
    const merging = new Set([...this.#merges.values()].flatMap(({ sources }) => sources));
    const isOld = (set: SeenSet) => set.lastNowMs < timeMs && !merging.has(set);
    const kept = this.#sets.filter((set) => !isOld(set));
    for (const { k } of this.#sets.filter(isOld)) this.#drop(k);
    return () => {
      this.#sets = kept;
    };
  }
}

/** Blocks that belong together, since a source has them in one. */
function stepOf({ bits, sources }: Merge): number {
  return 2 ** (bits - Math.min(...sources.map((set) => set.bits)));
}

function sliceBlocks(merge: Merge): number {
  return Math.max(stepOf(merge), SLICE_BLOCKS);
}

/** About how many ids lie in a slice; none to be spared where the sets are small. */
function sliceIds(merge: Merge): number {
  if ((merge.sources[0]?.n ?? 0) < SMALL_IDS) return 0;
  const ids = merge.sources.reduce((sum, set) => sum + set.n, 0);
  return ids * Math.min(1, sliceBlocks(merge) / 2 ** merge.bits);
}

function setOf(merge: Merge, filter: Filter): SeenSet {
  const { k, bits, sources } = merge;
  return {
    k,
    level: merge.level + 1,
    n: sources.reduce((sum, set) => sum + set.n, 0),
    bits,
    lastNowMs: Math.max(...sources.map((set) => set.lastNowMs)),
    filter,
  };
}
