/**
 * What was acknowledged is stored once for each of many tenants, whatever ends the server and
 * whenever: single events, batches over all tenants, counted at once or left to the queue, and
 * bodies that are kept as they were sent.
 */
import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { type Api, allPages, apiAt } from "../../scripts/lib/api.ts";
import { crash } from "./client.ts";
import { newState, type Served, serve } from "./command.ts";
import { until } from "./peer.ts";

const TENANTS = 20;
const CONNECTIONS = 8;
const PREFER = { prefer: "respond-async" };
/** One in so many requests is a batch that is too large for a message. */
const LARGE_EVERY = 40;
const LARGE = 300;
/** Events of a batch that is kept as it was sent. */
const KEPT = 20;
/** Events of each tenant in a batch over all of them. */
const EACH = 2;

type Item = { id?: string; metric_name: string; quantity: number; metadata?: { pad: string } };

type Tenant = { name: string; key: string; acknowledged: Set<string> };

/** A request, and the ids that its answer acknowledges, by tenant. */
type Ask = {
  path: string;
  key: string;
  headers?: Record<string, string>;
  body: Item | readonly object[] | Uint8Array;
  status: number;
  ids: [tenant: Tenant, id: string][];
};

const EVENT: Item = { metric_name: "x", quantity: 1 };

function single(tenant: Tenant): Ask {
  const id = randomUUID();
  const body = { ...EVENT, id };
  const { key } = tenant;
  const ids: Ask["ids"] = [[tenant, id]];
  return { path: "/api/usage/record", key, headers: PREFER, body, status: 202, ids };
}

function large(tenant: Tenant): Ask {
  const metadata = { pad: "y".repeat(500) };
  const body = Array.from({ length: LARGE }, () => ({ ...EVENT, id: randomUUID(), metadata }));
  const ids = body.map(({ id }): Ask["ids"][number] => [tenant, id]);
  const { key } = tenant;
  return { path: "/api/usage/events", key, headers: PREFER, body, status: 202, ids };
}

/** Kept as it is sent, compressed, and read later: its events have ids of the request's name. */
function kept(tenant: Tenant): Ask {
  const name = randomUUID();
  const items = Array.from({ length: KEPT }, () => EVENT);
  return {
    path: "/api/usage/events",
    key: tenant.key,
    headers: {
      prefer: "respond-async, return=minimal",
      "content-encoding": "gzip",
      "idempotency-key": name,
    },
    body: gzipSync(JSON.stringify(items)),
    status: 202,
    ids: items.map((_, i) => [tenant, `${name}:${i}`]),
  };
}

/** The tenants by turns; the events have no ids but those of the request. */
function over(tenants: readonly Tenant[], operator: string, later: boolean): Ask {
  const name = randomUUID();
  const of = Array.from({ length: EACH }, () => tenants).flat();
  return {
    path: "/api/usage/events",
    key: operator,
    headers: { "idempotency-key": name, ...(later ? PREFER : {}) },
    body: of.map((tenant) => ({ ...EVENT, tenant: tenant.name })),
    status: later ? 202 : 200,
    ids: of.map((tenant, i) => [tenant, `${name}:${i}`]),
  };
}

/** Sends from several connections; what is acknowledged is noted with its tenant. */
class Load {
  readonly #tenants: readonly Tenant[];
  readonly #operator: string;
  #asked = 0;
  /** Requests that were acknowledged. */
  acknowledged = 0;

  constructor(tenants: readonly Tenant[], operator: string) {
    this.#tenants = tenants;
    this.#operator = operator;
  }

  async sendUntilGone(url: string): Promise<void> {
    const sendOn = async () => {
      while (await this.#send(url, this.#next()));
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sendOn));
  }

