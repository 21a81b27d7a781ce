/**
 * A database as SQL that reads it back. D1 exports nothing that has a full-text table, unless its
 * tables are named, and then without indexes and triggers; and it takes back no statement of more
 * than 100 KB, which is less than a row may have. Pure.
 */

/** A line of `sqlite_schema`. */
export type Made = { type: string; name: string; sql: string };

/** What makes a schema, by when: tables before the rows, all else behind them. */
export type Schema = { tables: readonly string[]; before: string[]; after: string[] };

const VIRTUAL = /^CREATE VIRTUAL TABLE/i;
/** What the local runtime's checks add, and no deployed database has. */
const GUARD = /^row_guard_/;

/** Sorts what a database is made of; `tables` are those whose rows an export has. */
export function schemaOf(made: readonly Made[]): Schema {
  const virtual = made.filter(({ sql }) => VIRTUAL.test(sql)).map(({ name }) => name);
  const isOwn = ({ name }: Made) =>
    !virtual.some((one) => name === one || name.startsWith(`${one}_`));
  const of = (type: string) => made.filter((one) => one.type === type && !GUARD.test(one.name));
  const tables = of("table").filter(isOwn);
  const texts = (all: readonly Made[]) => all.map(({ sql }) => `${sql};`);
  return {
    tables: tables.map(({ name }) => name),
    before: texts(tables),
    after: [
      ...texts(of("index")),
      ...of("table")
        .filter(({ sql }) => VIRTUAL.test(sql))
        // Their content is other tables' rows.
        .flatMap(({ name, sql }) => [
          `${sql};`,
          `INSERT INTO ${name} (${name}) VALUES ('rebuild');`,
        ]),
      // The last: rows are read back as they are, and not as new ones.
      ...texts(of("trigger")),
    ],
  };
}

/** Bytes of a statement; D1 takes 100,000. */
const MOST_BYTES = 90_000;
/** Characters of a piece, of three bytes at most. */
const PIECE = 25_000;
/** What stays in its row, of which there may be a hundred. */
const SHORT = 250;
const PIECES = "backup_pieces";

/** What makes and drops the table of pieces, around statements that were cut. */
export const MAKE_PIECES = `CREATE TABLE ${PIECES} (cell INTEGER, part INTEGER, value);`;
export const DROP_PIECES = `DROP TABLE ${PIECES};`;

/** An insertion of an export, as statements that D1 takes. Errors: `Error` for any other line. */
export function importable(line: string): string[] {
  if (Buffer.byteLength(line) <= MOST_BYTES) return [line];
  const at = line.indexOf(" VALUES(");
  if (!line.startsWith("INSERT INTO ") || at < 0) throw new Error("a long line is no insertion");
  const pieces: string[] = [];
  const cells = cellsOf(line, at + " VALUES(".length).map((cell, index) => {
    if (cell.text.length <= SHORT) return cell.whole;
    for (const [part, value] of piecesOf(cell).entries()) {
      pieces.push(`INSERT INTO ${PIECES} VALUES(${index},${part},${value});`);
    }
    const joined =
      `(SELECT group_concat(value,'') FROM ` +
      `(SELECT value FROM ${PIECES} WHERE cell=${index} ORDER BY part))`;
    return cell.isBlob ? `CAST(${joined} AS BLOB)` : joined;
  });
  return [...pieces, `${line.slice(0, at)} VALUES(${cells.join(",")});`, `DELETE FROM ${PIECES};`];
}

/** A value as it stands there; `text` is what is between its quotes, `ends` what stands behind. */
type Cell = { whole: string; text: string; isBlob: boolean; ends: string; begins: string };

/** A number, NULL, 'text', X'hex', or replace(…) around a text, once or twice. */
const CELL =
  /((?:replace\()*)('(?:[^']|'')*')((?:,'\\[nr]',char\(1[03]\)\))*)|X'([0-9a-f]*)'|[^,)]+/gy;

function cellsOf(line: string, from: number): Cell[] {
  const cells: Cell[] = [];
  const pattern = new RegExp(CELL);
  for (let at = from; ; at = pattern.lastIndex + 1) {
    pattern.lastIndex = at;
    const [whole, begins = "", quoted, ends = "", hex] = pattern.exec(line) ?? [];
    if (whole === undefined) throw new Error(`a row has no value at ${at}`);
    cells.push({
      whole,
      text: hex ?? quoted?.slice(1, -1) ?? "",
      isBlob: hex !== undefined,
      begins,
      ends,
    });
    if (line[pattern.lastIndex] === ")") return cells;
  }
}

function piecesOf({ text, isBlob, begins, ends }: Cell): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < text.length; ) {
    const to = isBlob ? from + PIECE : edgeAt(text, from, from + PIECE);
    const piece = text.slice(from, to);
    pieces.push(isBlob ? `X'${piece}'` : `${begins}'${piece}'${ends}`);
    from = to;
  }
  return pieces;
}

/** A place up to `to` that parts no doubled quote, no mark of a line break and no surrogates. */
function edgeAt(text: string, from: number, to: number): number {
  if (to >= text.length) return text.length;
  const parts = (at: number) => {
    let quotes = 0;
    while (at - quotes > from && text[at - quotes - 1] === "'") quotes++;
    const isMark = text[at - 1] === "\\" && /[nr]/.test(text[at] ?? "");
    return quotes % 2 === 1 || isMark || /[\ud800-\udbff]/.test(text[at - 1] ?? "");
  };
  let at = to;
  while (parts(at)) at--;
  return at;
}
