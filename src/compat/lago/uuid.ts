/**
 * Lago's clients hold ids as UUIDs. The 26 characters of an id of ours are 128 bits, so they are
 * written as a UUID and read back; what has no such id is named by a hash. Pure.
 */
import { hash128 } from "../../metering/event/hash.ts";

/** Crockford's base 32, as `core/id.ts` writes it. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const CHARACTERS = 26;
/** The first of 26 characters carries three bits, so that all of them are 128. */
const ULID = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX_DIGITS = 32;

/** The UUID of the characters at an id's end; of one that ends otherwise, of its hash. */
export function uuidOf(id: string): string {
  const characters = id.slice(-CHARACTERS);
  if (!ULID.test(characters)) return uuidNamed(id);
  let bits = 0n;
  for (const character of characters) bits = (bits << 5n) | BigInt(ALPHABET.indexOf(character));
  return dashed(bits.toString(16).padStart(HEX_DIGITS, "0"));
}

/** The 26 characters that a UUID stands for, or null for what is no UUID. */
export function ulidOf(uuid: string): string | null {
  if (!UUID.test(uuid)) return null;
  let bits = BigInt(`0x${uuid.replaceAll("-", "")}`);
  let characters = "";
  for (let left = CHARACTERS; left > 0; left--) {
    characters = ALPHABET.charAt(Number(bits & 31n)) + characters;
    bits >>= 5n;
  }
  return characters;
}

/** The UUID of what is told apart by some texts, such as a tenant and a transaction. */
export function uuidNamed(...parts: string[]): string {
  const words = new Uint32Array(4);
  hash128(JSON.stringify(parts), 0, words, 0);
  return dashed(Array.from(words, (word) => word.toString(16).padStart(8, "0")).join(""));
}

function dashed(hex: string): string {
  const cut = [0, 8, 12, 16, 20, HEX_DIGITS];
  return cut
    .slice(1)
    .map((end, i) => hex.slice(cut[i], end))
    .join("-");
}
