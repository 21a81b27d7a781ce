/**
 * Series: a generation's events again, packed as columns and split by user, so that the usage of
 * one user over a month reads one sixty-fourth of the tenant's. Pure.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { hash32 } from "./hash.ts";
import type { Line, LineTuple } from "./line.ts";
import type { Counter } from "./terms.ts";

export const BUCKETS = 64;
/** The one bucket of a generation too small to split. */
export const WHOLE = -1;
const SPLIT_FROM = 2_048;

/** The bucket of a user's events, or of those without a user. */
export function bucketOf(user: string | null): number {
  return (user === null ? 0 : hash32(user, 3) >>> 0) % BUCKETS;
}

export type Block = { bucket: number; tsMin: number; tsMax: number; body: Uint8Array };

type Columns = {
  metrics: string[];
  users: string[];
  /** Sequences and times as differences from the one before. */
  seq: number[];
  at: number[];
  metric: number[];
  user: number[];
  micro: (number | string)[];
  meta: (Record<string, unknown> | 0)[] | 0;
  /** Ids of metrics whose latest event counts, where one follows the other by id. */
  ids: (string | 0)[] | 0;
};

/** A generation's events as blocks; who reads them leaves out those that were voided since. */
export function packSeries(
  generation: readonly Line[],
  counters: ReadonlyMap<string, Counter>,
): Block[] {
  const lines = generation.filter(({ tuple }) => !tuple[8]);
  const split = lines.length >= SPLIT_FROM;
  const buckets = new Map<number, Line[]>();
  for (const line of lines) {
    const bucket = split ? bucketOf(line.tuple[4] || null) : WHOLE;
    const held = buckets.get(bucket);
    if (held) held.push(line);
    else buckets.set(bucket, [line]);
  }
  return [...buckets].map(([bucket, held]) => packBlock(bucket, held, counters));
}

function packBlock(
  bucket: number,
  lines: readonly Line[],
  counters: ReadonlyMap<string, Counter>,
): Block {
  const metrics = new Map<string, number>();
  const users = new Map<string, number>();
  const columns: Columns = {
    metrics: [],
    users: [],
    seq: [],
    at: [],
    metric: [],
    user: [],
    micro: [],
    meta: [],
    ids: [],
  };
  let last = { seq: 0, at: 0 };
  let [tsMin, tsMax] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const [meta, ids]: [(Record<string, unknown> | 0)[], (string | 0)[]] = [[], []];
  for (const { seq, tuple } of lines) {
    const [id, metric, micro, at, user, metadata] = tuple;
    columns.seq.push(seq - last.seq);
    columns.at.push(at - last.at);
    columns.metric.push(indexOf(metrics, metric));
    columns.user.push(user ? indexOf(users, user) + 1 : 0);
    columns.micro.push(micro);
    meta.push(metadata ?? 0);
    ids.push(counters.get(metric)?.aggregation === "latest" ? id : 0);
    last = { seq, at };
    if (at < tsMin) tsMin = at;
    if (at > tsMax) tsMax = at;
  }
  columns.metrics = [...metrics.keys()];
  columns.users = [...users.keys()];
  columns.meta = meta.some((of) => of !== 0) ? meta : 0;
  columns.ids = ids.some((of) => of !== 0) ? ids : 0;
  return { bucket, tsMin, tsMax, body: gzipSync(JSON.stringify(columns), { level: 1 }) };
}

function indexOf(names: Map<string, number>, name: string): number {
  let index = names.get(name);
  if (index === undefined) {
    index = names.size;
    names.set(name, index);
  }
  return index;
}

/** The lines of a block, of one user where one is named, as far as a summary needs them. */
export function unpackSeries(body: Uint8Array, user: string | null): Line[] {
  const of = JSON.parse(gunzipSync(body).toString("utf8")) as Columns;
  const wanted = user === null ? -1 : of.users.indexOf(user) + 1;
  if (user !== null && wanted === 0) return [];
  const lines: Line[] = [];
  let [seq, at] = [0, 0];
  for (let i = 0; i < of.seq.length; i++) {
    seq += of.seq[i] ?? 0;
    at += of.at[i] ?? 0;
    if (wanted >= 0 && of.user[i] !== wanted) continue;
    const tuple: LineTuple = [
      of.ids === 0 ? "" : of.ids[i] || "",
      of.metrics[of.metric[i] ?? 0] ?? "",
      of.micro[i] ?? 0,
      at,
      of.users[(of.user[i] ?? 0) - 1] ?? 0,
      of.meta === 0 ? 0 : (of.meta[i] ?? 0),
    ];
    lines.push({ seq, tuple });
  }
  return lines;
}
