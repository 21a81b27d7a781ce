/**
 * Pure. From a string to positioned glyphs: the first face of a chain that has a character draws
 * it, so a run may change faces anywhere. A character that none has is drawn as U+FFFD and stays
 * itself in the text layer. Scripts that need shaping or bidi are the font set's `complex`'s.
 */
import { type Face, parseFace } from "./truetype.ts";

export type LazyFace = () => Face;
export type Weight = "regular" | "medium" | "semibold";
/** For each weight the faces to try, in order; `complex` where a document's text needs it. */
export type FontSet = Readonly<Record<Weight, readonly LazyFace[]>> & {
  readonly complex?: ComplexText;
};

/** What shapes text whose letters join, stack or run from right to left. */
export type ComplexText = {
  /** Matches a text that it has to shape. */
  needs: RegExp;
  shape(text: string, style: TextStyle, chain: readonly LazyFace[]): Shaped;
};

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
  /** The face of all glyphs, unless `faces` has one for each. */
  face: Face;
  faces: Face[] | null;
  /** Kerning between a glyph and the one before it; null where there is none. */
  kerns: number[] | null;
  /** How a line is seen, where that is not from left to right as it is read. */
  seen: ((line: TextLine) => SeenLine) | null;
};

/** A line's text and its runs, both in the order in which they are read. */
export type SeenLine = { text: string; runs: SeenRun[] };

/** Glyphs from left to right, and how far behind the line's start, in thousandths of the em. */
export type SeenRun = { places: Shaped; atPerMille: number };

/** A part of a shaped text: one line of it. */
export type TextLine = { shaped: Shaped; from: number; to: number; widthPt: number };

const REPLACEMENT = 0xfffd;
export const SPACE = 0x20;
const TAB = 0x09;

/** Only text with these may be written in more than one way. */
const COMBINING = /[\u0300-\u036f\u1100-\u11ff\u3099\u309a]/;

/**
 * Scripts from Hebrew to Khmer, whose letters join, stack or run from right to left, the marks that
 * turn text, and what joins pictures.
 */
export const COMPLEX = new RegExp(
  "\\u200d|[\\u0590-\\u109f\\u1700-\\u18af\\u1a20-\\u1cff\\u200f\\u202a-\\u202e\\u2066-\\u2069" +
    "\\u20e3\\ua880-\\ua8ff\\ua980-\\uabff\\ufb1d-\\ufdff\\ufe70-\\ufefc\\u{10800}-\\u{11fff}" +
    "\\u{1e800}-\\u{1efff}\\u{1f1e6}-\\u{1f1ff}\\u{1f3fb}-\\u{1f3ff}\\u{e0020}-\\u{e007f}]",
  "u",
);

/** Controls, soft hyphens, joiners, direction marks and variation selectors draw nothing. */
export function isInvisible(code: number): boolean {
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

// Filled from the start for each text, so that what is kept is no longer than the text.
const codesSeen: number[] = [];
const glyphsSeen: number[] = [];
const kernsSeen: number[] = [];

/** A text as runs of glyphs with their advances, each in the first face that has its letters. */
export function shapeText(given: string, style: TextStyle, fonts: FontSet): Shaped {
  const text = COMBINING.test(given) ? given.normalize("NFC") : given;
  const chain = fonts[style.weight];
  if (fonts.complex?.needs.test(text)) return fonts.complex.shape(text, style, chain);
  const first = firstOf(chain);
  let face = first;
  let faces: Face[] | null = null;
  let count = 0;
  let lastGlyph = 0;
  let kerned = false;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0xd800 && code < 0xe000) code = text.codePointAt(i) ?? SPACE;
    if (code > 0xffff) i += 1;
    if (code === TAB) code = SPACE;
    if ((code < SPACE || code >= 0x7f) && isInvisible(code)) continue;
    let found = first;
    let plain = first.glyphOf(code);
    if (plain === 0) {
      const own = faceWith(chain, code);
      const shown = own ? code : standIn(code);
      found = own ?? faceFor(chain, shown);
      plain = found.glyphOf(shown);
    }
    if (found !== face && faces === null && count === 0) face = found;
    if (found !== face && faces === null) faces = new Array<Face>(count).fill(face);
    faces?.push(found);
    const glyph = style.tabular ? found.tabularOf(plain) : plain;
    const alone = style.tabular || count === 0 || (faces && faces[count - 1] !== found);
    const kern = alone ? 0 : found.kerningOf(lastGlyph, glyph);
    if (kern !== 0) kerned = true;
    codesSeen[count] = code;
    glyphsSeen[count] = glyph;
    kernsSeen[count] = kern;
    count += 1;
    lastGlyph = glyph;
  }
  return {
    style,
    codes: codesSeen.slice(0, count),
    glyphs: glyphsSeen.slice(0, count),
    face,
    faces,
    kerns: kerned ? kernsSeen.slice(0, count) : null,
    seen: null,
  };
}

