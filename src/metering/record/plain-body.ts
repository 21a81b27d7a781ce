/**
 * A JSON array of events read from its bytes, without an object for each: what most bodies are. An
 * event that is not plain (with metadata, an escape, characters beyond ASCII) is parsed by itself.
 * Whatever is wrong with a body, or unusual, has it read again as JSON, which says so. Pure.
 */
import { HOUR_MS, MINUTE_MS, parseTime, SECOND_MS } from "../../core/time.ts";
import type { Span } from "../event/frame.ts";
import { MAX_ID, MAX_NAME } from "../event/item.ts";
import type { PlainEvent } from "../event/key.ts";

/** What is done with the events of a body, in their order. */
export type Taker = {
  /** False where the event has to be looked at as JSON. */
  plain(event: PlainEvent, hasId: boolean): boolean;
  /** An event as it was sent; false where it cannot be taken. */
  other(text: string): boolean;
};

const [QUOTE, COMMA, COLON, BACKSLASH] = [34, 44, 58, 92];
const [LIST_OPEN, LIST_END, OPEN, END] = [91, 93, 123, 125];
const [SPACE, ZERO, DOT, SMALL_N] = [32, 48, 46, 110];
const [UPPER_T, UPPER_Z] = [84, 90];
const UNDERSCORE = 95;
/** Characters of a day, and of times by the second and the millisecond. */
const [DAY_TEXT, SECONDS_TIME, MS_TIME] = [10, 20, 24];

/** Quantities of so many digits are plain: as micro-units a double holds them exactly. */
const WHOLE_DIGITS = 9;
const PLACES = 6;
const SCALES = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];

/** 1 for what a plain text consists of: ASCII that is printed, without quotes and backslashes. */
const PLAIN = new Uint8Array(256).fill(1, SPACE, 127);
PLAIN[QUOTE] = 0;
PLAIN[BACKSLASH] = 0;

const bytesOf = (text: string) => new TextEncoder().encode(text);
const NULL = bytesOf("null");
const SEQ = bytesOf("seq");

/** The fields of a plain event; a bit each, to see that none comes twice. */
const FIELDS = {
  id: { name: bytesOf("id"), bit: 1 },
  metric: { name: bytesOf("metric_name"), bit: 2 },
  quantity: { name: bytesOf("quantity"), bit: 4 },
  user: { name: bytesOf("user_id"), bit: 8 },
  time: { name: bytesOf("timestamp"), bit: 16 },
} as const;
type Field = (typeof FIELDS)[keyof typeof FIELDS];
/** What stands before a value: from the brace or comma to behind the colon. */
type Lead = { from: number; to: number; field: Field };
const MOST_FIELDS = Object.keys(FIELDS).length;
const BY_LENGTH = new Map(Object.values(FIELDS).map((field) => [field.name.length, field]));
const NEEDED = FIELDS.metric.bit | FIELDS.quantity.bit;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Has `taker` take all events of a body; false where it is not what most bodies are. */
export function takePlainBody(bytes: Uint8Array, taker: Taker): boolean {
  try {
    return new PlainBody(bytes, taker).take();
  } catch {
    return false; // not UTF-8, or no JSON: whoever reads it as JSON says so
  }
}

class PlainBody {
  readonly #bytes: Uint8Array;
  readonly #taker: Taker;
  #at = 0;
  readonly #id: Span;
  readonly #user: Span;
  readonly #event: PlainEvent;
  /** What leads to the value of each field in the last event, in their order. */
  readonly #leads: Lead[] = [];
  #metric = "";
  #metricFrom = 0;
  /** Where the day of the time before this one is written, and when it began. */
  #dayFrom = 0;
  #dayMs = 0;

  constructor(bytes: Uint8Array, taker: Taker) {
    this.#bytes = bytes;
    this.#taker = taker;
    this.#id = { bytes, from: 0, to: 0 };
    this.#user = { bytes, from: 0, to: 0 };
    this.#event = { id: this.#id, metric: "", micro: 0, atMs: null, user: null };
  }

