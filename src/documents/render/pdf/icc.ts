/**
 * Pure. The output intent of PDF/A (ISO 19005-3, 6.2.3): an sRGB display profile, ICC.1:2010,
 * written out here from the numbers of IEC 61966-2-1 so that no licensed file is shipped.
 */
import { compressSmall } from "./compress.ts";

/** sRGB's primaries and white, adapted to D50 by Bradford. */
const WHITE_D50 = [0.9642, 1, 0.8249];
const RED = [0.43607, 0.22249, 0.01392];
const GREEN = [0.38515, 0.71687, 0.09708];
const BLUE = [0.14307, 0.06061, 0.7141];
const ADAPTATION = [
  1.04788, 0.02292, -0.0502, 0.02959, 0.99048, -0.01706, -0.00924, 0.01508, 0.75168,
];
/** Parametric curve type 3: (ax + b)^g from d up, cx below. */
const CURVE = [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045];

const HEADER_SIZE = 128;

/** The same for every document: made and compressed once. */
let made: Uint8Array | undefined;

/** Deflated. */
export function srgbProfile(): Uint8Array {
  made ??= compressSmall(makeProfile());
  return made;
}

function makeProfile(): Uint8Array {
  const curve = tagged("para", [0x00030000], CURVE);
  const tags: [string, Uint8Array][] = [
    ["desc", localized("sRGB")],
    ["cprt", localized("CC0")],
    ["wtpt", tagged("XYZ ", [], WHITE_D50)],
    ["chad", tagged("sf32", [], ADAPTATION)],
    ["rXYZ", tagged("XYZ ", [], RED)],
    ["gXYZ", tagged("XYZ ", [], GREEN)],
    ["bXYZ", tagged("XYZ ", [], BLUE)],
    ["rTRC", curve],
    ["gTRC", curve],
    ["bTRC", curve],
  ];
  const start = HEADER_SIZE + 4 + 12 * tags.length;
  const offsets = new Map<Uint8Array, number>();
  let size = start;
  for (const [, body] of tags) {
    if (offsets.has(body)) continue;
    offsets.set(body, size);
    size += (body.length + 3) & ~3;
  }
  const profile = new Uint8Array(size);
  const view = new DataView(profile.buffer);
  writeHeader(profile, view);
  view.setUint32(HEADER_SIZE, tags.length);
  tags.forEach(([name, body], i) => {
    const entry = HEADER_SIZE + 4 + 12 * i;
    const offset = offsets.get(body) ?? 0;
    writeText(profile, entry, name);
    view.setUint32(entry + 4, offset);
    view.setUint32(entry + 8, body.length);
    profile.set(body, offset);
  });
  return profile;
}

function writeHeader(profile: Uint8Array, view: DataView): void {
  view.setUint32(0, profile.length);
  view.setUint32(8, 0x04200000);
  writeText(profile, 12, "mntrRGB XYZ ");
  [2026, 1, 1].forEach((part, i) => {
    view.setUint16(24 + 2 * i, part);
  });
  writeText(profile, 36, "acsp");
  WHITE_D50.forEach((value, i) => {
    view.setInt32(68 + 4 * i, fixed(value));
  });
}

/** A tag of 16.16 numbers, after words of its own. */
function tagged(type: string, words: number[], numbers: number[]): Uint8Array {
  const body = new Uint8Array(8 + 4 * (words.length + numbers.length));
  const view = new DataView(body.buffer);
  writeText(body, 0, type);
  words.forEach((word, i) => {
    view.setUint32(8 + 4 * i, word);
  });
  numbers.forEach((value, i) => {
    view.setInt32(8 + 4 * (words.length + i), fixed(value));
  });
  return body;
}

/** multiLocalizedUnicodeType with one English record. */
function localized(text: string): Uint8Array {
  const body = new Uint8Array(28 + 2 * text.length);
  const view = new DataView(body.buffer);
  writeText(body, 0, "mluc");
  view.setUint32(8, 1);
  view.setUint32(12, 12);
  writeText(body, 16, "enUS");
  view.setUint32(20, 2 * text.length);
  view.setUint32(24, 28);
  for (let i = 0; i < text.length; i++) view.setUint16(28 + 2 * i, text.charCodeAt(i));
  return body;
}

function fixed(value: number): number {
  return Math.round(value * 65536);
}

function writeText(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}
