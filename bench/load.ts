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
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let waiting: Buffer[] = [];
    const send = () => {
      const request = next();
      if (request) socket.write(request);
      else socket.end(resolve);
    };
    socket.once("connect", send);
    socket.once("error", reject);
    socket.on("data", (chunk: Buffer) => {
      waiting.push(chunk);
      const answer = waiting.length === 1 ? chunk : Buffer.concat(waiting);
      if (!isComplete(answer)) return;
      waiting = [];
      if (answer.toString("latin1", 9, 10) === "2") send();
      else socket.destroy(new Error(`unexpected answer: ${answer.toString("utf8", 0, 600)}`));
    });
  });
}

function isComplete(answer: Buffer): boolean {
  const end = answer.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = answer.toString("latin1", 0, end).toLowerCase();
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return answer.length >= end + 4 + Number(length);
  return answer.toString("latin1", answer.length - 5) === "0\r\n\r\n";
}
