/**
 * What a hybrid e-invoice must be, rule by rule: PDF/A-3b (ISO 19005-3), PDF/UA-1 (ISO 14289-1) and
 * Factur-X 1.09. Reads the bytes itself and the objects with pdf-lib's parser.
 */
import { inflateSync } from "node:zlib";
import {
  PDFArray,
  PDFDict,
  PDFDocument,
  PDFHexString,
  PDFName,
  PDFNumber,
  type PDFObject,
  PDFRawStream,
  PDFRef,
  PDFStream,
  PDFString,
} from "pdf-lib";

export type Checked = {
  text: string;
  document: PDFDocument;
  catalog: PDFDict;
  objects: PDFObject[];
  xmp: string;
};

export type Rule = { id: string; says: string; holds(file: Checked): boolean };

export async function readFile(bytes: Uint8Array): Promise<Checked> {
  const document = await PDFDocument.load(bytes, { updateMetadata: false });
  const objects = document.context.enumerateIndirectObjects().map(([, object]) => object);
  const metadata = document.catalog.lookup(PDFName.of("Metadata"));
  const xmp = metadata instanceof PDFRawStream ? new TextDecoder().decode(metadata.contents) : "";
  const text = new TextDecoder("latin1").decode(bytes);
  return { text, document, catalog: document.catalog, objects, xmp };
}

/** The ids of all rules that a file breaks. */
export async function brokenRules(bytes: Uint8Array): Promise<string[]> {
  const file = await readFile(bytes);
  return RULES.filter((rule) => !rule.holds(file)).map(({ id }) => id);
}

const get = (from: PDFObject | undefined, ...path: string[]): PDFObject | undefined => {
  let at = from;
  for (const name of path) {
    if (at instanceof PDFArray) at = at.lookup(Number(name));
    else if (at instanceof PDFDict) at = at.lookup(PDFName.of(name));
    else return undefined;
  }
  return at;
};
const is = (object: PDFObject | undefined, name: string) => `${object}` === name;
const textOf = (object: PDFObject | undefined) =>
  object instanceof PDFHexString || object instanceof PDFString ? object.decodeText() : null;
const entries = (object: PDFObject | undefined): PDFObject[] =>
  object instanceof PDFArray ? object.asArray().map((_, i) => object.lookup(i) as PDFObject) : [];
const dictOf = (object: PDFObject) =>
  object instanceof PDFStream ? object.dict : object instanceof PDFDict ? object : null;
const dicts = (file: Checked) => file.objects.map(dictOf).filter((dict) => dict !== null);
const ofType = (file: Checked, type: string) =>
  dicts(file).filter((dict) => is(get(dict, "Type"), `/${type}`));
const pages = (file: Checked) => file.document.getPages().map(({ node }) => node as PDFDict);
const inflated = (stream: PDFObject | undefined): string => {
  if (!(stream instanceof PDFRawStream)) return "";
  const { dict, contents } = stream;
  return Buffer.from(get(dict, "Filter") ? inflateSync(contents) : contents).toString("latin1");
};
const contentOf = (page: PDFDict) => inflated(get(page, "Contents"));
const inXmp = (file: Checked, name: string, value: string) =>
  file.xmp.includes(`<${name}>${value}</${name}>`);
const elements = (file: Checked) => dicts(file).filter((dict) => get(dict, "S") && get(dict, "P"));
const tagged = (file: Checked, tag: string) =>
  elements(file).filter((element) => is(get(element, "S"), `/${tag}`));
const kidsOf = (element: PDFDict) => {
  const k = get(element, "K");
  return k instanceof PDFArray ? entries(k) : k ? [k] : [];
};
const filespecs = (file: Checked) => ofType(file, "Filespec");
const links = (file: Checked) => ofType(file, "Annot");
const fonts = (file: Checked) => dicts(file).filter((dict) => is(get(dict, "Subtype"), "/Type0"));

