/**
 * Pure. The objects of a file as bytes (ISO 32000-1, 7.5): all but streams are packed into object
 * streams, which takes a third off a tagged file, and found by a cross-reference stream.
 */
import {
  type PDFContext,
  type PDFHexString,
  type PDFObject,
  PDFRawStream,
  type PDFRef,
} from "pdf-lib";
import { ByteText } from "./byte-text.ts";
import type { Deflate } from "./compress.ts";
import type { WrittenObjects } from "./write-structure.ts";
import { PlainStream, PutObject } from "./written-object.ts";

export type Trailer = { root: PDFRef; info: PDFRef; id: PDFHexString };

// The comment's four bytes above 127 say that the file is binary (ISO 19005-3, 6.1.2).
const HEADER = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const END_OF_STREAM = "\nendstream\nendobj\n";
const OBJECTS_A_STREAM = 512;
/** Of a cross-reference: a byte, four and two. */
const ENTRY_SIZE = 7;
const FREE = 0;
const IN_FILE = 1;
const IN_STREAM = 2;

/** `more` are the objects whose numbers follow the context's largest. */
export function serialize(
  context: PDFContext,
  more: WrittenObjects,
  trailer: Trailer,
  deflate: Deflate,
): Uint8Array {
  // Texts have characters up to U+00FF, a byte each.
  const parts: (string | Uint8Array)[] = [];
  let at = 0;
  const push = (part: string | Uint8Array) => {
    parts.push(part);
    at += part.length;
  };
  const packed: [number, PDFObject][] = [];
  const streams: [number, PDFRawStream | PlainStream][] = [];
  for (const [{ objectNumber }, object] of context.enumerateIndirectObjects()) {
    const isStream = object instanceof PlainStream || object instanceof PDFRawStream;
    if (isStream) streams.push([objectNumber, object]);
    else packed.push([objectNumber, object]);
  }
  const firstMore = context.largestObjectNumber + 1;
  const firstPack = firstMore + more.count;
  const count = packed.length + more.count;
  const last = firstPack + Math.ceil(count / OBJECTS_A_STREAM);
  const table = new CrossReferences(last + 1);
  const write = (number: number, dict: string, contents: Uint8Array) => {
    table.set(number, IN_FILE, at, 0);
    push(`${number} 0 obj\n${dict}\nstream\n`);
    push(contents);
    push(END_OF_STREAM);
  };
  push(HEADER);
  for (const [number, object] of streams) {
    if (object instanceof PDFRawStream) object.updateDict();
    const dict = object instanceof PDFRawStream ? object.dict : object;
    write(number, `${dict}`, object.contents);
  }
  for (let from = 0, pack = firstPack; from < count; from += OBJECTS_A_STREAM, pack++) {
    // An object stream: numbers and offsets, then the objects (7.5.7).
    const index = new ByteText();
    const body = new ByteText();
    const to = Math.min(count, from + OBJECTS_A_STREAM);
    for (let i = from; i < to; i++) {
      const own = packed[i];
      const number = own ? own[0] : firstMore + i - packed.length;
      index.putInteger(number);
      index.put(" ");
      index.putInteger(body.length);
      index.put(" ");
      if (own) putObject(body, own[1]);
      else more.put(body, i - packed.length);
      body.put("\n");
      table.set(number, IN_STREAM, pack, i - from);
    }
    const first = index.length;
    index.putBytes(body.bytes());
    const contents = deflate("objects", index.bytes());
    const dict =
      `<</Type/ObjStm/N ${to - from}/First ${first}` +
      `/Filter/FlateDecode/Length ${contents.length}>>`;
    write(pack, dict, contents);
  }
  const start = at;
  table.set(last, IN_FILE, start, 0);
  const positions = deflate("references", table.bytes);
  const { root, info, id } = trailer;
  const dict =
    `<</Type/XRef/Size ${last + 1}/W[1 4 2]/Root ${root}/Info ${info}` +
    `/ID[${id}${id}]/Filter/FlateDecode/Length ${positions.length}>>`;
  write(last, dict, positions);
  push(`startxref\n${start}\n%%EOF\n`);
  return joined(parts, at);
}

function putObject(out: ByteText, object: PDFObject): void {
  if (object instanceof PutObject) object.put(out);
  else out.put(`${object}`);
}

function joined(parts: readonly (string | Uint8Array)[], length: number): Uint8Array {
  const file = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part !== "string") file.set(part, at);
    else for (let i = 0; i < part.length; i++) file[at + i] = part.charCodeAt(i);
    at += part.length;
  }
  return file;
}

/** Where each object is, by its number: its kind, its offset or its stream, its index there. */
class CrossReferences {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(ENTRY_SIZE * size);
    this.#view = new DataView(this.bytes.buffer);
    this.set(0, FREE, 0, 65535);
  }

  set(number: number, kind: number, offset: number, index: number): void {
    this.bytes[ENTRY_SIZE * number] = kind;
    this.#view.setUint32(ENTRY_SIZE * number + 1, offset);
    this.#view.setUint16(ENTRY_SIZE * number + 5, index);
  }
}
