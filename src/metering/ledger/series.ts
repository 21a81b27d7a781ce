/**
 * Series: a generation's events again, packed as columns and split by user, so that the usage of
 * one user over a month reads one sixty-fourth of the tenant's. Pure.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { AGGREGATIONS } from "../aggregation/registry.ts";
import { counterOf } from "../counter/counter.ts";
import type { Counter } from "../counter/terms.ts";
import { hash32 } from "../event/hash.ts";
import type { Line, LineTuple } from "../event/line.ts";
import { rememberLast } from "../event/remember.ts";
import { LineScanner } from "../event/scan.ts";
import { GZIP } from "./segment.ts";

export const BUCKETS = 64;
/** The one bucket of a generation too small to split. */
export const WHOLE = -1;
const SPLIT_FROM = 2_048;

/** The bucket of a user's events, or of those without a user. */
export function bucketOf(user: string | null): number {
  return hashOf(user || 0) % BUCKETS;
}

function hashOf(user: string | 0): number {
  return user === 0 ? 0 : hash32(user, 3) >>> 0;
}

/** Events of one bucket in a row; `high` is the sequence of the last. */
export type Block = {
  bucket: number;
  high: number;
  tsMin: number;
  tsMax: number;
  body: Uint8Array;
};
/** Characters of a block's text, of three bytes at most: no row grows with what events bring. */
const BLOCK_CHARS = 300_000;
/** Digits of an event's sequence, time, metric, user and quantity at most. */
const EVENT_CHARS = 60;

/** The values of a block's events in order, or the one value that all of them have. */
type Column<T> = T | T[];

type Columns = {
  metrics: string[];
  users: string[];
  /** Sequences and times as differences from the one before. */
  seq: number[];
  at: number[];
  metric: Column<number>;
  /** 0, or one more than the index in `users`. */
  user: Column<number>;
  micro: Column<number | string>;
  /** Ids of metrics that need them, to tell which of two events of one time comes later. */
  ids: Column<string | 0>;
  meta: Column<Record<string, unknown> | 0>;
};

/** A column being filled: it is written out only once a value differs from the first. */
class ColumnBuilder<T> {
  #first: T | undefined;
  #n = 0;
  #values: T[] | null = null;

  push(value: T): void {
    if (this.#values) this.#values.push(value);
    else if (this.#n === 0) this.#first = value;
    else if (value !== this.#first) {
      this.#values = new Array<T>(this.#n).fill(this.#first as T);
      this.#values.push(value);
    }
    this.#n++;
  }

  get column(): Column<T> {
    return this.#values ?? (this.#first as T);
  }
}

/** Where a user's events go, and the number that names the user there. */
type UserSlot = { user: string | 0; packer: BlockPacker; number: number; bucket: number };

/** A generation's events as blocks; who reads them leaves out those that were voided since. */
export class SeriesPacker {
  readonly #keepsId: (metric: string) => boolean;
  readonly #split: boolean;
  readonly #buckets = new Map<number, BlockPacker>();
  readonly #filled: Block[] = [];
  /** By the hash that chooses the bucket: cheaper than a map of texts, which interns each. */
  readonly #slots = new Map<number, UserSlot[]>();

  /** `events`: of the whole generation. */
  constructor(events: number, counters: ReadonlyMap<string, Counter>) {
    this.#keepsId = rememberLast((metric) => {
      return AGGREGATIONS[counterOf(counters, metric).aggregation].needsId;
    });
    this.#split = events >= SPLIT_FROM;
  }

  /** Adds lines, the first of which has the sequence `low`. */
  add(low: number, body: string): void {
    const lines = new LineScanner(body);
    for (let seq = low; lines.next(); seq++) {
      if (lines.voids) continue;
      const { packer, number } = this.#roomyOf(this.#slotOf(lines.user));
      packer.add(seq, number, lines, this.#keepsId(lines.metric));
    }
  }

  /** The slot with a block that has room: a new one where the bucket's has filled. */
  #roomyOf(slot: UserSlot): UserSlot {
    if (!slot.packer.isFull) return slot;
    const { bucket } = slot;
    let open = this.#buckets.get(bucket) ?? slot.packer;
    if (open.isFull) {
      this.#filled.push(open.block());
      open = new BlockPacker(bucket);
      this.#buckets.set(bucket, open);
    }
    slot.packer = open;
    slot.number = slot.user === 0 ? 0 : open.addUser(slot.user);
    return slot;
  }

  #slotOf(user: string | 0): UserSlot {
    const hash = hashOf(user);
    const slots = this.#slots.get(hash);
    if (slots) for (const slot of slots) if (slot.user === user) return slot;
    const slot = this.#newSlot(user, hash);
    if (slots) slots.push(slot);
    else this.#slots.set(hash, [slot]);
    return slot;
  }

  #newSlot(user: string | 0, hash: number): UserSlot {
    const bucket = this.#split ? hash % BUCKETS : WHOLE;
    let packer = this.#buckets.get(bucket);
    if (!packer) {
      packer = new BlockPacker(bucket);
      this.#buckets.set(bucket, packer);
    }
    return { user, packer, number: user === 0 ? 0 : packer.addUser(user), bucket };
  }

  blocks(): Block[] {
    return [...this.#filled, ...[...this.#buckets.values()].map((packer) => packer.block())];
  }
}

