/**
 * A value of a declared property as cells keep it. Pure. A short one is kept as it is; a longer one
 * by its 128-bit hash, so that what a value takes in memory and in a row has a bound.
 */
import { hash128 } from "../event/hash.ts";

/** Characters of a value that is kept as it is: a UUID, most e-mail addresses and names. */
const SHORT = 40;
/** Begins a hash; no short value is kept that begins with it. */
const MARK = "\u0001";
const HASH_CHARS = 23;
const SEED = 0x756e6971;

const words = new Uint32Array(4);

/** The key of a value; the key of a key is itself. */
export function valueKey(value: string): string {
  if (!value.startsWith(MARK)) return value.length <= SHORT ? value : hashKey(value);
  return value.length === HASH_CHARS ? value : hashKey(value);
}

function hashKey(value: string): string {
  hash128(value, SEED, words, 0);
  const bytes = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  return MARK + bytes.toString("base64url");
}
