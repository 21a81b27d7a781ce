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
