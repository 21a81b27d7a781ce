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

// Words of a slot, where a user's events go.
const HASH = 0;
/** Where the user stands among the bytes of all; nothing for nobody. */
const FROM = 1;
const TO = 2;
/** What names the user in its block. */
const NUMBER = 3;
/** Which of the packers. */
const PACKER = 4;
const SLOT_WORDS = 5;

/** A generation's events as blocks; who reads them leaves out those that were voided since. */
export class SeriesPacker {
  readonly #keepsId: (metric: string) => boolean;
  readonly #split: boolean;
  /** Where a bucket's next user goes. */
  readonly #open = new Map<number, BlockPacker>();
  readonly #packers: BlockPacker[] = [];
  /** By words, not objects: with thousands of users each is far from the one before in memory. */
  #slots = new Int32Array(512 * SLOT_WORDS);
  #slotsEnd = 0;
  /** One more than where a slot begins, by open addressing with the hash that has its bucket. */
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
      const slot = this.#slotOf(lines);
      const packer = this.#roomyOf(slot);
      const slots = this.#slots;
      const from = slots[slot + FROM] as number;
      const user = { bytes: this.#users, from, to: slots[slot + TO] as number };
      const number = slots[slot + NUMBER] as number;
      packer.add(seq, { number, user }, lines, this.#keepsId(lines.metric));
    }
  }

  /** The slot's packer, with room: a new one where the bucket's has filled. */
  #roomyOf(slot: number): BlockPacker {
    const packer = this.#packers[this.#slots[slot + PACKER] as number] as BlockPacker;
    return packer.isFull ? this.#enter(slot, packer.bucket) : packer;
  }

  /** Has a slot's user named in the block that its bucket fills now. */
  #enter(slot: number, bucket: number): BlockPacker {
    let open = this.#open.get(bucket);
    if (!open || open.isFull) {
      open?.block(); // of what is full, the bytes alone are kept
      open = new BlockPacker(bucket, this.#packers.length);
      this.#packers.push(open);
      this.#open.set(bucket, open);
    }
    const slots = this.#slots;
    const isNobody = slots[slot + FROM] === slots[slot + TO];
    slots[slot + NUMBER] = isNobody ? 0 : open.addUser();
    slots[slot + PACKER] = open.index;
    return open;
  }

  #slotOf(lines: Scanner): number {
    const own = lines instanceof FrameReader ? lines.userBytes : null;
    if (own) return this.#find(own.bytes, 0, own.length);
    const { user } = lines;
    if (user === 0) return this.#find(this.#users, 0, 0);
    this.#scratch.empty();
    const { bytes, from, to } = this.#scratch.span(user);
    return this.#find(bytes, from, to);
  }

  #find(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOfBytes(bytes, from, to) | 0;
    const table = this.#table;
    const mask = table.length - 1;
    // The bucket is the hash's lowest bits: those above them spread its users.
    for (let at = (hash >>> 6) & mask; ; at = (at + 1) & mask) {
      const slot = (table[at] as number) - 1;
      if (slot < 0) return this.#newSlot(at, hash, { bytes, from, to });
      if (this.#slots[slot + HASH] === hash && this.#isOf(slot, bytes, from, to)) return slot;
    }
  }

  #newSlot(at: number, hash: number, user: Span): number {
    const slot = this.#slotsEnd;
    this.#table[at] = slot + 1;
    this.#slotsEnd += SLOT_WORDS;
    const slots = this.#slots;
    slots[slot + HASH] = hash;
    slots[slot + FROM] = this.#usersEnd;
    this.#keep(user);
    slots[slot + TO] = this.#usersEnd;
    this.#enter(slot, this.#split ? (hash >>> 0) % BUCKETS : WHOLE);
    if (this.#slotsEnd === slots.length) this.#grow();
    return slot;
  }

  #keep({ bytes, from, to }: Span): void {
    const end = this.#usersEnd + to - from;
    if (end > this.#users.length) {
      const grown = new Uint8Array(end * 2);
      grown.set(this.#users);
      this.#users = grown;
    }
    const users = this.#users;
    for (let i = from, at = this.#usersEnd; i < to; i++, at++) users[at] = bytes[i] as number;
    this.#usersEnd = end;
  }

  #isOf(slot: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.#slots[slot + FROM] as number;
    if ((this.#slots[slot + TO] as number) - start !== to - from) return false;
    const users = this.#users;
    for (let i = from, at = start; i < to; i++, at++) if (users[at] !== bytes[i]) return false;
    return true;
  }

  /** Room for twice as many slots. */
  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    slots.set(this.#slots);
    this.#slots = slots;
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (const held of this.#table) {
      if (held === 0) continue;
      let at = ((slots[held - 1 + HASH] as number) >>> 6) & mask;
      while (table[at] !== 0) at = (at + 1) & mask;
      table[at] = held;
    }
    this.#table = table;
  }

  blocks(): Block[] {
    return this.#packers.map((packer) => packer.block());
  }
}

/** The hash of a user's bytes: that of the text. */
function hashOfBytes(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return 0;
  if (isAscii(bytes, from, to)) return hashUnits32(bytes, from, to, 3) >>> 0;
  return hashOf(decoder.decode(bytes.subarray(from, to)));
}

class BlockPacker {
  readonly bucket: number;
  /** Its place among the packers. */
  readonly index: number;
  #frame: FrameWriter | null = null;
  #block: Block | null = null;
  readonly #scratch = new Scratch();
  #users = 0;
  #lastSeq = 0;
  #tsMin = Number.POSITIVE_INFINITY;
  #tsMax = Number.NEGATIVE_INFINITY;

  constructor(bucket: number, index: number) {
    this.bucket = bucket;
    this.index = index;
  }

  /** True where another block has to take the next event. */
  get isFull(): boolean {
    return this.#block !== null || (this.#frame?.length ?? 0) >= BLOCK_BYTES;
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

  /** What was added; nothing is added after it. */
  block(): Block {
    if (this.#block) return this.#block;
    const body = this.#frame?.take() ?? new Uint8Array(0);
    this.#frame = null;
    const span = { tsMin: this.#tsMin, tsMax: this.#tsMax };
    this.#block = { bucket: this.bucket, high: this.#lastSeq, ...span, body };
    return this.#block;
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
