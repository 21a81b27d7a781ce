/**
 * PNG (ISO/IEC 15948) to 8-bit samples. Pure. All colour types, depths and interlacing; animated
 * files are refused by whoever calls, since they are one picture only at first sight.
 */
import { inflateSync } from "node:zlib";

export type Picture = {
  widthPx: number;
  heightPx: number;
  /** 1 grey or 3 RGB. */
  components: 1 | 3;
  /** Rows from the top, samples interleaved. */
  samples: Uint8Array;
  /** One byte a pixel, or null where all of it is opaque. */
  alpha: Uint8Array | null;
};

export type PngHead = { widthPx: number; heightPx: number; animated: boolean };

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const GREY = 0;
const PALETTE = 3;
const GREY_ALPHA = 4;
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
const DEPTHS: Record<number, number[]> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/** True for bytes that begin with PNG's signature. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

type Chunk = { type: string; data: Uint8Array };

/** The chunks of a file. Errors: RangeError where it ends too early. */
function chunksOf(bytes: Uint8Array): Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = SIGNATURE.length; at < bytes.length; ) {
    const rest = bytes.length - at - 12;
    if (rest < 0 || rest < view.getUint32(at)) throw new RangeError("the file ends too early");
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
    if (type === "IEND") break;
    at += 12 + length;
  }
  return chunks;
}

/** Its size, before anything is unpacked. Errors: RangeError for what is no PNG. */
export function readPngHead(bytes: Uint8Array): PngHead {
  const chunks = chunksOf(bytes);
  const { width, height } = headerOf(chunks);
  return { widthPx: width, heightPx: height, animated: chunks.some((c) => c.type === "acTL") };
}

type Header = {
  width: number;
  height: number;
  depth: number;
  color: number;
  channels: number;
  interlaced: boolean;
};

function headerOf(chunks: readonly Chunk[]): Header {
  const [first] = chunks;
  if (first?.type !== "IHDR" || first.data.length !== 13) throw new RangeError("no IHDR");
  const view = new DataView(first.data.buffer, first.data.byteOffset);
  const [depth, color] = [view.getUint8(8), view.getUint8(9)];
  const channels = CHANNELS[color];
  const interlace = view.getUint8(12);
  if (!channels || !DEPTHS[color]?.includes(depth) || interlace > 1) {
    throw new RangeError("a colour type, depth or interlacing that PNG has not");
  }
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  if (width === 0 || height === 0) throw new RangeError("a picture of no size");
  return { width, height, depth, color, channels, interlaced: interlace === 1 };
}

// Adam7: each pass's first column and row, and its steps.
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The picture. Errors: RangeError for a file that is broken. */
export function decodePng(bytes: Uint8Array): Picture {
  const chunks = chunksOf(bytes);
  const header = headerOf(chunks);
  const passes = (header.interlaced ? PASSES : ([[0, 0, 1, 1]] as const)).flatMap(
    ([x, y, dx, dy]) => {
      const columns = Math.ceil((header.width - x) / dx);
      const rows = Math.ceil((header.height - y) / dy);
      return columns > 0 && rows > 0 ? [{ x, y, dx, dy, columns, rows }] : [];
    },
  );
  const bits = header.depth * header.channels;
  const stride = (columns: number) => Math.ceil((columns * bits) / 8);
  const size = passes.reduce((sum, { columns, rows }) => sum + rows * (1 + stride(columns)), 0);
  const packed = Buffer.concat(chunks.filter((c) => c.type === "IDAT").map((c) => c.data));
  const raw = inflate(packed, size);
  const values = new Uint16Array(header.width * header.height * header.channels);
  let at = 0;
  for (const { x, y, dx, dy, columns, rows } of passes) {
    const length = stride(columns);
    let above = new Uint8Array(length);
    for (let row = 0; row < rows; row++) {
      const line = raw.subarray(at + 1, at + 1 + length);
      unfilter(raw[at] ?? 0, line, above, Math.max(1, bits >> 3));
      const start = ((y + row * dy) * header.width + x) * header.channels;
      spread(line, values, { start, step: dx * header.channels, columns, header });
      above = line;
      at += 1 + length;
    }
  }
  return pictureOf(header, values, chunks);
}