/** The first face of a chain that has a character, and its glyph there. */
export function characterIn(
  chain: readonly LazyFace[],
  code: number,
  style: TextStyle,
): { face: Face; glyph: number } {
  const own = faceWith(chain, code);
  const shown = own ? code : standIn(code);
  const face = own ?? faceFor(chain, shown);
  const plain = face.glyphOf(shown);
  return { face, glyph: style.tabular ? face.tabularOf(plain) : plain };
}

/** A space that the faces lack is as wide as the common one; all else is visibly replaced. */
function standIn(code: number): number {
  return /\s/u.test(String.fromCodePoint(code)) ? SPACE : REPLACEMENT;
}

function faceWith(chain: readonly LazyFace[], code: number): Face | null {
  for (const lazy of chain) {
    const face = lazy();
    if (face.glyphOf(code) !== 0) return face;
  }
  return null;
}

function faceFor(chain: readonly LazyFace[], code: number): Face {
  const face = faceWith(chain, code);
  if (!face) throw new RangeError("a font set has a face with a space and one with U+FFFD");
  return face;
}

function firstOf(chain: readonly LazyFace[]): Face {
  const first = chain[0];
  if (!first) throw new RangeError("a font set has faces of every weight");
  return first();
}

/** The face that draws the glyph at an index of a shaped text. */
export function faceAt({ face, faces }: Shaped, index: number): Face {
  return faces?.[index] ?? face;
}

/** In thousandths of the em, from where the line begins. */
function advanceAt(shaped: Shaped, index: number, lineStart: number): number {
  const advance = faceAt(shaped, index).advanceOf(shaped.glyphs[index] ?? 0);
  return index > lineStart ? advance + (shaped.kerns?.[index] ?? 0) : advance;
}

/** Width in points of the glyphs [from, to). */
export function widthOf(shaped: Shaped, from = 0, to = shaped.codes.length): number {
  const { face, faces, glyphs, kerns } = shaped;
  let sum = 0;
  if (faces) for (let i = from; i < to; i++) sum += advanceAt(shaped, i, from);
  else {
    for (let i = from; i < to; i++) sum += face.advanceOf(glyphs[i] ?? 0);
    if (kerns) for (let i = from + 1; i < to; i++) sum += kerns[i] ?? 0;
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
    return wrapLine(oneLine(paragraph.trimEnd(), style, fonts), widthPt);
  });
}

/** A line broken into lines of at most `widthPt`. */
export function wrapLine(line: TextLine, widthPt: number): readonly TextLine[] {
  const { shaped } = line;
  const { codes } = shaped;
  const limit = (widthPt * 1000) / shaped.style.size + 0.5;
  if ((line.widthPt * 1000) / shaped.style.size <= limit && codes.at(-1) !== SPACE) return [line];
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
    width += advanceAt(shaped, i, start);
    if (width <= limit || codes[i] === SPACE || i === start) continue;
    const end = breakAt > start ? breakAt : unbreakable(codes, start, i);
    push(start, end);
    start = end;
    breakAt = end;
    width = 0;
    for (let j = start; j <= i; j++) width += advanceAt(shaped, j, start);
  }
  push(start, codes.length);
  return lines;
}

/** Where a word wider than the line is cut: never between a letter and its combining mark. */
export function unbreakable(codes: readonly number[], start: number, at: number): number {
  let end = at;
  while (end > start + 1 && isMark(codes[end] ?? 0)) end -= 1;
  return end;
}

function isMark(code: number): boolean {
  return (code >= 0x300 && code <= 0x36f) || (code >= 0x3099 && code <= 0x309a);
}

/** Whether a line may end between two characters. */
export function mayBreak(before: number, after: number): boolean {
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
