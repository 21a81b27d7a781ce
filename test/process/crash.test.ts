/** What was acknowledged is stored once, whatever ends the server and whenever. */
import { describe, expect, it } from "vitest";
import { type Api, allPages, apiAt } from "../../scripts/lib/api.ts";
import { killGroup, type Served, serve, temporaryDir, untilEnded } from "./command.ts";

const MAX_BATCH = 30;
const CONNECTIONS = 4;

type Item = { id: string; metric_name: string; quantity: string; user_id: string };
type Result = { id: string; status: number };
const ACCEPTED = 201;
const DUPLICATE = 200;

/** What became of each item; none where the server refused all, null where it gave no answer. */
async function record(api: Api, items: Item[]): Promise<Result[] | null> {
  try {
    const answer = await api.call<{ results: Result[] }>("POST", "/api/usage/events", items);
    return answer.results;
  } catch (error) {
    return error instanceof TypeError ? null : []; // fetch throws a TypeError for a lost connection
  }
}

/** A client that remembers what it sent and what was acknowledged. */
class Client {
  readonly sent = new Map<string, Item>();
  readonly acknowledged = new Set<string>();
  /** Batches that the server answered with an error. */
  refused = 0;
  #batches: Item[][] = [];

  /** Sends batch after batch until the server is gone. */
  async sendUntilGone(api: Api): Promise<void> {
    const sendOn = async () => {
      while (await this.sendOne(api));
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sendOn));
  }

  /** Sends a new batch; false where the server is gone. */
  async sendOne(api: Api): Promise<boolean> {
    const results = await record(api, this.#newBatch());
    if (results?.length === 0) this.refused++;
    for (const { id, status } of results ?? []) {
      expect(status).toBe(ACCEPTED);
      this.acknowledged.add(id);
    }
    return results !== null;
  }

  /** Sends everything once more: what was acknowledged must be known already. */
  async sendAllAgain(api: Api): Promise<void> {
    for (const batch of this.#batches) {
      const results = await record(api, batch);
      for (const { id, status } of results ?? []) {
        expect([ACCEPTED, DUPLICATE]).toContain(status);
        if (this.acknowledged.has(id)) expect(status).toBe(DUPLICATE);
        this.acknowledged.add(id);
      }
    }
    expect(this.acknowledged.size).toBe(this.sent.size);
  }

  #newBatch(): Item[] {
    const length = 1 + (this.#batches.length % MAX_BATCH);
    const batch = Array.from({ length }, (_, i) => {
      const number = this.sent.size + i;
      return {
        id: `event-${number}`,
        metric_name: "api_calls",
        quantity: `${number % 9}.${number % 7}`,
        user_id: `user-${number % 5}`,
      };
    });
    for (const item of batch) this.sent.set(item.id, item);
    this.#batches.push(batch);
    return batch;
  }
}

/** SIGKILL for all of the server's processes at once. */
async function crash({ command, pid, runtimePid }: Served): Promise<void> {
  killGroup(command.child);
  await untilEnded([pid, runtimePid]);
}

/** The ledger, the summary and the live counter all hold each sent event once. */
async function expectStoredOnce(api: Api, client: Client): Promise<void> {
  type Event = { id: string; quantity: number; user_id: string };
  const stored: Event[] = [];
  for await (const page of allPages<Event>(api, "/api/usage/events?limit=200")) {
    stored.push(...page);
  }
  expect(stored.length).toBe(client.sent.size);
  const seen = new Map(stored.map((event) => [event.id, event]));
  let tenths = 0;
  for (const item of client.sent.values()) {
    expect(seen.get(item.id)).toMatchObject({ user_id: item.user_id });
    expect(seen.get(item.id)?.quantity).toBe(Number(item.quantity));
    tenths += Math.round(Number(item.quantity) * 10);
  }
  const expected = { total_quantity: tenths / 10, event_count: client.sent.size };
  type Summary = { metrics: (typeof expected & { metric_name: string })[] };
  const summary = await api.call<Summary>("GET", "/api/usage/summary");
  expect(summary.metrics).toMatchObject([{ metric_name: "api_calls", ...expected }]);
  const live = await api.call<{ used: number }>("GET", "/api/usage/entitlements/api_calls");
  expect(live.used).toBe(expected.total_quantity);
}

describe("an acknowledged event is stored exactly once", () => {
  it("when the server is killed under load, again and again", async () => {
    const stateDir = temporaryDir();
    const client = new Client();
    for (const loadMs of [400, 900]) {
      const server = await serve(stateDir);
      const load = client.sendUntilGone(apiAt(server.url, server.demoKey));
      await new Promise((resolve) => setTimeout(resolve, loadMs));
      await crash(server);
      await load;
    }
    await expectRecovery(stateDir, client);
  });

  it("when it is killed after the ledger has a drain that the journal still holds", async () => {
    const stateDir = temporaryDir();
    const client = new Client();
    const server = await serve(stateDir, "after_ledger");
    const load = client.sendUntilGone(apiAt(server.url, server.demoKey));
    await server.command.waitFor(/^FAULT after_ledger$/m);
    await crash(server);
    await load;
    await expectRecovery(stateDir, client);
  });

  it("when transactions fail after all their work", async () => {
    const stateDir = temporaryDir();
    const client = new Client();
    const server = await serve(stateDir, "rollback");
    const api = apiAt(server.url, server.demoKey);
    for (let i = 0; i < 60; i++) await client.sendOne(api);
    expect(client.refused).toBeGreaterThan(0);
    expect(client.acknowledged.size).toBeGreaterThan(0);
    await crash(server);
    await expectRecovery(stateDir, client);
  });
});

/** After a restart and the client's retries, everything it ever sent is there once. */
async function expectRecovery(stateDir: string, client: Client): Promise<void> {
  expect(client.acknowledged.size).toBeGreaterThan(0);
  const { url, demoKey } = await serve(stateDir);
  const api = apiAt(url, demoKey);
  await client.sendAllAgain(api);
  await expectStoredOnce(api, client);
}
