/** A file's lines, read piece by piece, each with its bytes and its place. */
import { closeSync, createReadStream, openSync, readSync, statSync } from "node:fs";
import { formOf, type TextForm, UTF_8, Utf8Of } from "../../../src/metering/file/encoding.ts";
import { type Line, linesOf } from "../../../src/metering/file/line.ts";
import { saidOf } from "../user-file.ts";

const PIECE_BYTES = 1 << 20;
const HEAD_BYTES = 65_536;
const BOM = "\ufeff";

/**
 * The lines of each piece that was read; `goesOn` joins a line with the next one. Errors:
 * `UserError` for a file that cannot be read, and for a line over 1 MB.
 */
export function readLines(
  path: string,
  goesOn: ((line: Buffer) => boolean) | null,
  form: TextForm = UTF_8,
): AsyncGenerator<Line[]> {
  return linesOf(piecesOf(path, form), goesOn, form);
}

/** A file's bytes in UTF-8, piece by piece. Errors: `UserError` for one that cannot be read. */
export async function* piecesOf(path: string, { encoding }: TextForm): AsyncGenerator<Buffer> {
  const utf8 = new Utf8Of(encoding);
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
      yield utf8.of(piece);
    }
  } catch (error) {
    throw saidOf(path, error);
  }
  yield utf8.end();
}

/** About how many bytes a file has in UTF-8. */
export function bytesIn(path: string, { encoding }: TextForm): number {
  const { size } = statSync(path);
  return encoding.startsWith("utf-16") ? size / 2 : size;
}

/** How a file's text begins: at most its first megabyte. Errors: as `readLines`. */
export async function headOf(path: string, form: TextForm): Promise<string> {
  for await (const piece of piecesOf(path, form)) {
    const text = piece.toString("utf8");
    return text.startsWith(BOM) ? text.slice(1) : text;
  }
  return "";
}

/** How a file is written, by its first bytes or as `named`. Errors: `UserError`. */
export function formOfFile(path: string, named: string | undefined): TextForm {
  const head = Buffer.alloc(HEAD_BYTES);
  let length = 0;
  try {
    const file = openSync(path, "r");
    length = readSync(file, head);
    closeSync(file);
  } catch (error) {
    throw saidOf(path, error);
  }
  return formOf(head.subarray(0, length), named);
}
