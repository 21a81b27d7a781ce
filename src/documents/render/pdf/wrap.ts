/**
 * Pure. Lines of a text in a width: broken at spaces, between ideographs, at the hyphen of two
 * words; a long word where it may be divided. A number, an id or an address is broken only where
 * it is wider than the width. A space after a line's end stays in its text, for readers of tags.
 */
import type { Language } from "../../language/registry.ts";
import { jointsOf } from "./hyphen.ts";
import {
  type FontSet,
  faceAt,
  mayBreak,
  type Shaped,
  shapeText,
  type TextLine,
  type TextStyle,
  unbreakable,
  widthOf,
} from "./text.ts";
import { FIRST_CLUSTER_CODE } from "./truetype.ts";

const SPACE = 0x20;
const HYPHEN = 0x2d;
const SOFT_HYPHEN = 0xad;
/** What a line must lack of its width for a word to be divided. */
const LEAST_GAP = 0.12;
/** How far from a hyphen it is looked whether it stands in a number or an address. */
const TOKEN_REACH = 60;

/** A text ready to be broken: `softs` are the glyphs before which its author allows a hyphen. */
export type Breakable = { line: TextLine; softs: ReadonlySet<number> | null };

/** One paragraph as one line, a space behind it. */
export function breakable(text: string, style: TextStyle, fonts: FontSet): Breakable {
  const shaped = shapeText(`${text.trimEnd()} `, style, fonts);
  const to = Math.max(0, shaped.codes.length - 1);
  const line = { shaped, from: 0, to, widthPt: widthOf(shaped, 0, to) };
  return { line, softs: text.includes("\u00ad") ? softsOf(text, style, fonts) : null };
}

function softsOf(text: string, style: TextStyle, fonts: FontSet): Set<number> {
  const softs = new Set<number>();
  let length = 0;
  for (const part of text.split("\u00ad")) {
    length += shapeText(part, style, fonts).codes.length;
    softs.add(length);
  }
  return softs;
}

/** The lines of a paragraph, none wider than `widthPt` unless a single glyph is. */
export function breakLines(
  { line, softs }: Breakable,
  widthPt: number,
  language: Language,
): readonly TextLine[] {
  const { shaped, to: length } = line;
  if (line.widthPt <= widthPt + 0.004) return [line];
  const { codes } = shaped;
  const limit = (widthPt * 1000) / shaped.style.size + 0.5;
  const lines: TextLine[] = [];
  let start = 0;
  let breakAt = 0;
  let width = 0;
  let broken = 0;
  for (let i = 0; i < length; i++) {
    if (i > start && mayBreakAt(codes, i)) {
      breakAt = i;
      broken = width;
    }
    width += advanceAt(shaped, i, start);
    if (width <= limit || codes[i] === SPACE || i === start) continue;
    const gap = breakAt > start ? limit - broken : limit;
    const from = Math.max(breakAt, start);
    const point = divideAt({ shaped, softs, language, limit, gap }, start, from, i);
    const token = () => unbreakable(codes, start, tokenBreak(codes, start, i));
    const end = point > start || breakAt > start ? breakAt : token();
    lines.push(point > start ? hyphenated(shaped, start, point) : trimmed(shaped, start, end));
    // The next line is measured from its start: what went over may be as wide as a line.
    start = point > start ? point : end;
    breakAt = start;
    width = 0;
    i = start - 1;
  }
  lines.push(trimmed(shaped, start, length));
  return lines;
}

/** Whether a line ends within a word, a number or an address that was wider than the width. */
export function isCut({ shaped: { codes }, to }: TextLine): boolean {
  const next = codes[to];
  return next !== undefined && next !== SPACE && to > 0 && !mayBreak(codes[to - 1] ?? 0, next);
}

function advanceAt(shaped: Shaped, index: number, lineStart: number): number {
  const advance = faceAt(shaped, index).advanceOf(shaped.glyphs[index] ?? 0);
  return index > lineStart ? advance + (shaped.kerns?.[index] ?? 0) : advance;
}

/** Without its spaces at the end, of which the first stays where `to` is. */
function trimmed(shaped: Shaped, from: number, end: number): TextLine {
  let to = end;
  while (to > from && shaped.codes[to - 1] === SPACE) to -= 1;
  return { shaped, from, to, widthPt: widthOf(shaped, from, to) };
}

function mayBreakAt(codes: readonly number[], at: number): boolean {
  const before = codes[at - 1] ?? 0;
  if (!mayBreak(before, codes[at] ?? 0)) return false;
  if (before === SPACE && isOrdinal(codes, at - 2)) return false;
  return (before !== HYPHEN && before !== 0x2f) || isOfWords(codes, at - 1);
}

