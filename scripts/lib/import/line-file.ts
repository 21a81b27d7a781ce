/** A file's lines, read piece by piece, each with its bytes and its place. */
import { createReadStream } from "node:fs";
import { UserError } from "../process.ts";

const PIECE_BYTES = 1 << 20;
const MAX_LINE_BYTES = 1_000_000;
/** A quote that is never closed joins no more than this. */
const MAX_JOINED_BYTES = 65_536;
const LINE_FEED = 10;
const RETURN = 13;
const BOM = "\ufeff";

export type Line = {
  /** From 1; of lines that were joined, the first one's. */
  number: number;
  text: string;
  /** With the line's end. */
  bytes: Buffer;
  /** The file's bytes up to the end of the line. */
  end: number;
  /** False for a last line without a line feed, which may still grow. */
  whole: boolean;
};

/**
 * The lines of each piece that was read; `goesOn` joins a line with the next one. Errors:
 * `UserError` for a file that cannot be read, and for a line over 1 MB.
 */
export async function* readLines(
  path: string,
  goesOn: ((line: Buffer) => boolean) | null,
): AsyncGenerator<Line[]> {
  let [number, end] = [1, 0];
  let rest = Buffer.alloc(0);
  const take = (bytes: Buffer, whole: boolean): Line => {
    end += bytes.length;
    const line = { number, text: textOf(bytes, number), bytes, end, whole };
    number += goesOn ? feedsIn(bytes) : 1;
    return line;
  };
  for await (const piece of piecesOf(path)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const lines: Line[] = [];
    let from = 0;
    let after = rest.length;
    for (;;) {
      after = bytes.indexOf(LINE_FEED, after) + 1;
      if (after === 0) break;
      const line = bytes.subarray(from, after);
      if (goesOn && line.length < MAX_JOINED_BYTES && goesOn(line)) continue;
      lines.push(take(line, true));
      from = after;
    }
    rest = bytes.subarray(from);
    if (rest.length > MAX_LINE_BYTES) throw new UserError(`line ${number} has more than 1 MB`);
    yield lines;
  }
  if (rest.length > 0) yield [take(rest, false)];
}

function feedsIn(bytes: Buffer): number {
  let feeds = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0; at = bytes.indexOf(LINE_FEED, at + 1)) feeds++;
  return feeds;
}

async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: PIECE_BYTES });
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

/** Without the line's end, and without a byte order mark before the first one. */
function textOf(bytes: Buffer, number: number): string {
  let end = bytes.length;
  if (bytes[end - 1] === LINE_FEED) end--;
  if (bytes[end - 1] === RETURN) end--;
  const text = bytes.toString("utf8", 0, end);
  return number === 1 && text.startsWith(BOM) ? text.slice(1) : text;
}
