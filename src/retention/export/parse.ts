/**
 * The lines of an export's files as they are read back: whatever somebody wrote into them is either
 * what an export holds, or refused by its line. Pure.
 */
import { invalidField } from "../../core/errors.ts";
import {
  type ArchivedLine,
  journalLine,
  linesOfNdjson,
} from "../../metering/ledger/archive-line.ts";
import type { Row, TableRow } from "./rows.ts";

/** The rows of NDJSON. Errors: 422 with the line that is no row. */
export function rowsOfText(text: string): TableRow[] {
  const rows: TableRow[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line === "") continue;
    const row = rowOf(parsed(line));
    if (row === null) throw invalidField("/rows", `have a line ${i + 1} that is no row of a table`);
    rows.push(row);
  }
  return rows;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function rowOf(value: unknown): TableRow | null {
  if (typeof value !== "object" || value === null) return null;
  const { table, row } = value as { table?: unknown; row?: unknown };
  if (typeof table !== "string" || typeof row !== "object" || row === null) return null;
  const isPlain = (one: unknown) =>
    one === null || typeof one === "string" || (typeof one === "number" && Number.isFinite(one));
  if (Array.isArray(row) || !Object.values(row).every(isPlain)) return null;
  return { table, row: row as Row };
}

/** Lines of events, and each as the ledger keeps it. Errors: 422 with the one that is none. */
export function eventsOfText(text: string): { seq: number; body: string }[] {
  const lines = linesOf(text);
  return lines.map((line, i) => {
    try {
      if (!isEvent(line)) throw new RangeError("not an event");
      return { seq: line.event_seq, body: journalLine(line) };
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw invalidField("/events", `have a line ${i + 1} that is no event`);
    }
  });
}

function linesOf(text: string): ArchivedLine[] {
  try {
    return linesOfNdjson(text);
  } catch {
    throw invalidField("/events", "are not lines of JSON");
  }
}

const TEXTS = ["id", "source", "metric_name", "quantity", "timestamp", "recorded_at"] as const;

function isEvent(line: unknown): line is ArchivedLine {
  if (typeof line !== "object" || line === null) return false;
  const { event_seq, user_id, metadata, voids_seq, requested_quantity, ...rest } =
    line as ArchivedLine;
  const isSeq = (seq: unknown) => Number.isSafeInteger(seq) && Number(seq) > 0;
  return (
    isSeq(event_seq) &&
    TEXTS.every((name) => typeof rest[name] === "string") &&
    (user_id === null || typeof user_id === "string") &&
    (voids_seq === undefined || (isSeq(voids_seq) && voids_seq < event_seq)) &&
    (requested_quantity === undefined || typeof requested_quantity === "string") &&
    typeof metadata === "object" &&
    metadata !== null &&
    !Array.isArray(metadata)
  );
}