/** Where a table of a font file begins. */
function tableAt(file: Uint8Array, tag: string): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let i = 0; i < view.getUint16(4); i++) {
    const entry = 12 + 16 * i;
    const name = String.fromCharCode(...file.subarray(entry, entry + 4));
    if (name === tag) return view.getUint32(entry + 8);
  }
  throw new Error(`no ${tag}`);
}

/** The widths of a subset's own hmtx, in thousandths of the em. */
function fileWidths(file: Uint8Array): number[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const at = (tag: string) => tableAt(file, tag);
  const scale = 1000 / view.getUint16(at("head") + 18);
  const count = view.getUint16(at("hhea") + 34);
  return Array.from({ length: count }, (_, i) =>
    Math.round(view.getUint16(at("hmtx") + 4 * i) * scale),
  );
}

function widthsAgree(font: PDFDict): boolean {
  const descendant = get(font, "DescendantFonts", "0");
  const file = get(descendant, "FontDescriptor", "FontFile2");
  if (!(file instanceof PDFRawStream)) return false;
  const widths = fileWidths(inflateSync(file.contents));
  const declared = entries(get(descendant, "W", "1")).map((n) => (n as PDFNumber).asNumber());
  return (
    declared.length > 1 && declared.every((width, i) => Math.abs(width - (widths[i] ?? -9)) <= 1)
  );
}

/** Whether a glyph of a subset has an outline (loca, in its short form). */
function hasOutline(file: Uint8Array, glyph: number): boolean {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const loca = tableAt(file, "loca") + 2 * glyph;
  return view.getUint16(loca + 2) > view.getUint16(loca);
}

/** Whether each glyph but spaces that a page shows in a font of bytes is in the font's file. */
function drawsWhatItShows(file: Checked, page: PDFDict): boolean {
  const cidOf = byteCids(file);
  const steps = contentOf(page).matchAll(/\/(F\w+) [\d.]+ Tf|\(([^()]*)\)/g);
  let font: Uint8Array = new Uint8Array();
  let blank = new Set<number>();
  for (const [, name, bytes = ""] of steps) {
    if (name !== undefined) {
      const dict = get(page, "Resources", "Font", name);
      const stream = get(dict, "DescendantFonts", "0", "FontDescriptor", "FontFile2");
      font = stream instanceof PDFRawStream ? inflateSync(stream.contents) : font;
      const spaces = inflated(get(dict, "ToUnicode")).matchAll(/<(..)><..><(?:0020|00a0|202f)>/g);
      blank = new Set(Array.from(spaces, ([, code = ""]) => Number.parseInt(code, 16)));
    }
    for (const byte of bytes) {
      const code = byte.charCodeAt(0);
      if (!blank.has(code) && !hasOutline(font, cidOf(code))) return false;
    }
  }
  return true;
}

/** Whether a font's encoding is predefined, or embedded and says the same twice (6.2.11.3). */
function encodingAgrees(font: PDFDict): boolean {
  const encoding = get(font, "Encoding");
  if (!(encoding instanceof PDFRawStream)) return is(encoding, "/Identity-H");
  const text = inflated(encoding);
  const says = (key: string) => new RegExp(`/${key} /?(\\w+) def`).exec(text)?.[1];
  return (
    is(get(encoding.dict, "CMapName"), `/${says("CMapName")}`) &&
    is(get(encoding.dict, "WMode"), `${says("WMode")}`) &&
    textOf(get(encoding.dict, "CIDSystemInfo", "Ordering")) === "Identity"
  );
}

/** What the CMap of the file says that a byte is. */
function byteCids(file: Checked): (byte: number) => number {
  const [map] = file.objects.filter(
    (object) => object instanceof PDFRawStream && is(get(object.dict, "Type"), "/CMap"),
  );
  const range = /begincidrange\n<(..)> <(..)> (\d+)/.exec(inflated(map)) ?? [];
  const [from, to] = [range[1], range[2]].map((hex) => Number.parseInt(hex ?? "", 16));
  return (byte) =>
    from !== undefined && to !== undefined && byte >= from && byte <= to
      ? byte - from + Number(range[3])
      : 0;
}

