/**
 * Pure. Reads a TrueType file: code points to glyphs, advances, outlines, pair kerning and tabular
 * figures. Widths are whole thousandths of the em, the unit of PDF's /W array, so that what is
 * measured is exactly what a viewer draws.
 */
import { type Kerning, readKerning, readSubstitution } from "./opentype.ts";

export type Face = {
  name: string;
  bytes: Uint8Array;
  view: DataView;
  tables: ReadonlyMap<string, Table>;
  unitsPerEm: number;
  glyphCount: number;
  /** In thousandths of the em. */
  bounds: readonly [number, number, number, number];
  ascent: number;
  descent: number;
  capHeight: number;
  /** usWeightClass: 400 is regular, 600 semi-bold. */
  weight: number;
  /** The glyph of a code point, 0 where the face has none. */
  glyphOf(code: number): number;
  advanceOf(glyph: number): number;
  kerningOf(left: number, right: number): number;
  /** The tabular form of a figure's glyph, or the glyph itself. */
  tabularOf(glyph: number): number;
  /** Where a shaper makes its glyphs: what each is made of. */
  clusters?: {
    at(glyph: number): Cluster | undefined;
    /** All that a cluster is, as one text; empty for other glyphs. */
    keyAt(glyph: number): string;
  };
};

/** What belongs together of a text: glyphs of the file, each moved, all in font units. */
export type Cluster = {
  text: string;
  advance: number;
  parts: readonly { glyph: number; x: number; y: number }[];
};

/** Clusters are numbered behind all glyphs of a file, and all code points. */
export const FIRST_CLUSTER_GLYPH = 0x1_0000;
export const FIRST_CLUSTER_CODE = 0x11_0000;

export type Table = { offset: number; length: number };

/** Errors: RangeError where the bytes are no TrueType file with outlines. */
export function parseFace(bytes: Uint8Array): Face {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = readDirectory(view);
  const table = (tag: string) => {
    const found = tables.get(tag);
    if (!found) throw new RangeError(`font has no ${tag} table`);
    return found.offset;
  };
  table("glyf");
  const head = table("head");
  const hhea = table("hhea");
  const os2 = table("OS/2");
  const unitsPerEm = view.getUint16(head + 18);
  const perMille = (units: number) => Math.round((units * 1000) / unitsPerEm);
  const glyphCount = view.getUint16(table("maxp") + 4);
  const bound = (at: number) => perMille(view.getInt16(head + at));
  const kern = readKerning(view, tables.get("GPOS")?.offset);
  const tabular = readSubstitution(view, tables.get("GSUB")?.offset, "tnum");
  return {
    name: readName(view, table("name")),
    bytes,
    view,
    tables,
    unitsPerEm,
    glyphCount,
    bounds: [bound(36), bound(38), bound(40), bound(42)],
    ascent: perMille(view.getInt16(hhea + 4)),
    descent: perMille(view.getInt16(hhea + 6)),
    capHeight: view.getUint16(os2) >= 2 ? perMille(view.getInt16(os2 + 88)) : 700,
    weight: view.getUint16(os2 + 4),
    glyphOf: remember(readCharacterMap(view, table("cmap"))),
    advanceOf: readAdvances(view, table("hmtx"), view.getUint16(hhea + 34), glyphCount, perMille),
    kerningOf: rememberPairs(kern, perMille),
    tabularOf: (glyph) => tabular.get(glyph) ?? glyph,
  };
}

function readDirectory(view: DataView): Map<string, Table> {
  const tables = new Map<string, Table>();
  for (let i = 0; i < view.getUint16(4); i++) {
    const at = 12 + 16 * i;
    tables.set(readTag(view, at), {
      offset: view.getUint32(at + 8),
      length: view.getUint32(at + 12),
    });
  }
  return tables;
}

