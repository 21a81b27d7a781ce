/** The files that can be imported, and the events in their lines. Pure. */
import { parseVisit, startOfVisit, usageOf } from "./access-log.ts";
import {
  type CsvOptions,
  columnsOf,
  fixedFields,
  guessSeparator,
  isHeader,
  isOpen,
  itemOfRecord,
  namedSeparator,
  parseRecord,
  separatorOf,
} from "./csv.ts";
import { markOf, plainQuantity } from "./decimal-mark.ts";
import { FileFault } from "./fault.ts";
import type { Line } from "./line.ts";
import { Occurrences } from "./occurrence.ts";
import { eventOfReject, isReject } from "./reject.ts";
import { timeReader } from "./time-form.ts";

export const FORMATS = ["ndjson", "csv", "log", "rejects"] as const;
export type Format = (typeof FORMATS)[number];

/** Reads the records of a file, in their order. */
export type Reader = {
  /** The name of what is read. */
  readonly format: string;
  /** What people are told that the file was found to be; null where they need not be. */
  readonly about: string | null;
  /** True where records are the objects of lists in JSON, and no lines. */
  readonly isList: boolean;
  /** Says where the next line belongs to a line; null where none does. */
  readonly goesOn: ((line: Buffer) => boolean) | null;
  /** True where an id that was used is known, whatever else its event says now. */
  readonly knowsById: boolean;
  /** What has to be done before what was read so far is sent; null for nothing. */
  readonly prepare: (() => Promise<void>) | null;
  /** A record, or why it is none. Errors: `FileFault` for a CSV header that gives no event. */
  readLine: (line: Line) => Reading;
};

/** An event as it is sent, and the fields of it that matter here. */
export type Usage = { text: string; item: Record<string, unknown> };
/** A line's events, none for a header or an empty line; or why it has none. */
export type Reading = { events: Usage[] } | { fault: string };

const NOTHING: Reading = { events: [] };
const NEEDS_NAME = "an event needs an id or a timestamp, or it would count again with each import";

/** What options say of the lines. */
export type ReadOptions = CsvOptions & {
  /** Which field of an access log is the client, from 1. */
  clientField?: number | undefined;
};

/** The format of a file that begins with this line. Errors: `FileFault` where it cannot be told. */
export function guessFormat(first: string, map: string | undefined): Format {
  if (map !== undefined) return "csv";
  if (isReject(first)) return "rejects";
  const start = first.trimStart();
  if (start.startsWith("{")) return "ndjson";
  if (start.startsWith("[{") || start === "[") {
    throw new FileFault("the file is a JSON array: write an object a line (jq -c '.[]')");
  }
  if (startOfVisit(first) !== null) return "log";
  if (namedSeparator(first) !== null || isHeader(first)) return "csv";
  const shown = JSON.stringify(start.slice(0, 80));
  throw new FileFault(
    `the file's format cannot be told from its first line, ${shown}: ` +
      "say --map metric_name=…,quantity=…,timestamp=… for the columns of CSV, or --format",
  );
}

/** Reads a file's lines in their order, since ids count equal lines. */
export class LineReader implements Reader {
  readonly #occurrences = new Occurrences();
  readonly #read: (text: string) => Reading;
  readonly format: Format;
  readonly about = null;
  readonly isList = false;
  readonly knowsById = false;
  readonly prepare = null;

  /**
   * `parse`: of JSON; an exact one where quantities are added up, a quick one elsewhere. Errors:
   * `FileFault` for options that mean nothing.
   */
  constructor(format: Format, options: ReadOptions = {}, parse: Parse = JSON.parse) {
    this.format = format;
    const name = (text: string) => this.#occurrences.idOf(text);
    this.#read = {
      ndjson: (text: string) => readJson(text, text, { name, parse }),
      csv: readerOfCsv(options, name),
      log: (text: string) => readVisit(text, name, options.clientField),
      rejects: (text: string) => readReject(text, { name, parse }),
    }[format];
  }

  /** Errors: `FileFault` for a CSV header that gives no event. */
  read(text: string): Reading {
    return text.trim() === "" ? NOTHING : this.#read(text);
  }

  /** A line of a file, or why it is no text. Errors: `FileFault`, as `read`. */
  readLine({ text, fault, number }: Line): Reading {
    if (fault === null) return this.read(text);
    if (number === 1 && this.format === "csv") throw new FileFault(`the header is ${fault}`);
    return { fault };
  }

  /** Says where the next line belongs to a line; null where none does. */
  get goesOn(): ((line: Buffer) => boolean) | null {
    return this.format === "csv" ? isOpen : null;
  }
}

