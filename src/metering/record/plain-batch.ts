/**
 * A batch prepared from the bytes of its body, and answered from them: the shortest way through the
 * Worker, for a body in which nothing is refused. Pure.
 */
import { mayDo } from "../../accounts/actor/confinement.ts";
import { parseJsonExactly } from "../../core/decimal.ts";
import { Scratch, type Span } from "../event/frame.ts";
import { itemOf } from "../event/item.ts";
import type { PlainEvent } from "../event/key.ts";
import { quoted } from "../event/line.ts";
import { AHEAD_MS, BACK_MS } from "../event/window.ts";
import type { Batch, Prepared } from "../meter/batch.ts";
import { MAX_BATCH_ITEMS } from "./batch-body.ts";
import { takePlainBody } from "./plain-body.ts";
import { BatchBuilder } from "./prepare.ts";
import { faultOf, mostNames, type Recorder } from "./record.ts";

const ASCII = /^[ -~]+$/;
/** An event in a body takes at least so many bytes: `{"metric_name":"m","quantity":1},`. */
const ITEM_BYTES = 33;

export type PlainBatch = {
  batch: Batch;
  /** Where every event was accepted, from `firstSeq`: the results of each, between two texts. */
  answer: (firstSeq: number, before: string, after: string) => Uint8Array;
};

/** The batch in a body; null where something of it has to be looked at as JSON, or refused. */
export function plainBatchOf(
  recorder: Recorder,
  bytes: Uint8Array,
  prepared: Prepared,
  name: string,
): PlainBatch | null {
  if (recorder.userId !== null && !ASCII.test(recorder.userId)) return null;
  const most = Math.min(MAX_BATCH_ITEMS, Math.ceil(bytes.length / ITEM_BYTES));
  const taking = new Taking(recorder, prepared, { name, most, body: bytes });
  if (!takePlainBody(bytes, taking) || taking.n < 2) return null;
  const batch = { ...taking.builder.build(), metricNames: mostNames(recorder) };
  return { batch, answer: (...of) => taking.answer(...of) };
}

type Sent = { name: string; most: number; body: Uint8Array };

/** Takes the events of one body into a batch. */
class Taking {
  readonly builder: BatchBuilder;
  readonly #recorder: Recorder;
  readonly #sent: Sent;
  readonly #oldestMs: number;
  readonly #newestMs: number;
  readonly #mayNameUsers: boolean;
  /** Whose an event is that names nobody. */
  readonly #user: Span | null;
  /** Ids that the answer names and that are not in the body as it names them. */
  readonly #made = new Scratch();
  /** Where each event's id lies: in the body, or, below 0, among those that were made. */
  readonly #idFrom: Int32Array;
  readonly #idTo: Int32Array;
  n = 0;

  constructor(recorder: Recorder, prepared: Prepared, sent: Sent) {
    const { nowMs, userId, oldestMs } = recorder;
    this.builder = new BatchBuilder(nowMs, sent.most, prepared);
    this.#recorder = recorder;
    this.#sent = sent;
    this.#oldestMs = oldestMs ?? nowMs - BACK_MS;
    this.#newestMs = nowMs + AHEAD_MS;
    this.#mayNameUsers = mayDo(recorder, "usage.for_others");
    this.#user = userId === null ? null : new Scratch().span(userId);
    this.#idFrom = new Int32Array(sent.most);
    this.#idTo = new Int32Array(sent.most);
  }

