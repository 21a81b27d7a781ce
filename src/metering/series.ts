/**
 * Series: a generation's events again, packed as columns and split by user, so that the usage of
 * one user over a month reads one sixty-fourth of the tenant's. Pure.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { hash32 } from "./hash.ts";
import type { Line, LineTuple } from "./line.ts";
import { LineScanner } from "./scan.ts";
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
export class SeriesPacker {
  readonly #counters: ReadonlyMap<string, Counter>;
  readonly #split: boolean;
  readonly #buckets = new Map<number, BlockPacker>();

  /** `events`: of the whole generation. */
  constructor(events: number, counters: ReadonlyMap<string, Counter>) {
    this.#counters = counters;
    this.#split = events >= SPLIT_FROM;
  }

  /** Adds lines, the first of which has the sequence `low`. */
  add(low: number, body: string): void {
    const lines = new LineScanner(body);
    for (let seq = low; lines.next(); seq++) {
      if (lines.voids) continue;
      const bucket = this.#split ? bucketOf(lines.user || null) : WHOLE;
      let packer = this.#buckets.get(bucket);
      if (!packer) {
        packer = new BlockPacker(bucket);
        this.#buckets.set(bucket, packer);
      }
      packer.add(seq, lines, this.#counters.get(lines.metric)?.aggregation === "latest");
    }
  }

  blocks(): Block[] {
    return [...this.#buckets.values()].map((packer) => packer.block());
  }
}

class BlockPacker {
  readonly #bucket: number;
  readonly #metrics = new Map<string, number>();
  readonly #users = new Map<string, number>();
  readonly #columns = {
    seq: [] as number[],
    at: [] as number[],
    metric: [] as number[],
    user: [] as number[],
    micro: [] as (number | string)[],
    ids: [] as (string | 0)[],
  };
  /** JSON of each event's metadata, "0" where it has none. */
  readonly #meta: string[] = [];
  #last = { seq: 0, at: 0 };
  #tsMin = Number.POSITIVE_INFINITY;
  #tsMax = Number.NEGATIVE_INFINITY;

  constructor(bucket: number) {
    this.#bucket = bucket;
  }

  add(seq: number, line: LineScanner, keepsId: boolean): void {
    const { metric, micro, atMs: at, user, metadata } = line;
    const columns = this.#columns;
    columns.seq.push(seq - this.#last.seq);
    columns.at.push(at - this.#last.at);
    columns.metric.push(indexOf(this.#metrics, metric));
    columns.user.push(user ? indexOf(this.#users, user) + 1 : 0);
    columns.micro.push(micro);
    columns.ids.push(keepsId ? line.id : 0);
    this.#meta.push(metadata || "0");
    this.#last = { seq, at };
    if (at < this.#tsMin) this.#tsMin = at;
    if (at > this.#tsMax) this.#tsMax = at;
  }

  block(): Block {
    const { ids } = this.#columns;
    const columns: Omit<Columns, "meta"> = {
      ...this.#columns,
      metrics: [...this.#metrics.keys()],
      users: [...this.#users.keys()],
      ids: ids.some((of) => of !== 0) ? ids : 0,
    };
    const hasMeta = this.#meta.some((of) => of !== "0");
    const meta = hasMeta ? `[${this.#meta.join(",")}]` : "0";
    const text = `${JSON.stringify(columns).slice(0, -1)},"meta":${meta}}`;
    const body = gzipSync(text, { level: 1 });
    return { bucket: this.#bucket, tsMin: this.#tsMin, tsMax: this.#tsMax, body };
  }
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
