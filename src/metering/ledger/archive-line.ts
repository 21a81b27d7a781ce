/**
 * A line of an archive: one event as people read it, with all that the ledger kept of it, so that
 * it can be put back. Pure.
 */
import { scaledInteger } from "../../core/decimal.ts";
import { QUANTITY_DECIMALS, quantityText } from "../../core/quantity.ts";
import { parseTime, timeText } from "../../core/time.ts";
import { encodeLine, eventOf, type Line, type LineTuple, parseLine } from "../event/line.ts";

/** As it stands in the file; what is absent was not there. */
export type ArchivedLine = {
  event_seq: number;
  id: string;
  source: string;
  metric_name: string;
  /** Decimal text: its digits are the exact ones. */
  quantity: string;
  timestamp: string;
  recorded_at: string;
  user_id: string | null;
  metadata: Record<string, unknown>;
  /** The sender named the time. */
  time_given?: true;
  /** The sequence of the event that this one takes back. */
  voids_seq?: number;
  /** What was asked for, where a hard limit took less. */
  requested_quantity?: string;
};

/** An event of the ledger as a line of an archive. */
export function archivedLine({ seq, tuple }: Line): ArchivedLine {
  const event = eventOf(tuple);
  return {
    event_seq: seq,
    id: event.id,
    source: event.source,
    metric_name: event.metric,
    quantity: quantityText(event.micro),
    timestamp: timeText(event.atMs),
    recorded_at: timeText(event.receivedMs),
    user_id: event.userId,
    metadata: event.metadata ?? {},
    ...(event.timeGiven ? { time_given: true } : {}),
    ...(event.voidsSeq === null ? {} : { voids_seq: event.voidsSeq }),
    ...(event.requestedMicro === null
      ? {}
      : { requested_quantity: quantityText(event.requestedMicro) }),
  };
}

/** The journal line of an archived event. Errors: RangeError for a line that is none. */
export function journalLine(line: ArchivedLine): string {
  const { metadata } = line;
  return encodeLine({
    id: line.id,
    source: line.source,
    metric: line.metric_name,
    micro: microOf(line.quantity),
    atMs: timeOf(line.timestamp),
    receivedMs: timeOf(line.recorded_at),
    userId: line.user_id,
    metadata: Object.keys(metadata).length === 0 ? null : metadata,
    voidsSeq: line.voids_seq ?? null,
    timeGiven: line.time_given === true,
    requestedMicro: line.requested_quantity === undefined ? null : microOf(line.requested_quantity),
  });
}

/** The same, parsed. */
export function journalTuple(line: ArchivedLine): LineTuple {
  return parseLine(journalLine(line));
}

function timeOf(text: string): number {
  const ms = parseTime(text);
  if (ms === null) throw new RangeError(`an archive holds no time: ${text}`);
  return ms;
}

/** Micro-units of decimal text; those of a void are below zero. */
function microOf(text: string): bigint {
  const scaled = scaledInteger(text, QUANTITY_DECIMALS);
  if (!scaled.ok) throw new RangeError(`an archive holds no quantity: ${text}`);
  return scaled.value;
}

/** Lines as NDJSON. */
export function ndjsonOf(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(archivedLine(line))}\n`).join("");
}

/** The lines of NDJSON. */
export function linesOfNdjson(text: string): ArchivedLine[] {
  return text
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => JSON.parse(row) as ArchivedLine);
}