  plain(event: PlainEvent, hasId: boolean): boolean {
    const { atMs } = event;
    if (event.user === null) event.user = this.#user;
    else if (!this.#mayNameUsers) return false;
    if (atMs !== null && !(atMs >= this.#oldestMs && atMs <= this.#newestMs)) return false;
    if (this.n === this.#sent.most || !this.builder.takesPlain(event.metric)) return false;
    if (!hasId) return this.#named(event);
    this.#idFrom[this.n] = event.id.from;
    this.#idTo[this.n++] = event.id.to;
    this.builder.addPlain(event);
    return true;
  }

  /** An event without an id has one of the request's name and its position. */
  #named(event: PlainEvent): boolean {
    const id = this.#noteMade(`${this.#sent.name}:${this.n}`);
    this.builder.addPlain({ ...event, id });
    return true;
  }

  #noteMade(text: string): Span {
    const span = this.#made.span(text);
    this.#idFrom[this.n] = -1 - span.from;
    this.#idTo[this.n++] = span.to;
    return span;
  }

  other(text: string): boolean {
    const item = itemOf(parseJsonExactly(text));
    if (item === null || this.n === this.#sent.most) return false;
    if (faultOf(this.#recorder, item, this.builder) !== null) return false;
    const id = item.id ?? `${this.#sent.name}:${this.n}`;
    this.#noteMade(quoted(id).slice(1, -1));
    this.builder.add({ item, id, userId: item.userId ?? this.#recorder.userId });
    return true;
  }

  answer(firstSeq: number, before: string, after: string): Uint8Array {
    let size = before.length + after.length;
    for (let i = 0; i < this.n; i++) {
      const from = this.#idFrom[i] as number;
      size += (this.#idTo[i] as number) - (from < 0 ? -1 - from : from) + RESULT_BYTES;
    }
    const out = new ResultWriter(size, firstSeq);
    out.text(before);
    const made = this.#made.bytes;
    for (let i = 0; i < this.n; i++) {
      const from = this.#idFrom[i] as number;
      const to = this.#idTo[i] as number;
      if (from < 0) out.add(made, -1 - from, to);
      else out.add(this.#sent.body, from, to);
    }
    return out.end(after);
  }
}

const HEAD = new TextEncoder().encode('{"status":201,"id":"');
const MIDDLE = new TextEncoder().encode('","event_seq":');
const [ZERO, NINE, COMMA, END] = [48, 57, 44, 125];
const SEQ_DIGITS = 16;
const RESULT_BYTES = HEAD.length + MIDDLE.length + SEQ_DIGITS + 2;

/** Writes the result of each event, one after the other, the sequences counting up. */
class ResultWriter {
  readonly #out: Uint8Array;
  #at = 0;
  /** The digits of the next sequence, the last one last. */
  readonly #digits: Uint8Array;
  #first: number;

  constructor(size: number, firstSeq: number) {
    this.#out = new Uint8Array(size);
    const text = String(firstSeq);
    this.#digits = new Uint8Array(SEQ_DIGITS).fill(ZERO);
    this.#first = SEQ_DIGITS - text.length;
    for (let i = 0; i < text.length; i++) this.#digits[this.#first + i] = text.charCodeAt(i);
  }

  add(id: Uint8Array, from: number, to: number): void {
    const out = this.#out;
    let at = this.#at;
    for (let i = 0; i < HEAD.length; i++) out[at++] = HEAD[i] as number;
    for (let i = from; i < to; i++) out[at++] = id[i] as number;
    for (let i = 0; i < MIDDLE.length; i++) out[at++] = MIDDLE[i] as number;
    for (let i = this.#first; i < SEQ_DIGITS; i++) out[at++] = this.#digits[i] as number;
    out[at++] = END;
    out[at++] = COMMA;
    this.#at = at;
    this.#count();
  }

  #count(): void {
    const digits = this.#digits;
    let place = SEQ_DIGITS - 1;
    for (; digits[place] === NINE; place--) digits[place] = ZERO;
    digits[place] = (digits[place] as number) + 1;
    if (place < this.#first) this.#first = place;
  }

  /** Text in ASCII as it is. */
  text(text: string): void {
    for (let i = 0; i < text.length; i++) this.#out[this.#at++] = text.charCodeAt(i);
  }

  /** What was written, with a text in place of the last comma. */
  end(after: string): Uint8Array {
    this.#at--;
    this.text(after);
    return this.#out.subarray(0, this.#at);
  }
}
