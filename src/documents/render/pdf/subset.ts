/**
 * Pure. A TrueType file of only the glyphs that were drawn, renumbered so that the PDF's CIDs are
 * its glyph ids (CIDToGIDMap /Identity).
 */
import { type Cluster, type Face, outlineOf } from "./truetype.ts";

const ARGUMENTS_ARE_WORDS = 0x0001;
const ARGUMENTS_ARE_OFFSETS = 0x0002;
const HAS_SCALE = 0x0008;
const MORE_COMPONENTS = 0x0020;
const HAS_XY_SCALE = 0x0040;
const HAS_MATRIX = 0x0080;

/**
 * `glyphs[0]` must be 0 (.notdef); parts of composite glyphs are appended behind them. Where `used`
 * is given, glyphs for which it has 0 keep their numbers, without outline and width.
 */
export function subsetFace(
  face: Face,
  glyphs: readonly number[],
  used: Uint8Array | null = null,
): Uint8Array {
  // -1 is the id of a glyph that is not used.
  const numbered = used ? glyphs.map((glyph, i) => (used[i] === 1 ? glyph : -1)) : [...glyphs];
  const { outlines, ids } = collectOutlines(face, numbered);
  // The first version's files are aligned as they always were.
  const rest = used ? 1 : 3;
  const sizes = outlines.map((outline) => (outline.length + rest) & ~rest);
  const glyfSize = sizes.reduce((sum, size) => sum + size, 0);
  const glyf = new Uint8Array(glyfSize);
  const long = glyfSize > 0x1fffe;
  const loca = new DataView(new ArrayBuffer((outlines.length + 1) * (long ? 4 : 2)));
  let at = 0;
  outlines.forEach((outline, i) => {
    glyf.set(outline, at);
    at += sizes[i] ?? 0;
    if (long) loca.setUint32(4 * (i + 1), at);
    else loca.setUint16(2 * (i + 1), at / 2);
  });
  return assemble([
    ["glyf", glyf],
    ["head", headTable(face, long)],
    ["hhea", countTable(face, "hhea", 34, ids.length)],
    ["hmtx", metricsTable(face, ids, outlines)],
    ["loca", new Uint8Array(loca.buffer)],
    ["maxp", profileTable(face, ids)],
  ]);
}

/** The parts of composite glyphs are appended to `ids`. */
function collectOutlines(face: Face, ids: number[]) {
  const outlines: Uint8Array[] = [];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i] ?? 0;
    const cluster = face.clusters?.at(id);
    const outline = cluster ? clusterOutline(face, cluster) : outlineOf(face, id);
    outlines.push(isComposite(outline) ? renumberParts(outline, ids) : outline);
  }
  return { outlines, ids };
}

function isComposite(outline: Uint8Array): boolean {
  return outline.length > 1 && (outline[0] ?? 0) >= 0x80;
}

/** A composite glyph with its parts' new ids; parts not seen yet are appended to `ids`. */
function renumberParts(outline: Uint8Array, ids: number[]): Uint8Array {
  const copy = outline.slice();
  const view = new DataView(copy.buffer);
  for (let at = 10; ; ) {
    const flags = view.getUint16(at);
    const part = view.getUint16(at + 2);
    let id = ids.indexOf(part);
    if (id < 0) id = ids.push(part) - 1;
    view.setUint16(at + 2, id);
    at += flags & ARGUMENTS_ARE_WORDS ? 8 : 6;
    if (flags & HAS_SCALE) at += 2;
    else if (flags & HAS_XY_SCALE) at += 4;
    else if (flags & HAS_MATRIX) at += 8;
    if (!(flags & MORE_COMPONENTS)) return copy;
  }
}

/** A cluster as a composite of the file's glyphs ("glyf", Composite Glyph Description). */
function clusterOutline(face: Face, { parts }: Cluster): Uint8Array {
  const drawn = parts.filter(({ glyph }) => outlineOf(face, glyph).length > 0);
  if (drawn.length === 0) return new Uint8Array();
  const view = new DataView(new ArrayBuffer(10 + 8 * drawn.length));
  const box = [0x7fff, 0x7fff, -0x8000, -0x8000];
  drawn.forEach(({ glyph, x, y }, i) => {
    const at = 10 + 8 * i;
    const more = i + 1 < drawn.length ? MORE_COMPONENTS : 0;
    view.setUint16(at, ARGUMENTS_ARE_WORDS | ARGUMENTS_ARE_OFFSETS | more);
    view.setUint16(at + 2, glyph);
    view.setInt16(at + 4, x);
    view.setInt16(at + 6, y);
    const own = boxOf(outlineOf(face, glyph));
    box.forEach((value, side) => {
      const edge = (own[side] ?? 0) + (side % 2 === 0 ? x : y);
      box[side] = side < 2 ? Math.min(value, edge) : Math.max(value, edge);
    });
  });
  view.setInt16(0, -1);
  box.forEach((value, side) => {
    view.setInt16(2 + 2 * side, value);
  });
  return new Uint8Array(view.buffer);
}

