/**
 * PNG (ISO/IEC 15948) to 8-bit samples. Pure. All colour types, depths and interlacing; animated
 * files are refused by whoever calls, since they are one picture only at first sight.
 */
import { Buffer } from "node:buffer";
import { createInflate } from "node:zlib";

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
    if (type === "IEND") return chunks;
    at += 12 + length;
  }
  throw new RangeError("the file ends too early");
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
  const [packing, filtering, interlace] = [view.getUint8(10), view.getUint8(11), view.getUint8(12)];
  if (!channels || !DEPTHS[color]?.includes(depth) || interlace > 1 || packing + filtering > 0) {
    throw new RangeError("a colour type, depth, packing or interlacing that PNG has not");
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

/** Pixels of a picture at most: what is kept of it has four bytes for each. */
const MAX_PIXELS = 4_000_000;

/**
 * The picture, unpacked a row at a time, so that no more is in memory than what is kept and a row.
 * Errors: RangeError for a file that is broken or too large.
 */
export async function decodePng(bytes: Uint8Array): Promise<Picture> {
  const chunks = chunksOf(bytes);
  const header = headerOf(chunks);
  if (header.width * header.height > MAX_PIXELS) throw new RangeError("it has too many pixels");
  const passes = (header.interlaced ? PASSES : ([[0, 0, 1, 1]] as const)).flatMap(
    ([x, y, dx, dy]) => {
      const columns = Math.ceil((header.width - x) / dx);
      const rows = Math.ceil((header.height - y) / dy);
      return columns > 0 && rows > 0 ? [{ x, y, dx, dy, columns, rows }] : [];
    },
  );
  const bits = header.depth * header.channels;
  const raw = new Unpacked(chunks.filter((c) => c.type === "IDAT").map((c) => c.data));
  const canvas = canvasOf(header, chunks);
  for (const { x, y, dx, dy, columns, rows } of passes) {
    const length = Math.ceil((columns * bits) / 8);
    let above = new Uint8Array(length);
    for (let row = 0; row < rows; row++) {
      const filtered = await raw.take(1 + length);
      const line = filtered.subarray(1);
      unfilter(filtered[0] ?? 0, line, above, Math.max(1, bits >> 3));
      paint(canvas, line, { start: (y + row * dy) * header.width + x, step: dx, columns });
      above = line;
    }
  }
  await raw.end();
  const { samples, alpha, components } = canvas;
  const opaque = alpha.every((value) => value === 255);
  const size = { widthPx: header.width, heightPx: header.height, components } as const;
  return { ...size, samples, alpha: opaque ? null : alpha };
}

/** Some writers leave bytes behind the last row. */
const MAX_LEFT_BYTES = 65_536;

/**
 * What a zlib stream unpacks to, as far as it is asked for. The platform's DecompressionStream
 * unpacks all of it at once, whatever is read; zlib's own stream waits for its reader.
 */
class Unpacked {
  readonly #inflate = createInflate();
  readonly #pieces: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);

  constructor(packed: readonly Uint8Array[]) {
    this.#pieces = this.#inflate[Symbol.asyncIterator]();
    this.#inflate.on("error", () => {}); // whoever reads is told
    this.#inflate.end(Buffer.concat(packed));
  }

  /** Its next bytes, which are the caller's own. Errors: RangeError where there are too few. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const taken = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      if (this.#piece.length === 0) {
        const next = await this.#next();
        if (next === null) throw new RangeError("the file has too few pixels");
        this.#piece = next;
      }
      const part = this.#piece.subarray(0, length - at);
      taken.set(part, at);
      at += part.length;
      this.#piece = this.#piece.subarray(part.length);
    }
    return taken;
  }

  /** Null at its end. */
  async #next(): Promise<Uint8Array | null> {
    try {
      const { value, done } = await this.#pieces.next();
      return done ? null : value;
    } catch {
      throw new RangeError("the pixels cannot be unpacked");
    }
  }

  /** Errors: RangeError where much more follows, or its checksum is wrong. */
  async end(): Promise<void> {
    for (let left = this.#piece.length; left <= MAX_LEFT_BYTES; ) {
      const piece = await this.#next();
      if (piece === null) return;
      left += piece.length;
    }
    this.#inflate.destroy();
    throw new RangeError("the file has more pixels than its size says");
  }
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

/** The picture that rows are painted on, and what of the file says how. */
type Canvas = {
  header: Header;
  components: 1 | 3;
  samples: Uint8Array;
  alpha: Uint8Array;
  palette: Uint8Array | null;
  clear: Uint8Array | null;
  hidden: number[] | null;
};

function canvasOf(header: Header, chunks: readonly Chunk[]): Canvas {
  const { width, height, color, channels } = header;
  const palette = chunks.find((c) => c.type === "PLTE")?.data ?? null;
  const clear = chunks.find((c) => c.type === "tRNS")?.data ?? null;
  if (color === PALETTE && !palette) throw new RangeError("no palette");
  const components = color === GREY || color === GREY_ALPHA ? 1 : 3;
  const pixels = width * height;
  const samples = new Uint8Array(pixels * components);
  const alpha = new Uint8Array(pixels).fill(255);
  const hidden = color === PALETTE ? null : hiddenColor(clear, channels);
  return { header, components, samples, alpha, palette, clear, hidden };
}

/** A row's pixels from `start`, each `step` after the one before. */
type Row = { start: number; step: number; columns: number };

function paint(canvas: Canvas, line: Uint8Array, { start, step, columns }: Row): void {
  const { header, components, samples, alpha, palette, clear, hidden } = canvas;
  const { depth, color, channels } = header;
  const scale = depth === 16 ? 257 : depth === 8 ? 1 : ((1 << depth) - 1) / 255;
  for (let column = 0; column < columns; column++) {
    const pixel = start + column * step;
    const from = column * channels;
    if (color === PALETTE) {
      const index = valueAt(line, from, depth);
      samples.set(palette?.subarray(index * 3, index * 3 + 3) ?? [], pixel * 3);
      alpha[pixel] = clear?.[index] ?? 255;
      continue;
    }
    for (let c = 0; c < components; c++) {
      samples[pixel * components + c] = Math.round(valueAt(line, from + c, depth) / scale);
    }
    if (channels > components) {
      alpha[pixel] = Math.round(valueAt(line, from + components, depth) / scale);
    } else if (hidden?.every((value, c) => value === valueAt(line, from + c, depth))) {
      alpha[pixel] = 0;
    }
  }
}

/** A row's sample, as deep as it is. */
function valueAt(line: Uint8Array, index: number, depth: number): number {
  const bit = index * depth;
  const byte = line[bit >> 3] ?? 0;
  if (depth === 16) return (byte << 8) | (line[(bit >> 3) + 1] ?? 0);
  return (byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
}

/** The one colour that tRNS makes transparent in pictures without alpha (section 11.3.2). */
function hiddenColor(clear: Uint8Array | null, channels: number): number[] | null {
  if (!clear || clear.length < channels * 2) return null;
  return Array.from({ length: channels }, (_, c) => {
    return ((clear[c * 2] ?? 0) << 8) | (clear[c * 2 + 1] ?? 0);
  });
}
