/** Pure. QR codewords at level M: blocks, Reed-Solomon, interleaving (ISO/IEC 18004, 7.5, 7.6). */
export const MAX_VERSION = 40;

// ISO/IEC 18004:2015, table 9, level M, by version from 1.
const CORRECTION_A_BLOCK = [
  10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26, 28, 28, 28,
  28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28, 28,
];
const BLOCKS = [
  1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26,
  28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49,
];

/** Codewords of a version, data and correction. */
function codewordCount(version: number): number {
  let cells = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const patterns = Math.floor(version / 7) + 2;
    cells -= (25 * patterns - 10) * patterns - 55;
    if (version >= 7) cells -= 36;
  }
  return Math.floor(cells / 8);
}

/** Bytes of data that a version holds. */
export function dataCapacity(version: number): number {
  const correction = CORRECTION_A_BLOCK[version - 1] ?? 0;
  return codewordCount(version) - correction * (BLOCKS[version - 1] ?? 0);
}

/** Data and correction in the order in which they are placed. */
export function addCorrection(data: Uint8Array, version: number): Uint8Array {
  const correction = CORRECTION_A_BLOCK[version - 1] ?? 0;
  const count = BLOCKS[version - 1] ?? 1;
  const short = Math.floor(data.length / count);
  const shortBlocks = count - (data.length % count);
  const generator = generatorOf(correction);
  const blocks: { data: Uint8Array; check: Uint8Array }[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const length = short + (i < shortBlocks ? 0 : 1);
    const part = data.subarray(at, at + length);
    blocks.push({ data: part, check: remainderOf(part, generator) });
    at += length;
  }
  const out = new Uint8Array(data.length + count * correction);
  let end = 0;
  for (let i = 0; i <= short; i++) {
    for (const block of blocks) if (i < block.data.length) out[end++] = block.data[i] ?? 0;
  }
  for (let i = 0; i < correction; i++) {
    for (const block of blocks) out[end++] = block.check[i] ?? 0;
  }
  return out;
}

// GF(2^8) with the polynomial x^8 + x^4 + x^3 + x^2 + 1 and the generator 2.
const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let i = 0, value = 1; i < 255; i++) {
  EXP[i] = value;
  EXP[i + 255] = value;
  LOG[value] = i;
  value = (value << 1) ^ (value >= 128 ? 0x11d : 0);
}

function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : (EXP[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0);
}

/** Coefficients of Π (x − 2^i) below the leading one, highest first. */
function generatorOf(degree: number): Uint8Array {
  const result = new Uint8Array(degree);
  result[degree - 1] = 1;
  let root = 1;
  for (let i = 0; i < degree; i++) {
    for (let j = 0; j < degree; j++) {
      result[j] = multiply(result[j] ?? 0, root) ^ (result[j + 1] ?? 0);
    }
    root = multiply(root, 2);
  }
  return result;
}

function remainderOf(data: Uint8Array, generator: Uint8Array): Uint8Array {
  const rest = new Uint8Array(generator.length);
  for (const byte of data) {
    const factor = byte ^ (rest[0] ?? 0);
    rest.copyWithin(0, 1);
    rest[rest.length - 1] = 0;
    for (let i = 0; i < rest.length; i++) {
      rest[i] = (rest[i] ?? 0) ^ multiply(generator[i] ?? 0, factor);
    }
  }
  return rest;
}
