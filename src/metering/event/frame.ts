/**
 * Frames: journal lines as bytes, which the Worker writes once and the object's log, the ledger's
 * segments and its series keep. A third of the text, without compressing it. A body is one frame or
 * several in a row, each of which says how long it is. Pure.
 *
 * A frame: kind, flags, u32 length, u32 events, f64 base time, then its events. An event: a tag,
 * then id, metric, micro-units, time, user, source and metadata, as far as the tag says that they
 * are there. Numbers are LEB128; a text says how much it shares with the one before it.
 */
import { gzipSync } from "node:zlib";

/** Frames of events, of events with their sequences and numbered users, and of lines as text. */
export const FRAME = { events: 0x50, series: 0x53, text: 0x54 } as const;
export const ZIPPED = 1;
export const HEAD = 18;
/** Events of one frame at most: those of a segment. */
const FRAME_EVENTS = 2_000;
/** Bytes after which another frame begins. */
const FRAME_BYTES = 300_000;
/** Bytes of an event besides its texts at most. */
const EVENT_BYTES = 80;
/** Metadata is text that repeats itself: frames that hold so much of it are compressed. */
const ZIP_METADATA = 1_000;
const GZIP = { level: 1, windowBits: 13 };

/** What an event's tag says. Without `uuid` and `noId` the id is text. */
export const TAG = {
  uuid: 1,
  metric: 2,
  micro: 4,
  time: 8,
  user: 16,
  noId: 32,
  source: 64,
  metadata: 128,
} as const;

/** How micro-units are written: whole units, a number that is not whole, or text. */
export const MICRO = { units: 0, number: 1, text: 2, textOfNumber: 3 } as const;
export const UNIT = 1_000_000;
const LAST_NUMBER = 2 ** 51;

export const UUID_BYTES = 16;
const UUID_TEXT = 36;
const DASH = 45;
const encoder = new TextEncoder();
/** Longer texts are written by the runtime. */
const LONG = 64;
const NO_BYTES = new Uint8Array(0);

/** The value of a small hexadecimal digit, 255 for another byte. */
const HEX = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) HEX[digit.toString(16).charCodeAt(0)] = digit;

/** A text as bytes, where it lies in them. */
export type Span = { bytes: Uint8Array; from: number; to: number };

/** Texts as bytes, one after the other until it is emptied. */
export class Scratch {
  #bytes = new Uint8Array(1_024);
  #at = 0;

