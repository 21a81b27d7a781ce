/** Pure. One part of a face as a composite font whose CIDs are its glyph ids (ISO 32000-1, 9.7). */
import { Buffer } from "node:buffer";
import { type PDFContext, PDFRawStream, type PDFRef } from "pdf-lib";
import { compress, compressSmall } from "./compress.ts";
import type { Part } from "./drawn-face.ts";
import { subsetFace } from "./subset.ts";
import { WrittenObject } from "./written-object.ts";

/** What is costly about a part: common parts never change, so theirs is kept. */
type Prepared = { name: string; file: Uint8Array; length: number; map: Uint8Array; widths: string };
const prepared = new WeakMap<Part, Prepared>();

export function writeFont(context: PDFContext, part: Part, isCommon: boolean): PDFRef {
  const { name, file, length, map, widths } = isCommon
    ? preparedOnce(part)
    : prepare(part, compress);
  const { bounds, ascent, descent, capHeight } = part.face;
  const stream = (bytes: Uint8Array, entries: Record<string, number>) => {
    const dict = context.obj({ ...entries, Filter: "FlateDecode" });
    return context.register(PDFRawStream.of(dict, bytes));
  };
  const write = (text: string) => context.register(new WrittenObject(text));
  const descriptor = write(
    `<</Type/FontDescriptor/FontName/${name}/Flags 4/FontBBox[${bounds.join(" ")}]/ItalicAngle 0` +
      `/Ascent ${ascent}/Descent ${descent}/CapHeight ${capHeight}/StemV 80` +
      `/FontFile2 ${stream(file, { Length1: length })}>>`,
  );
  const descendant = write(
    `<</Type/Font/Subtype/CIDFontType2/BaseFont/${name}/CIDToGIDMap/Identity` +
      "/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>" +
      `/FontDescriptor ${descriptor}/W[0[${widths}]]>>`,
  );
  return write(
    `<</Type/Font/Subtype/Type0/BaseFont/${name}/Encoding/Identity-H` +
      `/DescendantFonts[${descendant}]/ToUnicode ${stream(map, {})}>>`,
  );
}

function preparedOnce(part: Part): Prepared {
  const known = prepared.get(part);
  if (known) return known;
  const made = prepare(part, compressSmall);
  prepared.set(part, made);
  return made;
}

function prepare(part: Part, deflate: (bytes: Uint8Array) => Uint8Array): Prepared {
  const { face, glyphs, codes } = part;
  const file = subsetFace(face, glyphs);
  return {
    name: `${subsetTag(glyphs)}+${face.name}`,
    file: deflate(file),
    length: file.length,
    map: deflate(Buffer.from(toUnicode(codes), "latin1")),
    widths: glyphs.map((glyph) => face.advanceOf(glyph)).join(" "),
  };
}

/** Six letters that differ between subsets of one face (ISO 32000-1, 9.6.4). */
function subsetTag(glyphs: readonly number[]): string {
  let hash = 2166136261;
  for (const glyph of glyphs) hash = Math.imul(hash ^ glyph, 16777619) >>> 0;
  return Array.from({ length: 6 }, (_, i) =>
    String.fromCharCode(65 + (Math.floor(hash / 26 ** i) % 26)),
  ).join("");
}

const CMAP_HEAD = `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def
/CMapName/Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000><ffff>
endcodespacerange
`;

/** CIDs back to Unicode in runs, at most 100 to a block (Adobe Technical Note 5014). */
function toUnicode(codes: readonly number[]): string {
  const ranges: string[] = [];
  for (let from = 1; from < codes.length; ) {
    let to = from;
    while (continues(codes, to)) to += 1;
    ranges.push(`<${hex4(from)}><${hex4(to)}><${utf16(codes[from] ?? 0)}>\n`);
    from = to + 1;
  }
  let text = CMAP_HEAD;
  for (let from = 0; from < ranges.length; from += 100) {
    const block = ranges.slice(from, from + 100);
    text += `${block.length} beginbfrange\n${block.join("")}endbfrange\n`;
  }
  return `${text}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend`;
}

/** Whether the next CID has the next code point; a range keeps its first byte (9.10.3). */
function continues(codes: readonly number[], cid: number): boolean {
  const [code = 0, next] = [codes[cid], codes[cid + 1]];
  return next === code + 1 && next % 256 !== 0 && (cid + 1) % 256 !== 0 && next < 0x10000;
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}

function utf16(code: number): string {
  if (code < 0x10000) return hex4(code);
  const rest = code - 0x10000;
  return hex4(0xd800 + (rest >> 10)) + hex4(0xdc00 + (rest & 0x3ff));
}
