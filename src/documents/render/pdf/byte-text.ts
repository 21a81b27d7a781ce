/** Pure. Text that grows as bytes: a long document makes no string of each operator. */
const FIRST_SIZE = 16_384;
const ZERO = 48;
/** Two digits of everything below a hundred. */
const PAIRS = Uint8Array.from({ length: 200 }, (_, i) => {
  const value = i >> 1;
  return ZERO + (i & 1 ? value % 10 : Math.floor(value / 10));
});
const HEX_DIGITS = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
/** The longest that a number or a glyph is written. */
const SHORT = 24;

export class ByteText {
  #bytes = new Uint8Array(FIRST_SIZE);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Characters up to U+00FF, a byte each. */
  put(text: string): void {
    this.#reserve(text.length);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
    this.#length = at;
  }

  putBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  putByte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = byte;
  }

  /** Four hexadecimal digits. */
  putHex(value: number): void {
    this.#reserve(SHORT);
    const bytes = this.#bytes;
    const at = this.#length;
    bytes[at] = HEX_DIGITS[value >> 12] ?? 0;
    bytes[at + 1] = HEX_DIGITS[(value >> 8) & 15] ?? 0;
    bytes[at + 2] = HEX_DIGITS[(value >> 4) & 15] ?? 0;
    bytes[at + 3] = HEX_DIGITS[value & 15] ?? 0;
    this.#length = at + 4;
  }

  /** An integer of at most 15 digits. */
  putInteger(value: number): void {
    this.#reserve(SHORT);
    let rest = value;
    if (rest < 0) {
      this.#bytes[this.#length++] = 0x2d;
      rest = -rest;
    }
    if (rest < 100) {
      if (rest >= 10) this.#bytes[this.#length++] = PAIRS[2 * rest] ?? 0;
      this.#bytes[this.#length++] = PAIRS[2 * rest + 1] ?? 0;
      return;
    }
    let end = this.#length + 1;
    for (let power = 10; power <= rest; power *= 10) end += 1;
    this.#length = end;
    do {
      this.#bytes[--end] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    } while (rest > 0);
  }

  /** A coordinate with two decimals, in the fewest characters. */
  putCoordinate(points: number): void {
    const hundredths = Math.round(points * 100);
    const size = Math.abs(hundredths);
    const whole = Math.floor(size / 100);
    const part = size - 100 * whole;
    this.#reserve(2 * SHORT);
    if (hundredths < 0) this.#bytes[this.#length++] = 0x2d;
    this.putInteger(whole);
    if (part === 0) return;
    this.#bytes[this.#length++] = 0x2e;
    this.#bytes[this.#length++] = PAIRS[2 * part] ?? 0;
    if (part % 10 !== 0) this.#bytes[this.#length++] = PAIRS[2 * part + 1] ?? 0;
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
