/**
 * Which sealed set may hold an identity: a split-block Bloom filter a set, and banks, which ask
 * many filters at once. Pure: words and numbers.
 */
import { KEY_WORDS } from "../event/key.ts";
import type { Entries } from "./identity.ts";

// Odd multipliers of the split-block Bloom filter (Apache Parquet specification, "Bloom filter").
const SALTS = Uint32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);
const FILTER_BITS_PER_ID = 16;

/** Words of a filter's block: half a cache line. */
const BLOCK_WORDS = 8;

/** A split-block Bloom filter: at least 16 bits an id, one block a probe. */
export class Filter {
  readonly blocks: number;
  /** Its words: alone, or among those of its bank. */
  #words: Uint32Array;
  #offset = 0;
  #stride = BLOCK_WORDS;

  constructor(words: Uint32Array) {
    this.#words = words;
    this.blocks = words.length / BLOCK_WORDS;
  }

  static for(entries: number): Filter {
    const blocks = Math.max(1, (entries * FILTER_BITS_PER_ID) / (BLOCK_WORDS * 32));
    return new Filter(new Uint32Array(2 ** Math.ceil(Math.log2(blocks)) * BLOCK_WORDS));
  }

  /** Its words, as a new filter takes them. */
  toWords(): Uint32Array {
    const out = new Uint32Array(this.blocks * BLOCK_WORDS);
    this.#copyTo(out, 0, BLOCK_WORDS);
    return out;
  }

  /** Has it live in `words` from now on: each block `stride` words after the one before. */
  moveTo(words: Uint32Array, offset: number, stride: number): void {
    this.#copyTo(words, offset, stride);
    this.#words = words;
    this.#offset = offset;
    this.#stride = stride;
  }

  #copyTo(out: Uint32Array, offset: number, stride: number): void {
    const words = this.#words;
    let from = this.#offset;
    for (let block = 0, to = offset; block < this.blocks; block++) {
      for (let i = 0; i < BLOCK_WORDS; i++) out[to + i] = words[from + i] as number;
      from += this.#stride;
      to += stride;
    }
  }

  // The block's number in the index uses the top bits of word 0, so the filter uses words 1 and 2.
  #baseOf(keys: Uint32Array, at: number): number {
    return ((keys[at + 1] as number) & (this.blocks - 1)) * this.#stride + this.#offset;
  }

  add(keys: Uint32Array, at: number): void {
    const words = this.#words;
    const base = this.#baseOf(keys, at);
    const key = keys[at + 2] as number;
    for (let i = 0; i < BLOCK_WORDS; i++) {
      words[base + i] = (words[base + i] as number) | (1 << bitOf(key, i));
    }
  }

  mayHold(keys: Uint32Array, at: number): boolean {
    const words = this.#words;
    const base = this.#baseOf(keys, at);
    const key = keys[at + 2] as number;
    for (let i = 0; i < BLOCK_WORDS; i++) {
      if ((((words[base + i] as number) >>> bitOf(key, i)) & 1) === 0) return false;
    }
    return true;
  }
}

/** The bit that a key sets in a word of its filter block. */
function bitOf(key: number, word: number): number {
  return Math.imul(key, SALTS[word] as number) >>> 27;
}

/** The filter of packed entries. */
export function filterOf(entries: Entries): Filter {
  const filter = Filter.for(entries.length);
  addAll(filter, entries);
  return filter;
}

/** Adds the identities of `entries` to a filter. */
export function addAll(filter: Filter, entries: Entries): void {
  for (let i = 0; i < entries.length; i++) filter.add(entries.words, i * 4);
}

/** Filters of one size that are asked together. */
export type Bank = {
  /**
   * The first key that a filter may hold: at `from`, or a whole number of keys after it and before
   * `end`; -1 where there is none.
   */
  next: (keys: Uint32Array, from: number, end: number) => number;
};

/** Filters of at most so many blocks are turned: these do not grow with what is kept. */
const TURNED_BLOCKS = 4_096;

/** Banks of all `filters`; those that were there `before` are used again. */
export function banksOf(filters: readonly Filter[], before: readonly Bank[]): Bank[] {
  const sizes = [...Map.groupBy(filters, ({ blocks }) => blocks)];
  return sizes.flatMap(([blocks, same]) => {
    if (blocks > TURNED_BLOCKS) return [sideBySide(same, before)];
    const groups = Array.from({ length: Math.ceil(same.length / COLUMNS) }, (_, i) =>
      same.slice(i * COLUMNS, (i + 1) * COLUMNS),
    );
    return groups.map((group) => turned(group, before));
  });
}

function sideBySide(filters: readonly Filter[], before: readonly Bank[]): Bank {
  const isSame = (bank: Bank) =>
    bank instanceof FilterBank &&
    bank.filters.length === filters.length &&
    bank.filters.every((filter, i) => filter === filters[i]);
  return before.find(isSame) ?? new FilterBank(filters);
}

