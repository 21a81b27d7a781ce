/**
 * Pure. From finished pages to a file, with pdf-lib as the object model: PDF 1.7 that is PDF/A-3b
 * and PDF/UA-1. The same pages always give the same bytes.
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { PDFContext, type PDFDict, PDFHexString, PDFRawStream, type PDFRef } from "pdf-lib";
import type { Logo } from "../../model/model.ts";
import type { Canvas } from "./canvas.ts";
import { compress, deflateOf } from "./compress.ts";
import { type FacePool, OTHERS_SUFFIX } from "./drawn-face.ts";
import { srgbProfile } from "./icc.ts";
import { type Metadata, PRODUCER, xmpPacket } from "./metadata.ts";
import { serialize } from "./serialize.ts";
import type { Element } from "./structure.ts";
import {
  writeByteCodes,
  writeCommonFont,
  writeOtherFont,
  writeSmallByteCodes,
  writeWholeFont,
} from "./write-font.ts";
import { writeLinks, writeStructure } from "./write-structure.ts";
import {
  dictText,
  PlainStream,
  textString,
  WrittenObject,
  WrittenStream,
} from "./written-object.ts";

export type Attachment = { name: string; text: string; description: string };

/** A file as it came; its name is its own among all that a PDF carries. */
export type EmbeddedFile = { name: string; description: string; type: string; bytes: Uint8Array };

export type FinishedPages = {
  canvases: readonly Canvas[];
  pool: FacePool;
  root: Element;
  logo: { resource: string; image: Logo } | null;
  metadata: Metadata;
  attachment: Attachment | null;
  /** Files beside the e-invoice. */
  files?: readonly EmbeddedFile[];
};

/** The bytes of a PDF/A-3b and PDF/UA-1 file with the drawn pages and what is attached. */
export function writePdf(pages: FinishedPages): Uint8Array {
  const { canvases, metadata } = pages;
  const context = PDFContext.create();
  const catalog = context.nextRef();
  const parent = context.nextRef();
  const tree = context.nextRef();
  const pageRefs = canvases.map(() => context.nextRef());
  const annotations = writeLinks(context, canvases, pageRefs);
  const { version = 1 } = pages.pool;
  const deflate = deflateOf(version, canvases.length);
  const contents = canvases.map((canvas) => deflate("page", canvas.content()));
  const resources = context.register(writeResources(context, pages));
  canvases.forEach((canvas, i) => {
    const ref = pageRefs[i];
    const annots = annotations.refs.get(canvas.index);
    const page = {
      Type: "/Page",
      Parent: `${parent}`,
      MediaBox: `[ 0 0 ${canvas.width} ${canvas.height} ]`,
      Resources: `${resources}`,
      Contents: `${writeDeflated(context, contents[i] ?? new Uint8Array())}`,
      StructParents: `${i}`,
      Tabs: "/S",
      ...(annots ? { Annots: `${annots}` } : {}),
    };
    if (ref) context.assign(ref, dict(page));
  });
  const kids = `[ ${pageRefs.join(" ")} ]`;
  context.assign(parent, dict({ Type: "/Pages", Kids: kids, Count: `${pageRefs.length}` }));
  const invoice = pages.attachment ? deflated(pages.attachment) : null;
  context.assign(catalog, writeCatalog(context, pages, { parent, tree, invoice }));
  const info = context.register(writeInfo(metadata));
  const files = (pages.files ?? []).flatMap(({ name, bytes }) => [name, bytes]);
  const written = version === 1 ? pages.attachment?.text : invoice?.deflated;
  const id = fileId([...contents, JSON.stringify(metadata), written ?? "", ...files]);
  const elements = writeStructure(context, { tree, pageRefs, ...annotations }, pages);
  return serialize(context, elements, { root: catalog, info, id }, deflate);
}

/** The trailer's /ID (ISO 19005-3, 6.1.3) from the content, so that no clock is needed. */
function fileId(parts: (string | Uint8Array)[]): PDFHexString {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return PDFHexString.of(hash.digest("hex").slice(0, 32));
}

function dict(entries: Readonly<Record<string, string>>): WrittenObject {
  return new WrittenObject(dictText(entries));
}

function writeDeflated(context: PDFContext, bytes: Uint8Array, entries = ""): PDFRef {
  return context.register(new WrittenStream(bytes, entries));
}

function writeCatalog(
  context: PDFContext,
  pages: FinishedPages,
  { parent, tree, invoice }: { parent: PDFRef; tree: PDFRef; invoice: DeflatedFile | null },
): WrittenObject {
  const { metadata, files = [] } = pages;
  const xmp = Buffer.from(xmpPacket(metadata), "utf8");
  const packet = new PlainStream(xmp, "/Type /Metadata\n/Subtype /XML\n");
  const embedded = [
    ...(invoice ? [writeFile(context, invoice, "Alternative", metadata)] : []),
    ...files.map((file) =>
      writeFile(context, { ...file, deflated: compress(file.bytes) }, "Supplement", metadata),
    ),
  ];
  const intent = dictText({
    Type: "/OutputIntent",
    S: "/GTS_PDFA1",
    OutputConditionIdentifier: "<73524742>",
    DestOutputProfile: `${writeDeflated(context, srgbProfile(), "/N 3\n")}`,
  });
  const names = () => dictText({ Names: `[ ${namesOf(embedded).join(" ")} ]` });
  return dict({
    Type: "/Catalog",
    Pages: `${parent}`,
    Metadata: `${context.register(packet)}`,
    MarkInfo: dictText({ Marked: "true" }),
    StructTreeRoot: `${tree}`,
    Lang: textString(metadata.language),
    ViewerPreferences: dictText({ DisplayDocTitle: "true" }),
    OutputIntents: `[ ${intent} ]`,
    ...(embedded.length > 0
      ? {
          AF: `[ ${embedded.map(({ ref }) => ref).join(" ")} ]`,
          Names: dictText({ EmbeddedFiles: names() }),
        }
      : {}),
  });
}

