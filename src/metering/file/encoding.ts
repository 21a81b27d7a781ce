/**
 * How a file's text is written: its encoding and what ends its lines. All of it is read as UTF-8;
 * what cannot be text in its encoding becomes the byte 0xff, which UTF-8 has not, so that the line
 * that holds it is refused and nothing is replaced. Pure.
 */
import { FileFault } from "./fault.ts";

export const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export type TextForm = { encoding: Encoding; lineEnd: number };

export const LINE_FEED = 10;
export const RETURN = 13;
export const UTF_8: TextForm = { encoding: "utf-8", lineEnd: LINE_FEED };

const MARKS: [Encoding, number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];
/** What begins as these is no text, and what to do with it. */
const PACKED: [number[], string][] = [
  [[0x1f, 0x8b], "is packed with gzip: unpack it first (gunzip)"],
  [[0x28, 0xb5, 0x2f, 0xfd], "is packed with zstd: unpack it first (unzstd)"],
  [[0x50, 0x4b, 0x03, 0x04], "is a zip file or a workbook: unpack it, or save it as CSV"],
  [[0xd0, 0xcf, 0x11, 0xe0], "is a workbook: save it as CSV"],
  [[0xff, 0xfe, 0, 0], "is UTF-32: save it as UTF-8"],
  [[0, 0, 0xfe, 0xff], "is UTF-32: save it as UTF-8"],
];

const startsWith = (bytes: Buffer, start: number[]) => start.every((byte, i) => bytes[i] === byte);

/**
 * The form of a file that begins with `head`: by its byte order mark, by the zeros that UTF-16 has
 * between letters of ASCII, or as `named`. Errors: `FileFault` for what is no text, and for a name
 * that is unknown or that the mark belies.
 */
export function formOf(head: Buffer, named: string | undefined): TextForm {
  const packed = PACKED.find(([start]) => startsWith(head, start));
  if (packed) throw new FileFault(`the file ${packed[1]}`);
  const [marked] = MARKS.find(([, start]) => startsWith(head, start)) ?? [];
  const wanted = named === undefined ? undefined : encodingOf(named);
  if (marked && wanted && marked !== wanted) {
    throw new FileFault(`the file's byte order mark says ${marked}, not --encoding ${named}`);
  }
  const encoding = marked ?? wanted ?? unmarked(head);
  const text = new Utf8Of(encoding).of(head);
  const isReturn = !text.includes(LINE_FEED) && text.subarray(0, -1).includes(RETURN);
  return { encoding, lineEnd: isReturn ? RETURN : LINE_FEED };
}

const ALIASES: Record<string, Encoding> = {
  utf8: "utf-8",
  utf16: "utf-16le",
  utf16le: "utf-16le",
  utf16be: "utf-16be",
  windows1252: "windows-1252",
  cp1252: "windows-1252",
  latin1: "windows-1252",
  iso88591: "windows-1252",
};

/** Errors: `FileFault` for an unknown one. */
function encodingOf(name: string): Encoding {
  const found = ALIASES[name.toLowerCase().replace(/[-_]/g, "")];
  if (found) return found;
  throw new FileFault(`--encoding is one of ${ENCODINGS.join(", ")}, not ${name}`);
}

/** One byte in so many may be zero in a file that is text. */
const FEW_ZEROS = 8;

function unmarked(head: Buffer): Encoding {
  const zeros = [0, 0];
  head.forEach((byte, i) => {
    if (byte === 0) zeros[i & 1] = (zeros[i & 1] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (even + odd === 0) return "utf-8";
  if (odd * 4 > head.length && even * 8 < odd) return "utf-16le";
  if (even * 4 > head.length && odd * 8 < even) return "utf-16be";
  // A crash leaves zeros in logs: their lines are refused, and the others are text.
  if ((even + odd) * FEW_ZEROS < head.length) return "utf-8";
  throw new FileFault("the file has zero bytes, so it is no text in an encoding that is known");
}

// From 0x80; those that Windows-1252 leaves open stay.
const FROM_80 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";
const OPEN = /[\x81\x8d\x8f\x90\x9d]/;
const LONE_SURROGATE = /\p{Cs}/u;
const NOT_TEXT = Buffer.from([0xff]);

/** Makes UTF-8 of a file's pieces in their order. */
export class Utf8Of {
  readonly #encoding: Encoding;
  /** What the last piece ended with, where that is half of something. */
  #rest = Buffer.alloc(0);

  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  of(piece: Buffer): Buffer {
    if (this.#encoding === "utf-8") return piece;
    if (this.#encoding === "windows-1252") {
      const text = piece.toString("latin1");
      return utf8(
        text.replace(/[\x80-\x9f]/g, (c) => FROM_80[c.charCodeAt(0) - 0x80] ?? c),
        OPEN,
      );
    }
    const bytes = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    let whole = bytes.length & ~1;
    const upper = bytes[whole - (this.#encoding === "utf-16le" ? 1 : 2)] ?? 0;
    if ((upper & 0xfc) === 0xd8) whole -= 2; // the first half of a pair waits for the other
    this.#rest = Buffer.from(bytes.subarray(whole));
    const units = Buffer.from(bytes.subarray(0, whole));
    if (this.#encoding === "utf-16be") units.swap16();
    return utf8(units.toString("utf16le"), LONE_SURROGATE);
  }

  /** What is left at the file's end: half of a letter is no text. */
  end(): Buffer {
    return this.#rest.length === 0 ? this.#rest : NOT_TEXT;
  }
}

function utf8(text: string, wrong: RegExp): Buffer {
  if (!wrong.test(text)) return Buffer.from(text, "utf8");
  const parts = text.split(wrong).map((part) => Buffer.from(part, "utf8"));
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [NOT_TEXT, part])));
}

/** Why a line is no text, and which option may take it. */
export function notText(bytes: Buffer, encoding: Encoding): string {
  if (bytes.includes(0)) return `a zero byte at ${bytes.indexOf(0) + 1}, which is no text`;
  if (encoding !== "utf-8") return `not all of it is ${encoding}`;
  const before = bytes.toString("utf8").split("\ufffd", 1)[0] ?? "";
  const at = Buffer.byteLength(before);
  const byte = (bytes[at] ?? 0).toString(16);
  return (
    `not UTF-8: byte 0x${byte} at ${at + 1}; say --encoding windows-1252 if it was written on ` +
    "Windows, or convert it"
  );
}

/** A line that is no text, with zeros and what is beyond ASCII as `\xNN`. */
export function escaped(bytes: Buffer): string {
  return bytes
    .toString("latin1")
    .replace(/[\0\x80-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
