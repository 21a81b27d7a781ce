/** Many live sockets of one tenant on a running server, while events are recorded. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { type Api, apiAt } from "../../scripts/lib/api.ts";
import { newState, serve } from "./command.ts";

const SOCKETS = 1_000;
const BATCHES = 20;
const EVENTS_A_BATCH = 500;
const LAST = BATCHES * EVENTS_A_BATCH;

type Metric = { metric_name: string; used_quantity: number };
type Frame = { type: string; live_seq: number; metrics?: Metric[] };

/** A socket that reads until it has seen the last value. */
class Watcher {
  readonly opened: Promise<void>;
  readonly ended: Promise<void>;
  frames = 0;
  ordered = true;
  #seq = 0;

  constructor(url: string) {
    const socket = new WebSocket(url);
    this.opened = new Promise((resolve) => socket.addEventListener("open", () => resolve()));
    this.ended = new Promise((resolve, reject) => {
      socket.addEventListener("close", () => reject(new Error("closed too early")));
      socket.addEventListener("message", ({ data }) => {
        if (!this.#take(JSON.parse(`${data}`))) return;
        resolve();
        socket.close();
      });
    });
  }

  #take({ live_seq, metrics }: Frame): boolean {
    this.frames += 1;
    this.ordered &&= live_seq >= this.#seq;
    this.#seq = live_seq;
    return metrics?.some(({ used_quantity }) => used_quantity === LAST) ?? false;
  }
}

async function recordAll(api: Api): Promise<void> {
  for (let batch = 0; batch < BATCHES; batch++) {
    const item = () => ({ id: randomUUID(), metric_name: "watched", quantity: 1 });
    await api.call("POST", "/api/usage/events", Array.from({ length: EVENTS_A_BATCH }, item));
  }
}

it("a thousand sockets are all told the last value while recording goes on", async () => {
  const server = await serve(await newState());
  const api = apiAt(server.url, server.demoKey);
  const { ticket } = await api.call<{ ticket: string }>("POST", "/api/usage/live/ticket");
  const url = `${server.url.replace("http", "ws")}/api/usage/live?ticket=${ticket}`;
  const watchers = Array.from({ length: SOCKETS }, () => new Watcher(url));
  await Promise.all(watchers.map(({ opened }) => opened));
  const startedMs = Date.now();
  await recordAll(api);
  await Promise.all(watchers.map(({ ended }) => ended));
  const seconds = (Date.now() - startedMs) / 1000;
  const most = Math.max(...watchers.map(({ frames }) => frames));
  expect(most).toBeLessThanOrEqual(2 + 4 * Math.ceil(seconds + 1));
  expect(watchers.every(({ ordered }) => ordered)).toBe(true);
});
