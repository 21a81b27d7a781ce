/**
 * Pure. From finished pages to a file, with pdf-lib as the object model: PDF 1.7 that is PDF/A-3b
 * and PDF/UA-1. The same pages always give the same bytes.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import {
  PDFContext,
  type PDFDict,
  PDFHexString,
  PDFName,
  PDFRawStream,
  type PDFRef,
} from "pdf-lib";
import type { Logo } from "../model.ts";
import type { Canvas, DrawnFace, FacePool } from "./canvas.ts";
import { srgbProfile } from "./icc.ts";
import { type Metadata, PRODUCER, xmpPacket } from "./metadata.ts";
import { serialize } from "./serialize.ts";
import type { Element } from "./structure.ts";
import { subsetFace } from "./subset.ts";
import { writeStructure } from "./write-structure.ts";

export type Attachment = { name: string; text: string; description: string };

export type FinishedPages = {
  canvases: readonly Canvas[];
  pool: FacePool;
  root: Element;
  logo: { resource: string; image: Logo } | null;
  metadata: Metadata;
  attachment: Attachment | null;
};

export function writePdf(pages: FinishedPages): Uint8Array {
  const context = PDFContext.create();
  const catalog = context.nextRef();
  const pageRefs = pages.canvases.map(() => context.nextRef());
  const tree = context.nextRef();
  const contents = pages.canvases.map((canvas) => canvas.operations.join("\n"));
  const resources = context.register(writeResources(context, pages));
  const links = writeStructure(context, tree, pageRefs, pages);
  const parent = context.nextRef();
  pages.canvases.forEach((canvas, i) => {
    const annots = links.get(canvas.index);
    const page = context.obj({
      Type: "Page",
      Parent: parent,
      MediaBox: [0, 0, canvas.width, canvas.height],
      Resources: resources,
      Contents: writeStream(context, Buffer.from(contents[i] ?? "", "latin1"), {}),
      StructParents: i,
      Tabs: "S",
      ...(annots ? { Annots: annots } : {}),
    });
    const ref = pageRefs[i];
    if (ref) context.assign(ref, page);
  });
  context.assign(parent, context.obj({ Type: "Pages", Kids: pageRefs, Count: pageRefs.length }));
  context.assign(catalog, writeCatalog(context, pages, parent, tree));
  const id = fileId([...contents, JSON.stringify(pages.metadata), pages.attachment?.text ?? ""]);
  const info = context.register(writeInfo(context, pages.metadata));
  return serialize(context, { root: catalog, info, id });
}

/** The trailer's /ID (ISO 19005-3, 6.1.3) from the content, so that no clock is needed. */
function fileId(parts: string[]): PDFHexString {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return PDFHexString.of(hash.digest("hex").slice(0, 32));
}

type Entries = Record<string, unknown>;

function writeStream(context: PDFContext, bytes: Uint8Array, entries: Entries): PDFRef {
  const dict = context.obj({ ...entries, Filter: "FlateDecode" } as never) as unknown as PDFDict;
  return context.register(PDFRawStream.of(dict, deflateSync(bytes)));
}

function writeCatalog(
  context: PDFContext,
  pages: FinishedPages,
  parent: PDFRef,
  tree: PDFRef,
): PDFDict {
  const { metadata, attachment } = pages;
  const xmp = Buffer.from(xmpPacket(metadata), "utf8");
  const packet = PDFRawStream.of(context.obj({ Type: "Metadata", Subtype: "XML" }), xmp);
  const file = attachment ? writeAttachment(context, attachment, metadata) : null;
  const intent = {
    Type: "OutputIntent",
    S: "GTS_PDFA1",
    OutputConditionIdentifier: PDFHexString.of("73524742"),
    DestOutputProfile: writeStream(context, srgbProfile(), { N: 3 }),
  };
  return context.obj({
    Type: "Catalog",
    Pages: parent,
    Metadata: context.register(packet),
    MarkInfo: { Marked: true },
    StructTreeRoot: tree,
    Lang: PDFHexString.fromText(metadata.language),
    ViewerPreferences: { DisplayDocTitle: true },
    OutputIntents: [intent],
    ...(attachment && file
      ? {
          AF: [file],
          Names: { EmbeddedFiles: { Names: [PDFHexString.fromText(attachment.name), file] } },
        }
      : {}),
  } as never) as unknown as PDFDict;
}

/** The e-invoice as an associated file (Factur-X 1.09, section 6; ISO 19005-3, 6.8). */
function writeAttachment(context: PDFContext, attachment: Attachment, metadata: Metadata): PDFRef {
  const bytes = Buffer.from(attachment.text, "utf8");
  const stream = writeStream(context, bytes, {
    Type: "EmbeddedFile",
    Subtype: PDFName.of("text/xml"),
    Params: { Size: bytes.length, ModDate: pdfDate(metadata.createdAt) },
  });
  return context.register(
    context.obj({
      Type: "Filespec",
      F: PDFHexString.fromText(attachment.name),
      UF: PDFHexString.fromText(attachment.name),
      Desc: PDFHexString.fromText(attachment.description),
      AFRelationship: "Alternative",
      EF: { F: stream, UF: stream },
    }),
  );
}