/** Every CID that a page shows: two bytes in hexadecimal strings, one by the CMap in the others. */
function shownCids(file: Checked, page: PDFDict): number[] {
  const cidOf = byteCids(file);
  const shown = contentOf(page).matchAll(/<([0-9a-f]+)>|\(([^()]*)\)/g);
  return [...shown].flatMap(([, hex = "", bytes = ""]) => [
    ...(hex.match(/.{4}/g) ?? []).map((cid) => Number.parseInt(cid, 16)),
    ...Array.from(bytes, (byte) => cidOf(byte.charCodeAt(0))),
  ]);
}

function mapsEveryGlyph(font: PDFDict): boolean {
  const map = inflated(get(font, "ToUnicode"));
  const count = entries(get(font, "DescendantFonts", "0", "W", "1")).length;
  const ranges = [...map.matchAll(/<([0-9a-f]+)><([0-9a-f]+)><([0-9a-f]{4,})>\n/g)];
  const mapped = ranges.flatMap(([, from = "", to = "", code = ""]) => {
    const [first, last] = [Number.parseInt(from, 16), Number.parseInt(to, 16)];
    const start = Number.parseInt(code, 16);
    return Array.from({ length: last - first + 1 }, (_, i) => start + i);
  });
  const bad = mapped.some((code) => [0, 0xfeff, 0xfffe].includes(code));
  return mapped.length === count - 1 && !bad;
}

/** Whether all painting stands inside marked content. */
function everythingIsMarked(page: PDFDict): boolean {
  let depth = 0;
  for (const line of contentOf(page).split("\n")) {
    if (line.endsWith("BDC")) depth += 1;
    else if (line === "EMC") depth -= 1;
    else if (depth === 0 && /\b(Tj|TJ|re f|f|Do|l|c)$/.test(line)) return false;
    if (depth > 1) return false;
  }
  return depth === 0;
}

function cellsAgree(table: PDFDict): boolean {
  const counts = kidsOf(table).map((row) =>
    kidsOf(row as PDFDict).reduce((sum, cell) => {
      const span = get(cell, "A", "ColSpan");
      return sum + (span instanceof PDFNumber ? span.asNumber() : 1);
    }, 0),
  );
  return counts.length > 0 && counts.every((count) => count === counts[0]);
}

function streamsAreExact({ text }: Checked): boolean {
  const streams = [...text.matchAll(/\/Length (\d+)[\s\S]*?stream\n/g)];
  return streams.every((match) => {
    const start = (match.index ?? 0) + match[0].length;
    return text.startsWith("\nendstream", start + Number(match[1]));
  });
}

/** The content of an XMP element equals the Info dictionary's entry. */
function infoAgrees(file: Checked): boolean {
  const info = file.document.context.trailerInfo.Info;
  const dict = info instanceof PDFRef ? file.document.context.lookup(info) : info;
  const title = textOf(get(dict as PDFDict, "Title")) ?? "?";
  const date = /D:(\d{4})(\d\d)(\d\d)/.exec(textOf(get(dict as PDFDict, "CreationDate")) ?? "");
  return (
    file.xmp.includes(`xml:lang="x-default">${title}<`) &&
    date !== null &&
    file.xmp.includes(`<xmp:CreateDate>${date[1]}-${date[2]}-${date[3]}T`)
  );
}

