/**
 * From items to a batch: the lines, keys and sums that the Worker makes, so that the object has
 * nothing left to compute where nothing in the batch repeats or is refused. Pure.
 */
import { AGGREGATIONS } from "../aggregation/registry.ts";
import { Tally } from "../counter/tally.ts";
import type { Counter } from "../counter/terms.ts";
import { FRAME, FrameWriter, Scratch } from "../event/frame.ts";
import type { Item } from "../event/item.ts";
import { KEY_WORDS, type PlainEvent, writeKey, writePlainKey } from "../event/key.ts";
import { DEFAULT_SOURCE, type LineTuple, quoted } from "../event/line.ts";
import { rememberLast } from "../event/remember.ts";
import type { Batch, Prepared } from "../meter/batch.ts";

export type Ready = { item: Item; id: string; userId: string | null };

/** Collects the accepted items of one request into a batch. */
export class BatchBuilder {
  readonly #nowMs: number;
  readonly #prepared: Prepared;
  readonly #tally: Tally;
  readonly #counters: ReadonlyMap<string, Counter>;
  readonly #keys: Uint32Array;
  #n = 0;
  /** The line of a single event; what is more than one event is written to frames. */
  #line = "";
  readonly #frames: FrameWriter | null;
  readonly #scratch = new Scratch();
  readonly #caps: number[] = [];
  readonly #counterOf = rememberLast((metric) => this.#counters.get(metric));
  readonly #nameOf = rememberLast((metric) => JSON.stringify(metric));
  /** True for a single event: the object adds it up, which costs less than sending its sums. */
  readonly #alone: boolean;

  constructor(nowMs: number, capacity: number, prepared: Prepared) {
    this.#nowMs = nowMs;
    this.#prepared = prepared;
    this.#counters = prepared.counters;
    this.#tally = new Tally(prepared.windows, this.#counters);
    this.#keys = new Uint32Array(capacity * KEY_WORDS);
    this.#alone = capacity === 1;
    this.#frames = this.#alone ? null : new FrameWriter(FRAME.events, nowMs, capacity);
  }

  get n(): number {
    return this.#n;
  }

  /** The counter whose property an item should bring and lacks, or null where all is well. */
  lacksProperty({ metric, metadata }: Item): Counter | null {
    const counter = this.#counterOf(metric);
    if (!counter?.property || !AGGREGATIONS[counter.aggregation].needsProperty) return null;
    const value = metadata === "" ? undefined : JSON.parse(metadata)[counter.property];
    return value === undefined || value === null ? counter : null;
  }

  add({ item, id, userId }: Ready): void {
    const { metric, metadata, micro } = item;
    const source = item.source ?? DEFAULT_SOURCE;
    const atMs = item.atMs ?? this.#nowMs;
    const user = userId ?? 0;
    writeKey(this.#keys, this.#n * KEY_WORDS, {
      source,
      id,
      metric,
      micro,
      user,
      metadata,
      timeMs: item.atMs ?? 0,
    });
    if (item.cap) this.#caps.push(this.#n);
    this.#n++;
    if (this.#frames) this.#write(this.#frames, item, { id, user, source });
    else this.#line = this.#lineOf(item, { id, atMs, user, source });
    if (this.#alone) return;
    const unique = metadata !== "" && this.#counterOf(metric)?.property;
    const parsed = unique ? (JSON.parse(metadata) as Record<string, unknown>) : 0;
    this.#tally.add([id, metric, micro, atMs, user, parsed] as LineTuple);
  }

  /** The line as text: what `encodeLine` gives, without building the tuple. */
  #lineOf(
    { metric, metadata, micro: amount, atMs: given }: Item,
    named: { id: string; atMs: number; user: string | 0; source: string },
  ): string {
    const micro = typeof amount === "number" ? amount : `"${amount}"`;
    const head = `[${quoted(named.id)},${this.#nameOf(metric)},${micro},${named.atMs}`;
    const user = named.user === 0 ? "0" : quoted(named.user);
    const source = named.source === DEFAULT_SOURCE ? "0" : quoted(named.source);
    if (given !== null) return `${head},${user},${metadata || "0"},${source},${this.#nowMs}]`;
    if (source !== "0") return `${head},${user},${metadata || "0"},${source}]`;
    if (metadata !== "") return `${head},${user},${metadata}]`;
    return user === "0" ? `${head}]` : `${head},${user}]`;
  }

  /** True where all that is needed of an event of this metric is in a plain one. */
  takesPlain(metric: string): boolean {
    const counter = this.#counterOf(metric);
    return !counter || (!counter.property && AGGREGATIONS[counter.aggregation].kept === null);
  }

  /** Adds an event from its bytes, of a metric of which `takesPlain`. */
  addPlain(event: PlainEvent): void {
    const { id, metric, micro, atMs, user } = event;
    const frames = this.#frames as FrameWriter;
    writePlainKey(this.#keys, this.#n * KEY_WORDS, event);
    frames.begin(id.to - id.from + (user === null ? 0 : user.to - user.from) + metric.length);
    frames.id(id);
    frames.measure(event);
    if (user !== null) frames.user(user);
    frames.end();
    this.#n++;
    this.#tally.addPlain(metric, micro, atMs ?? this.#nowMs);
  }

  #write(
    frames: FrameWriter,
    { metric, metadata, micro, atMs }: Item,
    { id, user, source }: { id: string; user: string | 0; source: string },
  ): void {
    this.#scratch.empty();
    const texts = id.length + (user === 0 ? 0 : user.length) + metadata.length;
    frames.begin((texts + metric.length + source.length) * 3);
    frames.id(this.#scratch.span(id));
    frames.measure({ metric, micro, atMs });
    if (user !== 0) frames.user(this.#scratch.span(user));
    if (source !== DEFAULT_SOURCE) frames.source(source);
    if (metadata !== "") frames.metadata(this.#scratch.span(metadata));
    frames.end();
  }

  build(): Batch {
    const n = this.#n;
    return {
      n,
      body: this.#frames?.take() ?? this.#line,
      keys: this.#keys.length === n * KEY_WORDS ? this.#keys : this.#keys.slice(0, n * KEY_WORDS),
      version: this.#prepared.version,
      sums: this.#alone || this.#prepared.version < 0 ? null : this.#tally.cells(),
      caps: this.#caps,
    };
  }
}
