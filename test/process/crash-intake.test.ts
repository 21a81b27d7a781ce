/** What was acknowledged asynchronously is stored once, whatever ends the server and whenever. */
import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { type Api, allPages, apiAt } from "../../scripts/lib/api.ts";
import { crash } from "./client.ts";
import { type Served, serve, temporaryDir } from "./command.ts";

const TENANTS = 5;
/** Each has so many connections. */
const CONNECTIONS = 3;
const PREFER = { prefer: "respond-async" };
/** Every so many requests is a batch that is too large for a message. */
const LARGE_EVERY = 40;
const LARGE = 300;

type Item = { id: string; metric_name: string; quantity: number; metadata?: { pad: string } };

class Sender {
  readonly key: string;
  readonly acknowledged = new Set<string>();
  requests = 0;

  constructor(key: string) {
    this.key = key;
  }

  async sendUntilGone(url: string): Promise<void> {
    const sendOn = async () => {
      while (await this.#sendOne(url));
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sendOn));
  }

  /** Sends a new event, or many; false where the server is gone. */
  async #sendOne(url: string): Promise<boolean> {
    const isLarge = ++this.requests % LARGE_EVERY === 0;
    const items = Array.from(
      { length: isLarge ? LARGE : 1 },
      (): Item => ({
        id: randomUUID(),
        metric_name: "x",
        quantity: 1,
        ...(isLarge ? { metadata: { pad: "y".repeat(500) } } : {}),
      }),
    );
    const [path, body] = isLarge ? ["/api/usage/events", items] : ["/api/usage/record", items[0]];
    const headers = { authorization: `Bearer ${this.key}`, "content-type": "application/json" };
    try {
      const request = { method: "POST", headers: { ...headers, ...PREFER } };
      const answer = await fetch(url + path, { ...request, body: JSON.stringify(body) });
      expect(answer.status).toBe(202);
      await answer.text();
    } catch (error) {
      if (error instanceof TypeError) return false; // fetch throws one for a lost connection
      throw error;
    }
    for (const { id } of items) this.acknowledged.add(id);
    return true;
  }
}

async function makeSenders({ url, operatorKey }: Served): Promise<Sender[]> {
  const operator = apiAt(url, operatorKey);
  const make = async (n: number) => {
    const body = { name: `Sender ${n}`, mode: "live" };
    return new Sender((await operator.call<{ key: string }>("POST", "/api/tenants", body)).key);
  };
  return Promise.all(Array.from({ length: TENANTS }, (_, n) => make(n)));
}

async function storedBy(api: Api): Promise<string[]> {
  const ids: string[] = [];
  for await (const page of allPages<{ id: string }>(api, "/api/usage/events?limit=200")) {
    ids.push(...page.map(({ id }) => id));
  }
  return ids;
}

/** Waits until all that a sender was promised is there; then it is there once. */
async function expectStored(url: string, { key, acknowledged }: Sender): Promise<void> {
  const api = apiAt(url, key);
  const missing = async () => {
    const stored = new Set(await storedBy(api));
    return [...acknowledged].filter((id) => !stored.has(id)).length;
  };
  await expect.poll(missing, { timeout: 30_000, interval: 500 }).toBe(0);
  const stored = await storedBy(api);
  expect(new Set(stored).size).toBe(stored.length);
  type Summary = { metrics: { event_count: number }[] };
  const { metrics } = await api.call<Summary>("GET", "/api/usage/summary");
  expect(metrics[0]?.event_count).toBe(stored.length);
  expect(await api.call("GET", "/api/usage/refused")).toMatchObject({ data: [] });
}

it("a queued event is stored once for each of several tenants, after any kill", async () => {
  const stateDir = temporaryDir();
  let senders: Sender[] = [];
  // The first is killed before the queue has handed out anything, the others amid recording.
  for (const [fault, loadMs] of [
    ["none", 700],
    ["none", 1_800],
    ["after_ledger", 0],
  ] as const) {
    const server = await serve(stateDir, fault);
    if (senders.length === 0) senders = await makeSenders(server);
    const before = senders.map(({ acknowledged }) => acknowledged.size);
    const loads = senders.map((sender) => sender.sendUntilGone(server.url));
    if (loadMs > 0) await new Promise((resolve) => setTimeout(resolve, loadMs));
    else await server.command.waitFor(/^FAULT after_ledger$/m);
    await crash(server);
    await Promise.all(loads);
    // The last ends in what the earlier ones left, before it has acknowledged anything.
    senders.forEach(({ acknowledged }, n) => {
      if (loadMs > 0) expect(acknowledged.size).toBeGreaterThan(before[n] ?? 0);
    });
  }
  const server = await serve(stateDir, "none");
  for (const sender of senders) await expectStored(server.url, sender);
  await crash(server);
});