  #next(): Ask {
    const n = this.#asked++;
    const tenant = this.#tenants[n % TENANTS] as Tenant;
    if (n % LARGE_EVERY === LARGE_EVERY - 1) return large(tenant);
    if (n % 8 === 0) return kept(tenant);
    if (n % 8 === 3) return over(this.#tenants, this.#operator, false);
    if (n % 8 === 6) return over(this.#tenants, this.#operator, true);
    return single(tenant);
  }

  /** False where the server is gone. */
  async #send(url: string, { path, key, headers, body, status, ids }: Ask): Promise<boolean> {
    const own = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    let answered: { results?: { status: number }[] };
    try {
      const request = { method: "POST", headers: { ...own, ...headers } };
      const sent = body instanceof Uint8Array ? new Uint8Array(body) : JSON.stringify(body);
      const answer = await fetch(url + path, { ...request, body: sent });
      const text = await answer.text();
      expect([path, answer.status, text]).toEqual([path, status, text]);
      answered = JSON.parse(text);
    } catch (error) {
      if (error instanceof TypeError) return false; // fetch throws one for a lost connection
      throw error;
    }
    this.acknowledged++;
    for (const [i, [tenant, id]] of ids.entries()) {
      // Alone in its request an event is answered by the status.
      if ((answered.results?.[i]?.status ?? status) < 300) tenant.acknowledged.add(id);
    }
    return true;
  }
}

async function makeTenants({ url, operatorKey }: Served): Promise<Tenant[]> {
  const operator = apiAt(url, operatorKey);
  const make = async (n: number): Promise<Tenant> => {
    const name = `sender-${n}`;
    const made = await operator.call<{ key: string }>("PUT", `/api/tenants/${name}`, { name });
    return { name, key: made.key, acknowledged: new Set() };
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

/** Waits until all that a tenant was promised is there; then it is there once. */
async function expectStored(url: string, { key, acknowledged }: Tenant): Promise<void> {
  const api = apiAt(url, key);
  type Summary = { metrics: { event_count: number }[] };
  const counted = async () => {
    const { metrics } = await api.call<Summary>("GET", "/api/usage/summary");
    return metrics[0]?.event_count ?? 0;
  };
  const poll = { timeout: 60_000, interval: 1_000 };
  await expect.poll(counted, poll).toBeGreaterThanOrEqual(acknowledged.size);
  // What was not acknowledged may have been counted as well.
  const missing = async () => {
    const stored = new Set(await storedBy(api));
    return [...acknowledged].filter((id) => !stored.has(id)).length;
  };
  await expect.poll(missing, poll).toBe(0);
  const stored = await storedBy(api);
  expect(new Set(stored).size).toBe(stored.length);
  const { metrics } = await api.call<Summary>("GET", "/api/usage/summary");
  expect(metrics[0]?.event_count).toBe(stored.length);
  expect(await api.call("GET", "/api/usage/refused")).toMatchObject({ data: [] });
}

it("what was acknowledged is stored once for each of twenty tenants, after any kill", async () => {
  const stateDir = await newState();
  let tenants: Tenant[] = [];
  // The first is killed before the queue has handed out anything, the others amid recording; the
  // last ends in what the earlier ones left, perhaps before it has acknowledged anything.
  for (const [fault, loadMs, requests] of [
    ["none", 700, 4],
    ["none", 1_800, 60],
    ["after_ledger", 0, 0],
  ] as const) {
    const server = await serve(stateDir, fault);
    if (tenants.length === 0) tenants = await makeTenants(server);
    const load = new Load(tenants, server.operatorKey);
    const sent = load.sendUntilGone(server.url);
    if (fault === "none") {
      await new Promise((resolve) => setTimeout(resolve, loadMs));
      await until(() => load.acknowledged >= requests);
    } else await server.command.waitFor(/^FAULT after_ledger$/m);
    await crash(server);
    await sent;
  }
  for (const { acknowledged } of tenants) expect(acknowledged.size).toBeGreaterThan(0);
  const server = await serve(stateDir, "none");
  await Promise.all(tenants.map((tenant) => expectStored(server.url, tenant)));
  await crash(server);
});
