/**
 * The journal line: one accepted event as a JSON array, the form that the object's log and the
 * ledger's segments keep verbatim. Pure.
 */
import { hash32, hash128, hashNumber } from "./hash.ts";

/** A missing source. */
export const DEFAULT_SOURCE = "api";
/** Words of a key: four of identity, one of payload digest. */
export const KEY_WORDS = 5;

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

/** Micro-units as they stand in a line: a number while a double holds it, else text. */
export type LineMicro = number | string;

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

/** A line found in a body, and which of its lines it is. */
export type Found = { index: number; tuple: LineTuple };

/** The lines of one user's events; text is searched so that no other line need be parsed. */
export function linesOfUser(body: string, user: string): Found[] {
  return parseAt(body, placesOf(body, `,${quoted(user)}`)).filter(({ tuple }) => tuple[4] === user);
}

const TIME_DIGITS = 13;
/** Times whose digits are so many. */
const DIGITS_FROM_MS = 10 ** (TIME_DIGITS - 1);
const DIGITS_TO_MS = 10 ** TIME_DIGITS;
/** Milliseconds that share the digits that are searched for. */
const SHARED_MS = 1_000_000;

/** The lines of events in [startMs, endMs), found like those of a user. */
export function linesWithin(body: string, startMs: number, endMs: number): Found[] {
  const isWithin = (ms: number) => ms >= startMs && ms < endMs;
  const byParsing = startMs < DIGITS_FROM_MS || endMs > DIGITS_TO_MS;
  const places = byParsing ? placesOf(body, "[") : new Set<number>();
  for (let at = Math.floor(startMs / SHARED_MS); at * SHARED_MS < endMs && !byParsing; at++) {
    const digits = (hit: number) => Number(body.slice(hit + 1, hit + 1 + TIME_DIGITS));
    for (const place of placesOf(body, `,${at}`, (hit) => isWithin(digits(hit)))) places.add(place);
  }
  return parseAt(body, places).filter(({ tuple }) => isWithin(tuple[3]));
}

/** Where the lines begin that hold a text, at a place that is accepted. */
function placesOf(body: string, text: string, accepts?: (hit: number) => boolean): Set<number> {
  const places = new Set<number>();
  for (let hit = body.indexOf(text); hit >= 0; ) {
    if (accepts && !accepts(hit)) {
      hit = body.indexOf(text, hit + 1);
      continue;
    }
    places.add(body.lastIndexOf("\n", hit) + 1);
    const end = body.indexOf("\n", hit);
    hit = end < 0 ? -1 : body.indexOf(text, end);
  }
  return places;
}

function parseAt(body: string, places: ReadonlySet<number>): Found[] {
  const found: Found[] = [];
  let [index, counted] = [0, 0];
  for (const place of [...places].sort((a, b) => a - b)) {
    for (; counted < place; index++) counted = body.indexOf("\n", counted) + 1;
    const end = body.indexOf("\n", place);
    found.push({ index, tuple: parseLine(body.slice(place, end < 0 ? undefined : end)) });
  }
  return found;
}

/**
 * A function of a name that is asked for the same one many times in a row: to compare two texts
 * costs a tenth of looking one up in a Map, which interns it first.
 */
export function inRows<T>(of: (name: string) => T): (name: string) => T {
  let last: { name: string; value: T } | null = null;
  return (name) => {
    if (last?.name !== name) last = { name, value: of(name) };
    return last.value;
  };
}

/** A hash per name, remembered: sources and metrics are few. */
function remembered(seed: number): (name: string) => number {
  const hashes = new Map<string, number>();
  return inRows((name) => {
    let hash = hashes.get(name);
    if (hash === undefined) {
      hash = hash32(name, seed);
      if (hashes.size > 1_000) hashes.clear();
      hashes.set(name, hash);
    }
    return hash;
  });
}

/** The seed that a source gives to the identity of its ids. */
const sourceSeed = remembered(0x9747b28c);
const metricSeed = remembered(1);

/**
 * Writes an event's key to `out[at..at+4]`: the identity of (source, id), then the digest of its
 * payload (metric, quantity, user, metadata, and time where given). `metadata` is canonical JSON.
 */
export function writeKey(
  out: Uint32Array,
  at: number,
  of: {
    source: string;
    id: string;
    metric: string;
    micro: number | string;
    user: string | 0;
    metadata: string;
    timeMs: number;
  },
): void {
  hash128(of.id, sourceSeed(of.source), out, at);
  let digest = metricSeed(of.metric);
  const { micro } = of;
  digest = typeof micro === "number" ? hashNumber(micro, digest) : hash32(micro, digest);
  if (of.user !== 0) digest = hash32(of.user, digest ^ 1);
  if (of.metadata !== "") digest = hash32(of.metadata, digest);
  out[at + 4] = of.timeMs === 0 ? digest : hashNumber(of.timeMs, digest);
}

/** An identity alone, for a look-up. */
export function identityOf(source: string, id: string): Uint32Array {
  const out = new Uint32Array(4);
  hash128(id, sourceSeed(source), out, 0);
  return out;
}

/** A line that voids has no identity of its own: its key is one that no event can have. */
function keyed(tuple: LineTuple): LineTuple {
  const [, metric, micro, atMs, , , , , voids] = tuple;
  return voids ? [`void ${voids}`, metric, micro, atMs, 0, 0, "\u0000void"] : tuple;
}

/** The keys of a body's events, as they were when these were recorded. */
export function keysOf(tuples: readonly LineTuple[]): Uint32Array {
  const keys = new Uint32Array(tuples.length * KEY_WORDS);
  tuples.map(keyed).forEach((tuple, i) => {
    const [id, metric, micro, atMs, user, metadata, source, receivedMs, , requested] = tuple;
    writeKey(keys, i * KEY_WORDS, {
      source: source || DEFAULT_SOURCE,
      id,
      metric,
      micro: requested || micro,
      user: user || 0,
      metadata: metadata ? JSON.stringify(metadata) : "",
      timeMs: receivedMs ? atMs : 0,
    });
  });
  return keys;
}
