/** Reading frames (see frame.ts), an event at a time; texts are made when asked for. Pure. */
import { gunzipSync } from "node:zlib";
import { Before, FRAME, HEAD, MICRO, readHead, TAG, UNIT, UUID_BYTES, ZIPPED } from "./frame.ts";
import { DEFAULT_SOURCE, type LineTuple, parseLines } from "./line.ts";

// A mark at the beginning of a text is one of its characters.
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
/** A short text of ASCII costs less to make byte by byte. */
const SHORT = 24;

/** Bytes `from..to-1` as text. */
function textAt(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > SHORT) return decoder.decode(bytes.subarray(from, to));
  let text = "";
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if (byte >= 128) return decoder.decode(bytes.subarray(from, to));
    text += String.fromCharCode(byte);
  }
  return text;
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function uuidAt(bytes: Uint8Array, from: number): string {
  let text = "";
  for (let i = 0; i < UUID_BYTES; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += PAIRS[bytes[from + i] as number];
  }
  return text;
}

/** Stands on one event of a body at a time; `next` goes on to the following one. */
export class FrameReader {
  readonly #body: Uint8Array;
  /** Where the next frame begins. */
  #next = 0;
  /** The payload of the frame at hand. */
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #left = 0;
  #kind: number = FRAME.events;
  #baseMs = 0;
  #tag = 0;
  #names: string[] = [];
  #explicitMs = 0;
  #idFrom = 0;
  readonly #id = new Before();
  readonly #lastUser = new Before();
  #users: string[] = [];
  #userText: string | null = null;
  #metadataFrom = 0;
  #metadataTo = 0;
  /** The lines of a frame of text, and which one this is. */
  #tuples: LineTuple[] = [];
  #tuple: LineTuple | null = null;
  metric = "";
  micro: number | string = 0;
  atMs = 0;
  /** The sequence, in frames that keep them. */
  seq = 0;
  source = DEFAULT_SOURCE;
  /** Its user's number, in frames that number them; 0 for nobody. */
  userNumber = 0;
  /** The sequence that the event takes back, or 0. */
  voids = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  /** False after the last event. */
  next(): boolean {
    while (this.#left === 0) if (!this.#open()) return false;
    this.#left--;
    if (this.#kind === FRAME.text) this.#nextTuple();
    else this.#read();
    return true;
  }

  #open(): boolean {
    const start = this.#next;
    if (start >= this.#body.length) return false;
    const { kind, flags, length, n, baseMs } = readHead(this.#body, start);
    this.#next = start + length;
    this.#kind = kind;
    this.#left = n;
    const payload = this.#body.subarray(start + HEAD, this.#next);
    const bytes = flags === ZIPPED ? new Uint8Array(gunzipSync(payload)) : payload;
    this.#tuple = null;
    if (kind === FRAME.text) {
      this.#tuples = parseLines(decoder.decode(bytes)).reverse();
      return true;
    }
    this.#bytes = bytes;
    this.#at = 0;
    this.#baseMs = baseMs;
    this.#explicitMs = baseMs;
    this.#names = [];
    this.#users = [];
    this.seq = 0;
    this.#id.length = 0;
    this.#lastUser.length = 0;
    this.voids = 0;
    return true;
  }

  #read(): void {
    if (this.#kind === FRAME.series) this.seq += this.#number();
    const tag = this.#bytes[this.#at++] as number;
    this.#tag = tag;
    this.#idFrom = this.#at;
    if ((tag & TAG.uuid) !== 0) this.#at += UUID_BYTES;
    else if ((tag & TAG.noId) === 0) this.#text(this.#id);
    if ((tag & TAG.metric) !== 0) this.metric = this.#name();
    if ((tag & TAG.micro) !== 0) this.#readMicro();
    if ((tag & TAG.time) !== 0) this.#explicitMs += this.#signed();
    this.atMs = (tag & TAG.time) === 0 ? this.#baseMs : this.#explicitMs;
    this.#userText = null;
    if ((tag & TAG.user) !== 0) this.#readUser();
    else this.userNumber = 0;
    this.source = (tag & TAG.source) === 0 ? DEFAULT_SOURCE : this.#name();
    if ((tag & TAG.metadata) !== 0) {
      const length = this.#number();
      this.#metadataFrom = this.#at;
      this.#at += length;
      this.#metadataTo = this.#at;
    }
  }

  #readMicro(): void {
    const value = this.#number();
    const form = value % 4;
    const rest = Math.floor(value / 4);
    if (form === MICRO.units) this.micro = rest * UNIT;
    else if (form === MICRO.number) this.micro = rest;
    else {
      const text = textAt(this.#bytes, this.#at, this.#at + rest);
      this.#at += rest;
      this.micro = form === MICRO.text ? text : Number(text);
    }
  }

  #readUser(): void {
    if (this.#kind !== FRAME.series) {
      this.#text(this.#lastUser);
      return;
    }
    const index = this.#number();
    this.userNumber = index + 1;
    if (index < this.#users.length) return;
    this.#text(this.#lastUser);
    this.#users.push(textAt(this.#lastUser.bytes, 0, this.#lastUser.length));
  }

  /** Whose it is; 0 for nobody. */
  get user(): string | 0 {
    if (this.#tuple) return this.#tuple[4] || 0;
    if ((this.#tag & TAG.user) === 0) return 0;
    if (this.#kind === FRAME.series) return this.#users[this.userNumber - 1] ?? 0;
    this.#userText ??= textAt(this.#lastUser.bytes, 0, this.#lastUser.length);
    return this.#userText;
  }

  /** The user's bytes, valid until the next event; null for nobody, or where there is only text. */
  get userBytes(): { bytes: Uint8Array; length: number } | null {
    const isText = this.#tuple !== null || this.#kind === FRAME.series;
    return isText || (this.#tag & TAG.user) === 0 ? null : this.#lastUser;
  }

  get id(): string {
    if (this.#tuple) return this.#tuple[0];
    if ((this.#tag & TAG.noId) !== 0) return "";
    if ((this.#tag & TAG.uuid) !== 0) return uuidAt(this.#bytes, this.#idFrom);
    return textAt(this.#id.bytes, 0, this.#id.length);
  }

  /** JSON, "" where there is none. */
  get metadata(): string {
    if (this.#tuple) return this.#tuple[5] ? JSON.stringify(this.#tuple[5]) : "";
    if ((this.#tag & TAG.metadata) === 0) return "";
    return textAt(this.#bytes, this.#metadataFrom, this.#metadataTo);
  }

  /** The event as its line would be parsed. */
  get tuple(): LineTuple {
    if (this.#tuple) return this.#tuple;
    const { id, metric, micro, atMs, user } = this;
    const metadata = (this.#tag & TAG.metadata) === 0 ? 0 : JSON.parse(this.metadata);
    const source = this.source === DEFAULT_SOURCE ? 0 : this.source;
    const given = (this.#tag & TAG.time) !== 0;
    if (given) return [id, metric, micro, atMs, user, metadata, source, this.#baseMs];
    if (source !== 0) return [id, metric, micro, atMs, user, metadata, source];
    if (metadata !== 0) return [id, metric, micro, atMs, user, metadata];
    return user === 0 ? [id, metric, micro, atMs] : [id, metric, micro, atMs, user];
  }

  #nextTuple(): void {
    const tuple = this.#tuples.pop() as LineTuple;
    this.#tuple = tuple;
    this.metric = tuple[1];
    this.micro = tuple[2];
    this.atMs = tuple[3];
    this.source = tuple[6] || DEFAULT_SOURCE;
    this.voids = tuple[8] ?? 0;
  }

  #text(before: Before): void {
    const shared = this.#number();
    const length = this.#number();
    before.follow(shared, this.#bytes, this.#at, this.#at + length);
    this.#at += length;
  }

  #name(): string {
    const number = this.#number();
    const known = this.#names[number];
    if (known !== undefined) return known;
    const length = this.#number();
    const name = textAt(this.#bytes, this.#at, this.#at + length);
    this.#at += length;
    this.#names.push(name);
    return name;
  }

  #signed(): number {
    const value = this.#number();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #number(): number {
    const bytes = this.#bytes;
    const first = bytes[this.#at++] as number;
    if (first < 128) return first;
    let value = first & 127;
    for (let scale = 128; ; scale *= 128) {
      const byte = bytes[this.#at++] as number;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }
}
