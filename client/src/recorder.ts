/**
 * Usage in batches. Each event has its id before it is sent for the first time, so a batch whose
 * answer was lost is sent again and counts once. Events stay here until the API has answered.
 */
import type { BatchEventInput, BatchResult } from "./api.ts";
import { ApiError } from "./error.ts";
import { type Connection, send, type Wire } from "./request.ts";

/** An event that the API refused, and why. */
export type Refusal = { event: BatchEventInput; code: string; detail: string };

/** What was recorded, but probably not as it was meant. */
export type Warning = NonNullable<BatchResult["warnings"]>[number];

export type RecorderOptions = {
  /** Sent at once when there are so many; at most 5,000. */
  batchEvents?: number;
  /** Sent at the latest after so long. */
  waitMs?: number;
  /** `record` waits while so many are here. */
  mostPending?: number;
  /** Events without a time get this machine's, so that one sent late counts when it happened. */
  stamp?: boolean;
  /** Batches go compressed: less to send, for some work here. */
  gzip?: boolean;
  /** With an operator's key: whose usage it all is, in place of `tenant` on each event. */
  tenant?: string;
  /** Sends what is left when the process or the page ends. */
  flushOnExit?: boolean;
  /** Refused for good: sending it again would be refused again. */
  onRefused?: (refusal: Refusal) => void;
  onAlert?: (alert: BatchResult["alerts"][number]) => void;
  /** Counted, but under a name that nobody declared and no plan prices; once for each name. */
  onWarning?: (warning: Warning) => void;
  /** A batch did not get through; it is kept and sent again. */
  onError?: (error: unknown) => void;
};

type Pending = { event: BatchEventInput; text: string };
type Answered = BatchResult["results"][number];
/** A browser's is a number. */
type Timer = { ref?: () => void; unref?: () => void };

const MOST_EVENTS = 5_000;
/** The API takes 2 MB. */
const MOST_BYTES = 1_500_000;
/** What the API answers to a batch that no repetition makes better. */
const CONTENT_REFUSED = new Set([400, 413, 422]);
/** Of an item: its tenant cannot record for now. */
const WAITS = new Set(["request.rate_limited", "usage.unavailable", "service.busy"]);
/** Names that one recorder warns of. */
const MOST_WARNED = 1_000;
/** Browsers let a page that goes away send 64 KiB. */
const KEEPALIVE_BYTES = 60_000;

export class Recorder {
  readonly #connection: Connection;
  readonly #options: Required<Omit<RecorderOptions, "tenant">>;
  readonly #tenant: string | undefined;
  readonly #encoder = new TextEncoder();
  #pending: Pending[] = [];
  #waiting: (() => void)[] = [];
  #recorded = 0;
  #settled = 0;
  #sending: Promise<void> | undefined;
  #timer: Timer | undefined;
  #quiet = false;
  #failed = false;
  #most = MOST_EVENTS;
  #closed = false;
  /** Names that were warned of, by tenant. */
  readonly #warned = new Set<string>();
  readonly #stopWatching: () => void;

