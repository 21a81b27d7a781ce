/**
 * Pure. Deflate (RFC 1951) for the pages and objects of a document. Each kind of stream is written
 * with codes that were chosen once, so nothing is counted first and nothing is set up: it takes
 * half the time of the platform's between other work, for a few hundredths more bytes.
 */
import { type Kind, LENGTHS } from "./deflate-lengths.ts";

/** Symbols as they are written: their bits, and above these how many there are. */
type Codes = {
  /** What says the lengths of all codes, at the beginning of a stream: bytes, and bits behind. */
  head: { bytes: Uint8Array; held: number; count: number };
  /** Of a byte, and at 256 of the end. */
  bytes: Int32Array;
  /** Of a match's length, with its further bits. */
  lengths: Int32Array;
  /** Of a class of distances, whose further bits follow. */
  distances: Int32Array;
};

const END = 256;
const FIRST_LENGTH = 257;
const LITERALS = 286;
const SHORTEST = 4;
const LONGEST = 258;
const WINDOW = 32_768;
const BITS = 0xff_ffff;
const COUNT_AT = 24;

const HASH_BITS = 13;
const UNSEEN = 32 - HASH_BITS;
const GOLDEN = 0x9e3779b1 | 0;
/** Where four bytes were seen last; places go on from stream to stream, so that none is cleared. */
const seen = new Int32Array(1 << HASH_BITS);
const LAST_PLACE = 0x3000_0000;
let nextPlace = 1;

const KEPT_SIZE = 262_144;
/** The most bytes that a byte is written in, and what writing touches behind the last one. */
const MOST_A_BYTE = 1.5;
const SPARE = 16;
let kept = new Uint8Array(65_536);

/** The bytes as a zlib stream (RFC 1950): the same ones for the same kind and bytes, always. */
export function deflateAs(kind: Kind, given: Uint8Array): Uint8Array {
  const { head, bytes: byteCodes, lengths, distances } = codesOf(kind);
  const size = given.length;
  // A Buffer is of another shape, for which the engine would compile all of this once more.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, size);
  const fours = new DataView(given.buffer, given.byteOffset, size);
  const base = takePlaces(size);
  const last = size - SHORTEST;
  const out = roomFor(head.bytes.length + MOST_A_BYTE * size + SPARE);
  const words = new DataView(out.buffer);
  out.set(head.bytes);
  let at = head.bytes.length;
  let { held, count } = head;
  for (let i = 0; i < size; ) {
    let from = 0;
    let length = 0;
    if (i <= last) {
      const four = fours.getInt32(i, true);
      const slot = Math.imul(four, GOLDEN) >>> UNSEEN;
      from = (seen[slot] ?? 0) - base;
      seen[slot] = base + i;
      if (from >= 0 && i - from <= WINDOW && fours.getInt32(from, true) === four) {
        length = matchLength(fours, from, i);
      }
    }
    const code = (length > 0 ? lengths[length] : byteCodes[bytes[i] ?? 0]) ?? 0;
    held |= (code & BITS) << count;
    count += code >>> COUNT_AT;
    words.setInt32(at, held, true);
    at += count >> 3;
    held >>>= count & 24;
    count &= 7;
    if (length === 0) {
      i += 1;
      continue;
    }
    // The class of a distance is its highest two bits; the others follow.
    const back = i - from - 1;
    const further = back < 4 ? 0 : 30 - Math.clz32(back);
    const own = distances[2 * further + (back >> further)] ?? 0;
    const bits = (own & BITS) | ((back & ((1 << further) - 1)) << (own >>> COUNT_AT));
    held |= bits << count;
    count += (own >>> COUNT_AT) + further;
    words.setInt32(at, held, true);
    at += count >> 3;
    held >>>= count & 24;
    count &= 7;
    i += length;
    const behind = i - 2;
    if (behind <= last) {
      seen[Math.imul(fours.getInt32(behind, true), GOLDEN) >>> UNSEEN] = base + behind;
    }
  }
  const end = byteCodes[END] ?? 0;
  const rest = held | ((end & BITS) << count);
  for (let left = count + (end >>> COUNT_AT), shift = 0; left > 0; left -= 8, shift += 8) {
    out[at++] = rest >>> shift;
  }
  words.setUint32(at, adler32(bytes, fours));
  return out.slice(0, at + 4);
}

/** Bytes to write to, more than are asked for; a very large stream's are not kept. */
function roomFor(size: number): Uint8Array<ArrayBuffer> {
  if (size <= kept.length) return kept;
  const made = new Uint8Array(2 * size);
  if (made.length <= KEPT_SIZE) kept = made;
  return made;
}

/** Where a stream of a size begins among the places; all are forgotten where they are used up. */
function takePlaces(size: number): number {
  if (nextPlace + size > LAST_PLACE) {
    seen.fill(0);
    nextPlace = 1;
  }
  const base = nextPlace;
  nextPlace += size;
  return base;
}

/** How many bytes are alike from two places on, of which the first four are. */
function matchLength(fours: DataView, from: number, to: number): number {
  const size = Math.min(LONGEST, fours.byteLength - to);
  let length = SHORTEST;
  for (; length + 4 <= size; length += 4) {
    const differ = fours.getInt32(from + length, true) ^ fours.getInt32(to + length, true);
    // The lowest bit that differs says which byte of the four is the first.
    if (differ !== 0) return length + ((31 - Math.clz32(differ & -differ)) >> 3);
  }
  while (length < size && fours.getUint8(from + length) === fours.getUint8(to + length)) {
    length += 1;
  }
  return length;
}

