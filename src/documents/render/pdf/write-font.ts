/** Pure. One part of a face as a composite font whose CIDs are its glyph ids (ISO 32000-1, 9.7). */
import { Buffer } from "node:buffer";
import { type PDFContext, PDFRawStream, type PDFRef, PDFString } from "pdf-lib";
import { compress, compressSmall } from "./compress.ts";
import { CID_BYTE_OFFSET, type DrawnFace, type Part } from "./drawn-face.ts";
import { subsetFace } from "./subset.ts";
import { WrittenObject, WrittenStream } from "./written-object.ts";

/** How a part's glyphs are written: bytes, and how far a code is from its CID. */
type Coding = { bytes: 1 | 2; before: number };
const COMMON: Coding = { bytes: 1, before: CID_BYTE_OFFSET };
const OTHERS: Coding = { bytes: 2, before: 0 };

/** What is costly about a part, and so kept. */
type Prepared = { name: string; file: Uint8Array; length: number; map: Uint8Array; widths: string };
const whole = new WeakMap<Part, Prepared>();

/** What the fonts of one file have in common. */
export type SharedStreams = {
  /** `writeByteCodes`'s. */
  byteCodes: PDFRef;
  /** What maps codes back to Unicode: the faces of a language have the same common characters. */
  maps: Map<Uint8Array, PDFRef>;
};

/** The part of a face with its language's common characters: those that this document has. */
export function writeCommonFont(
  context: PDFContext,
  { common, used }: DrawnFace,
  shared: SharedStreams,
): PDFRef {
  const made = preparedUsed(common, used);
  const { maps, byteCodes } = shared;
  const map = maps.get(made.map) ?? context.register(new WrittenStream(made.map));
  maps.set(made.map, map);
  return writeFont(context, common, made, ` ${byteCodes}`, map);
}

/** The same with all of these characters, as the first version has it. */
export function writeWholeFont(context: PDFContext, part: Part, byteCodes: PDFRef): PDFRef {
  const known = whole.get(part) ?? prepare(part, COMMON, compressSmall);
  whole.set(part, known);
  return writeFont(context, part, known, ` ${byteCodes}`);
}

/** The part of a face that only this document has, or others that say the same. */
export function writeOtherFont(context: PDFContext, part: Part): PDFRef {
  const made = keptPart(keyOf(part), () => prepare(part, OTHERS, compress));
  return writeFont(context, part, made, "/Identity-H");
}

/** An issuer's documents repeat themselves: the latest are kept, by all that they are made of. */
const kept = new Map<string, Prepared>();
const MOST_KEPT_BYTES = 1024 * 1024;
const MOST_PART_BYTES = 64 * 1024;
let keptBytes = 0;

function keptPart(key: string, make: () => Prepared): Prepared {
  const known = kept.get(key);
  if (known) return known;
  const made = make();
  const bytes = sizeOf(key, made);
  if (bytes > MOST_PART_BYTES) return made;
  kept.set(key, made);
  keptBytes += bytes;
  for (const [oldest, old] of kept) {
    if (keptBytes <= MOST_KEPT_BYTES) break;
    kept.delete(oldest);
    keptBytes -= sizeOf(oldest, old);
  }
  return made;
}

/** Its key: which part, and a character for each CID. */
function preparedUsed(part: Part, used: Uint8Array): Prepared {
  const { face, glyphs, key } = part;
  return keptPart(`${key}|${String.fromCharCode.apply(null, used as never)}`, () => {
    const file = subsetFace(face, glyphs, used);
    const drawn = glyphs.filter((_, cid) => used[cid] === 1);
    return {
      name: `${subsetTag(drawn)}+${face.name}`,
      file: compressSmall(file),
      length: file.length,
      map: mapOfCommon(part),
      widths: glyphs.map((glyph, cid) => (used[cid] === 1 ? face.advanceOf(glyph) : 0)).join(" "),
    };
  });
}

/** By the characters that it is for. */
const commonMaps = new Map<string, Uint8Array>();

function mapOfCommon(part: Part): Uint8Array {
  const key = part.codes.join(" ");
  const known =
    commonMaps.get(key) ?? compressSmall(Buffer.from(toUnicode(part, COMMON), "latin1"));
  commonMaps.set(key, known);
  return known;
}

function keyOf({ face, glyphs, codes }: Part): string {
  const { clusters } = face;
  const shapes = clusters ? glyphs.map((glyph) => clusters.keyAt(glyph)).join(" ") : "";
  return `${face.name} ${face.bytes.length}|${glyphs.join(" ")}|${codes.join(" ")}|${shapes}`;
}

function sizeOf(key: string, { file, map, widths }: Prepared): number {
  return 2 * key.length + file.length + map.length + widths.length;
}

