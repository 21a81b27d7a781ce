/**
 * The identity index: a hot table for the current generation, and packed blocks for each sealed
 * one, beside which stands a filter. Pure: bytes and numbers, the object stores them.
 */
import { KEY_WORDS } from "../event/key.ts";

/** What an identity leads to: the event's sequence and its payload's digest. */
export type Known = { seq: number; digest: number };

/** Words of an entry: four of identity, digest, and the sequence's distance from the base. */
const ENTRY_WORDS = KEY_WORDS + 1;

/**
 * Recent ids by open addressing in typed arrays, without strings. Entries stand in the order of
 * their adding; a slot names one, beside some bits of its identity, so that a look-up seldom leaves
 * the table of slots, which the processor keeps at hand. Sequences are kept as their distance from
 * `baseSeq`.
 */
export class HotTable {
  baseSeq: number;
  count = 0;
  #mask: number;
  /** One more than an entry's index in the lowest bits, bits of its identity above; 0 = empty. */
  #slots: Uint32Array;
  #entries: Uint32Array;

  constructor(baseSeq: number, capacity: number) {
    this.baseSeq = baseSeq;
    const slots = slotsFor(capacity);
    this.#mask = slots - 1;
    this.#slots = new Uint32Array(slots);
    this.#entries = new Uint32Array(entriesOf(slots) * ENTRY_WORDS);
  }

  /** Empties the table; memory of the right size is used again. */
  clear(baseSeq: number, capacity: number): void {
    const slots = slotsFor(capacity);
    this.baseSeq = baseSeq;
    if (slots !== this.#mask + 1) {
      this.#slots = new Uint32Array(slots);
      this.#entries = new Uint32Array(entriesOf(slots) * ENTRY_WORDS);
    } else if (this.count > 0) this.#slots.fill(0);
    this.#mask = slots - 1;
    this.count = 0;
  }

