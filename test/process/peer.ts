/** The other end of webhooks and e-mail on this machine, good or bad as it is asked to be. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export const SLOW_MS = 1_500;
export const RETRY_AFTER_SECONDS = 600;

export type Mood = keyof typeof MOODS;

/** How a peer answers a request that it has read whole. */
const MOODS = {
  ok: answer(200),
  slow: (response: ServerResponse) => setTimeout(() => answer(200)(response), SLOW_MS),
  /** The status at once, and a body without end. */
  drip: (response: ServerResponse) => {
    response.writeHead(200);
    const drops = setInterval(() => response.write("."), 50);
    response.once("close", () => clearInterval(drops));
  },
  hang: () => {},
  reset: (response: ServerResponse) => response.socket?.resetAndDestroy(),
  error: answer(500),
  busy: answer(429, { "retry-after": String(RETRY_AFTER_SECONDS) }),
  moved: answer(301, { location: "/ok" }),
  gone: answer(410),
};

function answer(status: number, headers: Record<string, string> = {}) {
  return (response: ServerResponse) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ id: `peer-${status}` }));
  };
}

export type Taken = { mood: Mood; headers: Record<string, string>; body: string; atMs: number };

export type Peer = {
  url: string;
  taken: Taken[];
  /** What came from a caller that wanted this mood. */
  of: (mood: Mood) => Taken[];
};

/** Listens until the test ends; `moodOf` reads from a request what it shall be answered. */
export async function startPeer(
  moodOf: (path: string, body: string) => Mood = (path) => path.slice(1) as Mood,
): Promise<Peer> {
  const taken: Taken[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    try {
      for await (const piece of request) body += piece;
    } catch {
      return; // the caller was killed, or gave up
    }
    const mood = moodOf(request.url ?? "/", body);
    const headers = request.headers as Record<string, string>;
    const event = body.includes('"webhook.challenge"') ? JSON.parse(body) : null;
    if (event !== null) return void response.end(event.data.challenge);
    taken.push({ mood, headers, body, atMs: Date.now() });
    MOODS[mood](response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, taken, of: (mood) => taken.filter((one) => one.mood === mood) };
}

/** Waits until `get` answers something but null, false or undefined. */
export async function until<T>(
  get: () => Promise<T> | T,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const giveUpMs = Date.now() + timeoutMs;
  for (;;) {
    const got = await get();
    if (got) return got;
    if (Date.now() > giveUpMs) throw new Error(`not within ${timeoutMs} ms: ${get}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
