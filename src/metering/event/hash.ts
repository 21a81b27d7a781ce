/**
 * Hashes of identity. Pure. MurmurHash3 (Austin Appleby, public domain): x86_128 for the identity
 * of an event, x86_32 for the digest of its payload, both over UTF-16 code units. Bytes of ASCII
 * are its code units as they are.
 */
const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/** Code units: of any text, or of one in ASCII. */
type Units = Uint16Array | Uint8Array;

function rotl(x: number, r: number): number {
  return (x << r) | (x >>> (32 - r));
}

function finalMix(x: number): number {
  let h = x ^ (x >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Two code units as one 32-bit word; from `to` on they are 0. */
function word(units: Units, i: number, to: number): number {
  const low = i < to ? (units[i] as number) : 0;
  const high = i + 1 < to ? (units[i + 1] as number) : 0;
  return low | (high << 16);
}

/** Two code units that are both there. */
function pair(units: Units, i: number): number {
  return (units[i] as number) | ((units[i + 1] as number) << 16);
}

let scratch = new Uint16Array(256);

/** The code units of a text, at the beginning of a scratch that the next text overwrites. */
function unitsOf(text: string): Uint16Array {
  if (text.length > scratch.length) scratch = new Uint16Array(text.length * 2);
  const units = scratch;
  for (let i = 0; i < text.length; i++) units[i] = text.charCodeAt(i);
  return units;
}

/** Writes the 128-bit hash of `text` to `out[at..at+3]`. */
export function hash128(text: string, seed: number, out: Uint32Array, at: number): void {
  hashUnits128({ bytes: unitsOf(text), from: 0, to: text.length }, seed, out, at);
}

/** `hash128` of the code units `from..to-1` of a text; they may be bytes of ASCII. */
export function hashUnits128(
  { bytes: units, from, to }: { bytes: Units; from: number; to: number },
  seed: number,
  out: Uint32Array,
  at: number,
): void {
  let h1 = seed;
  let h2 = seed;
  let h3 = seed;
  let h4 = seed;
  for (let i = from; i < to; i += 8) {
    const whole = i + 8 <= to;
    const k1 = whole ? pair(units, i) : word(units, i, to);
    const k2 = whole ? pair(units, i + 2) : word(units, i + 2, to);
    const k3 = whole ? pair(units, i + 4) : word(units, i + 4, to);
    const k4 = whole ? pair(units, i + 6) : word(units, i + 6, to);
    h1 ^= Math.imul(rotl(Math.imul(k1, C1), 15), C2);
    h1 = (Math.imul((rotl(h1, 19) + h2) | 0, 5) + 0x561ccd1b) | 0;
    h2 ^= Math.imul(rotl(Math.imul(k2, C2), 16), C3);
    h2 = (Math.imul((rotl(h2, 17) + h3) | 0, 5) + 0x0bcaa747) | 0;
    h3 ^= Math.imul(rotl(Math.imul(k3, C3), 17), C4);
    h3 = (Math.imul((rotl(h3, 15) + h4) | 0, 5) + 0x96cd1c35) | 0;
    h4 ^= Math.imul(rotl(Math.imul(k4, C4), 18), C1);
    h4 = (Math.imul((rotl(h4, 13) + h1) | 0, 5) + 0x32ac3b17) | 0;
  }
  const length = (to - from) * 2;
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  h1 = finalMix(h1);
  h2 = finalMix(h2);
  h3 = finalMix(h3);
  h4 = finalMix(h4);
  h1 = (h1 + h2 + h3 + h4) | 0;
  out[at] = h1;
  out[at + 1] = (h2 + h1) | 0;
  out[at + 2] = (h3 + h1) | 0;
  out[at + 3] = (h4 + h1) | 0;
}

/** The 32-bit hash of `text`, chained through `seed`. */
export function hash32(text: string, seed: number): number {
  return hashUnits32(unitsOf(text), 0, text.length, seed);
}

/** `hash32` of the code units `from..to-1` of a text; they may be bytes of ASCII. */
export function hashUnits32(units: Units, from: number, to: number, seed: number): number {
  let h = seed | 0;
  for (let i = from; i < to; i += 2) {
    h ^= Math.imul(rotl(Math.imul(word(units, i, to), 0xcc9e2d51), 15), 0x1b873593);
    h = (Math.imul(rotl(h, 13), 5) + 0xe6546b64) | 0;
  }
  return finalMix(h ^ ((to - from) * 2));
}

/** True where `bytes[from..to-1]` are ASCII: the code units of their text. */
export function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  let any = 0;
  for (let i = from; i < to; i++) any |= bytes[i] as number;
  return any < 128;
}

/** Chains an integer below 2^53 (or any number, by its value) into a hash. */
export function hashNumber(value: number, seed: number): number {
  const high = Math.floor(value / 2 ** 32);
  return finalMix(Math.imul(seed ^ (value - high * 2 ** 32), 0xcc9e2d51) ^ (high + 0x1b873593));
}