/** xMin, yMin, xMax, yMax of an outline. */
function boxOf(outline: Uint8Array): number[] {
  const view = new DataView(outline.buffer, outline.byteOffset, outline.length);
  return [2, 4, 6, 8].map((at) => view.getInt16(at));
}

function copyTable(face: Face, tag: string): Uint8Array {
  const { offset, length } = face.tables.get(tag) ?? { offset: 0, length: 0 };
  return face.bytes.slice(offset, offset + length);
}

function countTable(face: Face, tag: string, at: number, count: number): Uint8Array {
  const table = copyTable(face, tag);
  new DataView(table.buffer).setUint16(at, count);
  return table;
}

/** How deep and wide composites are, which clusters add to ("maxp"). */
function profileTable(face: Face, ids: readonly number[]): Uint8Array {
  const table = countTable(face, "maxp", 4, ids.length);
  const widest = ids.reduce(
    (most, glyph) => Math.max(most, face.clusters?.at(glyph)?.parts.length ?? 0),
    0,
  );
  if (widest === 0) return table;
  const view = new DataView(table.buffer);
  view.setUint16(28, Math.max(widest, view.getUint16(28)));
  view.setUint16(30, view.getUint16(30) + 1);
  return table;
}

function headTable(face: Face, long: boolean): Uint8Array {
  const table = copyTable(face, "head");
  const view = new DataView(table.buffer);
  view.setUint32(8, 0);
  view.setInt16(50, long ? 1 : 0);
  return table;
}

function metricsTable(
  face: Face,
  ids: readonly number[],
  outlines: readonly Uint8Array[],
): Uint8Array {
  const hmtx = face.tables.get("hmtx")?.offset ?? 0;
  const count = face.view.getUint16((face.tables.get("hhea")?.offset ?? 0) + 34);
  const view = new DataView(new ArrayBuffer(4 * ids.length));
  ids.forEach((glyph, i) => {
    if (glyph < 0) return;
    const cluster = face.clusters?.at(glyph);
    if (cluster) {
      const outline = outlines[i] ?? new Uint8Array();
      view.setUint16(4 * i, Math.max(0, cluster.advance));
      view.setInt16(4 * i + 2, outline.length > 0 ? (boxOf(outline)[0] ?? 0) : 0);
      return;
    }
    const bearing = glyph < count ? hmtx + 4 * glyph + 2 : hmtx + 4 * count + 2 * (glyph - count);
    view.setUint16(4 * i, face.view.getUint16(hmtx + 4 * Math.min(glyph, count - 1)));
    view.setInt16(4 * i + 2, face.view.getInt16(bearing));
  });
  return new Uint8Array(view.buffer);
}

/** The table directory and its checksums, head's last (OpenType, "otff"). */
function assemble(tables: [string, Uint8Array][]): Uint8Array {
  const start = 12 + 16 * tables.length;
  const size = tables.reduce((sum, [, table]) => sum + ((table.length + 3) & ~3), start);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  const power = 2 ** Math.floor(Math.log2(tables.length));
  view.setUint32(0, 0x00010000);
  view.setUint16(4, tables.length);
  view.setUint16(6, power * 16);
  view.setUint16(8, Math.log2(power));
  view.setUint16(10, (tables.length - power) * 16);
  let at = start;
  let head = 0;
  tables.forEach(([tag, table], i) => {
    const entry = 12 + 16 * i;
    for (let j = 0; j < 4; j++) file[entry + j] = tag.charCodeAt(j);
    file.set(table, at);
    view.setUint32(entry + 4, checksum(view, at, at + ((table.length + 3) & ~3)));
    view.setUint32(entry + 8, at);
    view.setUint32(entry + 12, table.length);
    if (tag === "head") head = at;
    at += (table.length + 3) & ~3;
  });
  view.setUint32(head + 8, (0xb1b0afba - checksum(view, 0, size)) >>> 0);
  return file;
}

function checksum(view: DataView, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 4) sum = (sum + view.getUint32(at)) | 0;
  return sum >>> 0;
}
