/**
 * The open sockets of one tenant. They hibernate: while nothing happens the object may be put away
 * with all of them, so what must outlive that is in a socket's attachment.
 */

import { HOUR_MS } from "../../core/time.ts";
import { randomToken } from "../../platform/runtime/crypto.ts";
import { type Alert, windowAt } from "../counter/terms.ts";
import type { Opening } from "../meter/meter.ts";
import {
  alertFrames,
  checkFrame,
  FRAME_EVERY_MS,
  openingFrames,
  snapshotFrame,
  usageFrame,
} from "./live-frame.ts";
import type { PendingCommit } from "./pending-commit.ts";
import { isTooSlow, newReading, noteAnswer, noteAsked, noteSent, type Reading } from "./reading.ts";
import type { MeterState } from "./state.ts";

/** Characters that all readers together may not have read before another one is turned away. */
const MOST_UNREAD = 16_000_000;
/** How long a socket stays open: a key that was revoked watches no longer than this. */
const SOCKET_LIFE_MS = HOUR_MS;
const ANSWER_BYTES = 12;
/** Close codes of our own (RFC 6455, 7.4.2). */
const CLOSE_EXPIRED = 4000;
const CLOSE_SLOW = 4001;

/** `reading` is missing where an earlier version opened the socket. */
type Attachment = { untilMs: number; reading?: Reading };

export class LiveFeed {
  /** True while a socket is open: the only thing that a commit asks where none is. */
  watched: boolean;
  readonly #ctx: DurableObjectState;
  readonly #state: MeterState;
  /** Metrics changed since the last frame; null where all of them may have. */
  #changed: Set<string> | null = new Set();
  readonly #readers = new WeakMap<WebSocket, Required<Attachment>>();
  #timer = false;
  #sentMs = 0;
  #windowId = "";
  /** The latest time a socket was opened with: a test tenant's clock. */
  #nowMs = 0;

  constructor(ctx: DurableObjectState, state: MeterState) {
    this.#ctx = ctx;
    this.#state = state;
    this.watched = ctx.getWebSockets().length > 0;
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /** How many sockets are open. */
  get open(): number {
    return this.#ctx.getWebSockets().length;
  }

  /** Takes up a socket and sends what it begins with; 429 and 503 as `openSocket` says. */
  connect({ nowMs, after, most }: Opening): Response {
    const others = this.#ctx.getWebSockets();
    if (others.length >= most) return new Response(null, { status: 429 });
    const unread = others.reduce((sum, other) => sum + this.#readerOf(other).reading.unread, 0);
    if (unread > MOST_UNREAD) return new Response(null, { status: 503 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server);
    server.serializeAttachment({ untilMs: Date.now() + SOCKET_LIFE_MS } satisfies Attachment);
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    if (!this.watched) this.#windowId = windowAt(this.#state.terms.windows, this.#now).id;
    this.watched = true;
    for (const frame of openingFrames(this.#state, this.#now, after)) this.#send(server, frame);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Notes that a socket has closed. */
  closed(socket: WebSocket): void {
    this.watched = this.#ctx.getWebSockets().some((other) => other !== socket);
  }

  /** After a commit: its alerts go out at once, its metrics with the next frame. */
  committed(draft: PendingCommit, fromSeq: number): void {
    for (const { metric } of draft.cells.values()) this.#changed?.add(metric);
    this.#sendAlerts(draft.alerts, fromSeq);
    this.#schedule();
  }

  /** After a change of limits, windows or counters: everything may have changed. */
  changed(nowMs: number, alerts: readonly Alert[] = []): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#changed = null;
    this.#sendAlerts(alerts, this.#state.seq);
    this.#schedule();
  }

  get #now(): number {
    return Math.max(this.#nowMs, this.#state.lastNowMs);
  }

  #sendAlerts(alerts: readonly Alert[], fromSeq: number): void {
    for (const frame of alertFrames(alerts, fromSeq, this.#state.seq)) this.#broadcast(frame);
  }

  /** A timer keeps the object awake; none is left over once its frame has gone. */
  #schedule(): void {
    if (this.#timer) return;
    this.#timer = true;
    setTimeout(() => this.#flush(), Math.max(0, this.#sentMs + FRAME_EVERY_MS - Date.now()));
  }

  #flush(): void {
    this.#timer = false;
    this.#sentMs = Date.now();
    const { id } = windowAt(this.#state.terms.windows, this.#now);
    const whole = this.#changed === null || id !== this.#windowId;
    const frame = whole
      ? snapshotFrame(this.#state, this.#now)
      : usageFrame(this.#state, this.#now, this.#changed ?? []);
    this.#windowId = id;
    this.#changed = new Set();
    this.#broadcast(frame);
  }

  #broadcast(frame: string): void {
    const nowMs = Date.now();
    for (const socket of this.#ctx.getWebSockets()) {
      try {
        const { untilMs, reading } = this.#readerOf(socket);
        if (untilMs <= nowMs) socket.close(CLOSE_EXPIRED, "open it again");
        else if (isTooSlow(reading)) socket.close(CLOSE_SLOW, "it was read too slowly");
        else this.#send(socket, frame);
      } catch {
        // It is closing: `closed` follows.
      }
    }
  }

  #send(socket: WebSocket, frame: string): void {
    const reader = this.#readerOf(socket);
    socket.send(frame);
    const { ask, keep } = noteSent(reader.reading, frame.length);
    if (ask) {
      const answer = randomToken(ANSWER_BYTES);
      socket.send(checkFrame(this.#state, answer));
      noteAsked(reader.reading, answer);
    }
    if (keep) socket.serializeAttachment(reader);
  }

  /** Takes what a socket sent: the answer that it was asked for, or nothing of interest. */
  received(socket: WebSocket, text: string): void {
    const reader = this.#readerOf(socket);
    if (noteAnswer(reader.reading, text)) socket.serializeAttachment(reader);
  }

  /** What is known of a socket, in memory or as it was kept while the object was put away. */
  #readerOf(socket: WebSocket): Required<Attachment> {
    const known = this.#readers.get(socket);
    if (known) return known;
    const { untilMs, reading = newReading() } = socket.deserializeAttachment() as Attachment;
    const reader = { untilMs, reading };
    this.#readers.set(socket, reader);
    return reader;
  }
}
