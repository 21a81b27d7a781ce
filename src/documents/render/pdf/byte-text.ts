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
    if (value >= 0 && value < 100) this.#length = putPair(this.#bytes, this.#length, value);
    else if (value > 0 && value < 10_000) this.#putFour(value);
    else this.#putLong(value);
  }

  /** Of three or four digits. */
  #putFour(value: number): void {
    const bytes = this.#bytes;
    // Whole numbers of this size are divided without a fraction.
    const high = (value / 100) | 0;
    const low = 2 * (value - 100 * high);
    const at = putPair(bytes, this.#length, high);
    bytes[at] = PAIRS[low] ?? 0;
    bytes[at + 1] = PAIRS[low + 1] ?? 0;
    this.#length = at + 2;
  }

  #putLong(value: number): void {
    let rest = value;
    if (rest < 0) {
      this.#bytes[this.#length++] = 0x2d;
      rest = -rest;
    }
    let end = this.#length + 1;
    for (let power = 10; power <= rest; power *= 10) end += 1;
    this.#length = end;
    do {
      this.#bytes[--end] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    } while (rest > 0);
  }

  /** A coordinate with two decimals, in the fewest characters; no page is near 2^31 wide. */
  putCoordinate(points: number): void {
    const hundredths = Math.round(points * 100) | 0;
    this.#reserve(2 * SHORT);
    if (hundredths < 0) this.#bytes[this.#length++] = 0x2d;
    const size = hundredths < 0 ? -hundredths : hundredths;
    const whole = (size / 100) | 0;
    const part = 2 * (size - 100 * whole);
    this.putInteger(whole);
    if (part === 0) return;
    const bytes = this.#bytes;
    const at = this.#length;
    const last = PAIRS[part + 1] ?? 0;
    bytes[at] = 0x2e;
    bytes[at + 1] = PAIRS[part] ?? 0;
    bytes[at + 2] = last;
    this.#length = last === ZERO ? at + 2 : at + 3;
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

/** A number below a hundred, in one digit or two; answers where it ends. */
function putPair(bytes: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    bytes[at] = ZERO + value;
    return at + 1;
  }
  bytes[at] = PAIRS[2 * value] ?? 0;
  bytes[at + 1] = PAIRS[2 * value + 1] ?? 0;
  return at + 2;
}