/** Whether one or two digits and a full stop end here, as of a day before its month. */
function isOrdinal(codes: readonly number[], at: number): boolean {
  if (codes[at] !== 0x2e || !isDigit(codes[at - 1] ?? 0)) return false;
  const start = isDigit(codes[at - 2] ?? 0) ? at - 3 : at - 2;
  return start < 0 || codes[start] === SPACE;
}

/** Whether the token around a hyphen has letters only: no number, id, address or date. */
function isOfWords(codes: readonly number[], at: number): boolean {
  for (const step of [-1, 1]) {
    for (let i = at + step, reach = 0; reach < TOKEN_REACH; i += step, reach++) {
      const code = codes[i];
      if (code === undefined || code === SPACE) break;
      if (isDigit(code) || code === 0x40 || code === 0x3a || code === 0x5f) return false;
    }
  }
  return true;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Where a token that fills a line by itself is broken: behind a sign of an address, if near. */
function tokenBreak(codes: readonly number[], start: number, at: number): number {
  const least = start + Math.floor((at - start) * 0.6);
  for (let i = at; i > least; i--) {
    const before = codes[i - 1] ?? 0;
    if (before < 0x7f && "/@?&=,;._-".includes(String.fromCharCode(before))) return i;
  }
  return at;
}

type Division = {
  shaped: Shaped;
  softs: ReadonlySet<number> | null;
  language: Language;
  /** Thousandths of the em: the line's width, and what it would lack. */
  limit: number;
  gap: number;
};

/** The last place in [from, over] where the word there may be divided, or 0. */
function divideAt(given: Division, start: number, from: number, over: number): number {
  const { shaped, softs, language, limit } = given;
  const { codes } = shaped;
  // Words of scripts that join or stack are not divided, nor what is not seen as it is read.
  if (shaped.seen || isShaped(codes, start, over)) return 0;
  const face = faceAt(shaped, start);
  if (face.glyphOf(HYPHEN) === 0) return 0;
  const hyphen = face.advanceOf(face.glyphOf(HYPHEN));
  const places: number[] = [];
  if (softs) {
    for (let i = from + 1; i <= over; i++) if (softs.has(i)) places.push(i);
  }
  if (places.length === 0 && given.gap >= limit * LEAST_GAP) {
    const [first, word] = wordAt(codes, from);
    if (word) places.push(...jointsOf(word, language).map((joint) => first + joint));
  }
  for (const place of places.reverse()) {
    const width = (widthOf(shaped, start, place) * 1000) / shaped.style.size;
    if (place > from && place <= over && width + hyphen <= limit) return place;
  }
  return 0;
}

function isShaped(codes: readonly number[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) if ((codes[i] ?? 0) >= FIRST_CLUSTER_CODE) return true;
  return false;
}

/** A word of letters, with what may stand around it. */
const WORD = /^(["'([„“‚‘«»]*)(\p{L}+)[-"')\]“”‘’«».,;:!?]*$/u;
/** The same of Latin letters alone: it takes long to learn which characters are letters. */
const LATIN_WORD = /^(["'([„“‚‘«»]*)([A-Za-zÀ-ÖØ-öø-ɏ]+)[-"')\]“”‘’«».,;:!?]*$/;
const BEYOND_LATIN = /[\u00aa-\u00bf\u0250-\u2017\u2020-\uffff]/;

/** The word of letters at an index and where it begins; none within a number or an address. */
function wordAt(codes: readonly number[], from: number): [number, string | null] {
  let end = from;
  while (end < codes.length && codes[end] !== SPACE && end - from < TOKEN_REACH) end += 1;
  if (isShaped(codes, from, end)) return [from, null];
  const token = String.fromCodePoint(...codes.slice(from, end));
  const match = (BEYOND_LATIN.test(token) ? WORD : LATIN_WORD).exec(token);
  if (!match || [...token].length !== token.length) return [from, null];
  return [from + (match[1]?.length ?? 0), match[2] ?? null];
}

/** A line that ends in a hyphen which is soft to readers of its text. */
function hyphenated(shaped: Shaped, from: number, to: number): TextLine {
  const face = faceAt(shaped, to - 1);
  const own: Shaped = {
    style: shaped.style,
    codes: [...shaped.codes.slice(from, to), SOFT_HYPHEN],
    glyphs: [...shaped.glyphs.slice(from, to), face.glyphOf(HYPHEN)],
    face: shaped.face,
    faces: shaped.faces ? [...shaped.faces.slice(from, to), face] : null,
    kerns: shaped.kerns ? [...shaped.kerns.slice(from, to), 0] : null,
    seen: null,
  };
  const length = to - from + 1;
  return { shaped: own, from: 0, to: length, widthPt: widthOf(own, 0, length) };
}
