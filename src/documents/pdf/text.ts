/**
 * Pure. From a string to positioned glyphs: the first face of a chain that has a character draws
 * it, so a run may change faces anywhere. A character that none has is drawn as U+FFFD and stays
 * itself in the text layer. Scripts that need shaping or bidi would be split off in `shapeText`.
 */
import { type Face, parseFace } from "./truetype.ts";

export type LazyFace = () => Face;
export type Weight = "regular" | "medium" | "semibold";
/** For each weight the faces to try, in order. */
export type FontSet = Readonly<Record<Weight, readonly LazyFace[]>>;

/** Parses at the first use in an isolate: a cold start pays only for the faces it draws with. */
export function lazyFace(bytes: ArrayBuffer): LazyFace {
  let face: Face | undefined;
  return () => {
    face ??= parseFace(new Uint8Array(bytes));
    return face;
  };
}

export type TextStyle = {
  weight: Weight;
  /** Points. */
  size: number;
  color: Color;
  /** Figures of one width, for columns. */
  tabular?: boolean;
};
export type Color = readonly [number, number, number];

/** Glyphs in parallel arrays; widths in thousandths of the em. */
export type Shaped = {
  style: TextStyle;
  codes: number[];
  glyphs: number[];
  faces: Face[];
  /** Advance of each glyph. */
  advances: number[];
  /** Kerning between a glyph and the one before it. */
  kerns: number[];
};

/** A stretch of a shaped text: one line of it. */
export type TextLine = { shaped: Shaped; from: number; to: number; widthPt: number };

const REPLACEMENT = 0xfffd;
const SPACE = 0x20;

/** Only text with these may be written in more than one way. */
const COMBINING = /[\u0300-\u036f\u1100-\u11ff\u3099\u309a]/;

/** Controls, soft hyphens, joiners, direction marks and variation selectors draw nothing. */
function isInvisible(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0xad) return true;
  if (code < 0x61c) return false;
  return (
    code === 0x61c ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    (code >= 0xfe00 && code <= 0xfe0f) ||
    code === 0xfeff ||
    (code >= 0xd800 && code <= 0xdfff) ||
    (code >= 0xe0000 && code <= 0xe0fff)
  );
}

export function shapeText(given: string, style: TextStyle, fonts: FontSet): Shaped {
  const text = given.replaceAll("\t", " ");
  const chain = fonts[style.weight];
  const shaped: Shaped = { style, codes: [], glyphs: [], faces: [], advances: [], kerns: [] };
  let lastGlyph = 0;
  let lastFace: Face | undefined;
  const composed = COMBINING.test(text) ? text.normalize("NFC") : text;
  for (let i = 0; i < composed.length; i++) {
    const code = composed.codePointAt(i) ?? SPACE;
    if (code > 0xffff) i += 1;
    if (isInvisible(code)) continue;
    const { face, glyph: plain } = findGlyph(chain, code);
    const glyph = style.tabular ? face.tabularOf(plain) : plain;
    const kern = face === lastFace && !style.tabular ? face.kerningOf(lastGlyph, glyph) : 0;
    shaped.codes.push(code);
    shaped.glyphs.push(glyph);
    shaped.faces.push(face);
    shaped.advances.push(face.advanceOf(glyph));
    shaped.kerns.push(kern);
    lastGlyph = glyph;
    lastFace = face;
  }
  return shaped;
}

type Found = { face: Face; glyph: number };

function findGlyph(chain: readonly LazyFace[], code: number): Found {
  const own = lookUp(chain, code);
  if (own) return own;
  // A space that the faces lack is as wide as the common one; all else is visibly replaced.
  const found = lookUp(chain, /\s/u.test(String.fromCodePoint(code)) ? SPACE : REPLACEMENT);
  if (!found) throw new RangeError("a font set has a face with U+FFFD");
  return found;
}

