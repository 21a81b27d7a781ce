/**
 * Ids of events that bring none: a hash of their line, and which of the equal lines it is. Neither
 * the file's name nor other lines have a part in it, so an event has the same id in a copy, in a
 * longer file, and in one that overlaps. Remembers 12 bytes a different line.
 */
import { hash } from "node:crypto";

/** 96 bits in hexadecimal. */
const ID_DIGITS = 24;
/** Words of a slot: 64 bits of the hash, and the count. */
const SLOT = 3;
const FIRST_SLOTS = 1 << 12;

export class Occurrences {
  #slots = FIRST_SLOTS;
  #table = new Uint32Array(FIRST_SLOTS * SLOT);
  #used = 0;

  /** The id of the next event that this line is. */
  idOf(line: string): string {
    const digest = hash("sha256", line);
    const word = (at: number) => Number.parseInt(digest.slice(at, at + 8), 16);
    return `${digest.slice(0, ID_DIGITS)}-${this.#count(word(0), word(8))}`;
  }

  /** How often it came so far, with this time. */
  #count(a: number, b: number): number {
    const at = this.#find(a, b);
    const count = (this.#table[at + 2] ?? 0) + 1;
    this.#table[at] = a;
    this.#table[at + 1] = b;
    this.#table[at + 2] = count;
    if (count === 1 && ++this.#used * 4 > this.#slots * 3) this.#grow();
    return count;
  }

  /** Where it stands, or the empty slot where it would. */
  #find(a: number, b: number): number {
    const table = this.#table;
    for (let slot = a & (this.#slots - 1); ; slot = (slot + 1) & (this.#slots - 1)) {
      const at = slot * SLOT;
      if (table[at + 2] === 0 || (table[at] === a && table[at + 1] === b)) return at;
    }
  }

  #grow(): void {
    const old = this.#table;
    this.#slots *= 2;
    this.#table = new Uint32Array(this.#slots * SLOT);
    for (let at = 0; at < old.length; at += SLOT) {
      if (old[at + 2] === 0) continue;
      this.#table.set(old.subarray(at, at + SLOT), this.#find(old[at] ?? 0, old[at + 1] ?? 0));
    }
  }
}
