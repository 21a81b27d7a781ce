/**
 * Pure. The objects of a file as bytes (ISO 32000-1, 7.5): all but streams are packed into object
 * streams, which takes a third off a tagged file, and found by a cross-reference stream.
 */
import { Buffer } from "node:buffer";
import {
  type PDFContext,
  type PDFHexString,
  type PDFObject,
  PDFRawStream,
  type PDFRef,
} from "pdf-lib";
import { compress } from "./compress.ts";

export type Trailer = { root: PDFRef; info: PDFRef; id: PDFHexString };

// The comment's four bytes above 127 say that the file is binary (ISO 19005-3, 6.1.2).
const HEADER = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
const OBJECTS_A_STREAM = 512;
const FREE = 0;
const IN_FILE = 1;
const IN_STREAM = 2;

/** Where each object is, by its number: [kind, offset or stream's number, index in it]. */
type Position = [number, number, number];

/** `more` are the texts of the objects whose numbers follow the context's largest. */
export function serialize(
  context: PDFContext,
  more: readonly string[],
  trailer: Trailer,
): Uint8Array {
  const positions: Position[] = [[FREE, 0, 65535]];
  const out: Uint8Array[] = [];
  let at = 0;
  const push = (bytes: Uint8Array) => {
    out.push(bytes);
    at += bytes.length;
  };
  const write = (number: number, dict: string, contents: Uint8Array) => {
    positions[number] = [IN_FILE, at, 0];
    push(Buffer.from(`${number} 0 obj\n${dict}\nstream\n`, "latin1"));
    push(contents);
    push(Buffer.from("\nendstream\nendobj\n", "latin1"));
  };
  push(Buffer.from(HEADER, "latin1"));
  const packed: [number, PDFObject | string][] = [];
  for (const [{ objectNumber }, object] of context.enumerateIndirectObjects()) {
    if (object instanceof PDFRawStream) {
      object.updateDict();
      write(objectNumber, `${object.dict}`, object.contents);
    } else packed.push([objectNumber, object]);
  }
  let next = context.largestObjectNumber + 1;
  for (const text of more) packed.push([next++, text]);
  for (let from = 0; from < packed.length; from += OBJECTS_A_STREAM) {
    const chunk = packed.slice(from, from + OBJECTS_A_STREAM);
    const { dict, contents } = packObjects(chunk);
    chunk.forEach(([number], i) => {
      positions[number] = [IN_STREAM, next, i];
    });
    write(next, dict, contents);
    next += 1;
  }
  const start = at;
  positions[next] = [IN_FILE, start, 0];
  const table = compress(crossReferences(positions));
  const { root, info, id } = trailer;
  const dict =
    `<</Type/XRef/Size ${next + 1}/W[1 4 2]/Root ${root}/Info ${info}` +
    `/ID[${id}${id}]/Filter/FlateDecode/Length ${table.length}>>`;
  write(next, dict, table);
  push(Buffer.from(`startxref\n${start}\n%%EOF\n`, "latin1"));
  const file = new Uint8Array(at);
  let end = 0;
  for (const bytes of out) {
    file.set(bytes, end);
    end += bytes.length;
  }
  return file;
}

/** An object stream: numbers and offsets, then the objects (7.5.7). */
function packObjects(chunk: readonly [number, PDFObject | string][]) {
  let index = "";
  let body = "";
  for (const [number, object] of chunk) {
    index += `${number} ${body.length} `;
    body += `${object}\n`;
  }
  const contents = compress(Buffer.from(index + body, "latin1"));
  const dict =
    `<</Type/ObjStm/N ${chunk.length}/First ${index.length}` +
    `/Filter/FlateDecode/Length ${contents.length}>>`;
  return { dict, contents };
}

function crossReferences(positions: readonly Position[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(7 * positions.length));
  positions.forEach(([kind, offset, index], i) => {
    view.setUint8(7 * i, kind);
    view.setUint32(7 * i + 1, offset);
    view.setUint16(7 * i + 5, index);
  });
  return new Uint8Array(view.buffer);
}
