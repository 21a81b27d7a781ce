/**
 * The identity index: a hot table for the current generation, packed blocks and a split-block Bloom
 * filter for each sealed one. Pure: bytes and numbers, the object stores them.
 */
import { KEY_WORDS } from "./line.ts";

/** What an identity leads to: the event's sequence and its payload's digest. */
export type Known = { seq: number; digest: number };

/**
 * Recent ids by open addressing in typed arrays, without strings. Sequences are kept as their
 * distance from `baseSeq`.
 */
export class HotTable {
  baseSeq: number;
  count = 0;
  #mask: number;
  /** Six words a slot: four of identity, digest, distance + 1 (0 = empty). */
  #slots: Uint32Array;

  constructor(baseSeq: number, capacity: number) {
    this.baseSeq = baseSeq;
    this.#mask = slotsFor(capacity) - 1;
    this.#slots = new Uint32Array((this.#mask + 1) * 6);
  }

  /** Empties the table; memory of the right size is used again. */
  clear(baseSeq: number, capacity: number): void {
    const size = slotsFor(capacity);
    this.baseSeq = baseSeq;
    if (size !== this.#mask + 1) this.#slots = new Uint32Array(size * 6);
    else if (this.count > 0) this.#slots.fill(0);
    this.#mask = size - 1;
    this.count = 0;
  }

  /** The slot of a key: where it is, or where it would go. */
  #slotOf(keys: Uint32Array, at: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const a = keys[at] as number;
    for (let slot = a & mask; ; slot = (slot + 1) & mask) {
      const p = slot * 6;
      if (slots[p + 5] === 0) return p;
      const same =
        slots[p] === a &&
        slots[p + 1] === keys[at + 1] &&
        slots[p + 2] === keys[at + 2] &&
        slots[p + 3] === keys[at + 3];
      if (same) return p;
    }
  }

  find(keys: Uint32Array, at: number): Known | null {
    const p = this.#slotOf(keys, at);
    const distance = this.#slots[p + 5] ?? 0;
    if (distance === 0) return null;
    return { seq: this.baseSeq + distance - 1, digest: this.#slots[p + 4] ?? 0 };
  }

  /** Adds a key, with its digest at `at + 4`. False where the table holds it: nothing is added. */
  add(keys: Uint32Array, at: number, seq: number): boolean {
    if ((this.count + 1) * 4 > (this.#mask + 1) * 3) this.#grow();
    const p = this.#slotOf(keys, at);
    const slots = this.#slots;
    if (slots[p + 5] !== 0) return false;
    for (let w = 0; w < KEY_WORDS; w++) slots[p + w] = keys[at + w] as number;
    slots[p + 5] = seq - this.baseSeq + 1;
    this.count++;
    return true;
  }

  /** Takes back the key that was added last: a slot before it in its chain must stay filled. */
  removeLast(keys: Uint32Array, at: number): void {
    this.#slots[this.#slotOf(keys, at) + 5] = 0;
    this.count--;
  }

  #grow(): void {
    const old = this.#slots;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Uint32Array((this.#mask + 1) * 6);
    for (let p = 0; p < old.length; p += 6) {
      if (old[p + 5] !== 0) this.#slots.set(old.subarray(p, p + 6), this.#slotOf(old, p));
    }
  }

  /** All entries, in no order, as columns with room for `more`. */
  entries(more: number): Entries {
    const out = new Entries(this.count + more);
    const slots = this.#slots;
    for (let p = 0; p < slots.length; p += 6) {
      const distance = slots[p + 5] ?? 0;
      if (distance !== 0) out.push(slots, p, slots[p + 4] ?? 0, this.baseSeq + distance - 1);
    }
    return out;
  }
}

function slotsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2)));
}

/** Identities with their sequence and digest, as columns. */
export class Entries {
  length = 0;
  readonly words: Uint32Array;
  readonly digests: Uint32Array;
  readonly seqs: Float64Array;

  constructor(capacity: number) {
    this.words = new Uint32Array(capacity * 4);
    this.digests = new Uint32Array(capacity);
    this.seqs = new Float64Array(capacity);
  }

  /** Adds the identity at `source[at..at+3]`. */
  push(source: Uint32Array, at: number, digest: number, seq: number): void {
    const p = this.length++;
    for (let w = 0; w < 4; w++) this.words[p * 4 + w] = source[at + w] ?? 0;
    this.digests[p] = digest;
    this.seqs[p] = seq;
  }

  /** As a block's body: columns of four identity words, sequence (low, high), digest. */
  column(): Uint8Array {
    const n = this.length;
    const column = new Uint32Array(n * 7);
    for (let p = 0; p < n; p++) {
      for (let w = 0; w < 4; w++) column[w * n + p] = this.words[p * 4 + w] ?? 0;
      const seq = this.seqs[p] ?? 0;
      column[4 * n + p] = seq % 2 ** 32;
      column[5 * n + p] = Math.floor(seq / 2 ** 32);
      column[6 * n + p] = this.digests[p] ?? 0;
    }
    return new Uint8Array(column.buffer);
  }
}

