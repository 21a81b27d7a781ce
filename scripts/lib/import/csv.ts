/**
 * Comma-separated values (RFC 4180), and which column is which field of an event: by `--map`, or by
 * the header's own names. Pure.
 */
import { UserError } from "../process.ts";

/** Fields of an event that a column can be; `metadata.NAME` besides. */
const FIELDS = ["id", "metric_name", "quantity", "timestamp", "user_id", "source"];

/** The cells of a record, or null where its quotes do not close. */
export function parseRecord(text: string): string[] | null {
  if (!text.includes('"')) return text.split(",");
  const cells: string[] = [];
  for (let at = 0; ; ) {
    const end = cellEnd(text, at);
    if (end === null) return null;
    const cell = text.slice(at, end);
    cells.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === text.length) return cells;
    at = end + 1;
  }
}

/** Where the comma or the end after a cell is; null where its quotes do not close. */
function cellEnd(text: string, at: number): number | null {
  if (text[at] !== '"') {
    const comma = text.indexOf(",", at);
    return comma < 0 ? text.length : comma;
  }
  for (let quote = at + 1; ; quote += 2) {
    quote = text.indexOf('"', quote);
    if (quote < 0) return null;
    if (text[quote + 1] === '"') continue;
    return quote + 1 === text.length || text[quote + 1] === "," ? quote + 1 : null;
  }
}

/** True where a record goes on in the next line: a quoted cell may hold a line's end. */
export function isOpen(line: Buffer): boolean {
  let open = false;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) open = !open;
  return open;
}

export type Columns = { field: string; index: number }[];

/**
 * The columns in a header that are fields: as `--map field=column,…` says, else by their names.
 * Errors: `UserError` for a map or a header that gives no event.
 */
export function columnsOf(header: string[], map: string | undefined): Columns {
  const names = header.map((name) => name.trim());
  const pairs =
    map === undefined ? names.filter(isField).map((name) => [name, name]) : pairsOf(map);
  const columns = pairs.map(([field = "", column = ""]) => {
    const index = names.indexOf(column);
    if (!isField(field)) throw new UserError(`--map: ${field} is no field of an event`);
    if (index < 0) throw new UserError(`--map: no column is called ${column}: ${names.join(", ")}`);
    return { field, index };
  });
  const missing = ["metric_name", "quantity"].filter(
    (field) => !columns.some((column) => column.field === field),
  );
  if (missing.length === 0) return columns;
  throw new UserError(
    `which column is ${missing.join(" and ")}? Say --map metric_name=…,quantity=…,timestamp=…; ` +
      `the columns are ${names.join(", ")}`,
  );
}

function isField(name: string): boolean {
  return FIELDS.includes(name) || /^metadata\../.test(name);
}

function pairsOf(map: string): string[][] {
  return map.split(",").map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new UserError(`--map takes field=column,…, not ${pair}`);
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