// The runtime grows its output by whole chunks, and counts them against the limit.
const CHUNK_BYTES = 65_536;

function inflate(packed: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  let raw: Uint8Array;
  try {
    raw = inflateSync(packed, { maxOutputLength: size + CHUNK_BYTES });
  } catch {
    throw new RangeError("the pixels cannot be unpacked");
  }
  if (raw.length < size) throw new RangeError("the file has too few pixels");
  return new Uint8Array(raw);
}

/** Undoes a row's filter in place (section 9.2). */
function unfilter(filter: number, line: Uint8Array, above: Uint8Array, bpp: number): void {
  if (filter > 4) throw new RangeError("a filter that PNG has not");
  for (let i = 0; filter > 0 && i < line.length; i++) {
    const left = i >= bpp ? (line[i - bpp] ?? 0) : 0;
    const up = above[i] ?? 0;
    const corner = i >= bpp ? (above[i - bpp] ?? 0) : 0;
    const predicted = filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : 0;
    line[i] = (line[i] ?? 0) + (filter === 4 ? paeth(left, up, corner) : predicted);
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

type Row = { start: number; step: number; columns: number; header: Header };

/** A row's samples, as deep as they are, to their places in the picture. */
function spread(line: Uint8Array, values: Uint16Array, row: Row): void {
  const { depth, channels } = row.header;
  const mask = (1 << depth) - 1;
  for (let i = 0; i < row.columns * channels; i++) {
    const bit = i * depth;
    const byte = line[bit >> 3] ?? 0;
    const value =
      depth === 16
        ? (byte << 8) | (line[(bit >> 3) + 1] ?? 0)
        : (byte >> (8 - depth - (bit & 7))) & mask;
    const column = Math.floor(i / channels);
    values[row.start + column * row.step + (i % channels)] = value;
  }
}

function pictureOf(header: Header, values: Uint16Array, chunks: readonly Chunk[]): Picture {
  const { width, height, depth, color, channels } = header;
  const palette = chunks.find((c) => c.type === "PLTE")?.data;
  const clear = chunks.find((c) => c.type === "tRNS")?.data;
  if (color === PALETTE && !palette) throw new RangeError("no palette");
  const grey = color === GREY || color === GREY_ALPHA;
  const components = grey ? 1 : 3;
  const pixels = width * height;
  const samples = new Uint8Array(pixels * components);
  const alpha = new Uint8Array(pixels).fill(255);
  const scale = depth === 16 ? 257 : depth === 8 ? 1 : ((1 << depth) - 1) / 255;
  const hidden = color === PALETTE ? null : hiddenColor(clear, channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels;
    if (color === PALETTE) {
      const index = values[from] ?? 0;
      samples.set(palette?.subarray(index * 3, index * 3 + 3) ?? [], pixel * 3);
      alpha[pixel] = clear?.[index] ?? 255;
      continue;
    }
    for (let c = 0; c < components; c++) {
      samples[pixel * components + c] = Math.round((values[from + c] ?? 0) / scale);
    }
    if (channels > components) alpha[pixel] = Math.round((values[from + components] ?? 0) / scale);
    else if (hidden?.every((value, c) => value === values[from + c])) alpha[pixel] = 0;
  }
  const opaque = alpha.every((value) => value === 255);
  const size = { widthPx: width, heightPx: height, components } as const;
  return { ...size, samples, alpha: opaque ? null : alpha };
}

/** The one colour that tRNS makes transparent in pictures without alpha (section 11.3.2). */
function hiddenColor(clear: Uint8Array | undefined, channels: number): number[] | null {
  if (!clear || clear.length < channels * 2) return null;
  return Array.from({ length: channels }, (_, c) => {
    return ((clear[c * 2] ?? 0) << 8) | (clear[c * 2 + 1] ?? 0);
  });
}
