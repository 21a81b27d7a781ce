/** The files that can be imported, and the events in their lines. Pure. */
import { parseVisit, usageOf } from "../access-log.ts";
import { UserError } from "../process.ts";
import { columnsOf, isOpen, itemOfRecord, parseRecord } from "./csv.ts";
import { Occurrences } from "./occurrence.ts";
import { eventOfReject, isReject } from "./reject.ts";

export const FORMATS = ["ndjson", "csv", "log", "rejects"] as const;
export type Format = (typeof FORMATS)[number];

/** An event as it is sent, and the fields of it that matter here. */
export type Usage = { text: string; item: Record<string, unknown> };
/** A line's events, none for a header or an empty line; or why it has none. */
export type Reading = { events: Usage[] } | { fault: string };

const NOTHING: Reading = { events: [] };
const NEEDS_NAME = "an event needs an id or a timestamp, or it would count again with each import";

/** The format of a file that begins with this line. Errors: `UserError` where it cannot be told. */
export function guessFormat(first: string, map: string | undefined): Format {
  if (map !== undefined) return "csv";
  if (isReject(first)) return "rejects";
  if (first.trimStart().startsWith("{")) return "ndjson";
  if (parseVisit(first, 1)) return "log";
  if (parseRecord(first)?.some((name) => name.trim() === "quantity")) return "csv";
  throw new UserError("the file's format cannot be told from its first line: say --format");
}

/** Reads a file's lines in their order, since ids count equal lines. */
export class LineReader {
  readonly #occurrences = new Occurrences();
  readonly #read: (text: string) => Reading;
  readonly format: Format;

  /** `parse`: of JSON; an exact one where quantities are added up, a quick one elsewhere. */
  constructor(format: Format, map: string | undefined, parse: Parse = JSON.parse) {
    this.format = format;
    const name = (text: string) => this.#occurrences.idOf(text);
    this.#read = {
      ndjson: (text: string) => readJson(text, text, { name, parse }),
      csv: readerOfCsv(map, name),
      log: (text: string) => readVisit(text, name),
      rejects: (text: string) => readReject(text, { name, parse }),
    }[format];
  }

  /** Errors: `UserError` for a CSV header that gives no event. */
  read(text: string): Reading {
    return text.trim() === "" ? NOTHING : this.#read(text);
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

function readVisit(line: string, name: Name): Reading {
  const visit = parseVisit(line, 0, () => name(line));
  if (!visit) return { fault: "neither the Common nor the Combined log format" };
  return { events: usageOf(visit).map((item) => ({ text: JSON.stringify(item), item })) };
}

function readerOfCsv(map: string | undefined, name: Name): (text: string) => Reading {
  let header: string[] | null = null;
  let columns: ReturnType<typeof columnsOf> = [];
  return (text) => {
    const cells = parseRecord(text);
    if (!cells) return { fault: "quotes that do not close" };
    if (!header) {
      columns = columnsOf(cells, map);
      header = cells;
      return NOTHING;
    }
    if (cells.length !== header.length) {
      return { fault: `${cells.length} cells; the header has ${header.length}` };
    }
    const item = itemOfRecord(cells, columns);
    if (item.id === undefined && item.timestamp === undefined) return { fault: NEEDS_NAME };
    item.id ??= name(text);
    return { events: [{ text: JSON.stringify(item), item }] };
  };
}
