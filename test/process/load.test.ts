/** The load generator: no request is lost without a word, whatever the server does. */
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { requestBytes, runLoad, runPaced } from "../../bench/load.ts";

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const servers: Server[] = [];

afterEach(async () => {
  const closing = servers.splice(0).map((server) => {
    return new Promise((closed) => void server.close(closed));
  });
  await Promise.all(closing);
});

/** Where a server is that does so with each request, told its place. */
async function serve(answer: (socket: Socket, i: number) => void): Promise<string> {
  let asked = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", () => answer(socket, asked++));
  });
  servers.push(server);
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}

const requestsTo = (url: string, count: number) =>
  Array.from({ length: count }, () => requestBytes(new URL("/", url), { method: "GET" }));

it("sends each request once at its rate, and says how long each took", async () => {
  const url = await serve((socket) => void socket.write(OK));
  const took = new Set<number>();
  const requests = requestsTo(url, 200);
  const each = (i: number) => void took.add(i);
  const latency = await runPaced({ url, perSecond: 2_000, requests, each });
  expect([...took].sort((a, b) => a - b)).toEqual(requests.map((_, i) => i));
  expect(latency.p50).toBeLessThanOrEqual(latency.p99);
});

it("sends again what a connection that had rested was closed on", async () => {
  const url = await serve((socket) => void socket.end(OK));
  const took: number[] = [];
  const requests = requestsTo(url, 200);
  await runPaced({ url, perSecond: 2_000, requests, each: (i) => void took.push(i) });
  expect(took.sort((a, b) => a - b)).toEqual(requests.map((_, i) => i));
});

it("fails where a new connection is closed without an answer", async () => {
  const unanswered = "a connection was closed without an answer";
  const url = await serve((socket, i) => void (i < 20 ? socket.write(OK) : socket.end()));
  await expect(runPaced({ url, perSecond: 2_000, requests: requestsTo(url, 200) })).rejects.toThrow(
    unanswered,
  );
  const left = requestsTo(url, 200);
  await expect(runLoad({ url, connections: 2, next: () => left.pop() ?? null })).rejects.toThrow(
    unanswered,
  );
});
