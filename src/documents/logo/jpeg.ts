/** What a PDF needs to know of a JPEG, whose bytes it takes as they are. Pure. */
export type JpegHead = { widthPx: number; heightPx: number; components: number };

/** True for bytes that begin as a JPEG does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

// Frame headers that PDF's DCTDecode reads: baseline, extended and progressive, Huffman coded.
const FRAMES = new Set([0xc0, 0xc1, 0xc2]);
const SCAN = 0xda;

/** Its frame header. Errors: RangeError for a file that is broken or coded in another way. */
export function readJpegHead(bytes: Uint8Array): JpegHead {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw new RangeError("a marker is missing");
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0xff) {
      at += 1; // fill bytes may stand before a marker
      continue;
    }
    if (marker === SCAN) break;
    if (FRAMES.has(marker)) {
      if (at + 10 > bytes.length || view.getUint8(at + 4) !== 8) break;
      return {
        heightPx: view.getUint16(at + 5),
        widthPx: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
      };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw new RangeError("no frame that can be read");
}