  constructor(connection: Connection, { tenant, ...options }: RecorderOptions) {
    this.#connection = connection;
    this.#tenant = tenant;
    this.#options = {
      batchEvents: 1_000,
      waitMs: 1_000,
      mostPending: 10_000,
      stamp: true,
      gzip: false,
      flushOnExit: true,
      onRefused: ({ event, detail }) => console.warn(`usage ${event.id} was refused: ${detail}`),
      onAlert: () => {},
      onWarning: ({ detail }) => console.warn(detail),
      onError: (error) => console.warn(`usage waits to be sent again: ${error}`),
      ...options,
    };
    this.#stopWatching = this.#options.flushOnExit ? this.#watchExit() : () => {};
  }

  /** Events that the API has not answered yet. */
  get pending(): number {
    return this.#pending.length;
  }

  /**
   * Takes an event; waits while too many are pending. Await it: that is the backpressure.
   * Errors: one after `close`.
   */
  async record(event: BatchEventInput): Promise<void> {
    while (this.#pending.length >= this.#options.mostPending && !this.#closed) {
      this.#timer?.ref?.(); // somebody waits: not the time to end the process
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    if (this.#closed) throw new Error("the recorder is closed");
    const named = { ...event, id: event.id ?? crypto.randomUUID() };
    if (this.#options.stamp) named.timestamp ??= new Date().toISOString();
    this.#pending.push({ event: named, text: JSON.stringify(named) });
    this.#recorded += 1;
    if (this.#pending.length < this.#options.batchEvents) this.#wake();
    else if (this.#timer === undefined || !this.#failed) void this.#flushQuietly();
  }

  /** Sends all that was recorded before. Errors: as `Client.call`; what is pending is kept. */
  async flush(): Promise<void> {
    const goal = this.#recorded;
    while (this.#settled < goal) {
      this.#sending ??= this.#sendBatch().finally(() => {
        this.#sending = undefined;
      });
      await this.#sending;
    }
  }

  /** Sends all and takes no more. Errors: as `flush`, which may be called again then. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWatching();
    clearTimeout(this.#timer as never);
    this.#timer = undefined;
    for (const resume of this.#waiting.splice(0)) resume();
    await this.flush();
  }

  #wake(): void {
    if (this.#timer !== undefined || this.#closed) return;
    const timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#flushQuietly();
    }, this.#options.waitMs);
    this.#timer = timer as unknown as Timer;
    // In Node a timer alone keeps no process alive: its end flushes.
    if (this.#options.flushOnExit && this.#waiting.length === 0) this.#timer.unref?.();
  }

  /** One at a time; what fails is tried again after a wait. */
  async #flushQuietly(): Promise<void> {
    if (this.#quiet) return;
    this.#quiet = true;
    try {
      do await this.flush();
      while (this.#pending.length >= this.#options.batchEvents);
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      this.#options.onError(error);
    } finally {
      this.#quiet = false;
    }
    if (this.#pending.length > 0) this.#wake();
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#nextBatch(MOST_BYTES);
    const answer = await this.#answerTo(batch);
    if (answer === null) return;
    this.#most = MOST_EVENTS;
    // What one tenant is refused for now goes to the end, so that the others' do not wait for it.
    const kept = batch.filter((_, i) => WAITS.has(answer.results[i]?.code ?? ""));
    this.#pending.splice(0, batch.length);
    this.#pending.push(...kept);
    this.#settled += batch.length - kept.length;
    for (const resume of this.#waiting.splice(0)) resume();
    for (const [i, result] of answer.results.entries()) this.#report(batch[i], result);
    for (const alert of answer.alerts) this.#options.onAlert(alert);
    for (const warning of answer.warnings ?? []) this.#warn(warning);
    const waits = answer.results.find(({ code = "" }) => WAITS.has(code));
    if (waits) throw new ApiError(waits.status, waits, new Headers());
  }

  /** Null where the API refuses the whole batch for what is in it: the next one is half of it. */
  async #answerTo(batch: readonly Pending[]): Promise<BatchResult | null> {
    try {
      const wire = this.#wireOf(batch);
      const response = await send(this.#connection, this.#options.gzip ? await zipped(wire) : wire);
      return (await response.json()) as BatchResult;
    } catch (error) {
      if (!(error instanceof ApiError && CONTENT_REFUSED.has(error.status))) throw error;
      if (batch.length > 1) {
        this.#most = Math.ceil(batch.length / 2);
        return null;
      }
      const { status, code, message } = error;
      const results = [{ status, id: "", code, detail: message } as Answered];
      return { accepted: 0, duplicates: 0, refused: 1, results, alerts: [] };
    }
  }

  #wireOf(batch: readonly Pending[]): Wire & { body: string } {
    return {
      method: "POST",
      path: "/api/usage/events",
      body: `[${batch.map(({ text }) => text).join(",")}]`,
      contentType: "application/json",
      ...(this.#tenant === undefined ? {} : { tenant: this.#tenant }),
    };
  }

  #nextBatch(mostBytes: number): Pending[] {
    const most = Math.min(this.#options.batchEvents, this.#most);
    const batch: Pending[] = [];
    let bytes = 2;
    for (const pending of this.#pending.slice(0, most)) {
      bytes += this.#encoder.encode(pending.text).length + 1;
      if (bytes > mostBytes && batch.length > 0) break;
      batch.push(pending);
    }
    return batch;
  }

  #report(pending: Pending | undefined, result: Answered): void {
    const { code = "unknown", detail = "" } = result;
    if (!pending || result.status < 300 || WAITS.has(code)) return;
    this.#options.onRefused({ event: pending.event, code, detail });
  }

  #warn(warning: Warning): void {
    const name = `${warning.tenant_id ?? ""} ${warning.metric_name}`;
    if (this.#warned.has(name) || this.#warned.size >= MOST_WARNED) return;
    this.#warned.add(name);
    this.#options.onWarning(warning);
  }

  /** Sends what is left when nothing else is to be done; answers how to stop watching. */
  #watchExit(): () => void {
    const host = globalThis as unknown as Host;
    if (host.document === undefined) {
      const leave = () => void this.#flushQuietly();
      host.process?.once?.("beforeExit", leave);
      return () => host.process?.off?.("beforeExit", leave);
    }
    const hide = () => {
      const batch = this.#nextBatch(KEEPALIVE_BYTES);
      const wire = { ...this.#wireOf(batch), keepalive: true };
      // The answer may not be waited for; if the page comes back, ids keep it from counting twice.
      if (batch.length > 0) send(this.#connection, wire).catch(() => {});
    };
    host.addEventListener?.("pagehide", hide);
    return () => host.removeEventListener?.("pagehide", hide);
  }
}

type Listen = (event: string, listener: () => void) => void;
/** What a browser and Node have of this; a Worker has neither a page nor an end. */
type Host = {
  document?: unknown;
  process?: { once?: Listen; off?: Listen };
  addEventListener?: Listen;
  removeEventListener?: Listen;
};

async function zipped({ body, ...wire }: Wire & { body: string }): Promise<Wire> {
  const packed = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
  return { ...wire, body: await new Response(packed).arrayBuffer(), contentEncoding: "gzip" };
}