function writeInfo(context: PDFContext, metadata: Metadata): PDFDict {
  return context.obj({
    Title: PDFHexString.fromText(metadata.title),
    Author: PDFHexString.fromText(metadata.author),
    Creator: PDFHexString.fromText(PRODUCER),
    Producer: PDFHexString.fromText(PRODUCER),
    CreationDate: pdfDate(metadata.createdAt),
    ModDate: pdfDate(metadata.createdAt),
  });
}

function pdfDate(rfc3339: string): PDFHexString {
  const text = `D:${rfc3339.replace(/[-:TZ]/g, "")}Z`;
  return PDFHexString.of(Buffer.from(text, "latin1").toString("hex"));
}

function writeResources(context: PDFContext, pages: FinishedPages): PDFDict {
  const fonts: Entries = {};
  for (const drawn of pages.pool.values()) fonts[drawn.resource] = writeFont(context, drawn);
  const logo = pages.logo;
  return context.obj({
    Font: fonts,
    ...(logo ? { XObject: { [logo.resource]: writeImage(context, logo.image) } } : {}),
  } as never) as unknown as PDFDict;
}

/** A composite font whose CIDs are the subset's glyph ids (ISO 32000-1, 9.7). */
function writeFont(context: PDFContext, drawn: DrawnFace): PDFRef {
  const { face, glyphs } = drawn;
  const file = subsetFace(face, glyphs);
  const name = `${subsetTag(glyphs)}+${face.name}`;
  const descriptor = context.register(
    context.obj({
      Type: "FontDescriptor",
      FontName: name,
      Flags: 4,
      FontBBox: [...face.bounds],
      ItalicAngle: 0,
      Ascent: face.ascent,
      Descent: face.descent,
      CapHeight: face.capHeight,
      StemV: 80,
      FontFile2: writeStream(context, file, { Length1: file.length }),
    }),
  );
  const descendant = {
    Type: "Font",
    Subtype: "CIDFontType2",
    BaseFont: name,
    CIDSystemInfo: {
      Registry: PDFHexString.of(Buffer.from("Adobe").toString("hex")),
      Ordering: PDFHexString.of(Buffer.from("Identity").toString("hex")),
      Supplement: 0,
    },
    CIDToGIDMap: "Identity",
    FontDescriptor: descriptor,
    W: [0, glyphs.map((glyph) => face.advanceOf(glyph))],
  };
  return context.register(
    context.obj({
      Type: "Font",
      Subtype: "Type0",
      BaseFont: name,
      Encoding: "Identity-H",
      DescendantFonts: [descendant],
      ToUnicode: writeStream(context, Buffer.from(toUnicode(drawn.codes), "latin1"), {}),
    } as never),
  );
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

/** CIDs back to Unicode, at most 100 to a block (Adobe Technical Note 5014). */
function toUnicode(codes: readonly number[]): string {
  let text = CMAP_HEAD;
  for (let from = 1; from < codes.length; from += 100) {
    const block = codes.slice(from, from + 100);
    text += `${block.length} beginbfchar\n`;
    block.forEach((code, i) => {
      text += `<${hex4(from + i)}><${utf16(code)}>\n`;
    });
    text += "endbfchar\n";
  }
  return `${text}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend`;
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}

function utf16(code: number): string {
  if (code < 0x10000) return hex4(code);
  const rest = code - 0x10000;
  return hex4(0xd800 + (rest >> 10)) + hex4(0xdc00 + (rest & 0x3ff));
}

function writeImage(context: PDFContext, image: Logo): PDFRef {
  const shared = { Type: "XObject", Subtype: "Image", BitsPerComponent: 8 };
  const size = { Width: image.widthPx, Height: image.heightPx };
  const alpha = image.format === "flate" && image.alpha ? image.alpha : null;
  const mask = alpha
    ? context.register(
        PDFRawStream.of(
          context.obj({ ...shared, ...size, ColorSpace: "DeviceGray", Filter: "FlateDecode" }),
          Buffer.from(alpha, "base64"),
        ),
      )
    : null;
  const dict = context.obj({
    ...shared,
    ...size,
    ColorSpace: image.components === 1 ? "DeviceGray" : "DeviceRGB",
    Filter: image.format === "jpeg" ? "DCTDecode" : "FlateDecode",
    ...(mask ? { SMask: mask } : {}),
  });
  return context.register(PDFRawStream.of(dict, Buffer.from(image.data, "base64")));
}