export const RULES: Rule[] = [
  {
    id: "1",
    says: "the header is PDF 1.7 and a binary comment",
    holds: ({ text }) => /^%PDF-1\.7\n%[\x80-\xff]{4}/.test(text),
  },
  {
    id: "2",
    says: "the trailer has an ID and nothing is encrypted",
    holds: ({ text }) =>
      /\/Root[\s\S]*\/ID\s*\[\s*<[0-9A-Fa-f]{32}>/.test(text) && !/\/Encrypt\b/.test(text),
  },
  { id: "3", says: "nothing follows the end", holds: ({ text }) => /%%EOF\n?$/.test(text) },
  { id: "4", says: "streams are as long as they say", holds: streamsAreExact },
  {
    id: "5",
    says: "the XMP packet is plain, without bytes or encoding",
    holds: ({ catalog, xmp }) =>
      get((catalog.lookup(PDFName.of("Metadata")) as PDFStream | undefined)?.dict, "Filter") ===
        undefined && xmp.startsWith('<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>'),
  },
  {
    id: "6",
    says: "it says PDF/A-3b, and the same as Info",
    holds: (file) =>
      inXmp(file, "pdfaid:part", "3") && inXmp(file, "pdfaid:conformance", "B") && infoAgrees(file),
  },
  {
    id: "7",
    says: "Factur-X's properties are declared",
    holds: ({ xmp }) =>
      ["DocumentFileName", "DocumentType", "Version", "ConformanceLevel"].every((name) =>
        xmp.includes(`<pdfaProperty:name>${name}</pdfaProperty:name>`),
      ),
  },
  {
    id: "8",
    says: "Factur-X's properties have their values",
    holds: (file) =>
      inXmp(file, "fx:DocumentType", "INVOICE") &&
      inXmp(file, "fx:DocumentFileName", "factur-x.xml") &&
      inXmp(file, "fx:Version", "1.0") &&
      inXmp(file, "fx:ConformanceLevel", "EN 16931"),
  },
  {
    id: "9",
    says: "there is an sRGB output intent",
    holds: ({ catalog }) => {
      const profile = get(catalog, "OutputIntents", "0", "DestOutputProfile");
      const icc = inflated(profile);
      return (
        is(get(catalog, "OutputIntents", "0", "S"), "/GTS_PDFA1") &&
        icc.slice(12, 24) === "mntrRGB XYZ " &&
        icc.slice(36, 40) === "acsp" &&
        icc.charCodeAt(8) < 5
      );
    },
  },
  {
    id: "10",
    says: "the XML and each file are associated with the document, and named in order",
    holds: (file) => {
      const { catalog } = file;
      const tree = entries(get(catalog, "Names", "EmbeddedFiles", "Names"));
      const names = tree.filter((_, i) => i % 2 === 0).map(textOf);
      return (
        entries(get(catalog, "AF")).length === filespecs(file).length &&
        names.length === filespecs(file).length &&
        names.includes("factur-x.xml") &&
        names.every((name, i) => i === 0 || `${names[i - 1]}` < `${name}`)
      );
    },
  },
  {
    id: "11",
    says: "each file specification is complete, and says how its file is related",
    holds: (file) =>
      filespecs(file).length > 0 &&
      filespecs(file).every((spec) => {
        const stream = get(spec, "EF", "F");
        const size = get(stream instanceof PDFStream ? stream.dict : undefined, "Params", "Size");
        const isXml = textOf(get(spec, "UF")) === "factur-x.xml";
        return (
          textOf(get(spec, "UF")) === textOf(get(spec, "F")) &&
          is(get(spec, "AFRelationship"), isXml ? "/Alternative" : "/Supplement") &&
          stream instanceof PDFStream &&
          (isXml
            ? is(get(stream.dict, "Subtype"), "/text#2Fxml")
            : get(stream.dict, "Subtype") !== undefined) &&
          (size as PDFNumber).asNumber() === inflated(stream).length
        );
      }),
  },
  {
    id: "12",
    says: "fonts are embedded subsets whose widths agree, with all glyphs that are shown",
    holds: (file) =>
      fonts(file).length > 0 &&
      fonts(file).every(
        (font) =>
          is(get(font, "DescendantFonts", "0", "CIDToGIDMap"), "/Identity") &&
          encodingAgrees(font) &&
          widthsAgree(font),
      ) &&
      pages(file).every(
        (page) => !shownCids(file, page).includes(0) && drawsWhatItShows(file, page),
      ),
  },
  {
    id: "13",
    says: "every glyph has its character",
    holds: (file) => fonts(file).every(mapsEveryGlyph),
  },
  {
    id: "14",
    says: "nothing is transparent but an image's own mask",
    holds: (file) => dicts(file).every((dict) => !get(dict, "ExtGState") && !get(dict, "Group")),
  },
  {
    id: "15",
    says: "images are not interpolated and have no alternates",
    holds: (file) =>
      dicts(file).every(
        (dict) => !get(dict, "Alternates") && !is(get(dict, "Interpolate"), "true"),
      ),
  },
  {
    id: "16",
    says: "links print and go to a URI",
    holds: (file) =>
      links(file).every((link) => is(get(link, "F"), "4") && is(get(link, "A", "S"), "/URI")),
  },
  {
    id: "17",
    says: "there is no form and no script",
    holds: ({ catalog }) =>
      !get(catalog, "AcroForm") && !get(catalog, "OpenAction") && !get(catalog, "AA"),
  },
  {
    id: "ua-catalog",
    says: "it is marked, has a language and shows its title",
    holds: ({ catalog }) =>
      is(get(catalog, "MarkInfo", "Marked"), "true") &&
      (textOf(get(catalog, "Lang")) ?? "") !== "" &&
      is(get(catalog, "ViewerPreferences", "DisplayDocTitle"), "true"),
  },
  {
    id: "ua-xmp",
    says: "PDF/UA-1 is claimed and declared",
    holds: (file) =>
      inXmp(file, "pdfuaid:part", "1") &&
      file.xmp.includes("<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"),
  },
  {
    id: "ua-pages",
    says: "pages know their place in the tree and tab by it",
    holds: (file) =>
      pages(file).every((page) => get(page, "StructParents") && is(get(page, "Tabs"), "/S")),
  },
  {
    id: "ua-marked",
    says: "all that is painted is marked",
    holds: (file) => pages(file).every(everythingIsMarked),
  },
  {
    id: "ua-parents",
    says: "each page's marked content has its element",
    holds: (file) => {
      const nums = entries(get(file.catalog, "StructTreeRoot", "ParentTree", "Nums"));
      return pages(file).every((page, i) => {
        const marks = contentOf(page).match(/\/MCID \d+/g)?.length ?? 0;
        return entries(nums[2 * i + 1]).length === marks && marks > 0;
      });
    },
  },
  {
    id: "ua-heading",
    says: "one H1 comes first",
    holds: (file) => {
      const root = get(file.catalog, "StructTreeRoot", "K");
      const [first] = root instanceof PDFDict ? kidsOf(root) : [];
      return is(get(first, "S"), "/H1") && tagged(file, "H1").length === 1;
    },
  },
  {
    id: "ua-table",
    says: "rows of a table have the same number of cells, heads a scope",
    holds: (file) =>
      tagged(file, "Table").length > 0 &&
      tagged(file, "Table").every(cellsAgree) &&
      tagged(file, "TH").every((head) => get(head, "A", "Scope")),
  },
  {
    id: "ua-figure",
    says: "figures have a text",
    holds: (file) => tagged(file, "Figure").every((figure) => textOf(get(figure, "Alt"))),
  },
  {
    id: "ua-link",
    says: "links are in the tree and described",
    holds: (file) =>
      links(file).length === tagged(file, "Link").length &&
      links(file).every((link) => textOf(get(link, "Contents")) && get(link, "StructParent")) &&
      tagged(file, "Link").every((element) =>
        kidsOf(element).some((kid) => is(get(kid, "Type"), "/OBJR")),
      ),
  },
  {
    id: "ua-elements",
    says: "every element has a parent and a kid",
    holds: (file) => elements(file).every((element) => kidsOf(element).length > 0),
  },
];
