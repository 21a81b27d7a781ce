/**
 * Separated values (RFC 4180 and what spreadsheets make of it), and which column is which field of
 * an event: by `--map`, or by the header's own names. Pure.
 */
import { FileFault } from "./fault.ts";
import type { TimeOptions } from "./time-form.ts";

/** Fields of an event that a column can be; `metadata.NAME` besides. */
export const FIELDS = ["id", "metric_name", "quantity", "timestamp", "user_id", "source"];
const NEEDED = ["metric_name", "quantity"];
const COMMA = ",";
const SEPARATORS = [COMMA, ";", "\t", "|"];
/** A spreadsheet's own first line that names the separator. */
const SEP_LINE = /^"?sep=(.)"?$/i;

/** How a file's cells are written, as options say; what they leave open is told by the file. */
export type CsvOptions = TimeOptions & {
  map?: string | undefined;
  separator?: string | undefined;
  /** `comma` or `point`. */
  decimal?: string | undefined;
  /** Fields that have one value in all records: `metric_name=tokens,quantity=1`. */
  set?: string | undefined;
};

/** The cells of a record, or null where its quotes do not close. */
export function parseRecord(text: string, separator = COMMA): string[] | null {
  if (!text.includes('"')) return text.split(separator);
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const end = cellEnd(text, at, separator);
    if (end === null) return null;
    const cell = text.slice(at, end);
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === text.length) return cells;
    at = end + 1;
  }
}

/** Where the separator or the end after a cell is; null where its quotes do not close. */
function cellEnd(text: string, at: number, separator: string): number | null {
  if (text[at] !== '"') {
    const next = text.indexOf(separator, at);
    return next < 0 ? text.length : next;
  }
  for (let quote = at + 1; ; quote += 2) {
    quote = text.indexOf('"', quote);
    if (quote < 0) return null;
    if (text[quote + 1] === '"') continue;
    return quote + 1 === text.length || text[quote + 1] === separator ? quote + 1 : null;
  }
}

/** True where a record goes on in the next line: a quoted cell may hold a line's end. */
export function isOpen(line: Buffer): boolean {
  let open = false;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) open = !open;
  return open;
}

/** The separator that a line `sep=` names, or null for any other line. */
export function namedSeparator(line: string): string | null {
  return SEP_LINE.exec(line)?.[1] ?? null;
}

/** Errors: `FileFault` for what is not one character. */
export function separatorOf(option: string | undefined): string | null {
  if (option === undefined) return null;
  if (option === "tab" || option === "\\t") return "\t";
  if (option.length === 1 && option !== '"') return option;
  throw new FileFault(`--separator is one character, or tab, not ${option}`);
}

/** The separator by which a header has an event's fields, or else the most cells. */
export function guessSeparator(header: string): string {
  const cellsBy = (separator: string) => parseRecord(header, separator) ?? [];
  const fieldsBy = (separator: string) =>
    cellsBy(separator).filter((name) => FIELDS.includes(fieldName(name))).length;
  return SEPARATORS.toSorted(
    (a, b) => fieldsBy(b) - fieldsBy(a) || cellsBy(b).length - cellsBy(a).length,
  )[0] as string;
}

/** True for a header whose names, by some separator, are those of an event. */
export function isHeader(line: string): boolean {
  const names = parseRecord(line, guessSeparator(line)) ?? [];
  return names.some((name) => fieldName(name) === "quantity");
}

export type Columns = { field: string; index: number }[];

/**
 * The columns in a header that are fields: as `--map field=column,…` says, else by their names,
 * whatever their case. Errors: `FileFault` for a map or a header that gives no event, and for a
 * name that two columns have.
 */