type Name = (text: string) => string;
type Parse = (text: string) => unknown;

function readJson(
  text: string,
  line: string,
  { name, parse }: { name: Name; parse: Parse },
): Reading {
  let item: unknown;
  try {
    item = parse(text);
  } catch (error) {
    return { fault: `not JSON: ${(error as Error).message}` };
  }
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return { fault: "not a JSON object" };
  }
  const event = item as Record<string, unknown>;
  if (event.id !== undefined) return { events: [{ text, item: event }] };
  if (event.timestamp === undefined) return { fault: NEEDS_NAME };
  const id = name(line);
  // Into the text, so that number literals keep their digits.
  const named = `{"id":"${id}",${text.trimStart().slice(1)}`;
  return { events: [{ text: named, item: { ...event, id } }] };
}

function readReject(line: string, by: { name: Name; parse: Parse }): Reading {
  const event = eventOfReject(line);
  return event === null ? { fault: "a reject that could not be read" } : readJson(event, line, by);
}

function readVisit(line: string, name: Name, clientField: number | undefined): Reading {
  const visit = parseVisit(line, 0, () => name(line), clientField);
  if (!visit) return { fault: logFault(line, clientField) };
  return { events: usageOf(visit).map((item) => ({ text: JSON.stringify(item), item })) };
}

function logFault(line: string, clientField: number | undefined): string {
  const start = startOfVisit(line);
  if (start === null || parseVisit(line, 0, () => "", 1) === null) {
    return "neither the Common nor the Combined log format";
  }
  return clientField === undefined
    ? `two addresses before the time, ${start}: say --client-field 1 or 2`
    : `no field ${clientField} before the time, ${start}`;
}

function readerOfCsv(options: CsvOptions, name: Name): (text: string) => Reading {
  const mark = markOf(options.decimal);
  const fixed = fixedFields(options.set);
  const readTime = timeReader(options);
  let separator = separatorOf(options.separator);
  let header: string[] | null = null;
  let columns: ReturnType<typeof columnsOf> = [];
  const readHeader = (text: string): Reading => {
    const named = namedSeparator(text);
    if (named !== null) {
      separator ??= named;
      return NOTHING;
    }
    separator ??= guessSeparator(text);
    header = parseRecord(text, separator);
    if (!header) throw new FileFault("the header has quotes that do not close");
    columns = columnsOf(header, options.map, fixed);
    return NOTHING;
  };
  return (text) => {
    if (!header || separator === null) return readHeader(text);
    const cells = parseRecord(text, separator);
    if (!cells) return { fault: "quotes that do not close" };
    if (cells.length !== header.length) {
      return { fault: `${cells.length} cells; the header has ${header.length}` };
    }
    const item: Record<string, unknown> = { ...fixed, ...itemOfRecord(cells, columns) };
    if (item.id === undefined && item.timestamp === undefined) return { fault: NEEDS_NAME };
    if (typeof item.quantity === "string" && /[.,\s]/.test(item.quantity)) {
      const plain = plainQuantity(item.quantity, mark, separator);
      if ("fault" in plain) return plain;
      item.quantity = plain.text;
    }
    if (typeof item.timestamp === "string") {
      const time = readTime(item.timestamp);
      if ("fault" in time) return time;
      item.timestamp = time.text;
    }
    item.id ??= name(text);
    return { events: [{ text: JSON.stringify(item), item }] };
  };
}