/**
 * Entries a block holds on average at most; 720 is then many deviations away. Above 512, or a
 * generation that ends a few ids past 2^15 takes twice the blocks.
 */
const BLOCK_TARGET = 544;
export const MAX_BLOCK_ENTRIES = 720;

/** How many top bits of an identity choose its block. */
export function blockBits(entries: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, entries / BLOCK_TARGET))));
}

export function blockOf(firstWord: number, bits: number): number {
  return bits === 0 ? 0 : firstWord >>> (32 - bits);
}

export type Packed = { bits: number; blocks: Map<number, Uint8Array> };

/** Entries as the bodies of their blocks. */
export function packBlocks(entries: Entries): Packed {
  let bits = blockBits(entries.length);
  let counts = countBlocks(entries, bits);
  while (bits < 24 && counts.some((count) => count > MAX_BLOCK_ENTRIES)) {
    counts = countBlocks(entries, ++bits);
  }
  return { bits, blocks: splitBlocks(entries, bits) };
}

/** Entries as the bodies of the blocks that they lie in. */
export function splitBlocks(entries: Entries, bits: number): Map<number, Uint8Array> {
  const parts = new Map<number, Entries>();
  const sizes = new Map<number, number>();
  for (let i = 0; i < entries.length; i++) {
    const block = blockOf(entries.words[i * 4] ?? 0, bits);
    sizes.set(block, (sizes.get(block) ?? 0) + 1);
  }
  for (const [block, size] of sizes) parts.set(block, new Entries(size));
  for (let i = 0; i < entries.length; i++) {
    const part = parts.get(blockOf(entries.words[i * 4] ?? 0, bits));
    part?.push(entries.words, i * 4, entries.digests[i] ?? 0, entries.seqs[i] ?? 0);
  }
  return new Map([...parts].map(([block, part]) => [block, part.column()]));
}

function countBlocks(entries: Entries, bits: number): number[] {
  const counts = new Array<number>(2 ** bits).fill(0);
  for (let i = 0; i < entries.length; i++) {
    const block = blockOf(entries.words[i * 4] ?? 0, bits);
    counts[block] = (counts[block] ?? 0) + 1;
  }
  return counts;
}

/** What a block knows of an identity. */
export function findInBlock(body: ArrayBuffer, keys: Uint32Array, at: number): Known | null {
  const columns = new Uint32Array(body);
  const n = columns.length / 7;
  const first = keys[at] ?? 0;
  for (let p = columns.indexOf(first); p >= 0 && p < n; p = columns.indexOf(first, p + 1)) {
    const same =
      columns[n + p] === keys[at + 1] &&
      columns[2 * n + p] === keys[at + 2] &&
      columns[3 * n + p] === keys[at + 3];
    if (!same) continue;
    const seq = (columns[4 * n + p] ?? 0) + (columns[5 * n + p] ?? 0) * 2 ** 32;
    return { seq, digest: columns[6 * n + p] ?? 0 };
  }
  return null;
}

/** Reads a block's entries back, for merging generations. */
export function unpackBlock(body: ArrayBuffer, into: Entries): void {
  const columns = new Uint32Array(body);
  const n = columns.length / 7;
  const key = new Uint32Array(4);
  for (let p = 0; p < n; p++) {
    for (let w = 0; w < 4; w++) key[w] = columns[w * n + p] ?? 0;
    const seq = (columns[4 * n + p] ?? 0) + (columns[5 * n + p] ?? 0) * 2 ** 32;
    into.push(key, 0, columns[6 * n + p] ?? 0, seq);
  }
}

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

/** A split-block Bloom filter: 16 bits an id, one cache line a probe. */
export class Filter {
  readonly words: Uint32Array;
  #mask: number;

  constructor(words: Uint32Array) {
    this.words = words;
    this.#mask = words.length / 8 - 1;
  }

  static for(entries: number): Filter {
    const blocks = 2 ** Math.ceil(Math.log2(Math.max(1, (entries * FILTER_BITS_PER_ID) / 256)));
    return new Filter(new Uint32Array(blocks * 8));
  }

  // The block's number in the index uses the top bits of word 0, so the filter uses words 1 and 2.
  add(keys: Uint32Array, at: number): void {
    const base = ((keys[at + 1] ?? 0) & this.#mask) * 8;
    const key = keys[at + 2] ?? 0;
    for (let i = 0; i < 8; i++) {
      const bit = Math.imul(key, SALTS[i] ?? 0) >>> 27;
      this.words[base + i] = (this.words[base + i] ?? 0) | (1 << bit);
    }
  }

  mayHold(keys: Uint32Array, at: number): boolean {
    const base = ((keys[at + 1] ?? 0) & this.#mask) * 8;
    const key = keys[at + 2] ?? 0;
    for (let i = 0; i < 8; i++) {
      const bit = Math.imul(key, SALTS[i] ?? 0) >>> 27;
      if (((this.words[base + i] ?? 0) & (1 << bit)) === 0) return false;
    }
    return true;
  }
}

/** The filter of packed entries. */
export function filterOf(entries: Entries): Filter {
  const filter = Filter.for(entries.length);
  for (let i = 0; i < entries.length; i++) filter.add(entries.words, i * 4);
  return filter;
}