export function columnsOf(
  header: string[],
  map: string | undefined,
  fixed: Readonly<Record<string, string>> = {},
): Columns {
  const names = header.map((name) => name.trim());
  const columns = map === undefined ? ownColumns(names) : mappedColumns(names, map);
  const twice = columns.find(({ field }, i) => columns.findIndex((c) => c.field === field) !== i);
  if (twice) throw new FileFault(`--map gives two columns to ${twice.field}`);
  const missing = NEEDED.filter(
    (field) => fixed[field] === undefined && !columns.some((column) => column.field === field),
  );
  if (missing.length === 0) return columns.filter(({ field }) => fixed[field] === undefined);
  throw new FileFault(
    `which column is ${missing.join(" and ")}? Say --map metric_name=…,quantity=…,timestamp=…; ` +
      `the columns are ${names.join(", ")}`,
  );
}

/** The fields that have one value in all records. Errors: `FileFault` for what is no field. */
export function fixedFields(set: string | undefined): Record<string, string> {
  if (set === undefined || set === "") return {};
  return Object.fromEntries(
    pairsOf(set, "--set").map(([field = "", value = ""]) => {
      const isKnown = isField(field) && !field.startsWith("metadata.") && field !== "id";
      if (!isKnown) throw new FileFault(`--set: ${field} is no field that all events can share`);
      return [field, value];
    }),
  );
}

function ownColumns(names: string[]): Columns {
  const fields = names.map(fieldName);
  return [...new Set(fields.filter(isField))].map((field) => ({
    field,
    index: onlyIndex(fields, field, field),
  }));
}

function mappedColumns(names: string[], map: string): Columns {
  return pairsOf(map).map(([field = "", column = ""]) => {
    if (!isField(field)) throw new FileFault(`--map: ${field} is no field of an event`);
    const number = /^#([1-9]\d*)$/.exec(column)?.[1];
    if (number !== undefined && !names.includes(column)) {
      if (Number(number) <= names.length) return { field, index: Number(number) - 1 };
      throw new FileFault(`--map: there is no column ${column}; the header has ${names.length}`);
    }
    if (names.includes(column)) return { field, index: onlyIndex(names, column, field) };
    const lower = names.map((name) => name.toLowerCase());
    if (lower.includes(column.toLowerCase())) {
      return { field, index: onlyIndex(lower, column.toLowerCase(), field) };
    }
    throw new FileFault(`--map: no column is called ${column}: ${names.join(", ")}`);
  });
}

/** Errors: `FileFault` where two columns have the name. */
function onlyIndex(names: string[], name: string, field: string): number {
  const at = names.flatMap((each, i) => (each === name ? [i] : []));
  if (at.length === 1) return at[0] as number;
  const numbers = at.map((i) => i + 1);
  throw new FileFault(
    `the header has ${at.length} columns called ${name}: columns ${numbers.join(" and ")}. Say ` +
      `which one is ${field} by its number: --map ${field}=#${numbers[0]},… for each field`,
  );
}

/** A header's name as fields are called: `Metric Name` is metric_name. */
export function fieldName(name: string): string {
  const text = name.trim();
  if (/^metadata\../i.test(text)) return `metadata.${text.slice("metadata.".length)}`;
  return text.toLowerCase().replace(/[\s-]+/g, "_");
}

function isField(name: string): boolean {
  return FIELDS.includes(name) || /^metadata\../.test(name);
}

function pairsOf(map: string, option = "--map"): string[][] {
  return map.split(",").map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new FileFault(`${option} takes field=column,…, not ${pair}`);
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
}

/** The event in a record; a cell without text is a field without value. */
export function itemOfRecord(cells: string[], columns: Columns): Record<string, unknown> {
  const item: Record<string, unknown> = {};
  const metadata: Record<string, string> = {};
  for (const { field, index } of columns) {
    const value = cells[index] ?? "";
    if (value === "") continue;
    if (field.startsWith("metadata.")) metadata[field.slice("metadata.".length)] = value;
    else item[field] = value;
  }
  return Object.keys(metadata).length === 0 ? item : { ...item, metadata };
}
