/** PNG files made by hand, and a JPEG of one grey pixel. */
import { crc32, deflateSync } from "node:zlib";

export type PngParts = {
  width: number;
  height: number;
  depth: number;
  color: number;
  interlaced?: boolean;
  /** Rows with their filter bytes, as they stand in the file. */
  raw: number[];
  palette?: number[];
  clear?: number[];
  extra?: string;
};

export function png(parts: PngParts): Uint8Array<ArrayBuffer> {
  const { width, height, depth, color, interlaced = false, raw, palette, clear, extra } = parts;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, color, 0, 0, interlaced ? 1 : 0], 8);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      chunk("IHDR", head),
      ...(extra ? [chunk(extra, Buffer.alloc(8))] : []),
      ...(palette ? [chunk("PLTE", Buffer.from(palette))] : []),
      ...(clear ? [chunk("tRNS", Buffer.from(clear))] : []),
      chunk("IDAT", deflateSync(Buffer.from(raw))),
      chunk("IEND", Buffer.alloc(0)),
    ]),
  );
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** Two pixels, red and blue. */
export const RED_BLUE = png({
  width: 2,
  height: 1,
  depth: 8,
  color: 2,
  raw: [0, 255, 0, 0, 0, 0, 255],
});

/**
 * A JPEG's segments, its tables and scan with nothing true in them: whoever passes it through does
 * not decode it. `app`: a segment before its frame.
 */
export function jpeg(
  widthPx: number,
  heightPx: number,
  components: number,
  frame = 0xc0,
  app = [0xff, 0xe0, 0, 4, 0, 0],
) {
  const size = [heightPx >> 8, heightPx & 255, widthPx >> 8, widthPx & 255];
  const head = [0xff, frame, 0, 8 + components * 3, 8, ...size, components];
  const table = Array.from({ length: components * 3 }, () => 1);
  const tables = [0xff, 0xdb, 0, 3, 0, 0xff, 0xc4, 0, 3, 0];
  const scan = [0xff, 0xda, 0, 2, 1, 0xff, 0, 2, 0xff, 0xd0, 3];
  return new Uint8Array([0xff, 0xd8, ...app, ...head, ...table, ...tables, ...scan, 0xff, 0xd9]);
}

/** A segment of Exif with one entry: how the camera was held. */
export function exif(orientation: number, little = false): number[] {
  const half = (n: number) => (little ? [n & 255, n >> 8] : [n >> 8, n & 255]);
  const word = (n: number) => (little ? [...half(n), 0, 0] : [0, 0, ...half(n)]);
  const order = little ? [0x49, 0x49] : [0x4d, 0x4d];
  const entry = [...half(0x112), ...half(3), ...word(1), ...half(orientation), 0, 0];
  const tiff = [...order, ...half(42), ...word(8), ...half(1), ...entry, ...word(0)];
  const data = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  return [0xff, 0xe1, 0, data.length + 2, ...data];
}
