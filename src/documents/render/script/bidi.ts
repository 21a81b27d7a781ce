/**
 * Pure. The order in which a line's characters are seen (UAX #9). Levels are odd where text runs
 * from right to left.
 */
import bidiFactory from "bidi-js";

export type Base = "ltr" | "rtl";
export type Levels = {
  /** One for each UTF-16 unit. */
  levels: Uint8Array;
  /** The paragraph's own. */
  base: number;
};

const bidi = bidiFactory();
const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Labels, names and units come again in document after document. */
const MOST_KEPT = 1_000;
const MOST_KEPT_UNITS = 64;
const kept = new Map<string, Levels>();

/**
 * The levels of a paragraph. In a page from left to right its first letter says how it runs; in one
 * from right to left all that has such letters runs like the page, and the rest as it is written.
 */
export function levelsOf(text: string, page: Base): Levels {
  const key = page + text;
  const known = kept.get(key);
  if (known) return known;
  const own = RIGHT_TO_LEFT.test(text) ? "rtl" : "ltr";
  const made = paragraphLevels(text, page === "rtl" ? own : "auto");
  if (text.length > MOST_KEPT_UNITS) return made;
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(key, made);
  return made;
}

/** The levels of a paragraph with a base; `auto` is its first letter's. */
export function paragraphLevels(text: string, base: Base | "auto"): Levels {
  const { levels, paragraphs } = bidi.getEmbeddingLevels(text, base);
  return { levels, base: paragraphs[0]?.level ?? 0 };
}

/** What is drawn for a character in a run from right to left (rule L4). */
export function mirrored(character: string): string {
  return bidi.getMirroredCharacter(character) ?? character;
}

/**
 * The places [from, to) of a line in the order in which they are seen, left to right (rule L2).
 * `isBlank` says of a place whether it takes the paragraph's level at the line's end (L1).
 */
export function visualOrder(
  levels: Uint8Array | readonly number[],
  base: number,
  [from, to]: readonly [number, number],
  isBlank: (index: number) => boolean,
): number[] {
  const order = Array.from({ length: to - from }, (_, i) => from + i);
  const line = Uint8Array.from(levels.slice(from, to));
  for (let i = line.length - 1; i >= 0 && isBlank(from + i); i--) line[i] = base;
  const lowest = line.reduce((least, level) => Math.min(least, level), 255);
  const highest = line.reduce((most, level) => Math.max(most, level), 0);
  if (lowest === highest) return lowest % 2 === 1 ? order.reverse() : order;
  for (let level = highest; level >= Math.max(1, lowest | 1); level--) {
    for (let start = 0; start < line.length; start++) {
      if ((line[start] ?? 0) < level) continue;
      let end = start;
      while (end < line.length && (line[end] ?? 0) >= level) end += 1;
      const turned = order.slice(start, end).reverse();
      order.splice(start, turned.length, ...turned);
      start = end;
    }
  }
  return order;
}
