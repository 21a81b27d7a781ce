/**
 * Pure. Which glyphs of which faces a document draws. A face is embedded in up to two parts: one of
 * common characters, the same for every document and so made once, and one of all others.
 */
import type { Face } from "./truetype.ts";

export type Part = {
  face: Face;
  /** A CID is a glyph's place here; the first is .notdef. */
  glyphs: number[];
  /** What each CID stands for. */
  codes: number[];
  /** CID by glyph and code point: one glyph may stand for several characters. */
  cids: Map<number, number>;
};

export type DrawnFace = {
  resource: string;
  common: Part;
  /** Whether the common part is drawn with. */
  usesCommon: boolean;
  others: Part;
};

export type FacePool = Map<Face, DrawnFace>;

export const OTHERS_SUFFIX = "x";

export function drawnFace(pool: FacePool, face: Face): DrawnFace {
  const known = pool.get(face);
  if (known) return known;
  const drawn = {
    resource: `F${pool.size + 1}`,
    common: commonPart(face),
    usesCommon: false,
    others: emptyPart(face),
  };
  pool.set(face, drawn);
  return drawn;
}

const COMMON =
  " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:-/()'&%\u2013\u2212\u00b7€";
const commonParts = new WeakMap<Face, Part>();

function commonPart(face: Face): Part {
  const known = commonParts.get(face);
  if (known) return known;
  const part = emptyPart(face);
  for (const character of COMMON) {
    const code = character.codePointAt(0) ?? 0;
    const glyph = face.glyphOf(code);
    if (glyph === 0) continue;
    addGlyph(part, glyph, code);
    const tabular = face.tabularOf(glyph);
    if (tabular !== glyph) addGlyph(part, tabular, code);
  }
  commonParts.set(face, part);
  return part;
}

function emptyPart(face: Face): Part {
  return { face, glyphs: [0], codes: [0], cids: new Map() };
}

const CODE_SPAN = 0x110000;

function addGlyph(part: Part, glyph: number, code: number): number {
  const cid = part.glyphs.push(glyph) - 1;
  part.codes.push(code);
  part.cids.set(glyph * CODE_SPAN + code, cid);
  return cid;
}

/** The CID of a glyph in the common part, or the negative of one in the other part. */
export function cidOf(drawn: DrawnFace, glyph: number, code: number): number {
  const key = glyph * CODE_SPAN + code;
  const common = drawn.common.cids.get(key);
  if (common !== undefined) {
    drawn.usesCommon = true;
    return common;
  }
  return -(drawn.others.cids.get(key) ?? addGlyph(drawn.others, glyph, code));
}