function writeFont(
  context: PDFContext,
  part: Part,
  made: Prepared,
  encoding: string,
  sharedMap?: PDFRef,
): PDFRef {
  const { name, file, length, widths } = made;
  const { bounds, ascent, descent, capHeight } = part.face;
  const stream = (bytes: Uint8Array, entries = "") =>
    context.register(new WrittenStream(bytes, entries));
  const write = (text: string) => context.register(new WrittenObject(text));
  const descriptor = write(
    `<</Type/FontDescriptor/FontName/${name}/Flags 4/FontBBox[${bounds.join(" ")}]/ItalicAngle 0` +
      `/Ascent ${ascent}/Descent ${descent}/CapHeight ${capHeight}/StemV 80` +
      `/FontFile2 ${stream(file, `/Length1 ${length}\n`)}>>`,
  );
  const descendant = write(
    `<</Type/Font/Subtype/CIDFontType2/BaseFont/${name}/CIDToGIDMap/Identity` +
      `/CIDSystemInfo${SYSTEM}/FontDescriptor ${descriptor}/W[0[${widths}]]>>`,
  );
  return write(
    `<</Type/Font/Subtype/Type0/BaseFont/${name}/Encoding${encoding}` +
      `/DescendantFonts[${descendant}]/ToUnicode ${sharedMap ?? stream(made.map)}>>`,
  );
}

const SYSTEM = "<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>";
const BYTE_CODES_NAME = "OneByteIdentityH";

/** The encoding of common parts (9.7.5.3): its WMode is also the dictionary's (PDF/A-3, 6.2.11). */
export function writeByteCodes(context: PDFContext): PDFRef {
  const dict = context.obj({
    Type: "CMap",
    CMapName: BYTE_CODES_NAME,
    CIDSystemInfo: {
      Registry: PDFString.of("Adobe"),
      Ordering: PDFString.of("Identity"),
      Supplement: 0,
    },
    WMode: 0,
  });
  return context.register(PDFRawStream.of(dict, BYTE_CODES));
}

/** The same deflated. */
export function writeSmallByteCodes(context: PDFContext): PDFRef {
  byteCodes ??= compressSmall(BYTE_CODES);
  const entries = `/Type/CMap/CMapName/${BYTE_CODES_NAME}/CIDSystemInfo${SYSTEM}/WMode 0\n`;
  return context.register(new WrittenStream(byteCodes, entries));
}

let byteCodes: Uint8Array | undefined;

const BYTE_CODES = Buffer.from(
  `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo 3 dict dup begin
/Registry (Adobe) def
/Ordering (Identity) def
/Supplement 0 def
end def
/CMapName /${BYTE_CODES_NAME} def
/CMapType 1 def
/WMode 0 def
1 begincodespacerange
<00> <ff>
endcodespacerange
1 begincidrange
<${hex(CID_BYTE_OFFSET + 1, 1)}> <ff> 1
endcidrange
endcmap
CMapName currentdict /CMap defineresource pop
end
end`,
  "latin1",
);

function prepare(part: Part, coding: Coding, deflate: (bytes: Uint8Array) => Uint8Array): Prepared {
  const { face, glyphs } = part;
  const file = subsetFace(face, glyphs);
  return {
    name: `${subsetTag(glyphs)}+${face.name}`,
    file: deflate(file),
    length: file.length,
    map: deflate(Buffer.from(toUnicode(part, coding), "latin1")),
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
/CIDSystemInfo${SYSTEM}def
/CMapName/Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
`;

/** Codes back to Unicode in runs, at most 100 to a block (Adobe Technical Note 5014). */
function toUnicode({ face, glyphs, codes }: Part, { bytes, before }: Coding): string {
  const ranges: string[] = [];
  const textAt = (cid: number) =>
    utf16s(face.clusters?.at(glyphs[cid] ?? 0)?.text) || utf16(codes[cid] ?? 0);
  for (let from = 1; from < codes.length; ) {
    let to = from;
    while (continues(codes, to, before)) to += 1;
    const [first, last] = [hex(from + before, bytes), hex(to + before, bytes)];
    ranges.push(`<${first}><${last}><${textAt(from)}>\n`);
    from = to + 1;
  }
  const space = `<${"00".repeat(bytes)}><${"ff".repeat(bytes)}>`;
  let text = `${CMAP_HEAD}${space}\nendcodespacerange\n`;
  for (let from = 0; from < ranges.length; from += 100) {
    const block = ranges.slice(from, from + 100);
    text += `${block.length} beginbfrange\n${block.join("")}endbfrange\n`;
  }
  return `${text}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend`;
}

/** Whether the next CID has the next code point; a range keeps its first byte (9.10.3). */
function continues(codes: readonly number[], cid: number, before: number): boolean {
  const [code = 0, next] = [codes[cid], codes[cid + 1]];
  const crosses = (cid + 1 + before) % 256 === 0;
  return next === code + 1 && next % 256 !== 0 && !crosses && next < 0x10000;
}

function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, "0");
}

function utf16(code: number): string {
  if (code < 0x10000) return hex(code, 2);
  const rest = code - 0x10000;
  return hex(0xd800 + (rest >> 10), 2) + hex(0xdc00 + (rest & 0x3ff), 2);
}

function utf16s(text = ""): string {
  return Array.from({ length: text.length }, (_, i) => hex(text.charCodeAt(i), 2)).join("");
}
