/**
 * Pure. Which glyphs of which faces a document draws. A face is embedded in up to two parts: one of
 * the language's common characters, which are numbered alike in every document in it and of which
 * only the drawn ones have outlines, and one for the lines that have any other.
 */
import type { Language } from "../../language/registry.ts";
import { languageRecord } from "../../language/registry.ts";
import type { TemplateVersion } from "../../model/model.ts";
import type { Face } from "./truetype.ts";

export type Part = {
  face: Face;
  /** What a common part is told from others by; empty for what is not one. */
  key: string;
  /** A CID is a glyph's index here; the first is .notdef. */
  glyphs: number[];
  /** What each CID stands for. */
  codes: number[];
  /** CIDs of a character's two forms, the first one drawn first; -1 where it has none. */
  letters: Int16Array;
  others: Map<number, number>;
};

export type DrawnFace = {
  resource: string;
  common: Part;
  /** For each CID of the common part 1 where it is drawn. */
  used: Uint8Array;
  others: Part;
};

export type FacePool = {
  language: Language;
  /** The pages' version; without one it is the first. */
  version?: TemplateVersion;
  faces: Map<Face, DrawnFace>;
};

export const OTHERS_SUFFIX = "x";

/**
 * A common part is written a byte a glyph, which is its CID plus this offset: no such byte has to
 * be escaped in a string (ISO 32000-1, 7.3.4.2).
 */
export const CID_BYTE_OFFSET = 0x5c;
const MOST_CIDS = 0x100 - CID_BYTE_OFFSET;

/** A face with the glyphs that the document has used of it; made when it is first drawn with. */
export function drawnFace(pool: FacePool, face: Face): DrawnFace {
  const known = pool.faces.get(face);
  if (known) return known;
  const common = commonPart(face, pool);
  const drawn = {
    resource: `F${pool.faces.size + 1}`,
    common,
    used: new Uint8Array(common.glyphs.length),
    others: emptyPart(face),
  };
  pool.faces.set(face, drawn);
  return drawn;
}

const COMMON =
  " ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:-/()'&%@+\u2013\u2212\u00b7€";
/** Beyond Greek and Cyrillic a language has too many letters to have them always. */
const LAST_LETTER = 0x4ff;
const MARKED_LETTERS = /[\u00c0-\u04ff]/g;
const commonParts = new WeakMap<Face, Map<string, Part>>();

function commonPart(face: Face, { language, version = 1 }: FacePool): Part {
  // What shapes text draws clusters, of which no part has one from the start.
  if (face.clusters) return emptyPart(face);
  const parts = commonParts.get(face) ?? new Map<string, Part>();
  commonParts.set(face, parts);
  const key = `${language} ${version}`;
  const known = parts.get(key);
  if (known) return known;
  const part = { ...emptyPart(face), key: `${face.name} ${face.bytes.length} ${key}` };
  const codes = commonCodes(language, version).filter((code) => face.glyphOf(code) !== 0);
  for (const code of codes) cidOf(part, face.glyphOf(code), code);
  for (const code of codes) cidOf(part, face.tabularOf(face.glyphOf(code)), code);
  if (version > 1) addLetters(part);
  if (part.glyphs.length > MOST_CIDS) throw new RangeError("a byte a glyph");
  parts.set(key, part);
  return part;
}

/** Names have more letters than labels do: those of western languages, the most frequent first. */
const WESTERN = "éäöüßèáóíçñåøàêôúãæÖÜÄÉâîëïõòùû’—“”„ÅØÇÁÓÀÈœ«»£°§";

/** Adds as many of them as there is room for. */
function addLetters(part: Part): void {
  const room = MOST_CIDS - part.glyphs.length;
  const more = [...WESTERN].map((letter) => letter.charCodeAt(0));
  const missing = more.filter(
    (code) => part.face.glyphOf(code) !== 0 && !part.codes.includes(code),
  );
  for (const code of missing.slice(0, room).sort((a, b) => a - b)) {
    cidOf(part, part.face.glyphOf(code), code);
  }
}

/** What the labels that the first version knew were written with, of the languages of its day. */
const FIRST_LETTERS: Partial<Record<Language, string>> = {
  de: "Üäü",
  fr: "ÀÉàèéû",
  es: "áéíóú",
  it: "à",
  pt: "Óáãçéêíõú",
  nl: "ó",
  pl: "óąćęŁłŚśźż",
  sv: "ÀÅäåö",
};

/** What its labels are written with, in order: runs of code points are short to map back. */
function commonCodes(language: Language, version: TemplateVersion): readonly number[] {
  const key = `${language} ${version}`;
  const known = codesOf.get(key);
  if (known) return known;
  const { labels, spaces } = languageRecord(language);
  const breaks = spaces ? "\u00a0\u202f" : "";
  const words =
    version === 1 ? (FIRST_LETTERS[language] ?? "") : JSON.stringify(Object.values(labels));
  const codes = new Set<number>();
  for (const character of COMMON + breaks) codes.add(character.codePointAt(0) ?? 0);
  for (const letter of words.match(MARKED_LETTERS) ?? []) codes.add(letter.charCodeAt(0));
  const made = [...codes].sort((a, b) => a - b);
  codesOf.set(key, made);
  return made;
}

const codesOf = new Map<string, readonly number[]>();

function emptyPart(face: Face): Part {
  const letters = new Int16Array(2 * (LAST_LETTER + 1)).fill(-1);
  return { face, key: "", glyphs: [0], codes: [0], letters, others: new Map() };
}

/** The CID of a glyph in a part, undefined where it has none. */
export function knownCid(part: Part, glyph: number, code: number): number | undefined {
  const { letters, glyphs, others } = part;
  for (let key = 2 * code; key <= 2 * code + 1; key++) {
    const cid = key < letters.length ? letters[key] : others.get(key);
    if (cid === undefined || cid < 0) return undefined;
    if (glyphs[cid] === glyph) return cid;
  }
  return undefined;
}

/** The CID of a glyph in a part, which takes it up where it has none yet. */
export function cidOf(part: Part, glyph: number, code: number): number {
  const known = knownCid(part, glyph, code);
  if (known !== undefined) return known;
  const cid = part.glyphs.push(glyph) - 1;
  part.codes.push(code);
  const { letters, others } = part;
  const isFree = (key: number) => (key < letters.length ? letters[key] === -1 : !others.has(key));
  const key = isFree(2 * code) ? 2 * code : 2 * code + 1;
  if (key < letters.length) letters[key] = cid;
  else others.set(key, cid);
  return cid;
}
