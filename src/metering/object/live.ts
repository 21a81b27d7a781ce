/**
 * The open sockets of one tenant. They hibernate: while nothing happens the object may be put away
 * with all of them, so what must outlive that is in a socket's attachment.
 */
import { HOUR_MS } from "../../core/time.ts";
import { type Alert, windowAt } from "../counter/terms.ts";
import type { Opening } from "../meter/meter.ts";
import {
  alertFrames,
  FRAME_EVERY_MS,
  openingFrames,
  snapshotFrame,
  usageFrame,
} from "./live-frame.ts";
import type { PendingCommit } from "./pending-commit.ts";
import type { MeterState } from "./state.ts";

const MAX_SOCKETS = 4_000;
/** How long a socket stays open: a key that was revoked watches no longer than this. */
const SOCKET_LIFE_MS = HOUR_MS;
/** Close codes of our own (RFC 6455, 7.4.2). */
const CLOSE_EXPIRED = 4000;

type Attachment = { untilMs: number };

export class LiveFeed {
  /** True while a socket is open: the only thing that a commit asks where none is. */
  watched: boolean;
  readonly #ctx: DurableObjectState;
  readonly #state: MeterState;
  /** Metrics changed since the last frame; null where all of them may have. */
  #changed: Set<string> | null = new Set();
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

  /** Takes up a socket and sends what it begins with; 429 where there are too many. */
  open({ nowMs, after }: Opening): Response {
    if (this.#ctx.getWebSockets().length >= MAX_SOCKETS) return new Response(null, { status: 429 });
    const { 0: client, 1: server } = new WebSocketPair();
    this.#ctx.acceptWebSocket(server);
    server.serializeAttachment({ untilMs: Date.now() + SOCKET_LIFE_MS } satisfies Attachment);
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    if (!this.watched) this.#windowId = windowAt(this.#state.terms.windows, this.#now).id;
    this.watched = true;
    for (const frame of openingFrames(this.#state, this.#now, after)) server.send(frame);
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
        const { untilMs } = socket.deserializeAttachment() as Attachment;
        if (untilMs > nowMs) socket.send(frame);
        else socket.close(CLOSE_EXPIRED, "open it again");
      } catch {
        // It is closing: `closed` follows.
      }
    }
  }
}