  take(): boolean {
    if (this.#skip() !== LIST_OPEN) return false;
    do {
      this.#at++;
      if (this.#skip() !== OPEN || !this.#item()) return false;
    } while (this.#skip() === COMMA);
    if (this.#bytes[this.#at] !== LIST_END) return false;
    this.#at++;
    this.#skip();
    return this.#at === this.#bytes.length;
  }

  #item(): boolean {
    const from = this.#at;
    const event = this.#event;
    event.atMs = null;
    event.user = null;
    const fields = this.#fields();
    const isPlain = (fields & NEEDED) === NEEDED;
    if (isPlain && this.#taker.plain(event, (fields & FIELDS.id.bit) !== 0)) return true;
    this.#at = objectEnd(this.#bytes, from);
    if (this.#at === from) return false;
    return this.#taker.other(decoder.decode(this.#bytes.subarray(from, this.#at)));
  }

  /** Reads an object's fields; which there are, 0 where one of them is not plain. */
  #fields(): number {
    let fields = 0;
    let place = 0;
    do {
      const field = this.#field(place++);
      if (!field || (fields & field.bit) !== 0) return 0;
      if (!this.#value(field)) return 0;
      fields |= field.bit;
    } while (this.#skip() === COMMA);
    if (this.#bytes[this.#at] !== END) return 0;
    this.#at++;
    return fields;
  }

  /** Goes on to the value of the next field: mostly by what stood before it in the last event. */
  #field(place: number): Field | null {
    const from = this.#at;
    const last = this.#leads[place];
    if (last && isSame(this.#bytes, last, from)) {
      this.#at += last.to - last.from;
      this.#skip();
      return last.field;
    }
    this.#at++;
    if (this.#skip() !== QUOTE) return null;
    const field = this.#name();
    if (!field || this.#skip() !== COLON) return null;
    const to = ++this.#at;
    this.#skip();
    if (place < MOST_FIELDS) this.#leads[place] = { from, to, field };
    return field;
  }

  #name(): Field | null {
    const from = this.#at + 1;
    const to = this.#textEnd();
    const field = BY_LENGTH.get(to - from);
    return field && isAt(this.#bytes, from, field.name) ? field : null;
  }

  #value(field: Field): boolean {
    switch (field) {
      case FIELDS.id:
        return this.#text(this.#id, MAX_ID) && !this.#isOwn();
      case FIELDS.metric:
        return this.#metricName();
      case FIELDS.quantity:
        return this.#quantity();
      case FIELDS.user:
        return this.#userId();
      default:
        return this.#time();
    }
  }

  /** Ids that begin as those do that are ours, `seq_7`, are looked at as JSON. */
  #isOwn(): boolean {
    const { from } = this.#id;
    return isAt(this.#bytes, from, SEQ) && this.#bytes[from + SEQ.length] === UNDERSCORE;
  }

  #metricName(): boolean {
    const from = this.#at + 1;
    const last = this.#metricFrom;
    const length = this.#metric.length;
    const end = from + length;
    if (length > 0 && this.#bytes[this.#at] === QUOTE && this.#bytes[end] === QUOTE) {
      let same = 0;
      while (same < length && this.#bytes[from + same] === this.#bytes[last + same]) same++;
      if (same === length) {
        this.#at = end + 1;
        this.#event.metric = this.#metric;
        return true;
      }
    }
    const span = { bytes: this.#bytes, from: 0, to: 0 };
    if (!this.#text(span, MAX_NAME)) return false;
    this.#metric = decoder.decode(this.#bytes.subarray(span.from, span.to));
    this.#metricFrom = span.from;
    this.#event.metric = this.#metric;
    return true;
  }

  #userId(): boolean {
    if (this.#bytes[this.#at] === SMALL_N) {
      const isNull = isAt(this.#bytes, this.#at, NULL);
      this.#at += NULL.length;
      return isNull;
    }
    this.#event.user = this.#user;
    return this.#text(this.#user, MAX_ID);
  }

  #quantity(): boolean {
    const bytes = this.#bytes;
    const from = this.#at;
    let whole = 0;
    let digit = (bytes[this.#at] as number) - ZERO;
    for (; digit >= 0 && digit <= 9; digit = (bytes[++this.#at] as number) - ZERO) {
      whole = whole * 10 + digit;
    }
    const digits = this.#at - from;
    if (digits === 0 || digits > WHOLE_DIGITS || (digits > 1 && bytes[from] === ZERO)) return false;
    this.#event.micro = whole * 1_000_000;
    if (bytes[this.#at] !== DOT) return this.#isAfterNumber();
    let part = 0;
    const after = this.#at + 1;
    digit = (bytes[++this.#at] as number) - ZERO;
    for (; digit >= 0 && digit <= 9; digit = (bytes[++this.#at] as number) - ZERO) {
      part = part * 10 + digit;
    }
    const places = this.#at - after;
    if (places === 0 || places > PLACES) return false;
    this.#event.micro += part * (SCALES[places] as number);
    return this.#isAfterNumber();
  }

  #isAfterNumber(): boolean {
    const next = this.#bytes[this.#at];
    return next === COMMA || next === END || isWhite(next);
  }

  /** A time of the form `2026-11-30T09:15:00.250Z`, with or without milliseconds. */
  #time(): boolean {
    const bytes = this.#bytes;
    const from = this.#at + 1;
    const to = this.#textEnd();
    const length = to - from;
    if (length !== SECONDS_TIME && length !== MS_TIME) return false;
    const isForm = bytes[from + 10] === UPPER_T && bytes[to - 1] === UPPER_Z;
    if (!isForm || bytes[from + 13] !== COLON || bytes[from + 16] !== COLON) return false;
    if (!this.#isLastDay(from) && !this.#isNewDay(from)) return false;
    const [hour, minute, second] = [
      this.#two(from + 11),
      this.#two(from + 14),
      this.#two(from + 17),
    ];
    if (!(hour < 24 && minute < 60 && second < 60)) return false;
    let ms = 0;
    if (length === MS_TIME) {
      if (bytes[from + 19] !== DOT) return false;
      ms = this.#digit(from + 20) * 100 + this.#two(from + 21);
      if (!(ms < SECOND_MS)) return false;
    }
    this.#event.atMs = this.#dayMs + hour * HOUR_MS + minute * MINUTE_MS + second * SECOND_MS + ms;
    return true;
  }

  #isLastDay(from: number): boolean {
    const last = this.#dayFrom;
    if (last === 0) return false;
    for (let i = 0; i < DAY_TEXT; i++)
      if (this.#bytes[from + i] !== this.#bytes[last + i]) return false;
    return true;
  }

  #isNewDay(from: number): boolean {
    const day = decoder.decode(this.#bytes.subarray(from, from + DAY_TEXT));
    const dayMs = parseTime(`${day}T00:00:00Z`);
    if (dayMs === null) return false;
    this.#dayMs = dayMs;
    this.#dayFrom = from;
    return true;
  }

  #two(at: number): number {
    return this.#digit(at) * 10 + this.#digit(at + 1);
  }

  /** A digit's value; for another character a number that is too large for any part of a time. */
  #digit(at: number): number {
    const digit = (this.#bytes[at] as number) - ZERO;
    return digit >= 0 && digit <= 9 ? digit : 10_000;
  }

  /** Reads a plain text, with something to see at its beginning, into `span`. */
  #text(span: Span, most: number): boolean {
    if (this.#bytes[this.#at] !== QUOTE) return false;
    const from = this.#at + 1;
    const to = this.#textEnd();
    span.from = from;
    span.to = to;
    return to > from && to - from <= most && this.#bytes[from] !== SPACE;
  }

  /** Where the plain text ends that begins at the quote here, and goes on behind it; 0 for none. */
  #textEnd(): number {
    const bytes = this.#bytes;
    let at = this.#at + 1;
    while (PLAIN[bytes[at] as number] === 1) at++;
    if (bytes[at] !== QUOTE) return 0;
    this.#at = at + 1;
    return at;
  }

  /** Goes on to what is no white space; that byte. */
  #skip(): number | undefined {
    let byte = this.#bytes[this.#at];
    while (isWhite(byte)) byte = this.#bytes[++this.#at];
    return byte;
  }
}

function isWhite(byte: number | undefined): boolean {
  return byte === SPACE || byte === 10 || byte === 13 || byte === 9;
}

/** True where the bytes of a lead stand at `at`, too. */
function isSame(bytes: Uint8Array, { from, to }: Lead, at: number): boolean {
  for (let i = from, same = at; i < to; i++, same++) if (bytes[i] !== bytes[same]) return false;
  return true;
}

function isAt(bytes: Uint8Array, from: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[from + i] !== text[i]) return false;
  return true;
}

/** Where an object ends that begins at `from`; `from` where it does not. */
function objectEnd(bytes: Uint8Array, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === OPEN) depth++;
    else if (byte === END && --depth === 0) return at + 1;
    else if (byte === QUOTE) at = stringEnd(bytes, at);
  }
  return from;
}

/** Where the closing quote of a string is that begins at `from`. */
function stringEnd(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
