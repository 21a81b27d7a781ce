/**
 * A load generator that costs little: raw keep-alive sockets, each sending its next request when
 * the answer to the last one is complete.
 */
import { connect, type Socket } from "node:net";

/** A request as the bytes that go over the wire. */
export function requestBytes(
  url: URL,
  request: { method: string; headers?: Record<string, string>; body?: string },
): Buffer {
  const body = request.body ?? "";
  const headers = {
    host: url.host,
    ...(body ? { "content-type": "application/json" } : {}),
    "content-length": String(Buffer.byteLength(body)),
    ...request.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const path = url.pathname + url.search;
  return Buffer.from(`${request.method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body}`);
}

export type Load = {
  url: string;
  connections: number;
  /** The next request, or null when there is none left. */
  next: () => Buffer | null;
};

/** Sends all of it; answers the seconds it took. Errors: any answer that is not 2xx. */
export async function runLoad(load: Load): Promise<number> {
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: load.connections }, () => runConnection(load)));
  return (performance.now() - startedMs) / 1000;
}

function runConnection({ url, next }: Load): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = () => {
      const request = next();
      if (request) socket.write(request);
      else socket.end(resolve);
    };
    const closed = () => reject(new Error(UNANSWERED));
    const socket = openSocket(url, { ready: send, answered: send, failed: reject, closed });
  });
}

const UNANSWERED = "a connection was closed without an answer";

type Heard = {
  ready: () => void;
  answered: () => void;
  failed: (error: Error) => void;
  /** By either side, after all else. */
  closed: () => void;
};

/** A connection that says when an answer is complete, and fails on any that is not 2xx. */
function openSocket(url: string, { ready, answered, failed, closed }: Heard): Socket {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let waiting: Buffer[] = [];
  socket.once("connect", ready);
  socket.on("error", failed);
  socket.once("close", closed);
  socket.on("data", (chunk: Buffer) => {
    waiting.push(chunk);
    const answer = waiting.length === 1 ? chunk : Buffer.concat(waiting);
    if (!isComplete(answer)) return;
    waiting = [];
    if (answer.toString("latin1", 9, 10) === "2") answered();
    else socket.destroy(new Error(`unexpected answer: ${answer.toString("utf8", 0, 600)}`));
  });
  return socket;
}

/** Milliseconds from when a request was due to its whole answer, and requests answered a second. */
export type Latency = { p50: number; p99: number; perSecond: number };

export type Paced = {
  url: string;
  perSecond: number;
  requests: readonly Buffer[];
  /** Told how long each request took, by its place. */
  each?: (i: number, tookMs: number) => void;
};

/** As many connections as a rate has at once, where an answer takes a hundredth of a second. */
const PACED_CONNECTIONS = 64;
/** The runtime closes a connection that rests for five seconds; one is used until long before. */
const MOST_REST_MS = 2_500;
/** A timer is late by about a millisecond: what is due sooner is waited for turn by turn. */
const TIMER_MS = 2;

/**
 * Sends requests at a rate, whatever the answers do (open loop): one that has to wait for a
 * connection waits on its own account. One whose connection had rested and is closed instead of
 * answered is sent again, as any client does: an event counts once. Errors: as `runLoad`.
 */
export function runPaced({ url, perSecond, requests, each }: Paced): Promise<Latency> {
  const tookMs: number[] = [];
  return new Promise((resolve, reject) => {
    const opened = new Set<Connection>();
    /** The last that was answered is the first to be used. */
    const idle: Connection[] = [];
    let due = 0;
    const waiting: number[] = [];
    let ended = false;
    let startMs = Number.POSITIVE_INFINITY;
    const dueMs = (i: number) => startMs + (i * 1000) / perSecond;
    const end = () => {
      ended = true;
      for (const { socket } of opened) socket.end();
    };
    const fail = (error: Error) => {
      end();
      reject(error);
    };
    const takeIdle = () => {
      const last = idle.pop();
      if (!last || performance.now() - last.restingMs < MOST_REST_MS) return last;
      // All below it have rested for longer.
      for (const connection of [last, ...idle.splice(0)]) {
        opened.delete(connection);
        connection.socket.end();
      }
      return undefined;
    };
    const sendDue = () => {
      while (due < requests.length && dueMs(due) <= performance.now()) waiting.push(due++);
      while (waiting.length > 0) {
        const free = takeIdle();
        if (!free) break;
        const at = waiting.shift() as number;
        free.at = at;
        free.socket.write(requests[at] as Buffer);
      }
      for (const _ of waiting) if (opened.size < PACED_CONNECTIONS) open();
    };
    const tick = () => {
      sendDue();
      if (ended || due === requests.length) return;
      const waitMs = dueMs(due) - performance.now();
      if (waitMs > TIMER_MS) setTimeout(tick, waitMs - TIMER_MS);
      else setImmediate(tick);
    };
    const rest = (connection: Connection) => {
      connection.at = null;
      connection.restingMs = performance.now();
      idle.push(connection);
      if (startMs !== Number.POSITIVE_INFINITY) return sendDue();
      if (idle.length < PACED_CONNECTIONS) return;
      startMs = performance.now();
      tick();
    };
    const open = () => {
      const answered = () => {
        const ms = performance.now() - dueMs(connection.at as number);
        tookMs.push(ms);
        connection.answered = true;
        each?.(connection.at as number, ms);
        if (tookMs.length < requests.length) return rest(connection);
        end();
        resolve(latencyOf(tookMs, performance.now() - startMs));
      };
      const closed = () => {
        opened.delete(connection);
        const place = idle.indexOf(connection);
        if (place >= 0) idle.splice(place, 1);
        if (connection.at === null || ended) return;
        if (!connection.answered) return fail(new Error(UNANSWERED));
        waiting.unshift(connection.at);
        sendDue();
      };
      const ready = () => rest(connection);
      const failed = (error: Error) => {
        // A broken connection; what it carried is seen to when it is closed.
        if (!connection.answered || !("code" in error)) fail(error);
      };
      const socket = openSocket(url, { ready, answered, failed, closed });
      const connection: Connection = { at: null, answered: false, restingMs: 0, socket };
      opened.add(connection);
    };
    for (let i = 0; i < PACED_CONNECTIONS; i++) open();
  });
}

type Connection = {
  socket: Socket;
  /** Which request it carries, or null. */
  at: number | null;
  /** Whether it has ever been. */
  answered: boolean;
  /** Since when it has had nothing to do. */
  restingMs: number;
};

function latencyOf(tookMs: readonly number[], allMs: number): Latency {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const of = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { p50: of(0.5), p99: of(0.99), perSecond: (sorted.length * 1000) / allMs };
}

function isComplete(answer: Buffer): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = answer.toString("latin1", 0, end).toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return answer.length >= end + 4 + Number(length);
  return answer.toString("latin1", answer.length - 5) === "0\r\n\r\n";
}
