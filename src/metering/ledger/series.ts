/**
 * Series: a generation's events again, packed as columns and split by user, so that the usage of
 * one user over a month reads one sixty-fourth of the tenant's. Pure.
 */
import { gunzipSync } from "node:zlib";
import { AGGREGATIONS } from "../aggregation/registry.ts";
import { counterOf } from "../counter/counter.ts";
import type { Counter } from "../counter/terms.ts";
import { type Body, type Scanner, scannerOf } from "../event/body.ts";
import { FRAME, FrameWriter, Scratch, type Span } from "../event/frame.ts";
import { FrameReader } from "../event/frame-reader.ts";
import { hash32, hashUnits32, isAscii } from "../event/hash.ts";
import type { Line, LineTuple } from "../event/line.ts";
import { rememberLast } from "../event/remember.ts";
import { isGzip } from "./segment.ts";

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
/** Bytes after which another block begins: no row grows with what events bring. */
const BLOCK_BYTES = 300_000;
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

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

/** Where a user's events go, and the number that names the user there. */
type UserSlot = {
  hash: number;
  /** Where the user stands among the bytes of all; nothing for nobody. */
  from: number;
  to: number;
  packer: BlockPacker;
  number: number;
  bucket: number;
};

/** A generation's events as blocks; who reads them leaves out those that were voided since. */
export class SeriesPacker {
  readonly #keepsId: (metric: string) => boolean;
  readonly #split: boolean;
  readonly #buckets = new Map<number, BlockPacker>();
  readonly #filled: Block[] = [];
  readonly #slots: UserSlot[] = [];
  /** One more than the index of a slot, by open addressing with the hash that has its bucket. */
  #table = new Int32Array(1_024);
  /** The users of all slots, one after the other. */
  #users = new Uint8Array(16_384);
  #usersEnd = 0;
  readonly #scratch = new Scratch();

  /** `events`: of the whole generation. */
  constructor(events: number, counters: ReadonlyMap<string, Counter>) {
    this.#keepsId = rememberLast((metric) => {
      return AGGREGATIONS[counterOf(counters, metric).aggregation].needsId;
    });
    this.#split = events >= SPLIT_FROM;
  }

  /** Adds lines, the first of which has the sequence `low`. */
  add(low: number, body: Body): void {
    const lines = scannerOf(body);
    for (let seq = low; lines.next(); seq++) {
      if (lines.voids) continue;
      const slot = this.#roomyOf(this.#slotOf(lines));
      const user = { bytes: this.#users, from: slot.from, to: slot.to };
      slot.packer.add(seq, { number: slot.number, user }, lines, this.#keepsId(lines.metric));
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
    slot.number = slot.from === slot.to ? 0 : open.addUser();
    return slot;
  }

  #slotOf(lines: Scanner): UserSlot {
    const own = lines instanceof FrameReader ? lines.userBytes : null;
    if (own) return this.#find(own.bytes, 0, own.length);
    const { user } = lines;
    if (user === 0) return this.#find(this.#users, 0, 0);
    this.#scratch.empty();
    const { bytes, from, to } = this.#scratch.span(user);
    return this.#find(bytes, from, to);
  }

  #find(bytes: Uint8Array, from: number, to: number): UserSlot {
    const hash = hashOfBytes(bytes, from, to);
    const mask = this.#table.length - 1;
    // The bucket is the hash's lowest bits: those above them spread its users.
    for (let at = (hash >>> 6) & mask; ; at = (at + 1) & mask) {
      const index = this.#table[at] as number;
      if (index === 0) return this.#newSlot(at, hash, { bytes, from, to });
      const slot = this.#slots[index - 1] as UserSlot;
      if (slot.hash === hash && this.#isOf(slot, bytes, from, to)) return slot;
    }
  }

  #newSlot(at: number, hash: number, user: Span): UserSlot {
    const bucket = this.#split ? hash % BUCKETS : WHOLE;
    let packer = this.#buckets.get(bucket);
    if (!packer) {
      packer = new BlockPacker(bucket);
      this.#buckets.set(bucket, packer);
    }
    const from = this.#usersEnd;
    const to = from + user.to - user.from;
    this.#keep(user, to);
    const number = from === to ? 0 : packer.addUser();
    const slot = { hash, from, to, packer, number, bucket };
    this.#table[at] = this.#slots.push(slot);
    if (this.#slots.length * 2 > this.#table.length) this.#grow();
    return slot;
  }

  #keep({ bytes, from, to }: Span, end: number): void {
    if (end > this.#users.length) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.#users);
      this.#users = grown;
    }
    const users = this.#users;
    for (let i = from, at = this.#usersEnd; i < to; i++, at++) users[at] = bytes[i] as number;
    this.#usersEnd = end;
  }

  #isOf(slot: UserSlot, bytes: Uint8Array, from: number, to: number): boolean {
    if (slot.to - slot.from !== to - from) return false;
    const users = this.#users;
    for (let i = from, at = slot.from; i < to; i++, at++) if (users[at] !== bytes[i]) return false;
    return true;
  }

  #grow(): void {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (const [i, { hash }] of this.#slots.entries()) {
      let at = (hash >>> 6) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = i + 1;
    }
    this.#table = table;
  }

  blocks(): Block[] {
    return [...this.#filled, ...[...this.#buckets.values()].map((packer) => packer.block())];
  }
}

