/** Pure. Rows as CSV (RFC 4180), safe to open in a spreadsheet. */

/** Without it spreadsheets read the file in the machine's own encoding. */
export const BYTE_ORDER_MARK = "\ufeff";
const NUMBER = /^-?\d+(\.\d+)?$/;

/**
 * Where a cell begins that a spreadsheet would run as a formula. Its sign may be full-width, or
 * stand behind blanks. Where a semicolon or tab separates, a quote inside a line quotes nothing: so
 * a cell may also begin behind each of them, and behind a line's end.
 */
const FORMULA = /(^|[;\t\r\n])(?=[\s"\p{Cf}]*[=+\-@＝＋－＠﹦﹢﹣﹫])/gu;
const CONTROL = /^[\t\r]/;

/** Rows of cells as CSV text, a line each, behind a byte order mark. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return BYTE_ORDER_MARK + csvLines(rows);
}

/** Rows of cells as lines that go on a CSV text. */
export function csvLines(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(text: string): string {
  const safe = NUMBER.test(text) ? text : withoutFormulas(text);
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With an apostrophe before each formula, which makes it text. */
function withoutFormulas(text: string): string {
  const safe = text.replace(FORMULA, "$1'");
  return CONTROL.test(safe) ? `'${safe}` : safe;
}
