/** How many bytes a value takes where it is kept. Pure. */

/** UTF-8 bytes of a text; unpaired surrogates count as the character that replaces them. */
export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    // A pair is two units and four bytes; any other unit above U+07FF is three.
    const paired = code >= 0xd800 && code < 0xdc00 && isLow(text.charCodeAt(i + 1));
    bytes += code < 0x800 ? 1 : 2;
    if (paired) i += 1;
  }
  return bytes;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}

/** Bytes of a value in SQLite; a text that cannot have `about` bytes counts at its most. */
export function valueBytes(value: unknown, about = 0): number {
  if (typeof value === "string") {
    return value.length * 3 < about ? value.length * 3 : utf8Bytes(value);
  }
  if (typeof value === "number" || typeof value === "bigint") return 8;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength;
  // D1 turns bytes into an array of numbers when they are bound.
  if (Array.isArray(value)) return value.length;
  return 0;
}
