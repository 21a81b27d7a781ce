/**
 * A file's records: its lines, or the objects of the lists in a JSON document, whatever its line
 * ends are, so that an answer of another product's API is read as it was saved.
 */

import type { TextForm } from "../../../src/metering/file/encoding.ts";
import type { Reader } from "../../../src/metering/file/format.ts";
import { type Line, lineOf, MAX_LINE_BYTES } from "../../../src/metering/file/line.ts";
import { UserError } from "../process.ts";
import { piecesOf, readLines } from "./line-file.ts";
import { ListScanner } from "./list-scanner.ts";

/** What `reader` reads of a file. Errors: as `readLines`. */
export function readRecords(
  path: string,
  reader: Pick<Reader, "goesOn" | "isList">,
  form: TextForm,
): AsyncGenerator<Line[]> {
  return reader.isList ? readList(path, form) : readLines(path, reader.goesOn, form);
}

/** The objects of lists, numbered as they come; what stands between them is of the next one. */
async function* readList(path: string, form: TextForm): AsyncGenerator<Line[]> {
  const scanner = new ListScanner();
  let [number, end] = [1, 0];
  let rest = Buffer.alloc(0);
  for await (const piece of piecesOf(path, form)) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const records: Line[] = [];
    let from = 0;
    for (const { start, after } of scanner.next(piece)) {
      // Places of the scanner are the file's; those of `bytes` begin behind what was taken.
      const [first, last] = [start - end, after - end];
      end = after;
      const own = bytes.subarray(from, from + last);
      records.push({
        ...lineOf(own.subarray(first), number++, form),
        bytes: own,
        end,
        whole: true,
      });
      from += last;
    }
    rest = bytes.subarray(from);
    if (rest.length > MAX_LINE_BYTES) throw new UserError(`record ${number} has more than 1 MB`);
    yield records;
  }
  if (scanner.isInside) {
    const whole = { number, text: rest.toString("utf8"), fault: "the file ends inside it" };
    yield [{ ...whole, bytes: rest, end: end + rest.length, whole: false }];
  }
}