/** The four letters that name a table. */
export function readTag(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/** The PostScript name (name id 6). */
function readName(view: DataView, at: number): string {
  const storage = at + view.getUint16(at + 4);
  for (let i = 0; i < view.getUint16(at + 2); i++) {
    const record = at + 6 + 12 * i;
    if (view.getUint16(record + 6) !== 6 || view.getUint16(record) !== 3) continue;
    const start = storage + view.getUint16(record + 10);
    const units = view.getUint16(record + 8) / 2;
    return String.fromCharCode(
      ...Array.from({ length: units }, (_, j) => view.getUint16(start + 2 * j)),
    );
  }
  return "Font";
}

function readAdvances(
  view: DataView,
  hmtx: number,
  count: number,
  glyphCount: number,
  perMille: (units: number) => number,
): (glyph: number) => number {
  const read = (glyph: number) => perMille(view.getUint16(hmtx + 4 * Math.min(glyph, count - 1)));
  const known = new Int32Array(Math.min(glyphCount, COMMON)).fill(-1);
  return (glyph) => {
    const width = known[glyph];
    if (width === undefined) return read(glyph);
    if (width >= 0) return width;
    known[glyph] = read(glyph);
    return known[glyph] ?? 0;
  };
}

/** Format 12 where there is one (all planes), else format 4 (the basic plane). */
function readCharacterMap(view: DataView, cmap: number): (code: number) => number {
  let basic = 0;
  for (let i = 0; i < view.getUint16(cmap + 2); i++) {
    const at = cmap + view.getUint32(cmap + 8 + 8 * i);
    const format = view.getUint16(at);
    if (format === 12) return (code) => lookUpGroups(view, at, code);
    if (format === 4) basic = at;
  }
  if (basic === 0) throw new RangeError("font has no Unicode character map");
  return (code) => lookUpSegments(view, basic, code);
}

function lookUpGroups(view: DataView, at: number, code: number): number {
  let low = 0;
  let high = view.getUint32(at + 12) - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const group = at + 16 + 12 * middle;
    if (code < view.getUint32(group)) high = middle - 1;
    else if (code > view.getUint32(group + 4)) low = middle + 1;
    else return view.getUint32(group + 8) + code - view.getUint32(group);
  }
  return 0;
}

function lookUpSegments(view: DataView, at: number, code: number): number {
  const span = view.getUint16(at + 6);
  for (let i = 0; code < 0xffff && i < span; i += 2) {
    if (code > view.getUint16(at + 14 + i)) continue;
    const start = view.getUint16(at + 16 + span + i);
    if (code < start) return 0;
    const delta = view.getUint16(at + 16 + 2 * span + i);
    const rangeAt = at + 16 + 3 * span + i;
    const range = view.getUint16(rangeAt);
    if (range === 0) return (code + delta) & 0xffff;
    const glyph = view.getUint16(rangeAt + range + 2 * (code - start));
    return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
  }
  return 0;
}

/** Latin, Greek and Cyrillic: looked up in an array, all else in a map. */
const COMMON = 0x500;

function remember(look: (key: number) => number): (key: number) => number {
  const common = new Int32Array(COMMON).fill(-1);
  const others = new Map<number, number>();
  return (key) => {
    const known = key < COMMON ? (common[key] ?? -1) : others.get(key);
    if (known !== undefined && known !== -1) return known;
    const found = look(key);
    if (key < COMMON) common[key] = found;
    else others.set(key, found);
    return found;
  };
}

function rememberPairs(
  kerning: Kerning,
  perMille: (units: number) => number,
): (left: number, right: number) => number {
  const known = new Map<number, number>();
  return (left, right) => {
    const pair = left * 0x10000 + right;
    const value = known.get(pair);
    if (value !== undefined) return value;
    const found = perMille(kerning(left, right));
    known.set(pair, found);
    return found;
  };
}

/** Where a glyph's outline lies in the file; empty for a blank one, and for what is none. */
export function outlineOf(face: Face, glyph: number): Uint8Array {
  const { view, tables, bytes } = face;
  const loca = tables.get("loca")?.offset ?? 0;
  const glyf = tables.get("glyf")?.offset ?? 0;
  const long = view.getInt16((tables.get("head")?.offset ?? 0) + 50) === 1;
  const at = (index: number) =>
    long ? view.getUint32(loca + 4 * index) : 2 * view.getUint16(loca + 2 * index);
  return glyph >= 0 && glyph < face.glyphCount
    ? bytes.subarray(glyf + at(glyph), glyf + at(glyph + 1))
    : bytes.subarray(0, 0);
}