class BlockPacker {
  readonly #bucket: number;
  readonly #metrics = new Map<string, number>();
  readonly #users: string[] = [];
  readonly #seq: number[] = [];
  readonly #at: number[] = [];
  readonly #metric = new ColumnBuilder<number>();
  readonly #user = new ColumnBuilder<number>();
  readonly #micro = new ColumnBuilder<number | string>();
  readonly #ids = new ColumnBuilder<string | 0>();
  /** JSON of each event's metadata, "0" where it has none. */
  readonly #meta = new ColumnBuilder<string>();
  readonly #indexOf = rememberLast((metric) => {
    const index = this.#metrics.get(metric) ?? this.#metrics.size;
    if (index === this.#metrics.size) this.#chars += metric.length;
    this.#metrics.set(metric, index);
    return index;
  });
  #lastSeq = 0;
  #lastAt = 0;
  #tsMin = Number.POSITIVE_INFINITY;
  #tsMax = Number.NEGATIVE_INFINITY;
  #chars = 0;

  constructor(bucket: number) {
    this.#bucket = bucket;
  }

  /** True where another block has to take the next event. */
  get isFull(): boolean {
    return this.#chars >= BLOCK_CHARS;
  }

  /** What names the user in the block. */
  addUser(user: string): number {
    this.#chars += user.length;
    return this.#users.push(user);
  }

  add(seq: number, user: number, line: LineScanner, keepsId: boolean): void {
    const { metric, micro, atMs: at, metadata } = line;
    this.#seq.push(seq - this.#lastSeq);
    this.#at.push(at - this.#lastAt);
    this.#metric.push(this.#indexOf(metric));
    this.#user.push(user);
    this.#micro.push(micro);
    this.#ids.push(keepsId ? line.id : 0);
    this.#meta.push(metadata || "0");
    this.#chars += EVENT_CHARS + metadata.length + (keepsId ? line.id.length : 0);
    this.#lastSeq = seq;
    this.#lastAt = at;
    if (at < this.#tsMin) this.#tsMin = at;
    if (at > this.#tsMax) this.#tsMax = at;
  }

  block(): Block {
    const columns: Omit<Columns, "meta"> = {
      metrics: [...this.#metrics.keys()],
      users: this.#users,
      seq: this.#seq,
      at: this.#at,
      metric: this.#metric.column,
      user: this.#user.column,
      micro: this.#micro.column,
      ids: this.#ids.column,
    };
    const { column } = this.#meta;
    const meta = Array.isArray(column) ? `[${column.join(",")}]` : column;
    const text = `${JSON.stringify(columns).slice(0, -1)},"meta":${meta}}`;
    const body = gzipSync(text, GZIP);
    const span = { tsMin: this.#tsMin, tsMax: this.#tsMax };
    return { bucket: this.#bucket, high: this.#lastSeq, ...span, body };
  }
}

function valueAt<T>(column: Column<T>, i: number): T {
  return Array.isArray(column) ? (column[i] as T) : column;
}

/** Which numbers of a block's users are wanted, "" being nobody; null where none of them is. */
function wantedOf(columns: Columns, users: readonly string[]): Uint8Array | null {
  const names = new Set(users);
  const wanted = new Uint8Array(columns.users.length + 1);
  wanted[0] = names.has("") ? 1 : 0;
  columns.users.forEach((user, i) => {
    if (names.has(user)) wanted[i + 1] = 1;
  });
  return wanted.includes(1) ? wanted : null;
}

/** The lines of a block, of some users where they are named, as far as a summary needs them. */
export function unpackSeries(body: Uint8Array, users: readonly string[] | null): Line[] {
  const columns = JSON.parse(gunzipSync(body).toString("utf8")) as Columns;
  const wanted = users && wantedOf(columns, users);
  if (users && !wanted) return [];
  const lines: Line[] = [];
  let [seq, at] = [0, 0];
  for (let i = 0; i < columns.seq.length; i++) {
    seq += columns.seq[i] ?? 0;
    at += columns.at[i] ?? 0;
    const owner = valueAt(columns.user, i);
    if (wanted && wanted[owner] !== 1) continue;
    const tuple: LineTuple = [
      valueAt(columns.ids, i) || "",
      columns.metrics[valueAt(columns.metric, i)] ?? "",
      valueAt(columns.micro, i),
      at,
      columns.users[owner - 1] ?? 0,
      valueAt(columns.meta, i),
    ];
    lines.push({ seq, tuple });
  }
  return lines;
}
