/**
 * The identities of sealed generations, in the object's storage: packed blocks in one table a set,
 * a Bloom filter a set in memory. Eight sets of a level merge into one of the next, a slice at a
 * time, so that a look-up probes few filters however many ids there are.
 */
import { KEY_WORDS } from "../event/key.ts";
import {
  addAll,
  blockBits,
  blockOf,
  Entries,
  Filter,
  FilterBank,
  filterOf,
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

/** A bank of filters, and the set of each. */
type Bank = { bank: FilterBank; sets: SeenSet[] };

type Merge = { k: number; sources: SeenSet[]; bits: number; nextBlock: number; filter: Filter };

/** From so many keys on, asking the banks is faster than asking each filter. */
const BANK_KEYS = 32;
const FAN_IN = 8;
/** Blocks that one slice of a merge writes: about a millisecond's work. */
const SLICE_BLOCKS = 16;
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
  /** Filters of one size together, as of the sets that they were made for. */
  #banks: readonly Bank[] = [];
  #banked: readonly SeenSet[] = [];
  #merge: Merge | null = null;

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
    const sizes = Map.groupBy(this.#sets, ({ filter }) => filter.blocks);
    this.#banks = [...sizes.values()].map((sets) => {
      const same = this.#banks.find((bank) => isSame(bank.sets, sets));
      return same ?? { bank: new FilterBank(sets.map(({ filter }) => filter)), sets };
    });
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
    return this.#banksNow().some(({ bank, sets }) => {
      for (let at = bank.next(keys, 0, end); at >= 0; ) {
        const candidates = sets.filter(({ filter }) => filter.mayHold(keys, at));
        if (candidates.some((set) => this.#findIn(set, keys, at) !== null)) return true;
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
    return Math.max(0, this.#merge?.k ?? 0, ...this.#sets.map(({ k }) => k)) + 1;
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

  /** True where a slice of merging is due. */
  get mergeDue(): boolean {
    if (this.#merge) return true;
    this.#merge = this.#planMerge();
    return this.#merge !== null;
  }

  #planMerge(): Merge | null {
    const byLevel = Map.groupBy(this.#sets, ({ level }) => level);
    for (const sets of byLevel.values()) {
      if (sets.length < FAN_IN) continue;
      const sources = sets.slice(0, FAN_IN);
      const n = sources.reduce((sum, set) => sum + set.n, 0);
      // No fewer blocks than a source has: each target block then lies within one of each source.
      const bits = Math.max(blockBits(n), ...sources.map((set) => set.bits));
      return { k: this.#nextK(), sources, bits, nextBlock: 0, filter: Filter.for(n) };
    }
    return null;
  }

  /**
   * Inside a transaction: merges a few blocks; with the last of them the merged set takes the place
   * of its sources. Returns what memory must do once the transaction has committed.
   */
  mergeSlice(): () => void {
    const merge = this.#merge as Merge;
    const first = merge.nextBlock;
    if (first === 0) this.#createTable(merge.k);
    // Whole blocks of the coarsest source at a time: each is then read once.
    const step = 2 ** (merge.bits - Math.min(...merge.sources.map((set) => set.bits)));
    const end = Math.min(2 ** merge.bits, first + Math.max(step, SLICE_BLOCKS));
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
    if (filter === null) {
      merge.nextBlock = end;
      for (const entries of added) addAll(merge.filter, entries);
      return;
    }
    const others = this.#sets.filter((set) => !merge.sources.includes(set));
    this.#sets = [setOf(merge, filter), ...others];
    this.#merge = null;
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
    const isOld = (set: SeenSet) => set.lastNowMs < timeMs && !this.#merge?.sources.includes(set);
    const kept = this.#sets.filter((set) => !isOld(set));
    for (const { k } of this.#sets.filter(isOld)) this.#drop(k);
    return () => {
      this.#sets = kept;
    };
  }
}

function isSame(sets: readonly SeenSet[], others: readonly SeenSet[]): boolean {
  return sets.length === others.length && sets.every((set, i) => set === others[i]);
}

function setOf(merge: Merge, filter: Filter): SeenSet {
  const { k, bits, sources } = merge;
  return {
    k,
    level: (sources[0]?.level ?? 0) + 1,
    n: sources.reduce((sum, set) => sum + set.n, 0),
    bits,
    lastNowMs: Math.max(...sources.map((set) => set.lastNowMs)),
    filter,
  };
}
