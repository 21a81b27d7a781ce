/**
 * The key of an event: the identity of its (source, id) and a digest of its payload, by which it is
 * known again. Pure.
 */
import type { Span } from "./frame.ts";
import { hash32, hash128, hashNumber, hashUnits32, hashUnits128 } from "./hash.ts";
import { DEFAULT_SOURCE, type LineTuple } from "./line.ts";
import { rememberLast } from "./remember.ts";

/** Words of a key: four of identity, one of payload digest. */
export const KEY_WORDS = 5;

/** A hash per name, remembered: sources and metrics are few. */
function remembered(seed: number): (name: string) => number {
  const hashes = new Map<string, number>();
  return rememberLast((name) => {
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
  event: {
    source: string;
    id: string;
    metric: string;
    micro: number | string;
    user: string | 0;
    metadata: string;
    timeMs: number;
  },
): void {
  hash128(event.id, sourceSeed(event.source), out, at);
  let digest = metricSeed(event.metric);
  const { micro } = event;
  digest = typeof micro === "number" ? hashNumber(micro, digest) : hash32(micro, digest);
  if (event.user !== 0) digest = hash32(event.user, digest ^ 1);
  if (event.metadata !== "") digest = hash32(event.metadata, digest);
  out[at + 4] = event.timeMs === 0 ? digest : hashNumber(event.timeMs, digest);
}

/** An event of texts in ASCII, of the default source and without metadata. */
export type PlainEvent = {
  id: Span;
  metric: string;
  micro: number;
  /** The time that it names, or null. */
  atMs: number | null;
  user: Span | null;
};

/** `writeKey` for a plain event, from its bytes. */
export function writePlainKey(
  out: Uint32Array,
  at: number,
  { id, metric, micro, atMs, user }: PlainEvent,
): void {
  hashUnits128(id, sourceSeed(DEFAULT_SOURCE), out, at);
  let digest = hashNumber(micro, metricSeed(metric));
  if (user !== null) digest = hashUnits32(user.bytes, user.from, user.to, digest ^ 1);
  out[at + 4] = atMs === null ? digest : hashNumber(atMs, digest);
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