  /** All texts since it was emptied. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  empty(): void {
    this.#at = 0;
  }

  /** Where the text now lies; good until the scratch is emptied or grows. */
  span(text: string): Span {
    const most = this.#at + text.length * 3;
    if (most > this.#bytes.length) {
      const grown = new Uint8Array(most * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const bytes = this.#bytes;
    const from = this.#at;
    for (let i = 0, at = from; ; i++, at++) {
      if (i === text.length) {
        this.#at = at;
        break;
      }
      const unit = text.charCodeAt(i);
      if (unit >= 128 || text.length > LONG) {
        this.#at = from + encoder.encodeInto(text, bytes.subarray(from)).written;
        break;
      }
      bytes[at] = unit;
    }
    return { bytes, from, to: this.#at };
  }
}

/** A text that the next one shares its beginning with. */
export class Before {
  bytes = new Uint8Array(64);
  length = 0;

  /** Takes `span` over from where it differs; how much it shares. */
  take({ bytes, from, to }: Span): number {
    const length = to - from;
    if (length > this.bytes.length) this.#grow(length);
    const own = this.bytes;
    const most = Math.min(length, this.length);
    let shared = 0;
    while (shared < most && own[shared] === bytes[from + shared]) shared++;
    for (let i = shared; i < length; i++) own[i] = bytes[from + i] as number;
    this.length = length;
    return shared;
  }

  /** Makes room for a text of `length` bytes. */
  #grow(length: number): void {
    const grown = new Uint8Array(length * 2);
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  /** The text that shares `shared` bytes and goes on with `bytes[from..to-1]`. */
  follow(shared: number, bytes: Uint8Array, from: number, to: number): void {
    const length = shared + to - from;
    if (length > this.bytes.length) this.#grow(length);
    const own = this.bytes;
    for (let i = shared, at = from; at < to; i++, at++) own[i] = bytes[at] as number;
    this.length = length;
  }
}

/** What an event brings, its texts as spans; `micro` and times as in a line. */
export type FrameEvent = {
  metric: string;
  micro: number | string;
  /** The time that the event names, or null for the frame's base. */
  atMs: number | null;
  source: string | null;
  /** JSON, "" where there is none. */
  metadata: string;
};

/** Writes events to frames, one after the other in the same bytes. */
export class FrameWriter {
  readonly #kind: number;
  readonly #baseMs: number;
  #bytes: Uint8Array;
  #at = HEAD;
  #start = 0;
  #n = 0;
  #tag = 0;
  #tagAt = 0;
  readonly #names = new Map<string, number>();
  #metric = "";
  #micro: number | string = Number.NaN;
  #atMs: number;
  #metadata = 0;
  readonly #id = new Before();
  readonly #user = new Before();
  #seq = 0;
  #users = 0;

  /** `baseMs`: the time of events that name none. `events`: about how many there will be. */
  constructor(kind: number, baseMs: number, events: number) {
    this.#kind = kind;
    this.#baseMs = baseMs;
    this.#atMs = baseMs;
    this.#bytes = new Uint8Array(HEAD + EVENT_BYTES + events * 28);
  }

  /** Bytes that are written. */
  get length(): number {
    return this.#at;
  }

  /** Begins an event whose texts take at most `more` bytes. */
  begin(more: number): void {
    const isFull = this.#n === FRAME_EVENTS || this.#at - this.#start + more > FRAME_BYTES;
    if (isFull && this.#n > 0 && this.#kind === FRAME.events) this.#close();
    const needed = this.#at + more + EVENT_BYTES;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#at));
      this.#bytes = grown;
    }
    this.#n++;
  }

  /** The event's sequence, in a frame that keeps them. */
  seq(seq: number): void {
    this.#number(seq - this.#seq);
    this.#seq = seq;
  }

  /** Its id, or null where it is not kept. */
  id(span: Span | null): void {
    this.#tagAt = this.#at++;
    this.#tag = 0;
    if (span === null) this.#tag = TAG.noId;
    else if (this.#uuid(span)) this.#tag = TAG.uuid;
    else this.#text(this.#id, span);
  }

  #uuid({ bytes, from, to }: Span): boolean {
    if (to - from !== UUID_TEXT) return false;
    const out = this.#bytes;
    let at = this.#at;
    for (let i = from; i < to; ) {
      const place = i - from;
      if (place === 8 || place === 13 || place === 18 || place === 23) {
        if (bytes[i++] !== DASH) return false;
      }
      const high = HEX[bytes[i++] as number] as number;
      const low = HEX[bytes[i++] as number] as number;
      if ((high | low) === 255) return false;
      out[at++] = (high << 4) | low;
    }
    this.#at = at;
    return true;
  }

  /** Its metric, micro-units, and the time that it names. */
  measure({ metric, micro, atMs }: Pick<FrameEvent, "metric" | "micro" | "atMs">): void {
    if (metric !== this.#metric) {
      this.#tag |= TAG.metric;
      this.#name(metric);
      this.#metric = metric;
    }
    if (micro !== this.#micro) {
      this.#tag |= TAG.micro;
      this.#amount(micro);
      this.#micro = micro;
    }
    if (atMs === null) return;
    this.#tag |= TAG.time;
    this.#signed(atMs - this.#atMs);
    this.#atMs = atMs;
  }

  #amount(micro: number | string): void {
    if (typeof micro === "string") this.#numberText(MICRO.text, micro);
    else if (micro >= 0 && micro % UNIT === 0) this.#number((micro / UNIT) * 4);
    else if (micro >= 0 && micro < LAST_NUMBER) this.#number(micro * 4 + MICRO.number);
    else this.#numberText(MICRO.textOfNumber, String(micro));
  }

  #numberText(form: number, text: string): void {
    this.#number(text.length * 4 + form);
    for (let i = 0; i < text.length; i++) this.#bytes[this.#at++] = text.charCodeAt(i);
  }

  /** Whose it is, as text. */
  user(span: Span): void {
    this.#tag |= TAG.user;
    this.#text(this.#user, span);
  }

  /** Whose it is, by number from 1 on; the text is written with a number that is new. */
  numberedUser(number: number, user: Span): void {
    this.#tag |= TAG.user;
    this.#number(number - 1);
    if (number <= this.#users) return;
    this.#users = number;
    this.#text(this.#user, user);
  }

  /** Where it came from. */
  source(source: string): void {
    this.#tag |= TAG.source;
    this.#name(source);
  }

  /** Its metadata: JSON. */
  metadata(span: Span): void {
    this.#tag |= TAG.metadata;
    this.#metadata += span.to - span.from;
    this.#number(span.to - span.from);
    this.#copy(span.bytes, span.from, span.to);
  }

  /** Ends the event. */
  end(): void {
    this.#bytes[this.#tagAt] = this.#tag;
  }

  /** A name by its number among those of the frame; a new one follows its number. */
  #name(name: string): void {
    const number = this.#names.get(name) ?? this.#names.size;
    this.#number(number);
    if (number < this.#names.size) return;
    this.#names.set(name, number);
    const bytes = encoder.encode(name);
    this.#number(bytes.length);
    this.#copy(bytes, 0, bytes.length);
  }

  #text(before: Before, span: Span): void {
    const shared = before.take(span);
    this.#number(shared);
    this.#number(span.to - span.from - shared);
    this.#copy(span.bytes, span.from + shared, span.to);
  }

  #copy(bytes: Uint8Array, from: number, to: number): void {
    const out = this.#bytes;
    if (to - from > 100) out.set(bytes.subarray(from, to), this.#at);
    else for (let i = from, at = this.#at; i < to; i++, at++) out[at] = bytes[i] as number;
    this.#at += to - from;
  }

  #signed(value: number): void {
    this.#number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  #number(value: number): void {
    const out = this.#bytes;
    let rest = value;
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) out[this.#at++] = (rest % 128) | 128;
    for (; rest >= 128; rest >>>= 7) out[this.#at++] = (rest & 127) | 128;
    out[this.#at++] = rest;
  }

  #close(): void {
    const start = this.#start;
    let flags = 0;
    if (this.#metadata >= ZIP_METADATA) {
      const zipped = gzipSync(this.#bytes.subarray(start + HEAD, this.#at), GZIP);
      if (zipped.length < this.#at - start - HEAD) {
        this.#bytes.set(zipped, start + HEAD);
        this.#at = start + HEAD + zipped.length;
        flags = ZIPPED;
      }
    }
    const length = this.#at - start;
    const head = { kind: this.#kind, flags, length, n: this.#n, baseMs: this.#baseMs };
    writeHead(this.#bytes, start, head);
    this.#start = this.#at;
    this.#at += HEAD;
    this.#n = 0;
    this.#names.clear();
    this.#metric = "";
    this.#micro = Number.NaN;
    this.#atMs = this.#baseMs;
    this.#metadata = 0;
    this.#id.length = 0;
    this.#user.length = 0;
    this.#seq = 0;
    this.#users = 0;
  }

  /** What was written, in bytes of its own; the writer is done. */
  take(): Uint8Array {
    if (this.#n > 0) this.#close();
    return this.#start === 0 ? NO_BYTES : this.#bytes.slice(0, this.#start);
  }
}

/** How a frame begins. */
export type Head = { kind: number; flags: number; length: number; n: number; baseMs: number };

/** The head of the frame that begins at `at`. */
export function readHead(bytes: Uint8Array, at: number): Head {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD);
  return {
    kind: view.getUint8(0),
    flags: view.getUint8(1),
    length: view.getUint32(2, true),
    n: view.getUint32(6, true),
    baseMs: view.getFloat64(10, true),
  };
}

function writeHead(bytes: Uint8Array, at: number, head: Head): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEAD);
  view.setUint8(0, head.kind);
  view.setUint8(1, head.flags);
  view.setUint32(2, head.length, true);
  view.setUint32(6, head.n, true);
  view.setFloat64(10, head.baseMs, true);
}

/** Lines as a frame, where they stand among frames. */
export function textFrame(text: string, n: number): Uint8Array {
  const plain = encoder.encode(text);
  const zipped = plain.length < ZIP_METADATA ? plain : gzipSync(plain, GZIP);
  const isZipped = zipped.length < plain.length;
  const payload = isZipped ? zipped : plain;
  const frame = new Uint8Array(HEAD + payload.length);
  const flags = isZipped ? ZIPPED : 0;
  writeHead(frame, 0, { kind: FRAME.text, flags, length: frame.length, n, baseMs: 0 });
  frame.set(payload, HEAD);
  return frame;
}