/** RFC 1950, 8.2: so many bytes fit both sums before they are reduced. */
const ADLER_RUN = 3_800;
const ADLER_MODULUS = 65_521;

/** The sums stay below 2^31, so that they may be added as words. */
function adler32(bytes: Uint8Array, fours: DataView): number {
  let low = 1;
  let high = 0;
  for (let i = 0; i < bytes.length; ) {
    const end = Math.min(bytes.length, i + ADLER_RUN);
    for (; i + 4 <= end; i += 4) {
      const four = fours.getInt32(i, true);
      const a = four & 255;
      const b = (four >> 8) & 255;
      const c = (four >> 16) & 255;
      const d = four >>> 24;
      high = (high + 4 * (low + a) + 3 * b + 2 * c + d) | 0;
      low = (low + a + b + c + d) | 0;
    }
    for (; i < end; i++) {
      low = (low + (bytes[i] ?? 0)) | 0;
      high = (high + low) | 0;
    }
    low %= ADLER_MODULUS;
    high %= ADLER_MODULUS;
  }
  return ((high << 16) | low) >>> 0;
}

/** Each made with the first stream of its kind. */
const made = new Map<Kind, Codes>();

function codesOf(kind: Kind): Codes {
  const known = made.get(kind);
  if (known) return known;
  const digits = LENGTHS[kind];
  const sizes = new Uint8Array(digits.length);
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(i);
    sizes[i] = digit < 0x40 ? digit - 0x30 : digit - 0x57;
  }
  const literals = canonicalCodes(sizes.subarray(0, LITERALS));
  const codes = {
    head: headOf(sizes),
    bytes: literals.subarray(0, FIRST_LENGTH),
    lengths: lengthCodes(literals),
    distances: canonicalCodes(sizes.subarray(LITERALS)),
  };
  made.set(kind, codes);
  return codes;
}

/** The codes of symbols by their sizes (3.2.2), the first bit lowest, as they are written. */
function canonicalCodes(sizes: Uint8Array): Int32Array {
  const counts = new Uint16Array(16);
  for (const size of sizes) counts[size] = (counts[size] ?? 0) + 1;
  const next = new Uint16Array(16);
  for (let size = 2; size < 16; size++) {
    next[size] = ((next[size - 1] ?? 0) + (counts[size - 1] ?? 0)) << 1;
  }
  const codes = new Int32Array(sizes.length);
  for (let symbol = 0; symbol < sizes.length; symbol++) {
    const size = sizes[symbol] ?? 0;
    if (size === 0) continue;
    const code = next[size] ?? 0;
    next[size] = code + 1;
    codes[symbol] = reversed(code, size) | (size << COUNT_AT);
  }
  return codes;
}

/** The lowest bits of a number, of 16 at most, from behind. */
function reversed(code: number, size: number): number {
  let bits = ((code & 0x5555) << 1) | ((code >> 1) & 0x5555);
  bits = ((bits & 0x3333) << 2) | ((bits >> 2) & 0x3333);
  bits = ((bits & 0x0f0f) << 4) | ((bits >> 4) & 0x0f0f);
  return (((bits & 0xff) << 8) | (bits >> 8)) >> (16 - size);
}

/** By a match's length its symbol and what follows it (3.2.5). */
function lengthCodes(literals: Int32Array): Int32Array {
  const codes = new Int32Array(LONGEST + 1);
  let symbol = FIRST_LENGTH;
  for (let first = 3; first < LONGEST; symbol++) {
    const further = Math.max(0, ((symbol - FIRST_LENGTH) >> 2) - 1);
    const code = literals[symbol] ?? 0;
    const size = code >>> COUNT_AT;
    for (let more = 0; more < 1 << further && first + more < LONGEST; more++) {
      codes[first + more] = (code & BITS) | (more << size) | ((size + further) << COUNT_AT);
    }
    first += 1 << further;
  }
  codes[LONGEST] = literals[LITERALS - 1] ?? 0;
  return codes;
}

/** The code in which sizes are said: of 1 to 12, and at 16 of the last one three to six times. */
const SIZE_SIZES = Uint8Array.of(0, 5, 5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 2, 0, 0, 0, 3, 0, 0);
const SIZE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1];
const AGAIN = 16;
/** A zlib stream whose window is 32 KB. */
const ZLIB_HEAD = [0x78, 0x5e];
/** The last block, with codes of its own. */
const BLOCK_HEAD = 0b101;

/** What stands before the symbols (3.2.7). */
function headOf(sizes: Uint8Array): Codes["head"] {
  const bytes = [...ZLIB_HEAD];
  let held = 0;
  let count = 0;
  const put = (bits: number, size: number) => {
    held |= bits << count;
    for (count += size; count >= 8; count -= 8, held >>>= 8) bytes.push(held & 255);
  };
  put(BLOCK_HEAD, 3);
  put(LITERALS - FIRST_LENGTH, 5);
  put(sizes.length - LITERALS - 1, 5);
  put(SIZE_ORDER.length - 4, 4);
  for (const size of SIZE_ORDER) put(SIZE_SIZES[size] ?? 0, 3);
  const codes = canonicalCodes(SIZE_SIZES);
  const say = (size: number) => put((codes[size] ?? 0) & BITS, SIZE_SIZES[size] ?? 0);
  for (let i = 0; i < sizes.length; ) {
    const size = sizes[i] ?? 0;
    let again = 0;
    while (again < 6 && i > 0 && sizes[i - 1] === size && sizes[i + again] === size) again += 1;
    if (again >= 3) {
      say(AGAIN);
      put(again - 3, 2);
    } else say(size);
    i += again >= 3 ? again : 1;
  }
  return { bytes: Uint8Array.from(bytes), held, count };
}
