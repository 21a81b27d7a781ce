/** A client that survives the server's crashes, and what it may expect afterwards. */
import { expect } from "vitest";
import { type Api, allPages, apiAt } from "../../scripts/lib/api.ts";
import { killGroup, type Served, serve, untilEnded } from "./command.ts";

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
export class Client {
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

  /** Sends a new batch, of `length` items or of the next number; false where the server is gone. */
  async sendOne(api: Api, length = 1 + (this.#batches.length % MAX_BATCH)): Promise<boolean> {
    const results = await record(api, this.#newBatch(length));
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

  usageByUser(): Record<string, number> {
    const tenths: Record<string, number> = {};
    for (const { user_id: user, quantity } of this.sent.values()) {
      tenths[user] = (tenths[user] ?? 0) + Math.round(Number(quantity) * 10);
    }
    return Object.fromEntries(Object.entries(tenths).map(([user, n]) => [user, n / 10]));
  }

  #newBatch(length: number): Item[] {
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
export async function crash({ command, pid, runtimePid }: Served): Promise<void> {
  killGroup(command.child);
  // Its sockets are closed with its last thread, which may outlive the first.
  await command.ended;
  await untilEnded([pid, runtimePid]);
}

/** The ledger, the summary and the live counter all hold each sent event once. */
export async function expectStoredOnce(api: Api, client: Client): Promise<void> {
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
  expect(await usageByUser(api)).toEqual(client.usageByUser());
  expect(await api.call("GET", "/api/usage/proof")).toMatchObject({ equal: true, settled: true });
}

/** By the series and the segments after them, which have users. */
async function usageByUser(api: Api): Promise<Record<string, number>> {
  type Row = { group: { user_id: string }; total_quantity: number };
  const path = "/api/usage/summary?group_by=user_id";
  const { breakdown } = await api.call<{ breakdown: Row[] }>("GET", path);
  return Object.fromEntries(breakdown.map((row) => [row.group.user_id, row.total_quantity]));
}

/**
 * After a restart, what `first` does, and the client's retries, everything it ever sent is there
 * once.
 */
export async function expectRecovery(
  stateDir: string,
  client: Client,
  first: (server: Served) => Promise<void> = async () => {},
): Promise<void> {
  expect(client.acknowledged.size).toBeGreaterThan(0);
  const server = await serve(stateDir, "none");
  await first(server);
  const api = apiAt(server.url, server.demoKey);
  await client.sendAllAgain(api);
  await expectStoredOnce(api, client);
  await crash(server);
}
