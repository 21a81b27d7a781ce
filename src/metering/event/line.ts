/**
 * The journal line: one accepted event as a JSON array, the form that the object's log and the
 * ledger's segments keep verbatim. Pure.
 */
/** A missing source. */
export const DEFAULT_SOURCE = "api";
/**
 * id, metric, micro-units (text beyond 2^53), event time, then, each 0 or absent where there is
 * none: user, metadata, source other than `api`, receipt time where the event named its own, the
 * sequence it voids, and the quantity asked for where a limit capped it.
 */
export type LineTuple = [
  id: string,
  metric: string,
  micro: number | string,
  atMs: number,
  user?: string | 0,
  metadata?: Record<string, unknown> | 0,
  source?: string | 0,
  receivedMs?: number,
  voidsSeq?: number,
  requestedMicro?: number | string,
];

/** A line with its sequence. */
export type Line = { seq: number; tuple: LineTuple };

export type Event = {
  id: string;
  source: string;
  metric: string;
  micro: bigint;
  atMs: number;
  receivedMs: number;
  userId: string | null;
  metadata: Record<string, unknown> | null;
  /** The sequence of the event that this one takes back. */
  voidsSeq: number | null;
  /** True where the caller named the time: it is then part of the payload. */
  timeGiven: boolean;
  requestedMicro: bigint | null;
};

const LAST_EXACT = 2n ** 53n;

/** Micro-units as they stand in a line: a number while a double holds it exactly, else text. */
export type LineMicro = number | string;

/** Micro-units in the form that a line keeps. */
export function lineMicro(micro: bigint): LineMicro {
  return micro < LAST_EXACT && micro > -LAST_EXACT ? Number(micro) : micro.toString();
}

/** JSON text of a string without control characters, which most are without an escape. */
export function quoted(text: string): string {
  return text.includes('"') || text.includes("\\") ? JSON.stringify(text) : `"${text}"`;
}

/** The line of an event. */
export function encodeLine(event: Event): string {
  const tuple: LineTuple = [
    event.id,
    event.metric,
    lineMicro(event.micro),
    event.atMs,
    event.userId ?? 0,
    event.metadata ?? 0,
    event.source === DEFAULT_SOURCE ? 0 : event.source,
    event.timeGiven ? event.receivedMs : 0,
    event.voidsSeq ?? 0,
    event.requestedMicro === null ? 0 : lineMicro(event.requestedMicro),
  ];
  while (tuple.length > 4 && tuple.at(-1) === 0) tuple.pop();
  return JSON.stringify(tuple);
}

/** The event of a parsed line. */
export function eventOf(tuple: LineTuple): Event {
  const [id, metric, micro, atMs, user, metadata, source, receivedMs, voidsSeq, requested] = tuple;
  return {
    id,
    metric,
    micro: BigInt(micro),
    atMs,
    userId: user || null,
    metadata: metadata || null,
    source: source || DEFAULT_SOURCE,
    receivedMs: receivedMs || atMs,
    timeGiven: Boolean(receivedMs),
    voidsSeq: voidsSeq || null,
    requestedMicro: requested ? BigInt(requested) : null,
  };
}

/** One line, parsed. */
export function parseLine(line: string): LineTuple {
  return JSON.parse(line) as LineTuple;
}

/** All lines of a body, parsed in one go. */
export function parseLines(body: string): LineTuple[] {
  return body === "" ? [] : (JSON.parse(`[${body.replaceAll("\n", ",")}]`) as LineTuple[]);
}

/** A body in pieces of at most `maxEvents` lines. */
export function cutLines(body: string, maxEvents: number): string[] {
  const pieces: string[] = [];
  for (let from = 0; from < body.length; ) {
    let end = from - 1;
    for (let i = 0; i < maxEvents && end < body.length; i++) {
      const next = body.indexOf("\n", end + 1);
      end = next < 0 ? body.length : next;
    }
    pieces.push(body.slice(from, end));
    from = end + 1;
  }
  return pieces;
}
