/** Pure. Objects of a file that are many or always alike, as their own PDF syntax (ASCII). */
import { PDFObject } from "pdf-lib";
import type { ByteText } from "./byte-text.ts";

export class WrittenObject extends PDFObject {
  readonly #text: string;

  constructor(text: string) {
    super();
    this.#text = text;
  }

  override toString(): string {
    return this.#text;
  }
}

/** An object that writes itself, where its text would be long. */
export class PutObject extends PDFObject {
  readonly put: (out: ByteText) => void;

  constructor(put: (out: ByteText) => void) {
    super();
    this.put = put;
  }
}

/** A dictionary whose values are PDF syntax. */
export function dictText(entries: Readonly<Record<string, string>>): string {
  let text = "<<\n";
  for (const key in entries) text += `/${key} ${entries[key]}\n`;
  return `${text}>>`;
}

/** Two digits of each byte. */
const HEX = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0").toUpperCase(),
);

/** UTF-16 in hexadecimal (ISO 32000-1, 7.9.2.2): a page from right to left has hundreds. */
export function textString(text: string): string {
  let hex = "<FEFF";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    hex += (HEX[unit >> 8] ?? "") + (HEX[unit & 255] ?? "");
  }
  return `${hex}>`;
}

/** A stream as it is; `entries` are lines of its dictionary, each with its line end. */
export class PlainStream extends PDFObject {
  readonly contents: Uint8Array;
  readonly #entries: string;

  constructor(contents: Uint8Array, entries: string) {
    super();
    this.contents = contents;
    this.#entries = entries;
  }

  /** Its dictionary. */
  override toString(): string {
    return `<<\n${this.#entries}/Length ${this.contents.length}\n>>`;
  }
}

/** A deflated stream; `entries` are lines of its dictionary, each with its line end. */
export class WrittenStream extends PlainStream {
  constructor(contents: Uint8Array, entries = "") {
    super(contents, `${entries}/Filter /FlateDecode\n`);
  }
}
