/** What a PDF needs to know of a JPEG, whose bytes it takes as they are. Pure. */
import { EXIF, orientationIn } from "./exif.ts";

export type JpegHead = {
  /** As it is shown, upright. */
  widthPx: number;
  heightPx: number;
  components: number;
  /** How it lies in the file, from 1, upright, to 8 (Exif 2.3, tag 274). */
  orientation: number;
};

/** True for bytes that begin as a JPEG does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

// Frame headers that PDF's DCTDecode reads: baseline, extended and progressive, Huffman coded.
const FRAMES = new Set([0xc0, 0xc1, 0xc2]);
const HUFFMAN_TABLE = 0xc4;
const END = 0xd9;
const SCAN = 0xda;
const QUANTIZATION_TABLE = 0xdb;
const APP_1 = 0xe1;

type Segment = { marker: number; data: DataView; end: number };

/** The marker segment at `at`; fill bytes may stand before it. Errors: RangeError. */
function segmentAt(bytes: Uint8Array, at: number): Segment {
  let from = at;
  if (bytes[from] !== 0xff) throw new RangeError("a marker is missing, or it ends too early");
  while (bytes[from + 1] === 0xff) from++;
  const marker = bytes[from + 1] ?? 0;
  const end = from + 2;
  if (marker === END) return { marker, data: new DataView(new ArrayBuffer(0)), end };
  const length = ((bytes[end] ?? 0) << 8) | (bytes[end + 1] ?? 0);
  if (length < 2 || end + length > bytes.length) throw new RangeError("it ends too early");
  const data = new DataView(bytes.buffer, bytes.byteOffset + end + 2, length - 2);
  return { marker, data, end: end + length };
}

/** Its frame header. Errors: RangeError for a file that is broken or coded in another way. */
export function readJpegHead(bytes: Uint8Array): JpegHead {
  let orientation = 0;
  for (let at = 2; at < bytes.length; ) {
    const { marker, data, end } = segmentAt(bytes, at);
    if (marker === SCAN || marker === END) break;
    if (marker === APP_1 && orientation === 0 && EXIF.every((byte, i) => isByte(data, i, byte))) {
      orientation = orientationIn(data);
    }
    if (FRAMES.has(marker)) {
      if (data.byteLength < 6 || data.getUint8(0) !== 8) break;
      if (data.byteLength !== 6 + 3 * data.getUint8(5)) throw new RangeError("a frame of no form");
      const [heightPx, widthPx] = [data.getUint16(1), data.getUint16(3)];
      const isTurned = orientation >= 5;
      return {
        widthPx: isTurned ? heightPx : widthPx,
        heightPx: isTurned ? widthPx : heightPx,
        components: data.getUint8(5),
        orientation: orientation || 1,
      };
    }
    at = end;
  }
  throw new RangeError("no frame that can be read");
}

function isByte(data: DataView, at: number, byte: number): boolean {
  return at < data.byteLength && data.getUint8(at) === byte;
}

/**
 * Lets only a file pass that has its tables, its scans and its end (ITU T.81, B.2). Errors:
 * RangeError for one that was cut short.
 */
export function insistWholeJpeg(bytes: Uint8Array): void {
  const seen = new Set<number>();
  for (let at = 2; at < bytes.length; ) {
    const { marker, end } = segmentAt(bytes, at);
    seen.add(marker);
    if (marker === END) {
      if (seen.has(SCAN)) return;
      break;
    }
    at = end;
    if (marker !== SCAN) continue;
    if (!seen.has(HUFFMAN_TABLE) || !seen.has(QUANTIZATION_TABLE)) {
      throw new RangeError("its tables are missing");
    }
    at = scanEnd(bytes, end);
    if (at === end) break;
  }
  throw new RangeError(seen.has(SCAN) ? "it ends too early" : "it has no pixels");
}

/** Where the next marker after a scan's coded bytes is, but for those that belong to it. */
function scanEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0;
    const isRestart = next >= 0xd0 && next <= 0xd7;
    if (next !== 0 && next !== 0xff && !isRestart) return at;
  }
  throw new RangeError("it ends too early");
}
