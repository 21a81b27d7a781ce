/**
 * What the head of a file tells of it: its format, its columns with the field that each may be, and
 * the forms of its quantities and times. A guess is shown and confirmed before it is used. Pure.
 */
import { FIELDS, fieldName, guessSeparator, namedSeparator, parseRecord } from "./csv.ts";
import type { Mark } from "./decimal-mark.ts";
import { FileFault } from "./fault.ts";
import { type Format, guessFormat } from "./format.ts";
import { type DateForm, guessDates } from "./time-form.ts";

/** A column with some of its values, and the field that it may be. */
export type ColumnGuess = { name: string; values: string[]; field: string | null };

export type Guess = {
  format: Format;
  /** Of separated values; null for other formats. */
  separator: string | null;
  columns: ColumnGuess[];
  decimal: Mark | null;
  dates: DateForm | null;
};

const SAMPLES = 200;
/** Values that a column shows. */
const SHOWN = 3;

/** What other systems call the fields, written as `fieldName` writes them. */
const ALIASES: Readonly<Record<string, string>> = {
  metric: "metric_name",
  meter: "metric_name",
  event_name: "metric_name",
  event_type: "metric_name",
  code: "metric_name",
  sku: "metric_name",
  metrik: "metric_name",
  qty: "quantity",
  amount: "quantity",
  value: "quantity",
  units: "quantity",
  usage: "quantity",
  count: "quantity",
  menge: "quantity",
  anzahl: "quantity",
  time: "timestamp",
  date: "timestamp",
  datetime: "timestamp",
  date_time: "timestamp",
  created_at: "timestamp",
  created: "timestamp",
  occurred_at: "timestamp",
  event_time: "timestamp",
  datum: "timestamp",
  zeit: "timestamp",
  zeitpunkt: "timestamp",
  user: "user_id",
  customer: "user_id",
  customer_id: "user_id",
  account: "user_id",
  account_id: "user_id",
  subject: "user_id",
  kunde: "user_id",
  benutzer: "user_id",
  event_id: "id",
  transaction_id: "id",
  uuid: "id",
};

/** What a file's first lines tell. Errors: `FileFault` for an empty file. */
export function guessFile(lines: readonly string[]): Guess {
  const filled = lines.filter((line) => line.trim() !== "");
  const [first = ""] = filled;
  if (first === "") throw new FileFault("the file is empty");
  const format = formatOf(first);
  if (format !== "csv") return { format, separator: null, columns: [], decimal: null, dates: null };
  const named = namedSeparator(first);
  const [header = "", ...rows] = named === null ? filled : filled.slice(1);
  const separator = named ?? guessSeparator(header);
  const names = parseRecord(header, separator) ?? [header];
  const records = rows.slice(0, SAMPLES).flatMap((row) => {
    const cells = parseRecord(row, separator);
    return cells && cells.length === names.length ? [cells] : [];
  });
  const fields = fieldsOf(names);
  const valuesOf = (field: string) => {
    const at = fields.indexOf(field);
    return at < 0 ? [] : records.map((cells) => cells[at] ?? "");
  };
  return {
    format,
    separator,
    columns: names.map((name, i) => ({
      name: name.trim(),
      values: [...new Set(records.map((cells) => cells[i] ?? ""))].slice(0, SHOWN),
      field: fields[i] ?? null,
    })),
    decimal: guessMark(valuesOf("quantity")),
    dates: guessDates(valuesOf("timestamp")),
  };
}

/** What cannot be told is taken for separated values, whose columns somebody names. */
function formatOf(first: string): Format {
  try {
    return guessFormat(first, undefined);
  } catch (error) {
    const isColumns = [",", ";", "\t", "|"].some((separator) => first.includes(separator));
    if (error instanceof FileFault && isColumns && !/^\s*[[{]/.test(first)) return "csv";
    throw error;
  }
}

/**
 * The field of each column; a field is one column's alone, by its own name before another. Of two
 * columns that have its name somebody says which one it is.
 */
function fieldsOf(names: readonly string[]): (string | null)[] {
  const plain = names.map(fieldName);
  const fields = plain.map((name) =>
    FIELDS.includes(name) || name.startsWith("metadata.") ? name : null,
  );
  for (const [i, name] of plain.entries()) {
    const field = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? null) : null;
    if (fields[i] === null && field !== null && !fields.includes(field)) fields[i] = field;
  }
  return fields.map((field) =>
    fields.indexOf(field) === fields.lastIndexOf(field) ? field : null,
  );
}

/** The decimal mark that any of some quantities tells; null where none does. */
export function guessMark(quantities: readonly string[]): Mark | null {
  for (const quantity of quantities) {
    const text = quantity.trim();
    const [comma, point] = [text.lastIndexOf(","), text.lastIndexOf(".")];
    if (comma >= 0 && point >= 0) return comma > point ? "comma" : "point";
    const last = Math.max(comma, point);
    if (last < 0) continue;
    const isThousands = /^[+-]?[1-9]\d{0,2}([.,]\d{3})+$/.test(text);
    const isRepeated = /[.,].*[.,]/.test(text);
    // Several equal marks stand between thousands; one before three digits may be either.
    if (isRepeated) return comma >= 0 ? "point" : "comma";
    if (!isThousands) return comma >= 0 ? "comma" : "point";
  }
  return null;
}

/** `--map` of the columns that have a field, by their numbers. */
export function mapOf(fields: readonly (string | null)[]): string {
  return fields
    .flatMap((field, i) => (field === null ? [] : [`${field.replace(/[,=]/g, "_")}=#${i + 1}`]))
    .join(",");
}