function turned(filters: readonly Filter[], before: readonly Bank[]): Bank {
  const isBeginning = (bank: Bank): bank is TurnedBank =>
    bank instanceof TurnedBank && bank.filters.every((filter, i) => filter === filters[i]);
  const bank = before.find(isBeginning) ?? new TurnedBank(filters[0]?.blocks ?? 1);
  for (const filter of filters.slice(bank.filters.length)) bank.add(filter);
  return bank;
}

/**
 * Large filters side by side: the blocks of a key in all of them lie next to each other in memory,
 * and cost little more to fetch than one of them.
 */
export class FilterBank {
  readonly filters: readonly Filter[];
  readonly #words: Uint32Array;
  readonly #blocks: number;
  readonly #stride: number;

  /** Moves the filters, all of one size, into the bank. */
  constructor(filters: readonly Filter[]) {
    this.filters = filters;
    this.#blocks = filters[0]?.blocks ?? 1;
    this.#stride = filters.length * BLOCK_WORDS;
    this.#words = new Uint32Array(this.#blocks * this.#stride);
    for (const [i, filter] of filters.entries()) {
      filter.moveTo(this.#words, i * BLOCK_WORDS, this.#stride);
    }
  }

  next(keys: Uint32Array, from: number, end: number): number {
    const words = this.#words;
    const [mask, stride] = [this.#blocks - 1, this.#stride];
    for (let at = from; at < end; at += KEY_WORDS) {
      const base = ((keys[at + 1] as number) & mask) * stride;
      const key = keys[at + 2] as number;
      const [b0, b1, b2, b3] = [bitOf(key, 0), bitOf(key, 1), bitOf(key, 2), bitOf(key, 3)];
      let some = 0;
      // Half of each block, without a branch: it would be guessed wrong every other time.
      for (let p = base; p < base + stride; p += BLOCK_WORDS) {
        some |=
          ((words[p] as number) >>> b0) &
          ((words[p + 1] as number) >>> b1) &
          ((words[p + 2] as number) >>> b2) &
          ((words[p + 3] as number) >>> b3);
      }
      if ((some & 1) === 1 && this.#mayHold(key, base)) return at;
    }
    return -1;
  }

  /** What half of the blocks says often, and all of a block seldom. */
  #mayHold(key: number, base: number): boolean {
    const words = this.#words;
    let some = 0;
    for (let p = base; p < base + this.#stride; p += BLOCK_WORDS) {
      let bits = 1;
      for (let i = 0; i < BLOCK_WORDS; i++) bits &= (words[p + i] as number) >>> bitOf(key, i);
      some |= bits;
    }
    return some === 1;
  }
}

/** Filters of a turned bank: a bit each. */
const COLUMNS = 8;
const BLOCK_BITS = BLOCK_WORDS * 32;
const FOURS_OF_WORD = 8;
/** Four bits as the lowest bits of four bytes, the first of which is the lowest one in memory. */
const SPREAD = Uint32Array.from({ length: 16 }, (_, four) => {
  const byteOf = (bit: number) => ((four >> bit) & 1) * 2 ** (8 * bit);
  return byteOf(0) + byteOf(1) + byteOf(2) + byteOf(3);
});

/**
 * Up to eight small filters, turned: a byte for each bit of a block, in which each filter has one
 * bit. Eight reads then ask all of them.
 */
export class TurnedBank {
  readonly filters: Filter[] = [];
  readonly #mask: number;
  readonly #bytes: Uint8Array;
  /** The same memory, four bytes at a time. */
  readonly #fours: Uint32Array;

  /** An empty one, for filters of so many blocks. */
  constructor(blocks: number) {
    this.#mask = blocks - 1;
    this.#bytes = new Uint8Array(blocks * BLOCK_BITS);
    this.#fours = new Uint32Array(this.#bytes.buffer);
  }

  /** Adds a filter, which stays as it is. */
  add(filter: Filter): void {
    const column = this.filters.length;
    const fours = this.#fours;
    const words = filter.toWords();
    for (let i = 0, to = 0; i < words.length; i++) {
      let left = words[i] as number;
      for (let k = 0; k < FOURS_OF_WORD; k++, to++, left >>>= 4) {
        fours[to] = (fours[to] as number) | ((SPREAD[left & 15] as number) << column);
      }
    }
    this.filters.push(filter);
  }

  next(keys: Uint32Array, from: number, end: number): number {
    const bytes = this.#bytes;
    const mask = this.#mask;
    for (let at = from; at < end; at += KEY_WORDS) {
      const base = ((keys[at + 1] as number) & mask) * BLOCK_BITS;
      const key = keys[at + 2] as number;
      const some =
        (bytes[base + bitOf(key, 0)] as number) &
        (bytes[base + 32 + bitOf(key, 1)] as number) &
        (bytes[base + 64 + bitOf(key, 2)] as number) &
        (bytes[base + 96 + bitOf(key, 3)] as number) &
        (bytes[base + 128 + bitOf(key, 4)] as number) &
        (bytes[base + 160 + bitOf(key, 5)] as number) &
        (bytes[base + 192 + bitOf(key, 6)] as number) &
        (bytes[base + 224 + bitOf(key, 7)] as number);
      if (some !== 0) return at;
    }
    return -1;
  }
}
