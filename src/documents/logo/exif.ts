/** How a photograph was held (Exif 2.3, 4.6.4), as cameras write it beside the pixels. Pure. */

/** What an APP1 segment of Exif begins with. */
export const EXIF: readonly number[] = [0x45, 0x78, 0x69, 0x66, 0, 0];

const LITTLE_ENDIAN = 0x4949;
const BIG_ENDIAN = 0x4d4d;
const ORIENTATION = 0x112;
const SHORT = 3;
const ENTRY_BYTES = 12;

/** The orientation in a segment, 1 to 8; 1 where it says none that can be read. */
export function orientationIn(segment: DataView): number {
  const tiff = EXIF.length;
  const word = (at: number, little: boolean) =>
    at + 2 <= segment.byteLength ? segment.getUint16(at, little) : 0;
  const order = word(tiff, false);
  if (order !== LITTLE_ENDIAN && order !== BIG_ENDIAN) return 1;
  const little = order === LITTLE_ENDIAN;
  if (tiff + 8 > segment.byteLength) return 1;
  const directory = tiff + segment.getUint32(tiff + 4, little);
  const count = word(directory, little);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + i * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > segment.byteLength) return 1;
    if (word(entry, little) !== ORIENTATION || word(entry + 2, little) !== SHORT) continue;
    const value = word(entry + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
