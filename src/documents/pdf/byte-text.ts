/** Pure. ASCII text that grows as bytes: a long document makes no string of each operator. */

const FIRST_SIZE = 16_384;
const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

export class ByteText {
  #bytes = new Uint8Array(FIRST_SIZE);
  #length = 0;

  put(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  /** Four hexadecimal digits. */
  putHex(value: number): void {
    this.#reserve(4);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = HEX_DIGITS[value >> 12] ?? 0;
    bytes[at + 1] = HEX_DIGITS[(value >> 8) & 15] ?? 0;
    bytes[at + 2] = HEX_DIGITS[(value >> 4) & 15] ?? 0;
    bytes[at + 3] = HEX_DIGITS[value & 15] ?? 0;
    this.#length = at + 4;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * this.#bytes.length + more);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