/** The hash of a user's bytes: that of the text. */
function hashOfBytes(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return 0;
  if (isAscii(bytes, from, to)) return hashUnits32(bytes, from, to, 3) >>> 0;
  return hashOf(decoder.decode(bytes.subarray(from, to)));
}

class BlockPacker {
  readonly #bucket: number;
  #frame: FrameWriter | null = null;
  readonly #scratch = new Scratch();
  #users = 0;
  #lastSeq = 0;
  #tsMin = Number.POSITIVE_INFINITY;
  #tsMax = Number.NEGATIVE_INFINITY;

  constructor(bucket: number) {
    this.#bucket = bucket;
  }

  /** True where another block has to take the next event. */
  get isFull(): boolean {
    return (this.#frame?.length ?? 0) >= BLOCK_BYTES;
  }

  /** What names the next user in the block. */
  addUser(): number {
    return ++this.#users;
  }

  add(
    seq: number,
    { number, user }: { number: number; user: Span },
    line: Scanner,
    keepsId: boolean,
  ): void {
    const { metric, micro, atMs, metadata } = line;
    this.#frame ??= new FrameWriter(FRAME.series, atMs, 256);
    const frame = this.#frame;
    const id = keepsId ? line.id : "";
    this.#scratch.empty();
    frame.begin((metric.length + id.length + metadata.length) * 3 + user.to - user.from);
    frame.seq(seq);
    frame.id(keepsId ? this.#scratch.span(id) : null);
    frame.measure({ metric, micro, atMs });
    if (number > 0) frame.numberedUser(number, user);
    if (metadata !== "") frame.metadata(this.#scratch.span(metadata));
    frame.end();
    this.#lastSeq = seq;
    if (atMs < this.#tsMin) this.#tsMin = atMs;
    if (atMs > this.#tsMax) this.#tsMax = atMs;
  }

  block(): Block {
    const body = this.#frame?.take() ?? new Uint8Array(0);
    const span = { tsMin: this.#tsMin, tsMax: this.#tsMax };
    return { bucket: this.#bucket, high: this.#lastSeq, ...span, body };
  }
}

/** The lines of a block, of some users where they are named, as far as a summary needs them. */
export function unpackSeries(body: Uint8Array, users: readonly string[] | null): Line[] {
  if (isGzip(body)) return unpackColumns(body, users);
  const reader = new FrameReader(body);
  const names = users && new Set(users);
  const wanted: boolean[] = [];
  const lines: Line[] = [];
  while (reader.next()) {
    const number = reader.userNumber;
    wanted[number] ??= names === null || names.has(reader.user || "");
    if (!wanted[number]) continue;
    const { id, metric, micro, atMs, user, metadata } = reader;
    const parsed = metadata === "" ? 0 : (JSON.parse(metadata) as Record<string, unknown>);
    lines.push({ seq: reader.seq, tuple: [id, metric, micro, atMs, user, parsed] });
  }
  return lines;
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

/** A block as version 0.1 wrote it at first: columns of JSON, compressed. */
function unpackColumns(body: Uint8Array, users: readonly string[] | null): Line[] {
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