function lookUp(chain: readonly LazyFace[], code: number): Found | null {
  for (const lazy of chain) {
    const face = lazy();
    const glyph = face.glyphOf(code);
    if (glyph !== 0) return { face, glyph };
  }
  return null;
}

/** Width in points of the glyphs [from, to). */
export function widthOf(shaped: Shaped, from = 0, to = shaped.codes.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    sum += (shaped.advances[i] ?? 0) + (i > from ? (shaped.kerns[i] ?? 0) : 0);
  }
  return (sum * shaped.style.size) / 1000;
}

/** The whole text as one line, however wide. */
export function oneLine(text: string, style: TextStyle, fonts: FontSet): TextLine {
  const shaped = shapeText(text, style, fonts);
  return { shaped, from: 0, to: shaped.codes.length, widthPt: widthOf(shaped) };
}

/** Paragraphs broken into lines of at most `widthPt`: at spaces, else between ideographs, else
 * anywhere. */
export function wrapText(
  text: string,
  style: TextStyle,
  fonts: FontSet,
  widthPt: number,
): TextLine[] {
  return text.split(/\r\n?|\n/u).flatMap((paragraph) => {
    const shaped = shapeText(paragraph.trimEnd(), style, fonts);
    return wrapShaped(shaped, widthPt);
  });
}

function wrapShaped(shaped: Shaped, widthPt: number): TextLine[] {
  const { codes, advances, kerns } = shaped;
  const limit = (widthPt * 1000) / shaped.style.size + 0.5;
  const lines: TextLine[] = [];
  const push = (from: number, end: number) => {
    let to = end;
    while (to > from && codes[to - 1] === SPACE) to -= 1;
    lines.push({ shaped, from, to, widthPt: widthOf(shaped, from, to) });
  };
  let start = 0;
  let breakAt = 0;
  let width = 0;
  for (let i = 0; i < codes.length; i++) {
    if (i > start && mayBreak(codes[i - 1] ?? 0, codes[i] ?? 0)) breakAt = i;
    width += (advances[i] ?? 0) + (i > start ? (kerns[i] ?? 0) : 0);
    if (width <= limit || codes[i] === SPACE || i === start) continue;
    const end = breakAt > start ? breakAt : unbreakable(codes, start, i);
    push(start, end);
    start = end;
    breakAt = end;
    width = 0;
    for (let j = start; j <= i; j++)
      width += (advances[j] ?? 0) + (j > start ? (kerns[j] ?? 0) : 0);
  }
  push(start, codes.length);
  return lines;
}

/** Where a word wider than the line is cut: never between a letter and its combining mark. */
function unbreakable(codes: readonly number[], start: number, at: number): number {
  let end = at;
  while (end > start + 1 && isMark(codes[end] ?? 0)) end -= 1;
  return end;
}

function isMark(code: number): boolean {
  return (code >= 0x300 && code <= 0x36f) || (code >= 0x3099 && code <= 0x309a);
}

function mayBreak(before: number, after: number): boolean {
  if (after === SPACE) return false;
  if (before === SPACE) return true;
  if (before === 0x2d || before === 0x2f) return isLetter(after);
  if (!isWide(before) && !isWide(after)) return false;
  return !NO_LINE_START.has(after) && !NO_LINE_END.has(before);
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code > 0xbf;
}

/** Ideographs, kana, hangul and their punctuation: each may end a line. */
function isWide(code: number): boolean {
  return (
    (code >= 0x2e80 && code <= 0xd7ff) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xff00 && code <= 0xffef) ||
    (code >= 0x20000 && code <= 0x3ffff)
  );
}

const codesOf = (text: string) => new Set([...text].map((character) => character.codePointAt(0)));
// The common part of JIS X 4051 and GB/T 15834: closing marks start no line, opening ones end none.
const NO_LINE_START = codesOf(
  "、。，．・：；？！」』）］｝〉》】〕’”ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々)]},.:;?!%",
);
const NO_LINE_END = codesOf("「『（［｛〈《【〔‘“([{");
