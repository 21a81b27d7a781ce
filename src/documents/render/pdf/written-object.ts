/** Pure. Objects of a file that are many or always alike, as their own PDF syntax (ASCII). */
import { PDFObject } from "pdf-lib";

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

/** A deflated stream; `entries` are lines of its dictionary, each with its line end. */
export class WrittenStream extends PDFObject {
  readonly contents: Uint8Array;
  readonly #entries: string;

  constructor(contents: Uint8Array, entries = "") {
    super();
    this.contents = contents;
    this.#entries = entries;
  }

  /** Its dictionary. */
  override toString(): string {
    const { length } = this.contents;
    return `<<\n${this.#entries}/Filter /FlateDecode\n/Length ${length}\n>>`;
  }
}
