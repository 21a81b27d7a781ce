/** A file's lines, told piece by piece, each with its bytes and its place. */
import { isUtf8 } from "node:buffer";
import { escaped, LINE_FEED, notText, RETURN, type TextForm } from "./encoding.ts";
import { FileFault } from "./fault.ts";

export const MAX_LINE_BYTES = 1_000_000;
/** A quote that is never closed joins no more than this. */
const MAX_JOINED_BYTES = 65_536;
const BOM = "\ufeff";

export type Line = {
  /** From 1; of lines that were joined, the first one's. */
  number: number;
  text: string;
  /** Why it is no text in the file's encoding; its text is escaped then. */
  fault: string | null;
  /** In UTF-8, with the line's end. */
  bytes: Buffer;
  /** The bytes in UTF-8 up to the end of the line. */
  end: number;
  /** False for a last line without its end, which may still grow. */
  whole: boolean;
};

/**
 * The lines of each piece, which are a file's bytes in UTF-8 in their order; `goesOn` joins a line
 * with the next one. Errors: `FileFault` for a line over 1 MB, and what the pieces throw.
 */
export async function* linesOf(
  pieces: AsyncIterable<Buffer>,
  goesOn: ((line: Buffer) => boolean) | null,
  form: TextForm,
): AsyncGenerator<Line[]> {
  const { lineEnd } = form;
  let [number, end] = [1, 0];
  let rest = Buffer.alloc(0);
  const take = (bytes: Buffer, whole: boolean, sound: boolean): Line => {
    end += bytes.length;
    const line = { number, ...textOf(bytes, number, sound, form), bytes, end, whole };
    number += goesOn ? endsIn(bytes, lineEnd) : 1;
    return line;
  };
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const lines: Line[] = [];
    // Asked once a piece, since that is quick; only where it is not, line by line.
    const sound = isText(bytes.subarray(0, bytes.lastIndexOf(lineEnd) + 1));
    let from = 0;
    let after = rest.length;
    for (;;) {
      after = bytes.indexOf(lineEnd, after) + 1;
      if (after === 0) break;
      const line = bytes.subarray(from, after);
      if (goesOn && line.length < MAX_JOINED_BYTES && goesOn(line)) continue;
      lines.push(take(line, true, sound));
      from = after;
    }
    rest = bytes.subarray(from);
    if (rest.length > MAX_LINE_BYTES) throw new FileFault(`line ${number} has more than 1 MB`);
    yield lines;
  }
  if (rest.length > 0) yield [take(rest, false, false)];
}

/** True for UTF-8 without a zero byte. */
function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}

function endsIn(bytes: Buffer, lineEnd: number): number {
  let ends = 0;
  for (let at = bytes.indexOf(lineEnd); at >= 0; at = bytes.indexOf(lineEnd, at + 1)) ends++;
  return ends;
}

/** A record's text and number, or why it is no text. */
export function lineOf(
  bytes: Buffer,
  number: number,
  form: TextForm,
): Pick<Line, "number" | "text" | "fault"> {
  return { number, ...textOf(bytes, number, false, form) };
}

/** Without the line's end, and without a byte order mark before the first one. */
function textOf(
  bytes: Buffer,
  number: number,
  sound: boolean,
  { encoding, lineEnd }: TextForm,
): Pick<Line, "text" | "fault"> {
  let end = bytes.length;
  if (bytes[end - 1] === lineEnd) end--;
  if (lineEnd === LINE_FEED && bytes[end - 1] === RETURN) end--;
  if (!sound && !isText(bytes)) {
    const line = bytes.subarray(0, end);
    return { text: escaped(line), fault: notText(line, encoding) };
  }
  const text = bytes.toString("utf8", 0, end);
  return { text: number === 1 && text.startsWith(BOM) ? text.slice(1) : text, fault: null };
}