  /** The slot of a key: where it is, or where it would go. */
  #slotOf(keys: Uint32Array, at: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    const bits = (keys[at + 1] as number) & ~mask;
    for (let slot = (keys[at] as number) & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot] as number;
      if (held === 0) return slot;
      if (((held ^ bits) & ~mask) === 0 && this.#isAt((held & mask) - 1, keys, at)) return slot;
    }
  }

  #isAt(index: number, keys: Uint32Array, at: number): boolean {
    const entries = this.#entries;
    const p = index * ENTRY_WORDS;
    return (
      entries[p] === keys[at] &&
      entries[p + 1] === keys[at + 1] &&
      entries[p + 2] === keys[at + 2] &&
      entries[p + 3] === keys[at + 3]
    );
  }

  /** True where it holds any of the first `n` keys. */
  holdsAny(keys: Uint32Array, n: number): boolean {
    for (let at = 0; at < n * KEY_WORDS; at += KEY_WORDS) {
      if (this.#slots[this.#slotOf(keys, at)] !== 0) return true;
    }
    return false;
  }

  /** What is known of the key at `at`, or null. */
  find(keys: Uint32Array, at: number): Known | null {
    const held = this.#slots[this.#slotOf(keys, at)] as number;
    if (held === 0) return null;
    const p = ((held & this.#mask) - 1) * ENTRY_WORDS;
    const [digest, distance] = [this.#entries[p + 4] as number, this.#entries[p + 5] as number];
    return { seq: this.baseSeq + distance, digest };
  }

  /** Adds a key, with its digest at `at + 4`. False where the table holds it: nothing is added. */
  add(keys: Uint32Array, at: number, seq: number): boolean {
    if (this.count === entriesOf(this.#mask + 1)) this.#grow();
    const slot = this.#slotOf(keys, at);
    if (this.#slots[slot] !== 0) return false;
    const p = this.count++ * ENTRY_WORDS;
    const entries = this.#entries;
    for (let w = 0; w < KEY_WORDS; w++) entries[p + w] = keys[at + w] as number;
    entries[p + 5] = seq - this.baseSeq;
    this.#slots[slot] = ((keys[at + 1] as number) & ~this.#mask) | this.count;
    return true;
  }

  /** Takes back the key that was added last: a slot before it in its chain must stay filled. */
  removeLast(keys: Uint32Array, at: number): void {
    this.#slots[this.#slotOf(keys, at)] = 0;
    this.count--;
  }

  #grow(): void {
    const mask = this.#mask * 2 + 1;
    this.#mask = mask;
    this.#slots = new Uint32Array(mask + 1);
    const entries = new Uint32Array(entriesOf(mask + 1) * ENTRY_WORDS);
    entries.set(this.#entries.subarray(0, this.count * ENTRY_WORDS));
    this.#entries = entries;
    for (let i = 0; i < this.count; i++) {
      const slot = this.#slotOf(entries, i * ENTRY_WORDS);
      this.#slots[slot] = ((entries[i * ENTRY_WORDS + 1] as number) & ~mask) | (i + 1);
    }
  }

  /** All entries, in the order of their adding, as columns with room for `more`. */
  entries(more: number): Entries {
    const out = new Entries(this.count + more);
    const entries = this.#entries;
    for (let p = 0; p < this.count * ENTRY_WORDS; p += ENTRY_WORDS) {
      out.push(entries, p, entries[p + 4] as number, this.baseSeq + (entries[p + 5] as number));
    }
    return out;
  }
}

function slotsFor(capacity: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2)));
}

/** As many entries as some slots hold: three of four. */
function entriesOf(slots: number): number {
  return (slots / 4) * 3;
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
    for (let w = 0; w < 4; w++) this.words[p * 4 + w] = source[at + w] as number;
    this.digests[p] = digest;
    this.seqs[p] = seq;
  }
}

/**
 * Entries a block holds on average at most; 720 is then many deviations away. Above 512, or a
 * generation that ends a few ids past 2^15 takes twice the blocks.
 */
const BLOCK_TARGET = 544;
export const MAX_BLOCK_ENTRIES = 720;
/** Words of an entry in a block: four of identity, sequence (low, high), digest. */
const BLOCK_COLUMNS = 7;

/** How many top bits of an identity choose its block. */
export function blockBits(entries: number): number {
  return Math.max(0, Math.ceil(Math.log2(Math.max(1, entries / BLOCK_TARGET))));
}

/** The block of an identity: the `bits` top bits of its first word. */
export function blockOf(firstWord: number, bits: number): number {
  return bits === 0 ? 0 : firstWord >>> (32 - bits);
}

export type Packed = { bits: number; blocks: Map<number, Uint8Array> };

/** Entries as the bodies of their blocks. */
export function packBlocks(entries: Entries): Packed {
  let bits = blockBits(entries.length);
  while (bits < 24 && countBlocks(entries, bits).counts.some((n) => n > MAX_BLOCK_ENTRIES)) bits++;
  return { bits, blocks: splitBlocks(entries, bits) };
}

/** Entries as the bodies of the blocks that they lie in: columns as `findInBlock` reads them. */
export function splitBlocks(entries: Entries, bits: number): Map<number, Uint8Array> {
  const { words, digests, seqs, length } = entries;
  const { first, counts } = countBlocks(entries, bits);
  const columns = Array.from(counts, (n) => new Uint32Array(n * BLOCK_COLUMNS));
  const filled = new Uint32Array(counts.length);
  for (let i = 0; i < length; i++) {
    const block = blockOf(words[i * 4] as number, bits) - first;
    const n = counts[block] as number;
    const column = columns[block] as Uint32Array;
    let p = filled[block] as number;
    filled[block] = p + 1;
    for (let w = 0; w < 4; w++, p += n) column[p] = words[i * 4 + w] as number;
    const seq = seqs[i] as number;
    const high = Math.floor(seq / 2 ** 32);
    column[p] = seq - high * 2 ** 32;
    column[p + n] = high;
    column[p + 2 * n] = digests[i] as number;
  }
  const blocks = new Map<number, Uint8Array>();
  for (const [block, column] of columns.entries()) {
    if (column.length > 0) blocks.set(first + block, new Uint8Array(column.buffer));
  }
  return blocks;
}

/** How many entries lie in each block from the first that has any. */
function countBlocks(entries: Entries, bits: number): { first: number; counts: Uint32Array } {
  const { words, length } = entries;
  let [first, last] = [2 ** bits, -1];
  for (let i = 0; i < length; i++) {
    const block = blockOf(words[i * 4] as number, bits);
    if (block < first) first = block;
    if (block > last) last = block;
  }
  const counts = new Uint32Array(Math.max(0, last - first + 1));
  for (let i = 0; i < length; i++) {
    const block = blockOf(words[i * 4] as number, bits) - first;
    counts[block] = (counts[block] as number) + 1;
  }
  return { first, counts };
}

/** What a block knows of an identity. */
export function findInBlock(body: ArrayBuffer, keys: Uint32Array, at: number): Known | null {
  const columns = new Uint32Array(body);
  const n = columns.length / BLOCK_COLUMNS;
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
  const n = columns.length / BLOCK_COLUMNS;
  const key = new Uint32Array(4);
  for (let p = 0; p < n; p++) {
    for (let w = 0; w < 4; w++) key[w] = columns[w * n + p] ?? 0;
    const seq = (columns[4 * n + p] ?? 0) + (columns[5 * n + p] ?? 0) * 2 ** 32;
    into.push(key, 0, columns[6 * n + p] ?? 0, seq);
  }
}
