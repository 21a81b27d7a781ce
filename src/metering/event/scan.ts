/**
 * Journal lines read from their text, field by field: about twice as fast as parsing them, and
 * metadata stays the text that it is. A line of a rare form is parsed. Pure.
 */
import { parseLine } from "./line.ts";

const [QUOTE, COMMA, ZERO, BACKSLASH] = [34, 44, 48, 92];
const [LINE_END, CURLY_OPEN, CURLY_END] = [93, 123, 125];
/** As many digits as a double always holds exactly. */
const EXACT_DIGITS = 15;

/** Stands on one line of a body at a time; `next` goes on to the following one. */
export class LineScanner {
  readonly #text: string;
  #at = 0;
  #idFrom = 0;
  #idEnd = 0;
  /** Given where the line had to be parsed. */
  #parsedId: string | null = null;
  /** The metric read last, as text and as it stands in its line; at first one that no line has. */
  #lastName = "";
  #lastMetric = '""';
  metric = "";
  micro: number | string = 0;
  atMs = 0;
  user: string | 0 = 0;
  /** JSON, "" where there is none. */
  metadata = "";
  /** The sequence that the line takes back, or 0. */
  voids = 0;

  constructor(body: string) {
    this.#text = body;
  }

  /** False after the last line. */
  next(): boolean {
    const from = this.#at;
    if (from >= this.#text.length) return false;
    this.user = 0;
    this.metadata = "";
    this.voids = 0;
    this.#parsedId = null;
    if (!(this.#head(from) && this.#tail())) this.#parse(from);
    return true;
  }

  get id(): string {
    if (this.#parsedId !== null) return this.#parsedId;
    return JSON.parse(this.#text.slice(this.#idFrom, this.#idEnd)) as string;
  }

  /** Reads id, metric, micro-units and time; false where they are of no plain form. */
  #head(from: number): boolean {
    this.#idFrom = from + 1;
    this.#at = stringEnd(this.#text, this.#idFrom);
    this.#idEnd = this.#at;
    if (!(this.#comma() && this.#metric())) return false;
    const micro = this.#comma() ? this.#number() : -1;
    const atMs = this.#comma() ? this.#number() : -1;
    this.micro = micro;
    this.atMs = atMs;
    return micro >= 0 && atMs >= 0;
  }

  /** Reads the metric, most often that of the line before; false where it has an escape. */
  #metric(): boolean {
    if (this.#text.startsWith(this.#lastMetric, this.#at)) {
      this.#at += this.#lastMetric.length;
      this.metric = this.#lastName;
      return true;
    }
    const metric = this.#string();
    if (metric === null) return false;
    this.#lastMetric = `"${metric}"`;
    this.#lastName = metric;
    this.metric = metric;
    return true;
  }

  /** Reads user, metadata, source and receipt; false where more follows. */
  #tail(): boolean {
    if (this.#comma() && !this.#zero()) {
      const user = this.#string();
      if (user === null) return false;
      this.user = user;
    }
    if (this.#comma() && !this.#zero()) {
      const from = this.#at;
      this.#at = objectEnd(this.#text, from);
      this.metadata = this.#text.slice(from, this.#at);
    }
    if (this.#comma() && !this.#zero()) this.#at = stringEnd(this.#text, this.#at);
    if (this.#comma()) this.#number();
    if (this.#text.charCodeAt(this.#at) !== LINE_END) return false;
    this.#at += 2;
    return true;
  }

  #parse(from: number): void {
    const end = this.#text.indexOf("\n", from);
    const line = this.#text.slice(from, end < 0 ? undefined : end);
    const [id, metric, micro, atMs, user, metadata, , , voids] = parseLine(line);
    this.#at = from + line.length + 1;
    this.#parsedId = id;
    this.metric = metric;
    this.micro = micro;
    this.atMs = atMs;
    this.user = user ?? 0;
    this.metadata = metadata ? JSON.stringify(metadata) : "";
    this.voids = voids ?? 0;
  }

  #comma(): boolean {
    const found = this.#text.charCodeAt(this.#at) === COMMA;
    if (found) this.#at++;
    return found;
  }

  #zero(): boolean {
    const found = this.#text.charCodeAt(this.#at) === ZERO;
    if (found) this.#at++;
    return found;
  }

  /** A string without an escape, or null. */
  #string(): string | null {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) return null;
    const from = this.#at + 1;
    this.#at = stringEnd(this.#text, this.#at);
    const text = this.#text.slice(from, this.#at - 1);
    return text.includes("\\") ? null : text;
  }

  /** A whole number that is not negative, or -1. */
  #number(): number {
    const from = this.#at;
    let value = 0;
    for (;;) {
      const digit = this.#text.charCodeAt(this.#at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
      this.#at++;
    }
    const digits = this.#at - from;
    return digits > 0 && digits <= EXACT_DIGITS ? value : -1;
  }
}

/** Where a string ends that begins at `at`; beyond the text where it does not. */
function stringEnd(text: string, at: number): number {
  for (let quote = at + 1; ; quote++) {
    quote = text.indexOf('"', quote);
    if (quote < 0) return text.length + 1;
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
  }
}

/** Where an object ends that begins at `at`. */
function objectEnd(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = stringEnd(text, i) - 1;
    else if (code === CURLY_OPEN) depth++;
    else if (code === CURLY_END && --depth === 0) return i + 1;
  }
  return text.length + 1;
}