type Embedded = { name: string; ref: PDFRef };

/** The leaf of a name tree: names with their files, in the order of their bytes (7.9.6). */
function namesOf(embedded: readonly Embedded[]): string[] {
  return embedded
    .map(({ name, ref }) => ({ name: textString(name), ref }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ name, ref }) => [name, `${ref}`]);
}

type DeflatedFile = EmbeddedFile & { deflated: Uint8Array };

/** The e-invoice as an associated file (Factur-X 1.09, section 6; ISO 19005-3, 6.8). */
function deflated({ name, text, description }: Attachment): DeflatedFile {
  const bytes = Buffer.from(text, "utf8");
  return { name, description, type: "text/xml", bytes, deflated: compress(bytes) };
}

function writeFile(
  context: PDFContext,
  { name, description, type, bytes, deflated }: DeflatedFile,
  relationship: "Alternative" | "Supplement",
  metadata: Metadata,
): Embedded {
  const params = `<<\n/Size ${bytes.length}\n/ModDate ${pdfDate(metadata.createdAt)}\n>>`;
  const stream = writeDeflated(
    context,
    deflated,
    `/Type /EmbeddedFile\n/Subtype /${type.replace("/", "#2F")}\n/Params ${params}\n`,
  );
  const filespec = {
    Type: "/Filespec",
    F: textString(name),
    UF: textString(name),
    Desc: textString(description),
    AFRelationship: `/${relationship}`,
    EF: dictText({ F: `${stream}`, UF: `${stream}` }),
  };
  return { name, ref: context.register(dict(filespec)) };
}

function writeInfo({ title, author, createdAt }: Metadata): WrittenObject {
  const date = pdfDate(createdAt);
  return dict({
    Title: textString(title),
    Author: textString(author),
    Creator: textString(PRODUCER),
    Producer: textString(PRODUCER),
    CreationDate: date,
    ModDate: date,
  });
}

function pdfDate(rfc3339: string): string {
  const text = `D:${rfc3339.replace(/[-:TZ]/g, "")}Z`;
  // No character of a date is below U+0010, so each has two digits.
  let hex = "";
  for (let i = 0; i < text.length; i++) hex += text.charCodeAt(i).toString(16);
  return `<${hex}>`;
}

function writeResources(context: PDFContext, pages: FinishedPages): WrittenObject {
  const fonts: Record<string, string> = {};
  const { faces, version = 1 } = pages.pool;
  const isFirst = version === 1;
  const byteCodes = isFirst ? writeByteCodes(context) : writeSmallByteCodes(context);
  const shared = { byteCodes, maps: new Map() };
  for (const drawn of faces.values()) {
    const { resource, common, used, others } = drawn;
    if (used.includes(1)) {
      const font = isFirst
        ? writeWholeFont(context, common, byteCodes)
        : writeCommonFont(context, drawn, shared);
      fonts[resource] = `${font}`;
    }
    if (others.glyphs.length === 1) continue;
    fonts[resource + OTHERS_SUFFIX] = `${writeOtherFont(context, others)}`;
  }
  const { logo } = pages;
  const image = () => (logo ? { [logo.resource]: `${writeImage(context, logo.image)}` } : {});
  return dict({ Font: dictText(fonts), ...(logo ? { XObject: dictText(image()) } : {}) });
}

function writeImage(context: PDFContext, image: Logo): PDFRef {
  const shared = { Type: "XObject", Subtype: "Image", BitsPerComponent: 8 };
  const orientation = image.format === "jpeg" ? (image.orientation ?? 1) : 1;
  const size =
    orientation < 5
      ? { Width: image.widthPx, Height: image.heightPx }
      : { Width: image.heightPx, Height: image.widthPx };
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
  const picture = context.register(PDFRawStream.of(dict, Buffer.from(image.data, "base64")));
  const upright = UPRIGHT[orientation];
  return upright ? writeTurned(context, picture, upright) : picture;
}

// By orientation: what brings the unit square of a picture upright, as `cm` takes it.
const UPRIGHT: Record<number, number[]> = {
  2: [-1, 0, 0, 1, 1, 0],
  3: [-1, 0, 0, -1, 1, 1],
  4: [1, 0, 0, -1, 0, 1],
  5: [0, -1, -1, 0, 1, 1],
  6: [0, -1, 1, 0, 0, 1],
  7: [0, 1, 1, 0, 0, 0],
  8: [0, 1, -1, 0, 1, 0],
};

/** A form in which a picture stands upright (ISO 32000-1, 8.10); readers ignore Exif. */
function writeTurned(context: PDFContext, picture: PDFRef, matrix: number[]): PDFRef {
  const dict = context.obj({
    Type: "XObject",
    Subtype: "Form",
    BBox: [0, 0, 1, 1],
    Matrix: matrix,
    Resources: { XObject: { Picture: picture } },
  } as never) as unknown as PDFDict;
  return context.register(PDFRawStream.of(dict, Buffer.from("/Picture Do", "latin1")));
}
